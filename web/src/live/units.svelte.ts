// Values as a person reads them: in the unit of the tag, or in the one that this person prefers.
import { ask } from "../api/ask.svelte";
import { number } from "../words";
import { live } from "./stream.svelte";

export interface Unit {
  unit: string;
  factor: number;
  offset: number;
}

const KEPT = "vapordep units";
const SHOWN: Record<string, string> = { degC: "°C", degF: "°F", angstrom: "Å", um: "µm", "K/min": "K/min" };

class Units {
  table = $state.raw<Record<string, Unit[]>>({});
  /** By dimension, the unit that is preferred. */
  chosen = $state<Record<string, string>>({});
  #person = "";

  /** Loads the table, and what this person chose in this browser. */
  async load(person: string): Promise<void> {
    this.#person = person;
    this.chosen = kept(this.#key);
    this.table = (await ask<{ dimensions: Record<string, Unit[]> }>("/api/units")).dimensions;
  }

  choose(dimension: string, unit: string): void {
    if (unit) this.chosen[dimension] = unit;
    else delete this.chosen[dimension];
    localStorage.setItem(this.#key, JSON.stringify(this.chosen));
  }

  /** The unit in which a tag is shown. */
  of(tag: string): Unit | null {
    const known = live.tags.get(tag);
    if (!known || known.dimension === "state") return null;
    const all = this.table[known.dimension] ?? [];
    const find = (symbol: string | undefined): Unit | undefined => all.find((each) => each.unit === symbol);
    return find(this.chosen[known.dimension]) ?? find(known.unit) ?? all[0] ?? null;
  }

  get #key(): string {
    return `${KEPT} ${this.#person}`;
  }
}

function kept(key: string): Record<string, string> {
  try {
    const told: unknown = JSON.parse(localStorage.getItem(key) ?? "{}");
    return told && typeof told === "object" ? (told as Record<string, string>) : {};
  } catch {
    return {};
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
