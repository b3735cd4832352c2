// Samples of what is seen, and of a margin around it: one question at a time, then the latest wish, so that none is in vain.
import { readSamples, type Samples } from "../api/runs";

export type Span = [number, number];

const POINTS = 2000; // of each tag, of what is seen
const MARGIN = 0.25; // of what is seen, on either side: so far one moves without waiting

interface Wish {
  tags: string[];
  span: Span | null;
  end: number;
}

export class Detail {
  samples = $state.raw<Record<string, Samples>>({});
  busy = $state(true);
  /** Until when the samples reach, s since the run's start. */
  until = $state(0);
  #wish: Wish | null = null;
  #asking = false;
  readonly #stop = new AbortController();

  /** `failed` is told of an error, and of nothing once all is well again. */
  constructor(readonly run: string, readonly failed: (error: unknown) => void) {}

  /** Of these tags what lies in a span, or in the whole run, which is `end` s long. */
  want(tags: string[], span: Span | null, end: number): void {
    this.#wish = { tags, span, end };
    if (!this.#asking) void this.#ask();
  }

  leave(): void {
    this.#wish = null;
    this.#stop.abort();
  }

  async #ask(): Promise<void> {
    this.#asking = this.busy = true;
    for (let wish = this.#wish; wish; wish = this.#wish) {
      this.#wish = null;
      await this.#read(wish).then(() => this.failed(null), (error) => this.#stop.signal.aborted || this.failed(error));
    }
    this.#asking = this.busy = false;
  }

  async #read({ tags, span, end }: Wish): Promise<void> {
    const wide = span && widened(span, end);
    const points = span && wide ? Math.round((POINTS * (wide[1] - wide[0])) / (span[1] - span[0])) : POINTS;
    this.samples = tags.length ? await readSamples(this.run, tags, wide, points, this.#stop.signal) : {};
    this.until = wide ? wide[1] : end;
  }
}

function widened([from, to]: Span, end: number): Span {
  const margin = (to - from) * MARGIN;
  return [Math.max(Math.min(from, end) - margin, 0), Math.min(to + margin, end)];
}
