// What is asked again and again while somebody looks at it.

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
