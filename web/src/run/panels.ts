// Which tags are drawn together: those of one unit, pressures on a logarithmic axis; and which are shown at first.
import type { Samples, Tag } from "../api/runs";
import { latest, type Line } from "../plots/lines";

export interface Panel {
  title: string;
  unit: string;
  log: boolean;
  lines: Line[];
}

// From above, in this order.
const TITLES: Record<string, string> = {
  K: "Temperature", Pa: "Pressure", "mol/s": "Flow", m: "Thickness", state: "Valves and states", W: "Power", "K/s": "Rate",
};
const ORDER = Object.values(TITLES);
const FIRST = [
  /^chamber\.pressure$/, /^foil\.maximum$/, /^stage\.temperature$/, /^substrate\.trip$/, /\.flow$/, /thickness$/,
  /^filament\.temperature$/,
];
const MOST_FIRST = 8;

/** What a person looks at first: pressure, substrate against its limit, flows, film. */
export function firstTags(tags: Tag[]): string[] {
  return tags.filter(({ tag }) => FIRST.some((each) => each.test(tag))).map(({ tag }) => tag).slice(0, MOST_FIRST);
}

/** One panel for each unit among the chosen tags, values as a person reads them; the last holds until `end`, unless more comes. */
export function panels(tags: Tag[], chosen: string[], samples: Record<string, Samples>, end: number | null): Panel[] {
  const found = new Map<string, Panel>();
  for (const tag of tags) {
    const of = samples[tag.tag];
    if (!of || !chosen.includes(tag.tag)) continue;
    const unit = tag.unit || "no unit";
    const made = found.get(unit) ?? { title: TITLES[tag.si ?? ""] ?? "Numbers", unit, log: tag.si === "Pa", lines: [] };
    const value = of.value.map((each) => (each == null ? each : (each - tag.offset) / tag.factor));
    const t_s = end === null ? of.t_s : [...of.t_s, Math.max(end, of.t_s[of.t_s.length - 1] ?? end)];
    if (end !== null) value.push(latest(value));
    made.lines.push({ name: tag.tag, t_s, value, stepped: tag.si === "state" });
    found.set(unit, made);
  }
  const place = (panel: Panel): number => (ORDER.indexOf(panel.title) + 1 || ORDER.length + 1);
  return [...found.values()].sort((a, b) => place(a) - place(b));
}
