// The reactor as it stands now: its run, alarms and interlocks. Times in s, values in SI.
import { ask, order } from "./ask.svelte";
import { under } from "./control.svelte";
import type { AlarmNow, Cell, CoverageSheet, HazardRow, Interlock, ReactorNow, RunNow, Told, VerbNow, Verbs } from "./described";

export type { Interlock, ReactorNow, RunNow, VerbNow, Verbs };
export type Alarm = AlarmNow;
export type Failure = Cell;
export type Hazard = HazardRow;

export const readReactor = (): Promise<ReactorNow> => ask("/api/reactor");
export const readRunNow = (): Promise<RunNow | null> => ask("/api/run");
export const readVerbs = (): Promise<Verbs> => ask("/api/run/verbs");
export const readAlarms = (): Promise<Alarm[]> => ask("/api/alarms");
export const readInterlocks = (): Promise<Interlock[]> => ask("/api/interlocks");
export const readCoverage = (): Promise<CoverageSheet> => ask("/api/reactor/coverage");

const name = encodeURIComponent;
export const askRun = (verb: string, seen: string): Promise<Told> => order("/api/run/verbs", { verb }, under(seen));
export const answerRun = (text: string): Promise<Told> => order("/api/run/answer", { text }, under());
export const alarmOrder = (id: string, what: string, body: object = {}): Promise<Told> =>
  order(`/api/alarms/${name(id)}/${what}`, body, under());
export const interlockOrder = (id: string, what: string, body: object = {}): Promise<Told> =>
  order(`/api/interlocks/${name(id)}/${what}`, body, under());
