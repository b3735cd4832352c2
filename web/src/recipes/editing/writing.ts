// Changes of a recipe's text, each only where it must be: remarks, order and spacing of all else stay as they are.
import type { Field, Row } from "./rows";

const PLAIN = /^[\w$][^{}[\],#:&*!|>'"%@`\n]*$/;

/** The text with another value in a field. */
export function withValue(text: string, field: Field, value: string): string {
  const wanted = value.trim();
  const written = field.composed || PLAIN.test(wanted) ? wanted : JSON.stringify(wanted);
  return text.slice(0, field.from) + written + text.slice(field.to);
}

/** The text with several fields changed at once. */
export function withValues(text: string, changes: [Field, string][]): string {
  return [...changes].sort(([one], [other]) => other.from - one.from).reduce((now, [field, value]) => withValue(now, field, value), text);
}

export const without = (text: string, row: Row): string => text.slice(0, row.from) + text.slice(row.to);

export function twice(text: string, row: Row): string {
  return text.slice(0, row.to) + ended(text.slice(0, row.to)) + text.slice(row.from, row.to) + text.slice(row.to);
}

/** The text with a row and the neighbour after it in each other's place. */
export function swapped(text: string, first: Row, second: Row): string {
  const [one, between, other] = [text.slice(first.from, first.to), text.slice(first.to, second.from), text.slice(second.from, second.to)];
  const last = other.endsWith("\n") ? other : `${other}\n`;
  return text.slice(0, first.from) + last + between + (other.endsWith("\n") ? one : one.trimEnd()) + text.slice(second.to);
}

/** The text with new lines after a row, as deep as it. */
export function after(text: string, row: Row, lines: string[]): string {
  const indent = " ".repeat(indentOf(text, row));
  const head = text.slice(0, row.to);
  return head + ended(head) + lines.map((line) => `${indent}${line}\n`).join("") + text.slice(row.to);
}

/** How far the dash of a row is indented. */
function indentOf(text: string, row: Row): number {
  const line = text.slice(row.from, row.to).split("\n").find((each) => each.trimStart().startsWith("-")) ?? "";
  return line.length - line.trimStart().length;
}

const ended = (head: string): string => (head.endsWith("\n") || !head ? "" : "\n");
