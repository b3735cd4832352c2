// The history as the server tells it: times in s since the run's start, values in SI.
import { ask, askBytes } from "./ask.svelte";
import { units } from "../live/units.svelte";
import { columns } from "./columns";
import type {
  Cycles, EventTold, Glimpse, Held, LayerTold, PulseTold, RunBriefly, RunPage, RunWhole, TagRecorded, Window,
} from "./described";

export type { Cycles, Glimpse, Held, RunBriefly, RunPage, Window };
export type Layer = LayerTold;
export type Pulse = PulseTold;
export type RunEvent = EventTold;
/** As a person reads it: SI value = number * factor + offset. */
export type Tag = TagRecorded;
export type Run = Omit<RunWhole, "outcome"> & { outcome: Outcome };

/** Instants in s since the run's start, values in SI: null where one is missing, undefined where nothing is new. */
export interface Samples {
  t_s: number[];
  value: (number | null | undefined)[];
}

export interface Outcome {
  doses?: number;
  trips?: string[];
  alarms?: string[];
  film?: { thickness_m: number | null; layers: Layer[] };
  precursor_use_mol?: Record<string, number>;
}

const one = (id: string): string => `/api/runs/${encodeURIComponent(id)}`;

export const findRuns = (query: URLSearchParams, signal?: AbortSignal): Promise<RunPage> =>
  ask(`/api/runs?${query}`, { signal });
export const readRun = (id: string): Promise<Run> => ask(one(id));
/** Of each run its film, and its pressure as a few points. */
export const readGlimpses = (ids: string[]): Promise<Record<string, Glimpse>> =>
  ask(`/api/glimpses?${new URLSearchParams(ids.map((id) => ["run", id]))}`);
/** In the units in which this person wants to read them. */
export async function readTags(id: string): Promise<Tag[]> {
  const [told] = await Promise.all([ask<Tag[]>(`${one(id)}/tags`), units.ready]);
  return units.recorded(told);
}
export const readPulses = (id: string): Promise<Pulse[]> => ask(`${one(id)}/pulses`);
export const readEvents = (id: string): Promise<RunEvent[]> => ask(`${one(id)}/events`);
export const parquetOf = (id: string, table: string): string => `${one(id)}/parquet/${table}`;
export const csvOf = (id: string, table: string): string => `${one(id)}/csv/${table}`;

/** Of each tag at most some `points` between two times; every extreme and gap is kept. Lines share instants where they can. */
export async function readSamples(
  id: string, tags: string[], span: [number, number] | null, points: number, signal?: AbortSignal,
): Promise<Record<string, Samples>> {
  const query = new URLSearchParams(tags.map((tag) => ["tag", tag]));
  query.set("points", String(points));
  if (span) {
    query.set("start", String(span[0]));
    query.set("end", String(span[1]));
  }
  query.set("form", "columns");
  return columns(await askBytes(`${one(id)}/samples?${query}`, { signal }));
}

export const readWindows = (id: string): Promise<Window[]> => ask(`${one(id)}/windows`);
/** Of each tag what held between two instants, out of every sample. */
export const readStatistics = (id: string, tags: string[], [start, end]: [number, number], signal?: AbortSignal): Promise<Record<string, Held>> =>
  ask(`${one(id)}/statistics?${new URLSearchParams([...tags.map((tag) => ["tag", tag]), ["start", String(start)], ["end", String(end)]])}`, { signal });
export const readCycles = (id: string, tag: string): Promise<Cycles> =>
  ask(`${one(id)}/cycles?${new URLSearchParams({ tag, points: "300" })}`);
