// The cycle of a deposition, A pulse, purge, B pulse, purge: found among the rows, and written as YAML.
import type { Field, Row } from "./rows";
import { after, withValues } from "./writing";

export interface Half {
  source: string;
  pulse: string;
  purge: string;
}

export interface Cycle {
  repeat: string;
  name: string;
  layer: string;
  a: Half;
  b: Half;
}

/** A loop that is such a cycle, and where its values stand. */
export interface Found {
  row: Row;
  cycle: Cycle;
}

const SHAPE = "dose purge dose purge";
const one = (row: Row | undefined, name: string): Field | undefined => row?.fields.find((each) => each.name === name);
const word = (row: Row | undefined, name: string): string => one(row, name)?.value ?? "";
const count = (row: Row): Field | undefined => row.fields[0];

/** All loops of that shape; those with other steps are changed in the table or the text. */
export function cyclesOf(rows: Row[]): Found[] {
  return rows.filter((row) => row.word === "repeat" && !row.fixed && row.inner.map((each) => each.word).join(" ") === SHAPE
    && row.inner.every((each) => !each.fixed && (each.word === "dose" ? one(each, "source") && one(each, "pulse") : one(each, "for"))))
    .map((row) => {
      const [a, afterA, b, afterB] = row.inner;
      const half = (dose: Row | undefined, purge: Row | undefined): Half => ({ source: word(dose, "source"), pulse: word(dose, "pulse"), purge: word(purge, "for") });
      return { row, cycle: { repeat: count(row)?.value ?? "", name: word(row, "name"), layer: word(row, "layer"), a: half(a, afterA), b: half(b, afterB) } };
    });
}

/** The text with other values in a cycle that is there. */
export function changed(text: string, { row, cycle: old }: Found, next: Cycle): string {
  const [a, afterA, b, afterB] = row.inner;
  const places: [Field | undefined, string, string][] = [
    [count(row), old.repeat, next.repeat], [one(row, "name"), old.name, next.name], [one(row, "layer"), old.layer, next.layer],
    [one(a, "source"), old.a.source, next.a.source], [one(a, "pulse"), old.a.pulse, next.a.pulse], [one(afterA, "for"), old.a.purge, next.a.purge],
    [one(b, "source"), old.b.source, next.b.source], [one(b, "pulse"), old.b.pulse, next.b.pulse], [one(afterB, "for"), old.b.purge, next.b.purge],
  ];
  return withValues(text, places.flatMap(([field, was, wanted]) => (field && was !== wanted && wanted.trim() ? [[field, wanted] as [Field, string]] : [])));
}

/** The lines of a new cycle. */
export const linesOf = ({ repeat, name, layer, a, b }: Cycle): string[] => [
  `- repeat: ${repeat}`, ...(name ? [`  name: ${quoted(name)}`] : []), ...(layer ? [`  layer: ${quoted(layer)}`] : []), "  steps:",
  ...[a, b].flatMap((half) => [`    - dose: {source: ${half.source}, pulse: ${half.pulse}}`, `    - purge: {for: ${half.purge}}`]),
];

export const added = (text: string, row: Row, cycle: Cycle): string => after(text, row, linesOf(cycle));
const quoted = (value: string): string => (/^[\w][\w .-]*$/.test(value) ? value : JSON.stringify(value));
