// What is asked again: every so often, or when there is cause, and not too often.

const EVERY = 1500; // ms

/** Asks at once and then every so often, as long as the page is seen; gives how to end it. */
export function watch(look: () => Promise<unknown>, every = EVERY): () => void {
  let timer = 0;
  let ended = false;
  async function turn(): Promise<void> {
    if (!document.hidden) await look().catch(() => undefined);
    if (!ended) timer = setTimeout(turn, every);
  }
  turn();
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}

const SELDOM = 1000; // ms

/** Looks when it is called, at most once in a while: whoever calls meanwhile is served at its end. */
export function seldom(look: () => Promise<unknown>, pause = SELDOM): () => void {
  let resting = false, wanted = false;
  async function turn(): Promise<void> {
    if (resting) return void (wanted = true);
    [resting, wanted] = [true, false];
    await look().catch(() => undefined);
    setTimeout(() => {
      resting = false;
      if (wanted) void turn();
    }, pause);
  }
  return () => void turn();
}
