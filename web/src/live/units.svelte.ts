// Values as a person reads them: in the unit of the tag, or in the one that this person prefers.
import { ask } from "../api/ask.svelte";
import { preferences } from "../settings/preferences.svelte";
import { number } from "../words";
import { live } from "./stream.svelte";

export interface Unit {
  unit: string;
  factor: number;
  offset: number;
}

const SHOWN: Record<string, string> = { degC: "°C", degF: "°F", angstrom: "Å", um: "µm", "K/min": "K/min" };

class Units {
  table = $state.raw<Record<string, Unit[]>>({});

  async load(): Promise<void> {
    this.table = (await ask<{ dimensions: Record<string, Unit[]> }>("/api/units")).dimensions;
  }

  /** The unit in which a tag is shown. */
  of(tag: string): Unit | null {
    const known = live.tags.get(tag);
    if (!known || known.dimension === "state") return null;
    const all = this.table[known.dimension] ?? [];
    const find = (symbol: string | undefined): Unit | undefined => all.find((each) => each.unit === symbol);
    return find(preferences.units[known.dimension]) ?? find(known.unit) ?? all[0] ?? null;
  }
}

export const units = new Units();

export const symbol = (unit: Unit | null): string => (unit ? (SHOWN[unit.unit] ?? unit.unit) : "");

const STATES: [RegExp, [string, string]][] = [[/valve$/, ["closed", "open"]]];
/** What a state is called: a valve is open or closed, all else on or off. */
export function stateWord(tag: string, si: number): string {
  const words = STATES.find(([each]) => each.test(tag))?.[1] ?? ["off", "on"];
  return words[si > 0.5 ? 1 : 0];
}

const DIGITS = 4;
/** A value of a tag in SI, told with its unit. */
export function shown(tag: string, si: number | null): string {
  if (si === null) return "–";
  if (live.tags.get(tag)?.dimension === "state") return stateWord(tag, si);
  const unit = units.of(tag);
  if (!unit) return number(si, DIGITS);
  const value = (si - unit.offset) / unit.factor;
  // a temperature has its digits behind the point, whatever its zero is
  const told = unit.offset || unit.unit === "K" ? value.toFixed(1) : number(tiny(value, si) ? 0 : value, DIGITS);
  return unit.unit === "%" || !unit.unit ? `${told}${unit.unit}` : `${told}\u202f${symbol(unit)}`;
}

/** What is left of zero by computing in binary. */
const tiny = (value: number, si: number): boolean => Math.abs(value) < 1e-12 && Math.abs(si) < 1e-15;
