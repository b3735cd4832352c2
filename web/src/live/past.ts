// The last minutes of every tag, for small trends: what came over the stream, and what a run recorded where nothing came.
import { readSamples, readTags } from "../api/runs";
import type { Sample } from "./stream.svelte";

const KEPT = 600; // s
const MOST = 4000; // points of a tag
const POINTS = 600; // asked for, of a gap

export interface Trace {
  t: number[];
  v: (number | null)[];
}

class Past {
  readonly traces = new Map<string, Trace>();

  /** The newest of each tag, as it was told at `now`. */
  add(values: Record<string, Sample>, now: number): void {
    for (const [tag, sample] of Object.entries(values)) this.#add(tag, sample, now);
  }

  /** What states were meanwhile, before their newest. */
  addEdges(edges: Record<string, Sample[]>): void {
    for (const [tag, samples] of Object.entries(edges)) for (const sample of samples) this.#add(tag, sample, sample[0]);
  }

  /** Nothing is known from an instant on: what comes later does not follow on what came before. */
  breakOff(at: number): void {
    for (const { t, v } of this.traces.values()) {
      if (v[v.length - 1] === null) continue;
      t.push(Math.max(at, t[t.length - 1] ?? at));
      v.push(null);
    }
  }

  #add(tag: string, [t, v]: Sample, now: number): void {
    const trace = this.#of(tag), last = trace.t.length - 1;
    if (last >= 0 && t <= (trace.t[last] as number)) {
      if (trace.v[last] !== null || v === null) return;
      t = Math.max(now, trace.t[last] as number); // it was read before all broke off, and still holds
    }
    trace.t.push(t);
    trace.v.push(v);
    if (trace.t.length > MOST || (trace.t[0] as number) < t - 1.5 * KEPT) this.#shorten(trace, t);
  }

  /** Fills a span between two instants of the engine by what the run recorded that began at `began`. */
  async fetch(run: string, began: number, from: number, to: number): Promise<void> {
    const span: [number, number] = [Math.max(from - began, to - began - KEPT, 0), Math.max(to - began, 0)];
    if (!this.traces.size || span[1] <= span[0]) return;
    const recorded = await readTags(run).catch(() => []); // of what has no sample yet nothing may be asked
    const tags = recorded.map((each) => each.tag).filter((tag) => this.traces.has(tag));
    for (let n = 0; n < tags.length; n += 20) {
      const told = await readSamples(run, tags.slice(n, n + 20), span, POINTS).catch(() => ({}));
      for (const [tag, { t_s, value }] of Object.entries(told)) {
        const there = [...value.keys()].filter((n) => value[n] !== undefined);
        this.#insert(tag, there.map((n) => (t_s[n] as number) + began), there.map((n) => value[n] as number | null));
      }
    }
  }

  #insert(tag: string, t: number[], v: (number | null)[]): void {
    const trace = this.#of(tag);
    const place = trace.t.findIndex((each) => each > (t[0] ?? Infinity));
    if (place < 0) return;
    const until = trace.t[place] as number;
    const count = t.findIndex((each) => each >= until);
    const end = count < 0 ? t.length : count;
    trace.t.splice(place, 0, ...t.slice(0, end));
    trace.v.splice(place, 0, ...v.slice(0, end));
  }

  #of(tag: string): Trace {
    const found = this.traces.get(tag) ?? { t: [], v: [] };
    this.traces.set(tag, found);
    return found;
  }

  #shorten(trace: Trace, now: number): void {
    const first = Math.max(trace.t.findIndex((t) => t >= now - KEPT), trace.t.length - MOST, 0);
    trace.t.splice(0, first);
    trace.v.splice(0, first);
  }
}

export const past = new Past();
