// The reactor as it stands now: its run, alarms and interlocks. Times in s, values in SI.
import { ask, order } from "./ask.svelte";
import { under } from "./control.svelte";

export interface ReactorNow {
  reactor: string;
  simulated: boolean;
  substrate: string;
  armed: boolean;
  guarded: boolean;
  trouble: string | null;
  silent: string[];
  interrupted: string | null;
  seen: string;
  silent_for_s: number;
}

export interface RunNow {
  run_id: string;
  recipe: string;
  mode: string;
  state: string;
  reason: string;
  operator: string;
  step: string;
  block: string | null;
  cycle: number;
  cycles: number;
  doses: number;
  waiting_for: string | null;
  elapsed_s: number;
  left_s: number | null;
  prompt: string | null;
}

export interface VerbNow {
  verb: string;
  allowed: boolean;
  why_not: string[];
}

export interface Verbs {
  state: string;
  seen: string;
  verbs: VerbNow[];
}

export interface Alarm {
  id: string;
  state: string;
  priority: string;
  text: string;
  cause: string;
  consequence: string;
  remedy: string;
  latching: boolean;
  present: boolean;
  silenced: boolean;
  first_out: boolean;
  after: string | null;
  raised_ago_s: number | null;
  shelved_for_s: number | null;
  by: string | null;
  reason: string | null;
}

export interface Interlock {
  id: string;
  state: string;
  kind: "permissive" | "trip";
  action: string;
  hard: boolean;
  guards: string[];
  when: string | null;
  applies: boolean;
  require: { text: string; truth: "true" | "false" | "unknown"; says: string }[];
  protects: string;
  remedy: string;
  bypass_left_s: number | null;
}

export type Failure = { covered: boolean; by: string[] };
export type Hazard = { hazard: string; outputs: string[] } & Record<string, Failure | string | string[]>;

export const readReactor = (): Promise<ReactorNow> => ask("/api/reactor");
export const readRunNow = (): Promise<RunNow | null> => ask("/api/run");
export const readVerbs = (): Promise<Verbs> => ask("/api/run/verbs");
export const readAlarms = (): Promise<Alarm[]> => ask("/api/alarms");
export const readInterlocks = (): Promise<Interlock[]> => ask("/api/interlocks");
export const readCoverage = (): Promise<{ hazards: Hazard[] }> => ask("/api/reactor/coverage");

type Told = { done: string };
const name = encodeURIComponent;
export const askRun = (verb: string, seen: string): Promise<Told> => order("/api/run/verbs", { verb }, under(seen));
export const answerRun = (text: string): Promise<Told> => order("/api/run/answer", { text }, under());
export const alarmOrder = (id: string, what: string, body: object = {}): Promise<Told> =>
  order(`/api/alarms/${name(id)}/${what}`, body, under());
export const interlockOrder = (id: string, what: string, body: object = {}): Promise<Told> =>
  order(`/api/interlocks/${name(id)}/${what}`, body, under());
