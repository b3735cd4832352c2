// What a list shows of runs beside their words, loaded for those that are seen, a moment after the list stands still.
import { readGlimpses, type Glimpse } from "../api/runs";

const STILL = 120; // ms
const MOST = 60; // of one request

class Glimpses {
  of = $state.raw<Record<string, Glimpse>>({});
  #asked = new Set<string>();
  #timer = 0;

  /** Those runs are seen; of one that goes on it is asked anew each time. */
  need(runs: { run_id: string; ended: string | null }[]): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#load(runs.filter((run) => run.ended === null || !this.#asked.has(run.run_id))), STILL);
  }

  async #load(runs: { run_id: string }[]): Promise<void> {
    const ids = runs.slice(0, MOST).map((run) => run.run_id);
    if (!ids.length) return;
    ids.forEach((id) => this.#asked.add(id));
    await readGlimpses(ids).then((told) => (this.of = { ...this.of, ...told }), () => ids.forEach((id) => this.#asked.delete(id)));
  }
}

export const glimpses = new Glimpses();
