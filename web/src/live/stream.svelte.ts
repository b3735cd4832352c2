// What the reactor tells, for all pages: one connection that brings a snapshot, then what changes. SI, instants in s on
// the engine's clock.
import { SvelteMap } from "svelte/reactivity";
import type { LiveNow, Tried } from "../api/described";
import { ENDED } from "../words";
import { clock } from "./clock.svelte";
import { Connection, instant, seconds, since } from "./connection";
import { past } from "./past";

export type Sample = [instant: number, value: number | null, quality: string];

export interface TagShown {
  tag: string;
  unit: string;
  dimension: string;
  output: boolean;
  stale_after_s: number | null;
}

/** The engine as the stream tells it: without its values, which come by themselves. */
export type EngineNow = Omit<LiveNow, "values" | "silent_for_s" | "link">;

export interface EventTold {
  /** Of its news: the first message after a snapshot may tell again what that has. */
  number?: number;
  time_s: number;
  kind: string;
  text: string;
}

/** Where a dry run is; its report is asked for once it is over. */
export type TriedNow = Pick<Tried, "id" | "state" | "progress">;

interface Told {
  now_s?: number;
  engine?: EngineNow;
  tags?: TagShown[];
  values?: Record<string, Sample>;
  /** Where states changed meanwhile: what was over again is not among the values. */
  edges?: Record<string, Sample[]>;
  events?: EventTold[];
}

const ENGINE_SILENT = 2; // s without news from the engine: what is shown is old
const LOOK = 250; // ms between two looks at how old all is
const SOON = 1000; // ms after which a run that has just begun has recorded something
const EVENTS_KEPT = 200;
const RATED = 2; // s over which the pace of a simulated reactor is measured
const EXACT = 0.2; // s: what is told of how long a run goes on is rounded

class Live {
  engine = $state.raw<EngineNow | null>(null);
  tags = $state.raw<ReadonlyMap<string, TagShown>>(new Map());
  /** When the engine told that, the engine's instant, s. */
  engineAt = $state(0);
  events = $state.raw<EventTold[]>([]);
  /** What of the news is known here: an order says by it what it was decided on. */
  seen = $state("");
  /** The server does not answer. */
  lost = $state(false);
  /** Why the engine is not heard; empty while it is. */
  trouble = $state("");
  /** The engine's instant, s; goes on also where nothing is heard, as ages do. */
  now = $state(0);
  /** When the run of which the engine tells began, the engine's instant, s. */
  began = $state(0);
  /** s of the engine in one s here: other than 1 only where a simulated reactor is paced. */
  pace = $state(1);
  /** The pace is known: until a time of the clock can be told from it. */
  paced = $state(false);
  /** How often values came: who draws them all depends on it. */
  count = $state(0);
  /** Dry runs that came on since this page is open, by id. */
  readonly tried = new SvelteMap<string, TriedNow>();
  /** How often all was told anew, or after a silence: what came by the stream alone may be lost before that. */
  renewed = $state(0);
  readonly values = new SvelteMap<string, Sample>();
  #listens = false;
  #engineHeard = instant();
  #told = 0;
  #run = "";
  #paced: [here: number, there: number] | null = null;
  /** Since when nothing was heard, the engine's instant, s, and the run that was under way. */
  #lost: { at: number; run: string; began: number } | null = null;

  /** What is shown may not be so any more. */
  get old(): boolean {
    return this.lost || this.trouble !== "";
  }

