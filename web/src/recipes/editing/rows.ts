// The steps of a recipe's text as rows, each knowing where it stands; nothing of the text is lost by reading it.
import { isMap, isPair, isScalar, isSeq, LineCounter, parseDocument, type Node, type Pair, type YAMLMap, type YAMLSeq } from "yaml";

/** One value of a step, as it is written, from one place of the text to another. */
export interface Field {
  name: string;
  value: string;
  from: number;
  to: number;
  /** Braces and brackets, which are written as they are. */
  composed: boolean;
}

export interface Row {
  /** Which list, and the place in it: rows of one list are neighbours. */
  list: string;
  place: number;
  section: string;
  depth: number;
  word: string;
  fields: Field[];
  line: number;
  /** The whole lines that it takes, with the remarks right above and all that lies within it. */
  from: number;
  to: number;
  /** Written within brackets, in one line with others: it is changed in the text. */
  fixed: boolean;
  inner: Row[];
}

export interface Steps {
  rows: Row[];
  trouble: string;
}

export const SECTIONS = ["prime", "steps", "cap", "finally"];
const LISTS = ["steps"];

/** All rows, those within a loop right after it; or why there are none. */
export function stepsOf(text: string): Steps {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const wrong = document.errors[0];
  if (wrong) return { rows: [], trouble: wrong.message.split("\n")[0] ?? "this is no YAML" };
  if (!isMap(document.contents)) return { rows: [], trouble: "this is no recipe: it has no keys" };
  const reader = new Reader(text, lines);
  for (const section of SECTIONS) {
    const list = document.contents.get(section, true) as unknown;
    if (isSeq(list)) reader.list(list, section, section, 0);
  }
  return { rows: reader.rows, trouble: "" };
}

class Reader {
  rows: Row[] = [];

  constructor(readonly text: string, readonly lines: LineCounter) {}

  list(of: YAMLSeq, list: string, section: string, depth: number): Row[] {
    return of.items.map((item, place) => this.#row(item as Node, list, place, section, depth, of.flow ?? false)).filter((each) => each !== null);
  }

  #row(item: Node, list: string, place: number, section: string, depth: number, fixed: boolean): Row | null {
    if (!item?.range) return null;
    const [from, to] = this.#lines(item.range[0], item.range[1]);
    const row: Row = { list, place, section, depth, word: "", fields: [], line: this.lines.linePos(item.range[0]).line, from, to, fixed, inner: [] };
    this.rows.push(row);
    if (isScalar(item)) row.word = String(item.value);
    if (isMap(item)) this.#pairs(item, row);
    return row;
  }

  #pairs(item: YAMLMap, row: Row): void {
    for (const [n, pair] of item.items.entries()) {
      const name = nameOf(pair);
      if (!n) row.word = name;
      const value = pair.value as Node | null;
      if (LISTS.includes(name) && isSeq(value)) row.inner.push(...this.list(value, `${row.list}.${row.place}`, row.section, row.depth + 1));
      else if (!n && isMap(value) && this.#branches(value)) this.#branch(value, row);
      else if (!n && isMap(value) && !value.items.some((each) => isSeq(each.value))) row.fields.push(...value.items.flatMap((each) => this.#field(nameOf(each), each.value as Node)));
      else row.fields.push(...this.#field(n ? name : "", value));
    }
  }

  #branches(value: YAMLMap): boolean {
    return value.items.length > 1 && value.items.every((each) => isSeq(each.value));
  }

  #branch(value: YAMLMap, row: Row): void {
    for (const each of value.items) row.inner.push(...this.list(each.value as YAMLSeq, `${row.list}.${row.place}.${nameOf(each)}`, row.section, row.depth + 1));
  }

  #field(name: string, value: Node | null): Field[] {
    if (!value?.range) return [];
    const [from, to] = [value.range[0], value.range[1]];
    const written = this.text.slice(from, to);
    return written.includes("\n") ? [] : [{ name, value: written, from, to, composed: !isScalar(value) }];
  }

  /** The whole lines of an item, with the remarks right above it. */
  #lines(start: number, end: number): [number, number] {
    let from = this.text.lastIndexOf("\n", start - 1) + 1;
    while (from > 0) {
      const above = this.text.lastIndexOf("\n", from - 2) + 1;
      if (!this.text.slice(above, from).trimStart().startsWith("#")) break;
      from = above;
    }
    let to = end;
    while (to > start && /\s/.test(this.text[to - 1] ?? "")) to--;
    const next = this.text.indexOf("\n", to);
    return [from, next < 0 ? this.text.length : next + 1];
  }
}

const nameOf = (pair: Pair | unknown): string => (isPair(pair) && isScalar(pair.key) ? String(pair.key.value) : "");
