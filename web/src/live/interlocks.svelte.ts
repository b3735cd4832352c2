// Interlocks with their terms, for all pages: asked for when the stream tells that one of them stands otherwise.
import { tell } from "../api/ask.svelte";
import { readInterlocks, type Interlock } from "../api/reactor";
import { seldom } from "../api/watch.svelte";
import { live } from "./stream.svelte";

class Interlocks {
  all = $state.raw<Interlock[]>([]);
  trouble = $state("");
  /** The engine's instant at which they were told, s. */
  told = $state(0);
  /** What they depend on, as far as the news tell. */
  readonly situation = $derived(JSON.stringify([
    live.old, live.engine?.unmet, live.engine?.armed, live.engine?.substrate, live.engine?.bypasses.map((each) => each.id),
    live.engine?.alarms.map((each) => [each.id, each.state]),
  ]));
  readonly renew = seldom(async () => {
    try {
      [this.all, this.told, this.trouble] = [await readInterlocks(), live.now, ""];
    } catch (error) {
      this.trouble = tell(error);
    }
  });
}

export const interlocks = new Interlocks();

/** Keeps them up as long as a page shows them. */
export function followInterlocks(): void {
  $effect(() => {
    void interlocks.situation;
    interlocks.renew();
  });
}
