// Lines brought onto one axis, as the plot wants them: with their own instants while they are few, else by columns of pixels.
import uPlot from "uplot";
import type { Line, Value } from "./lines";

type Span = [number, number];
const FEW = 4000; // points of all lines together
const PLACES = 3; // of a column: its extremes in the order in which they came, and a gap

/** What is to be drawn of a span; `width` is how many columns there are. Nothing is lost that a column could show. */
export function table(lines: Line[], log: boolean, span: Span, width: number): uPlot.AlignedData {
  const first = lines[0];
  if (!first) return [[]];
  const points = lines.reduce((sum, line) => sum + line.t_s.length, 0);
  if (points > FEW) return drawn(lines, log, span, Math.max(Math.floor(width), 1));
  const columns = lines.map((line) => [line.t_s, log ? line.value.map(positive) : line.value] as uPlot.AlignedData);
  return columns.length === 1 ? (columns[0] as uPlot.AlignedData) : uPlot.join(columns);
}

/** A logarithm has none of what is not above zero. */
const positive = (value: Value): Value => (typeof value === "number" && value <= 0 ? null : value);

function drawn(lines: Line[], log: boolean, [from, to]: Span, width: number): uPlot.AlignedData {
  const places = width * PLACES, step = (to - from) / places;
  const t = new Array<number>(places + 2);
  t[0] = from;
  for (let n = 0; n < places; n++) t[n + 1] = from + (n + 0.5) * step;
  t[places + 1] = to;
  return [t, ...lines.map((line) => column(line, log, [from, to], width))] as uPlot.AlignedData;
}

/** One line: what holds at both ends, and between them of each column of pixels the extremes and whether one is missing. */
function column(line: Line, log: boolean, [from, to]: Span, width: number): Value[] {
  const { t_s, value } = line;
  const made = new Array<Value>(width * PLACES + 2).fill(undefined);
  const scale = width / (to - from);
  const begin = placeOf(t_s, from);
  let at = -1, low = 0, high = 0, lowFirst = true, some = false, missing = false;
  const put = (): void => {
    const place = at * PLACES + 1;
    if (some) [made[place], made[place + 1]] = lowFirst ? [low, high] : [high, low];
    if (missing) made[place + 2] = null;
  };
  let n = begin;
  for (; n < t_s.length && (t_s[n] as number) <= to; n++) {
    let v = value[n];
    if (v === undefined) continue;
    if (log && v !== null && v <= 0) v = null;
    const here = Math.min(Math.floor(((t_s[n] as number) - from) * scale), width - 1);
    if (here !== at) {
      if (at >= 0) put();
      [at, some, missing] = [here, false, false];
    }
    if (v === null) missing = true;
    else if (!some) [low, high, some] = [v, v, true];
    else if (v < low) [low, lowFirst] = [v, false];
    else if (v > high) [high, lowFirst] = [v, true];
  }
  if (at >= 0) put();
  made[0] = between(line, log, begin, from);
  made[made.length - 1] = between(line, log, n, to);
  return made;
}

/** The first place whose instant is not before `t`. */
function placeOf(t_s: number[], t: number): number {
  let low = 0, high = t_s.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((t_s[middle] as number) < t) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What a line shows at an instant between two of its points, `after` being the later one; nothing beyond its ends. */
function between({ t_s, value, stepped }: Line, log: boolean, after: number, t: number): Value {
  let before = after - 1;
  while (before >= 0 && value[before] === undefined) before--;
  while (after < t_s.length && value[after] === undefined) after++;
  if (before < 0 || after >= t_s.length) return undefined;
  const [one, other] = [value[before] as number | null, value[after] as number | null];
  if (one === null) return null;
  if (stepped || other === null) return one;
  if (log && (one <= 0 || other <= 0)) return null;
  const share = (t - (t_s[before] as number)) / ((t_s[after] as number) - (t_s[before] as number) || 1);
  return log ? one * (other / one) ** share : one + (other - one) * share;
}
