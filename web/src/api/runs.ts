// The history as the server tells it: times in s since the run's start, values in SI.
import { ask } from "./ask.svelte";

export interface RunBriefly {
  run_id: string;
  mode: "run" | "dry_run";
  recipe: string;
  reactor: string;
  operator: string;
  started: string;
  ended: string | null;
  state: string;
  reason: string;
  simulated_s: number | null;
  parent: string | null;
  samples: string[];
  labels: string[];
}

export interface RunPage {
  total: number;
  runs: RunBriefly[];
}

export interface Layer {
  name: string;
  thickness_m: number | null;
  cycles: number;
  growth_per_cycle_m: number | null;
  origin: string;
}

export interface Outcome {
  doses?: number;
  trips?: string[];
  alarms?: string[];
  film?: { thickness_m: number | null; layers: Layer[] };
  precursor_use_mol?: Record<string, number>;
}

export interface Run {
  run_id: string;
  mode: "run" | "dry_run";
  doubt: string | null;
  recipe_name: string;
  recipe_text: string;
  recipe_sha256: string;
  reactor_name: string;
  reactor_text: string;
  operator: string;
  parameters: Record<string, string | number>;
  samples: { id: string; substrate: string; position: string; note: string }[];
  seed: number | null;
  started: string;
  ended: string | null;
  state: string;
  reason: string;
  simulated_s: number | null;
  wall_s: number | null;
  parent: string | null;
  versions: Record<string, string>;
  outcome: Outcome;
}

export interface Tag {
  tag: string;
  /** As a person reads it: SI value = number * factor + offset. */
  unit: string | null;
  si: string | null;
  factor: number;
  offset: number;
}

export interface Samples {
  t_s: number[];
  value: (number | null)[];
}

export interface Pulse {
  number: number;
  source: string;
  step: string;
  cycle: number;
  planned_open_s: number;
  planned_close_s: number;
  commanded_open_s: number | null;
  width_s: number | null;
  baseline_pa: number | null;
  peak_pa: number | null;
  area_pa_s: number | null;
  verdict: string | null;
}

export interface RunEvent {
  t_s: number;
  kind: string;
  text: string;
}

const one = (id: string): string => `/api/runs/${encodeURIComponent(id)}`;

export const findRuns = (query: URLSearchParams, signal?: AbortSignal): Promise<RunPage> =>
  ask(`/api/runs?${query}`, { signal });
export const readRun = (id: string): Promise<Run> => ask(one(id));
export const readTags = (id: string): Promise<Tag[]> => ask(`${one(id)}/tags`);
export const readPulses = (id: string): Promise<Pulse[]> => ask(`${one(id)}/pulses`);
export const readEvents = (id: string): Promise<RunEvent[]> => ask(`${one(id)}/events`);
export const csvOf = (id: string, table: string): string => `${one(id)}/csv/${table}`;

/** At most `points` of each tag between two times; every extreme and gap is kept. */
export function readSamples(
  id: string, tags: string[], span: [number, number] | null, points: number, signal?: AbortSignal,
): Promise<Record<string, Samples>> {
  const query = new URLSearchParams(tags.map((tag) => ["tag", tag]));
  query.set("points", String(points));
  if (span) {
    query.set("start", String(span[0]));
    query.set("end", String(span[1]));
  }
  return ask(`${one(id)}/samples?${query}`, { signal });
}

export interface Cycles {
  loop: string;
  numbers: number[];
  begin_s: number[];
  t_s: number[];
  values: (number | null)[][];
  median: (number | null)[];
  low: (number | null)[];
  high: (number | null)[];
  outliers: number[];
}

export const readCycles = (id: string, tag: string): Promise<Cycles> =>
  ask(`${one(id)}/cycles?${new URLSearchParams({ tag, points: "300" })}`);
