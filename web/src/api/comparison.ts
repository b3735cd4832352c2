// Several runs side by side, each beside the first.
import { ask } from "./ask.svelte";
import type { Layer } from "./runs";

export interface Spread {
  median: number | null;
  scatter: number | null;
}

export interface Side {
  run_id: string;
  mode: string;
  recipe_name: string;
  state: string;
  started: string;
  film: { thickness_m: number | null; layers: Layer[] } | null;
  recipe: string[];
  parameters: Record<string, { first: unknown; this: unknown }>;
  same_reactor: boolean;
  zero_s: number;
  pulses: Record<string, { count: number; width_s: Spread; peak_pa: Spread; area_pa_s: Spread; baseline_pa: Spread }>;
}

export const compare = (runs: string[], align: string): Promise<{ runs: Side[] }> => {
  const query = new URLSearchParams(runs.map((run) => ["run", run]));
  query.set("align", align);
  return ask(`/api/comparison?${query}`);
};
