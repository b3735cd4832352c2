// Axes: ticks of a clock, whole counts, and room around a line that is flat.
import { duration } from "../words";

const MINUTE = 60, HOUR = 3600, DAY = 86400;
export const timeTicks = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE,
  15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY,
];
export const countTicks = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];

const FINE = 30; // s: a span so short is told with parts of a second
const MARGIN = 0.08;

/** An instant of the run, as fine as the span that is seen. */
export function tick(t: number, [from, to]: [number, number]): string {
  if (to - from >= FINE) return duration(t);
  const digits = to - from < 0.5 ? 3 : to - from < 3 ? 2 : 1;
  const whole = Math.floor(t + 1e-9);
  return duration(whole) + (t - whole).toFixed(digits).replace(/^1/, "0").slice(1);
}

/** The ends of an axis: a margin around what is seen, and around a flat line room enough to see that it is flat. */
export function spread(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 1];
  const flat = high - low <= 1e-9 * Math.max(Math.abs(low), Math.abs(high));
  const margin = flat ? Math.max(1, Math.abs(low) * 0.02) : (high - low) * MARGIN;
  return [low - margin, high + margin];
}

const ROOM = 0.06; // of a logarithmic axis, beside its ends
const NARROW = 1.3; // of such an axis at least the higher end by the lower one
const TICKS = 5;

/** The ends of a logarithmic axis: a margin around what is seen, and never so narrow that noise fills it. */
export function around(low: number, high: number): [number, number] {
  const middle = Math.sqrt(low * high), half = Math.sqrt(Math.max(high / low, NARROW)) * NARROW ** ROOM;
  const margin = (half * half) ** ROOM;
  return [middle / half / margin, middle * half * margin];
}

/** Ticks of a logarithmic axis: decades where there are several, else 1, 2, 5, else as on a plain axis. */
export function decades(low: number, high: number): number[] {
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const every = Math.ceil((last - first) / (2 * TICKS));
  const powers = Array.from({ length: last - first + 1 }, (_, n) => first + n);
  const within = (at: number[]): number[] => at.filter((each) => each >= low * (1 - 1e-9) && each <= high * (1 + 1e-9));
  const tens = within(powers.filter((power) => power % every === 0).map((power) => 10 ** power));
  if (tens.length > 2) return tens;
  const parts = within(powers.flatMap((power) => [1, 2, 5].map((part) => part * 10 ** power)));
  return parts.length > 2 ? parts : plain(low, high);
}

function plain(low: number, high: number): number[] {
  const rough = (high - low) / TICKS, power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5].find((part) => part * power >= rough) ?? 10) * power;
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, n) => Number(((first + n) * step).toPrecision(12)));
}
