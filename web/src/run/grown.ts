// A run that goes on: what the server gave, and behind it what came over the stream since.
import type { Samples, Tag } from "../api/runs";
import { past } from "../live/past";
import { latest, placeOf, type Line, type Tail } from "../plots/lines";

const SAME = 1e-3; // s: instants are rounded on the way
const ROOM = 16; // parts of a run, of which up to two are left free for what comes

/** `began` is when the run did, s on the engine's clock. */
export function grown(samples: Record<string, Samples>, began: number): Record<string, Samples> {
  const made: Record<string, Samples> = {};
  for (const [tag, { t_s, value }] of Object.entries(samples)) {
    const since = after(tag, t_s, began);
    made[tag] = { t_s: [...t_s, ...since.t_s], value: [...value, ...since.value] };
  }
  return made;
}

/** Of each line what came since, until `now`, s since the run's start: the newest value holds until the next. */
export function tails(lines: Line[], tags: Tag[], began: number, now: number): Tail[] {
  return lines.map(({ name, t_s, value }) => {
    const { factor = 1, offset = 0 } = tags.find((each) => each.tag === name) ?? {};
    const since = after(name, t_s, began), last = Math.max(placeOf(value), 0);
    const read = since.value.map((each) => (each == null ? each : (each - offset) / factor));
    const made: Tail = { t_s: [...t_s.slice(last, last + 1), ...since.t_s], value: [...value.slice(last, last + 1), ...read] };
    made.t_s.push(Math.max(now, made.t_s[made.t_s.length - 1] ?? now));
    made.value.push(latest(made.value));
    return made;
  });
}

/** What came of a tag behind these instants. */
function after(tag: string, t_s: number[], began: number): Samples {
  const trace = past.traces.get(tag);
  const from = (t_s[t_s.length - 1] ?? -SAME) + began + SAME;
  let n = trace?.t.length ?? 0;
  while (trace && n > 0 && (trace.t[n - 1] as number) > from) n--;
  return { t_s: trace?.t.slice(n).map((t) => t - began) ?? [], value: trace?.v.slice(n) ?? [] };
}

/** Where the axis of a run ends that goes on: it stands still until the run has come there. */
export function ahead(length: number): number {
  const step = 2 ** Math.ceil(Math.log2(Math.max(length, 1) / ROOM));
  return (Math.floor(length / step) + 1) * step;
}
