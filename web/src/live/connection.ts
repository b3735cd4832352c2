// The stream from the server, and whether it is heard: a connection on which nothing comes is given up for a new one.
import { ask } from "../api/ask.svelte";
import { told } from "../api/told";

const SILENT = 2.5; // s without a word from the server, which says one at least each second: it is lost
const LATER = 10; // s after which a connection that says nothing is tried anew: its other end may be gone untold
const AGAIN = 1000; // ms after which a connection that the server refused is tried anew

export const seconds = (): number => performance.now() / 1000;

/** An instant, by both clocks: one of them stands still while a computer sleeps, the other may be set. */
type Instant = [number, number];
export const instant = (): Instant => [seconds(), Date.now() / 1000];
/** s since then, by the clock that counted more. */
export const since = ([ticked, told]: Instant): number => Math.max(seconds() - ticked, Date.now() / 1000 - told);

/** What is told by a message of each kind. */
export type Takes<Told> = Record<string, (told: Told, id: string) => void>;

export class Connection<Told> {
  #source: EventSource | null = null;
  #heard = instant();
  #tried = instant();

  /** `hear` is called as something comes, and before what takes it; `lose` whenever nothing does. */
  constructor(private readonly takes: Takes<Told>, private readonly hear: () => void, private readonly lose: () => void) {}

  /** Begins to listen. Where the network changes, it is tried at once whether the server is still there. */
  open(): void {
    this.#connect();
    window.addEventListener("offline", () => this.#connect());
    window.addEventListener("online", () => this.#connect());
  }

  /** To be called a few times a second. */
  look(): void {
    if (since(this.#heard) > SILENT) this.lose();
    if (Math.min(since(this.#heard), since(this.#tried)) > LATER) this.#connect();
  }

  #connect(): void {
    this.#source?.close();
    this.#tried = instant();
    const source = (this.#source = new EventSource("/api/stream"));
    for (const [kind, take] of Object.entries(this.takes)) {
      source.addEventListener(kind, (event) => {
        this.#heard = instant();
        this.hear();
        take(told<Told>(event.data), event.lastEventId);
      });
    }
    source.onerror = () => {
      this.lose();
      if (source.readyState === EventSource.CLOSED) setTimeout(() => this.#refused(source), AGAIN); // else it comes back by itself
    };
  }

  /** Whoever is not logged in any more logs in again before it is tried anew. */
  async #refused(source: EventSource): Promise<void> {
    await ask("/api/me").catch(() => undefined);
    if (source === this.#source) this.#connect();
  }
}
