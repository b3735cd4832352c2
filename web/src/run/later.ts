// Events of a run that goes on: what was recorded, and behind it what the stream tells.
import type { RunEvent } from "../api/runs";
import type { EventTold } from "../live/stream.svelte";

const SAME = 2e-3; // s: instants are rounded on the way

/** `began` is when the run did, s on the engine's clock. */
export function later(known: RunEvent[], told: EventTold[], began: number): RunEvent[] {
  const last = known[known.length - 1]?.t_s ?? 0;
  const before = new Set(known.filter((each) => each.t_s > last - SAME).map((each) => `${each.kind} ${each.text}`));
  const fresh = told
    .map(({ time_s, kind, text }) => ({ t_s: time_s - began, kind: kind as RunEvent["kind"], text, data: {} }))
    .filter((each) => each.t_s > last + SAME || (each.t_s > last - SAME && !before.has(`${each.kind} ${each.text}`)));
  return fresh.length ? [...known, ...fresh] : known;
}
