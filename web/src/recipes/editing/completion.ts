// What may stand where one writes: steps, their keys, names of the reactor, units, parameters.
import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import type { KeyWord, StepWord, Words } from "../../api/recipes";

const STEP = /^\s*-\s+(\w*)$/;
const OF_STEP = /^\s*-\s+(\w+):/;
const TOP = /^(\w*)$/;
const KEY_OF_BLOCK = /^\s+(\w*)$/;
const VALUE_OF_BLOCK = /^\s+(?:-\s+)?(\w+):\s+([^{]*)$/;
const NUMBER = /^[\d.]+(?:e-?\d+)?\s*(\S*)$/;
const COMPARED = /([\w.[\]]+)\s*(?:[<>]=?|within)\s*[\d.]+(?:e-?\d+)?\s+(\w*)$/;
const NAME = /^[\w.[\]$]*$/;

/** What completes the place where the cursor is; null for nothing. */
export function completions(context: CompletionContext, words: Words | null): CompletionResult | null {
  if (!words) return null;
  const line = context.state.doc.lineAt(context.pos);
  const before = line.text.slice(0, context.pos - line.from);
  if (before.includes("#")) return null;
  const found = place(before, above(context, line.number), words, context.state.doc.toString());
  if (!found || (!context.explicit && !found.typed && !found.eager)) return null;
  return { from: context.pos - found.typed.length, options: found.options, validFor: NAME };
}

interface Place {
  typed: string;
  options: Completion[];
  /** Shown before the first letter. */
  eager?: boolean;
}

function place(before: string, parent: string, words: Words, text: string): Place | null {
  const step = before.match(STEP);
  if (step) return { typed: step[1] ?? "", options: words.steps.map(whole), eager: true };
  const top = before.match(TOP);
  if (top) return { typed: top[1] ?? "", options: words.keys.map(key) };
  const word = before.match(OF_STEP)?.[1] ?? parent;
  const form = words.steps.find((each) => each.word === word);
  const map = before.match(/[{,]\s*([^{},]*)$/);
  const inside = map && before.includes("{") ? map[1] ?? "" : null;
  if (inside !== null) return within(inside, outer(before), form, before, words, text);
  const value = before.match(VALUE_OF_BLOCK);
  if (value) return ofValue(value[1] ?? "", value[2] ?? "", form, before, words, text);
  const bare = before.match(KEY_OF_BLOCK);
  return bare && form ? { typed: bare[1] ?? "", options: keysOf(form, words) } : null;
}

/** Within braces: a key, or the value of one. */
function within(inside: string, around: string, form: StepWord | undefined, before: string, words: Words, text: string): Place | null {
  const colon = inside.indexOf(":");
  if (colon >= 0) return ofValue(inside.slice(0, colon).trim(), inside.slice(colon + 1).trimStart(), form, before, words, text);
  if (around === "flow") return { typed: inside.trim(), options: named("line", words), eager: true };
  return form ? { typed: inside.trim(), options: keysOf(form, words), eager: true } : null;
}

/** The key whose braces are open last: `flow` in `plasma: {flow: {`. */
const outer = (before: string): string => before.match(/(\w+):\s*\{[^{}]*$/)?.[1] ?? "";

function ofValue(name: string, value: string, form: StepWord | undefined, before: string, words: Words, text: string): Place | null {
  if (value.startsWith("$")) return { typed: value, options: parameters(text) };
  const known = form?.keys.find((each) => each.name === name);
  const number = value.match(NUMBER);
  if (number) {
    const dimension = known?.dimension ?? dimensionOf(name, form, before, words);
    return { typed: number[1] ?? "", options: unitsOf(dimension, words), eager: true };
  }
  const compared = value.match(COMPARED);
  if (compared) return { typed: compared[2] ?? "", options: unitsOf(words.tags[compared[1] ?? ""], words), eager: true };
  if (!NAME.test(value)) return null;
  if (known?.names) return { typed: value, options: named(known.names, words), eager: true };
  const options = [...(known?.values ?? []).map((label) => ({ label })), ...(form?.word === "set" && name === "value" ? ["open", "closed", "off"].map((label) => ({ label })) : [])];
  return { typed: value, options: [...options, ...parameters(text)], eager: options.length > 0 };
}

const unitsOf = (dimension: string | null | undefined, words: Words): Completion[] =>
  dimension ? (words.units[dimension] ?? []).map((unit) => ({ label: unit, type: "unit", detail: dimension })) : [];

/** What a number measures whose key is a name of the reactor, or stands beside an output. */
function dimensionOf(name: string, form: StepWord | undefined, before: string, words: Words): string | null {
  if (["to", "value"].includes(name)) return words.outputs[before.match(/output:\s*([\w.[\]]+)/)?.[1] ?? ""] ?? null;
  if (words.names.line?.includes(name)) return "gas flow";
  return form && words.names[form.names]?.includes(name) ? form.dimension : null;
}

const whole = (step: StepWord): Completion => ({
  label: step.word, type: "step", info: step.says,
  detail: step.example, apply: step.beside ? `${step.word}: ${step.example}\n    steps:\n      - ` : step.example ? `${step.word}: ${step.example}` : step.word,
});
const key = (each: KeyWord): Completion => ({
  label: each.name, apply: `${each.name}: `, detail: [each.needed ? "needed" : "", each.dimension ?? each.values.join(" | ")].filter((part) => part).join(", "), boost: each.needed ? 1 : 0,
});
const named = (what: string, words: Words): Completion[] => (words.names[what] ?? []).map((label) => ({ label, detail: what }));
const keysOf = (form: StepWord, words: Words): Completion[] => [
  ...form.keys.map(key),
  ...(form.names ? (words.names[form.names] ?? []).map((label) => ({ label, apply: `${label}: `, detail: form.names })) : []),
];

/** The file's own parameters, as they are called. */
function parameters(text: string): Completion[] {
  const block = text.match(/^parameters:\n((?:[ \t]+.*\n|#.*\n|\n)*)/m)?.[1] ?? "";
  return [...block.matchAll(/^ {1,8}(\w+):/gm)].map((found) => ({ label: `$${found[1]}`, detail: "parameter" }));
}

/** The word of the step to which a line belongs that is indented beneath it. */
function above(context: CompletionContext, number: number): string {
  const indent = (text: string): number => text.length - text.trimStart().length;
  let most = indent(context.state.doc.line(number).text);
  for (let n = number - 1; n >= 1; n--) {
    const text = context.state.doc.line(n).text;
    if (!text.trim() || text.trimStart().startsWith("#") || indent(text) >= most) continue;
    const word = text.match(OF_STEP)?.[1];
    if (word) return word;
    most = indent(text);
  }
  return "";
}