  readonly #connection = new Connection<Told>({
    snapshot: (told, id) => this.#renew(told, id),
    news: (told, id) => this.#take(told, id),
    gap: () => undefined, // its events come again with the snapshot that follows, its samples are asked for
    beat: () => undefined,
    "dry-run": (told) => this.tried.set((told as TriedNow).id, told as TriedNow),
    lost: (told) => this.#miss((told as { trouble?: string }).trouble ?? "the engine is not heard"),
  }, () => this.#hear(), () => this.#lose());

  /** Begins to listen; once for all pages. */
  listen(): void {
    if (this.#listens) return;
    this.#listens = true;
    this.#connection.open();
    setInterval(() => this.#look(), LOOK);
    document.addEventListener("visibilitychange", () => this.#look()); // a page that nobody sees looks seldom
  }

  /** Civil time of an instant of the engine, by the clock of its computer. */
  civil(instant: number): Date {
    return this.ago(this.#instant() - instant);
  }

  /** Civil time so many s of the engine ago; before now where that is less than nothing. */
  ago(span: number): Date {
    return new Date(clock.now() - (span * 1000) / this.pace);
  }

  #instant(): number {
    return this.#told + since(this.#engineHeard);
  }

  #hear(): void {
    if (this.lost) this.renewed++;
    this.lost = false;
  }

  #lose(): void {
    if (this.lost) return;
    this.lost = true;
    this.#breakOff();
  }

  /** The server is there, but not the engine. */
  #miss(trouble: string): void {
    this.trouble = trouble;
    this.#breakOff();
  }

  /** What comes next does not follow on what came last. */
  #breakOff(): void {
    if (this.#lost || !this.#told) return;
    this.#lost = { at: this.#told, run: this.#run, began: this.began };
    past.breakOff(this.#told);
  }

  #look(): void {
    this.#connection.look();
    if (since(this.#engineHeard) > ENGINE_SILENT && !this.trouble) this.trouble = "the engine says nothing";
    this.now = this.#instant();
  }

  #renew(told: Told, id: string): void {
    this.values.clear();
    this.events = [];
    this.#paced = null;
    this.renewed++;
    this.#take(told, id);
  }

  #tell(events: EventTold[]): void {
    const newest = this.events.at(-1)?.number ?? -1;
    const fresh = events.filter((event) => event.number === undefined || event.number > newest);
    this.events = [...this.events, ...fresh].slice(-EVENTS_KEPT);
  }

  #take(told: Told, id: string): void {
    this.#engineHeard = instant();
    this.#told = told.now_s ?? this.#told;
    this.trouble = "";
    this.seen = id || this.seen;
    if (told.engine) this.#meet(told.engine);
    this.#measure();
    if (told.tags) this.tags = new Map(told.tags.map((tag) => [tag.tag, tag]));
    for (const [tag, sample] of Object.entries(told.values ?? {})) this.values.set(tag, sample);
    if (told.events) this.#tell(told.events);
    if (told.edges) past.addEdges(told.edges);
    if (told.values) {
      past.add(told.values, this.#told);
      this.count++;
    }
    if (this.#lost) void this.#fetchGap(this.#lost);
  }

  /** What a demonstration does in a second; a real reactor has one pace. */
  #measure(): void {
    if (!this.engine?.simulated) return void (this.paced = this.engine !== null);
    const [here, there] = (this.#paced ??= [seconds(), this.#told]);
    if (seconds() - here < RATED) return;
    const pace = (this.#told - there) / (seconds() - here);
    this.pace = Math.abs(pace - 1) < 0.1 ? 1 : pace;
    this.paced = true;
    this.#paced = [seconds(), this.#told];
  }

  #meet(engine: EngineNow): void {
    this.engine = engine;
    this.engineAt = this.#told;
    if (!engine.run) return;
    const began = this.#told - engine.run.elapsed_s; // late by as long as this was on its way: the earliest is the best
    if (engine.run.run_id !== this.#run && !ENDED.includes(engine.run.state)) setTimeout(() => this.#recall(), SOON);
    if (engine.run.run_id !== this.#run || began < this.began - EXACT) this.began = began;
    this.#run = engine.run.run_id;
  }

  /** What was before this page was open, as the run under way recorded it. */
  #recall(): void {
    if (this.#told > this.began) void past.fetch(this.#run, this.began, this.began, this.#told);
  }

  /** What was missed, where a run recorded it. */
  async #fetchGap({ at, run, began }: { at: number; run: string; began: number }): Promise<void> {
    this.#lost = null;
    const [next, now] = [this.#run, this.#told];
    if (next && next !== run) await past.fetch(next, this.began, Math.max(at, this.began), now); // first what is behind
    if (run) await past.fetch(run, began, at, next === run ? now : this.began);
  }
}

export const live = new Live();

/** How far the newest sample of a tag may be believed: as the server judges it, by quality and age. */
export function standing(tag: string): "good" | "uncertain" | "bad" | "stale" | "unknown" {
  const sample = live.values.get(tag);
  if (!sample) return "unknown";
  const limit = live.tags.get(tag)?.stale_after_s ?? null;
  if (live.old || (limit !== null && live.now - sample[0] > limit + LOOK / 1000)) return "stale";
  if (sample[2] === "bad" || sample[1] === null) return "bad";
  return sample[2] === "uncertain" ? "uncertain" : "good";
}

/** How long ago a tag was read, s; null where never, or where it never ages. */
export function age(tag: string): number | null {
  const sample = live.values.get(tag);
  if (!sample) return null;
  if (!live.old && (live.tags.get(tag)?.stale_after_s ?? null) === null) return null;
  return Math.max(live.now - sample[0], 0);
}

/** The newest usable value in SI. */
export const value = (tag: string | null | undefined): number | null => (tag ? (live.values.get(tag)?.[1] ?? null) : null);
