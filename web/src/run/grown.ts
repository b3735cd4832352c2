// Samples of a run that goes on: what the server gave, and behind it what came over the stream since.
import type { Samples } from "../api/runs";
import { past } from "../live/past";

const SAME = 1e-3; // s: instants are rounded on the way

/** `began` is when the run did, s on the engine's clock. */
export function grown(samples: Record<string, Samples>, began: number): Record<string, Samples> {
  const made: Record<string, Samples> = {};
  for (const [tag, given] of Object.entries(samples)) made[tag] = longer(given, tag, began);
  return made;
}

function longer({ t_s, value }: Samples, tag: string, began: number): Samples {
  const trace = past.traces.get(tag);
  const from = (t_s[t_s.length - 1] ?? -SAME) + began + SAME;
  let n = trace?.t.length ?? 0;
  while (trace && n > 0 && (trace.t[n - 1] as number) > from) n--;
  if (!trace || n === trace.t.length) return { t_s, value };
  return { t_s: [...t_s, ...trace.t.slice(n).map((t) => t - began)], value: [...value, ...trace.v.slice(n)] };
}
