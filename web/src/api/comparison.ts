// Several runs side by side, each beside the first.
import { ask } from "./ask.svelte";
import type { BesideGolden, Comparison, Side, Spread } from "./described";

export type { BesideGolden, Side, Spread };

/** Laid over each other at their start, or at the beginning of a step or cycle: of the n-th of that name, or of any. */
export const compare = (runs: string[], align: string, name: string, number: string): Promise<Comparison> => {
  const query = new URLSearchParams([...runs.map((run) => ["run", run]), ["align", align], ["name", name], ["number", number]]);
  return ask(`/api/comparison?${query}`);
};

/** Where a run left the bands of one that was good, and these bands for one tag; SI. */
export const besideGolden = (run: string, golden: string, tag: string): Promise<BesideGolden> =>
  ask(`/api/runs/${encodeURIComponent(run)}/golden?${new URLSearchParams({ golden, tag })}`);
