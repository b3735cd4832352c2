// The editor of a recipe's text: CodeMirror, loaded only where somebody edits, in a shadow root, which takes its sheets.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, insertNewlineKeepIndent } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, foldGutter, foldKeymap, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, nextDiagnostic, setDiagnostics, type Diagnostic } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import type { Finding, Words } from "../../api/recipes";
import { completions } from "./completion";
import { look } from "./look";

const OPTIONS = 12; // seen at once: a list that scrolled would have to be reached by Tab, and is moved in by arrows
const COLOURS = HighlightStyle.define([
  { tag: tags.comment, color: "var(--faint)", fontStyle: "italic" },
  { tag: [tags.definition(tags.propertyName), tags.propertyName], color: "var(--calm)" },
  { tag: [tags.string, tags.content], color: "var(--ink)" },
  { tag: [tags.punctuation, tags.separator, tags.brace, tags.squareBracket], color: "var(--faint)" },
]);

export interface Code {
  /** Brings another text, by as small a change as there is, so that it can be undone. */
  write(text: string): void;
  tell(findings: Finding[]): void;
  show(line: number): void;
  close(): void;
}

/** Puts an editor into a place; `changed` hears every new text, `words` what may be written, once it is known. */
export function edit(place: HTMLElement, text: string, changed: (text: string) => void, words: () => Words | null): Code {
  const root = place.attachShadow({ mode: "open" });
  const view = new EditorView({
    parent: root, root,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(), highlightSpecialChars(), lintGutter({ hoverTime: 150 }), foldGutter(), history(), drawSelection(), highlightActiveLine(),
        highlightActiveLineGutter(), highlightSelectionMatches(), bracketMatching(), closeBrackets(), indentOnInput(),
        indentUnit.of("  "), yaml(), syntaxHighlighting(COLOURS), look, EditorView.lineWrapping,
        autocompletion({ override: [(context) => completions(context, words())], activateOnTyping: true, maxRenderedOptions: OPTIONS }),
        keymap.of([...closeBracketsKeymap, ...completionKeymap, { key: "Enter", run: newLine }, { key: "Mod-.", run: nextDiagnostic }, ...searchKeymap, ...foldKeymap, ...historyKeymap, ...defaultKeymap]),
        EditorView.contentAttributes.of({ "aria-label": "Text of the recipe", spellcheck: "false", tabindex: "0" }),
        EditorView.domEventHandlers({ beforeinput: (event, view) => over(view, event) }),
        EditorView.updateListener.of((update) => update.docChanged && changed(update.state.doc.toString())),
      ],
    }),
  });
  return {
    write: (next) => write(view, next),
    tell: (findings) => view.dispatch(setDiagnostics(view.state, findings.flatMap((each) => diagnostic(view, each)))),
    show: (line) => show(view, line),
    close: () => view.destroy(),
  };
}

/** What is typed over a selection: left to itself, Chromium brings styles along, which the page's policy refuses aloud. */
function over(view: EditorView, event: InputEvent): boolean {
  if (event.inputType !== "insertText" || event.data === null || view.state.selection.main.empty || view.composing) return false;
  event.preventDefault();
  view.dispatch(view.state.replaceSelection(event.data), { scrollIntoView: true, userEvent: "input.type" });
  return true;
}

/** As deep as the line before, or one deeper after a key that begins a list. */
function newLine(view: EditorView): boolean {
  const { head } = view.state.selection.main;
  const line = view.state.doc.lineAt(head);
  if (head !== line.to || !/:\s*$/.test(line.text)) return insertNewlineKeepIndent(view);
  const indent = " ".repeat(line.text.length - line.text.replace(/^[\s-]+/, "").length + 2);
  view.dispatch(view.state.replaceSelection(`\n${indent}`), { scrollIntoView: true, userEvent: "input" });
  return true;
}

function write(view: EditorView, next: string): void {
  const now = view.state.doc.toString();
  if (now === next) return;
  let from = 0, end = 0;
  while (from < now.length && from < next.length && now[from] === next[from]) from++;
  while (end < now.length - from && end < next.length - from && now[now.length - 1 - end] === next[next.length - 1 - end]) end++;
  view.dispatch({ changes: { from, to: now.length - end, insert: next.slice(from, next.length - end) } });
}

function diagnostic(view: EditorView, of: Finding): Diagnostic[] {
  if (of.line === null || of.line < 1 || of.line > view.state.doc.lines) return [];
  const line = view.state.doc.line(of.line);
  const severity = ["error", "refused"].includes(of.severity) ? "error" : of.severity === "warning" ? "warning" : "info";
  return [{
    from: Math.min(line.from + Math.max((of.column ?? 1) - 1, 0), line.to), to: line.to, severity,
    source: `${of.severity} ${of.code}`, message: `${of.message}.${of.remedy ? ` What to do: ${of.remedy}` : ""}`,
  }];
}

function show(view: EditorView, number: number): void {
  const line = view.state.doc.line(Math.min(Math.max(number, 1), view.state.doc.lines));
  view.dispatch({ selection: { anchor: line.from, head: line.to }, effects: EditorView.scrollIntoView(line.from, { y: "center" }) });
  view.focus();
}
