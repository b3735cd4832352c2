// What is decided about a run that ended before its plan: its state, the pressure since, and the decision.
import { ask, order } from "./ask.svelte";
import { under } from "./control.svelte";
import type { BrokenOff, PointsOfSpan, SamplesOfSpan } from "./described";

export type { BrokenOff, PointsOfSpan };

const PRESSURE = "chamber.pressure";
const one = (id: string): string => `/api/runs/${encodeURIComponent(id)}/decision`;
export const readBrokenOff = (id: string): Promise<BrokenOff> => ask(one(id));
export const decide = (id: string, decision: string, reason: string): Promise<{ done: string; run_id: string | null }> =>
  order(one(id), { decision, reason }, under);
/** What the gauge told from then on, in runs and between them; nothing where nobody listened. */
export async function readPressureSince(reactor: string, since: string, simulated: boolean): Promise<PointsOfSpan | null> {
  const query = new URLSearchParams({ reactor, tag: PRESSURE, since, simulated: String(simulated), points: "300" });
  return (await ask<SamplesOfSpan>(`/api/history/samples?${query}`)).tags[PRESSURE] ?? null;
}
