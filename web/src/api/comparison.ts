// Several runs side by side, each beside the first.
import { ask } from "./ask.svelte";
import type { Comparison, Side, Spread } from "./described";

export type { Side, Spread };

export const compare = (runs: string[], align: string): Promise<Comparison> => {
  const query = new URLSearchParams(runs.map((run) => ["run", run]));
  query.set("align", align);
  return ask(`/api/comparison?${query}`);
};
