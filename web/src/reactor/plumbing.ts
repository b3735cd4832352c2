// The plumbing as the reactor file says it, and the things in it that a person looks at and operates.
import { ask } from "../api/ask.svelte";
import type { Plumbing } from "../api/described";

export type { Plumbing };

type Tags = Record<string, string>;

export type Kind =
  | "gas" | "bottle" | "mfc" | "valve" | "gauge" | "heater" | "chiller" | "filament" | "pump" | "throttle" | "balance" | "lamp";

export interface Thing {
  id: string;
  kind: Kind;
  title: string;
  /** What it is, in a few words. */
  about: string;
  /** The tag that is shown first, and what it is to be. */
  value: string | null;
  setpoint: string | null;
  /** All tags of it. */
  tags: string[];
}

export const readPlumbing = (): Promise<Plumbing> => ask("/api/reactor/plumbing");

const given = (...tags: (string | null | undefined)[]): string[] => [...new Set(tags.filter((tag): tag is string => !!tag))];

export const valve = (tag: string, title = tag.replace(/\.valve$/, "")): Thing =>
  ({ id: tag, kind: "valve", title, about: "valve", value: tag, setpoint: null, tags: [tag] });

export const mfc = (name: string, tags: Tags): Thing | null =>
  tags.flow
    ? { id: tags.flow, kind: "mfc", title: name, about: "flow", value: tags.flow, setpoint: tags.flow_setpoint ?? null, tags: given(tags.flow, tags.flow_setpoint) }
    : null;

/** A heated zone; the tags of the valve and flow that share its name are not its own. */
export const zone = (each: Plumbing["zones"][number], kind: Kind = each.chiller ? "chiller" : "heater", about: string = kind): Thing => ({
  id: `zone ${each.name}`, kind, title: each.name, about, value: each.tags.temperature ?? null, setpoint: each.tags.setpoint ?? null,
  tags: given(...Object.entries(each.tags).filter(([quantity]) => !/valve|flow/.test(quantity)).map(([, tag]) => tag)),
});

export const bottle = (source: Plumbing["sources"][number], heated: Plumbing["zones"][number] | undefined): Thing => ({
  ...(heated ? zone(heated) : { value: null, setpoint: null, tags: [] }),
  id: `bottle ${source.name}`, kind: "bottle", title: source.name, about: source.substance,
});

/** A supply: of the filament, a lamp, a plasma. */
export const supply = (name: string, kind: Kind, tags: { name?: string; temperature?: string | null; on?: string | null }): Thing => ({
  id: name, kind, title: name, about: kind, value: tags.temperature ?? tags.on ?? null, setpoint: null,
  tags: given(...Object.entries(tags).filter(([key]) => key !== "name").map(([, tag]) => tag as string | null)),
});
