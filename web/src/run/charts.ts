// Control charts of pulses: each source's area and width by number, with the median and where the usual ends.
import type { Pulse } from "../api/runs";
import type { Line } from "../plots/lines";

export interface Chart {
  title: string;
  unit: string;
  lines: Line[];
}

const USUAL = 3 * 1.4826; // sigmas, from the median distance to the median of what is normally spread
const FINEST = 1e9; // parts of a second: what is less was left by computing in binary
const LEAST = 5; // pulses, before anything is called usual

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? (sorted[middle] ?? NaN) : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

function chart(title: string, unit: string, found: [number, number | null][]): Chart | null {
  const known = found.map(([, value]) => value).filter((value) => value !== null);
  if (!known.length) return null;
  const t_s = found.map(([place]) => place);
  const lines: Line[] = [{ name: "each pulse", t_s, value: found.map(([, value]) => value), stepped: false, dots: true }];
  if (known.length >= LEAST) {
    const middle = median(known);
    const spread = USUAL * median(known.map((value) => Math.abs(value - middle)));
    const ends = [t_s[0] ?? 0, t_s[t_s.length - 1] ?? 0];
    const flat = (name: string, value: number): Line => ({ name, t_s: ends, value: [value, value], stepped: false });
    lines.push(flat("median", middle), flat("+3 sigma", middle + spread), flat("−3 sigma", middle - spread));
  }
  return { title, unit, lines };
}

/** For each source the area on the gauge, where it says something, and the width that its valve was told. */
export function charts(pulses: Pulse[], source: string): Chart[] {
  const mine = pulses.filter((pulse) => pulse.source === source);
  const seen = (pulse: Pulse): boolean => pulse.verdict !== "isolated" && pulse.verdict !== "part";
  const area = chart("Area", "Pa s", mine.map((pulse) => [pulse.number, seen(pulse) ? pulse.area_pa_s : null]));
  const error = chart("Width less planned", "ms", mine.map((pulse) => [
    pulse.number,
    pulse.width_s === null ? null : Math.round((pulse.width_s - (pulse.planned_close_s - pulse.planned_open_s)) * FINEST) / FINEST * 1e3,
  ]));
  return [area, error].filter((each) => each !== null);
}
