// How lines look: colours that people of any colour vision tell apart (after Okabe and Ito), and dashes beside them. Six and
// seven of them, so that no two of 42 lines look alike.

import { paper } from "./paper.svelte";

/** null where a value is missing, undefined where nothing is new. */
export type Value = number | null | undefined;

export interface Line {
  name: string;
  /** Along the plot: s, or a count. */
  t_s: number[];
  value: Value[];
  /** A state holds until it changes. */
  stepped: boolean;
  /** Single dots, which nothing connects. */
  dots?: boolean;
  /** What lies between it and the next line, which is the higher one, is shaded. */
  shaded?: boolean;
}

/** What came of a line since it was drawn, from its last point that is drawn on. */
export interface Tail {
  t_s: number[];
  value: Value[];
}

/** Something that happened, drawn across a plot. */
export interface Mark {
  t_s: number;
  text: string;
  kind?: "alarm" | "note";
}

/** What went on from one instant to another. */
export interface Band {
  from: number;
  to: number;
  text: string;
}

const COLOURS = {
  light: ["#0072b2", "#a84300", "#7d8c50", "#8a3d73", "#1b1b1b", "#7700dd"],
  dark: ["#56b4e9", "#e69f00", "#88aa66", "#dd9cc4", "#f0f0f0", "#8855ff"],
};
const DASHES: number[][] = [[], [8, 4], [2, 3], [10, 3, 2, 3], [5, 5], [14, 4], [1, 2]];

/** As was chosen, else as the system has it; paper is light, and who needs colours of the system's has its ground. */
export function isDark(): boolean {
  const chosen = matchMedia("(forced-colors: active)").matches ? "" : document.documentElement.dataset.theme;
  return !paper.wanted && (chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches);
}
export const colour = (place: number): string => {
  const all = COLOURS[isDark() ? "dark" : "light"];
  return all[place % all.length] ?? "gray";
};
export const dash = (place: number): number[] => DASHES[place % DASHES.length] ?? [];

/** The place of what a line shows at a place: where a value was told last. */
export function placeOf(values: Value[], at = values.length - 1): number {
  while (at > 0 && values[at] === undefined) at--;
  return at;
}

/** The value at a place of a line, or the one that still held there; null in a gap. */
export const latest = (values: Value[], at = values.length - 1): Value => values[placeOf(values, at)];
