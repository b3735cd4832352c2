// Values as a person reads them: in the unit of the tag, or in the one that this person prefers.
import { ask } from "../api/ask.svelte";
import { preferences } from "../settings/preferences.svelte";
import { number, signed } from "../words";
import { live } from "./stream.svelte";

export interface Unit {
  unit: string;
  factor: number;
  offset: number;
}

/** A tag as a recording has it. */
export interface Recorded extends Omit<Unit, "unit"> {
  tag: string;
  unit: string | null;
}

const SHOWN: Record<string, string> = { degC: "°C", degF: "°F", angstrom: "Å", um: "µm", ohm: "Ω", "m3/h": "m³/h", "g/cm3": "g/cm³", "ug/cm2": "µg/cm²" };

class Units {
  table = $state.raw<Record<string, Unit[]>>({});

  #settle: () => void = () => undefined;
  /** Both table and preferences are there, or will not come: what is asked for once waits for this. */
  readonly ready = new Promise<void>((settle) => (this.#settle = settle));

  /** Loads what there is; without, all is as the system and the instruments have it. */
  async load(): Promise<void> {
    await Promise.allSettled([this.#load(), preferences.load()]);
    this.#settle();
  }

  async #load(): Promise<void> {
    this.table = (await ask<{ dimensions: Record<string, Unit[]> }>("/api/units")).dimensions;
  }

  /** The unit in which a person wants to read what has this dimension; `usual` where they do not say. */
  preferred(dimension: string, usual: string): Unit | null {
    const all = this.table[dimension] ?? [];
    const find = (symbol: string | undefined): Unit | undefined => all.find((each) => each.unit === symbol);
    return find(preferences.units[dimension]) ?? find(usual) ?? null;
  }

  /** Tags of a recording, each in the unit that is preferred; as it was recorded where nobody can tell what it measures. */
  recorded<T extends Recorded>(tags: T[]): T[] {
    return tags.map((tag) => {
      const dimension = tag.unit ? this.#dimension(tag) : "";
      const found = dimension && tag.unit ? this.preferred(dimension, tag.unit) : null;
      return found ? { ...tag, ...found } : tag;
    });
  }

  /** By the tag of the same name and unit that is live, else by the unit, where only one dimension has it. */
  #dimension({ tag, unit, factor, offset }: Recorded): string {
    const known = live.tags.get(tag);
    if (known?.unit === unit) return known.dimension;
    const alike = (each: Unit): boolean => each.unit === unit && each.factor === factor && each.offset === offset;
    const found = Object.keys(this.table).filter((dimension) => this.table[dimension]?.some(alike));
    return found.length === 1 ? (found[0] ?? "") : "";
  }

  /** The unit in which a tag is shown. */
  of(tag: string): Unit | null {
    const known = live.tags.get(tag);
    if (!known || known.dimension === "state") return null;
    return this.preferred(known.dimension, known.unit) ?? this.table[known.dimension]?.[0] ?? null;
  }
}

export const units = new Units();

export const symbol = (unit: Pick<Unit, "unit"> | null): string => (unit ? (SHOWN[unit.unit] ?? unit.unit) : "");

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
  return inUnit(si, unit);
}

/** The same in the unit of the instrument, where this person prefers another: beside limits as files have them. Else empty. */
export function asWritten(tag: string, si: number | null): string {
  const known = live.tags.get(tag);
  if (si === null || !known || known.dimension === "state" || units.of(tag)?.unit === known.unit) return "";
  const unit = units.table[known.dimension]?.find((each) => each.unit === known.unit);
  return unit ? inUnit(si, unit) : "";
}

/** What has this dimension, in the unit that is preferred, else in the `usual` one. */
export function told(dimension: string, si: number | null | undefined, usual: string): string {
  const unit = units.preferred(dimension, usual);
  return si === null || si === undefined ? "–" : unit ? inUnit(si, unit) : number(si, DIGITS);
}

const NM: Unit = { unit: "nm", factor: 1e-9, offset: 0 };
const NO_FILM = 1e-14; // m, a ten-thousandth of an atom's breadth
/** A thickness in m; in nm where nobody prefers another unit. */
export function film(metres: number | null | undefined, digits = DIGITS): string {
  return metres === null || metres === undefined ? "–" : inUnit(Math.abs(metres) < NO_FILM ? 0 : metres, units.preferred("length", NM.unit) ?? NM, digits);
}

function inUnit(si: number, unit: Unit, digits = DIGITS): string {
  const value = (si - unit.offset) / unit.factor;
  // a temperature has its digits behind the point, whatever its zero is
  const told = unit.offset || unit.unit === "K" ? signed(value.toFixed(1)) : number(tiny(value, si) ? 0 : value, digits);
  return !unit.unit ? told : `${told}\u202f${symbol(unit)}`;
}

/** What is left of zero by computing in binary. */
const tiny = (value: number, si: number): boolean => Math.abs(value) < 1e-12 && Math.abs(si) < 1e-15;
