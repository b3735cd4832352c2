// The list of runs, of which only the pages are loaded that somebody looks at.
import { tell } from "../api/ask.svelte";
import { findRuns, type RunBriefly } from "../api/runs";

const PAGE = 100;
const AHEAD = 50; // rows above and below those in sight: who scrolls finds them there

export class Pages {
  total = $state<number | null>(null);
  trouble = $state("");
  #pages = $state<Record<number, RunBriefly[]>>({});
  #asked = new Set<number>();
  #stop = new AbortController();
  #query = "";

  /** Begins anew with what is wanted; what was on its way is given up. */
  find(query: string): void {
    this.#stop.abort();
    this.#stop = new AbortController();
    this.#asked.clear();
    this.#query = query;
    this.trouble = "";
    this.#load(0, true);
  }

  /** The runs from one place to another; undefined for one that is not there yet, which is then loaded. */
  rows(first: number, after: number): (RunBriefly | undefined)[] {
    const found: (RunBriefly | undefined)[] = [];
    for (let place = first; place < after; place++) found.push(this.#pages[Math.floor(place / PAGE)]?.[place % PAGE]);
    return found;
  }

  /** Sees to it that those places are loaded, and what is near them. */
  need(first: number, after: number): void {
    const last = Math.min(after + AHEAD, this.total ?? 0);
    for (let page = Math.floor(Math.max(first - AHEAD, 0) / PAGE); page * PAGE < last; page++) this.#load(page, false);
  }

  async #load(page: number, fresh: boolean): Promise<void> {
    if (this.#asked.has(page)) return;
    this.#asked.add(page);
    const query = new URLSearchParams(this.#query);
    query.set("most", String(PAGE));
    query.set("skip", String(page * PAGE));
    const signal = this.#stop.signal;
    try {
      const told = await findRuns(query, signal);
      this.total = told.total;
      this.#pages = fresh ? { [page]: told.runs } : { ...this.#pages, [page]: told.runs };
    } catch (error) {
      if (signal.aborted) return;
      this.#asked.delete(page);
      this.trouble = tell(error);
    }
  }
}
