// The reactor as it stands now: its run, alarms and interlocks. Times in s, values in SI.
import { ask, order } from "./ask.svelte";
import { clock } from "../live/clock.svelte";
import { under } from "./control.svelte";
import type { AlarmShown, Cell, CoverageSheet, EpisodeTold, HazardRow, HandValveShown, Interlock, Judged, Proven, TagNow, Told, VerbNow, Verbs } from "./described";

export type { Interlock, Judged, TagNow, VerbNow, Verbs };
export type Alarm = AlarmShown;
export type HandValve = HandValveShown;
export type Episode = EpisodeTold;
/** How urgent an alarm is, by its shape. */
export const URGENCY: Record<string, string> = { urgent: "▲", high: "◆", low: "●" };
/** Silenced by a person or by design. */
export const silent = (alarm: Alarm): boolean => ["SHELVED", "SUPPRESSED", "OUT_OF_SERVICE"].includes(alarm.state);
export type Failure = Cell;
export type Hazard = HazardRow;

export const readVerbs = (): Promise<Verbs> => ask("/api/run/verbs");
export const readInterlocks = (): Promise<Interlock[]> => ask("/api/interlocks");
/** The alarms of the last `days` of a reactor, the latest first. */
export function readEpisodes(reactor: string, simulated: boolean, days: number): Promise<Episode[]> {
  const since = new Date(clock.now() - days * 86_400_000).toISOString();
  return ask(`/api/alarms/history?${new URLSearchParams({ reactor, since, simulated: String(simulated) })}`);
}
export const readCoverage = (): Promise<CoverageSheet> => ask("/api/reactor/coverage");

export const readFacts = (): Promise<TagNow[]> => ask("/api/reactor/tags");

const name = encodeURIComponent;
export const judgeOutput = (tag: string, value: string): Promise<Judged> => order("/api/commands/judge", { tag, value });
export const commandOutput = (tag: string, value: string): Promise<Told> =>
  order("/api/commands", { tag, value }, under);
export const armReactor = (substrate: string): Promise<Told> => order("/api/arm", { substrate }, under);
export const proveHandValve = (source: string): Promise<Proven> =>
  order(`/api/sources/${name(source)}/test-pulse`, {}, under);
export const disarmReactor = (): Promise<Told> => order("/api/disarm", {}, under);
export const askRun = (verb: string): Promise<Told> => order("/api/run/verbs", { verb }, under);
export const answerRun = (text: string): Promise<Told> => order("/api/run/answer", { text }, under);
export const alarmOrder = (id: string, what: string, body: object = {}): Promise<Told> =>
  order(`/api/alarms/${name(id)}/${what}`, body, under);
export const interlockOrder = (id: string, what: string, body: object = {}): Promise<Told> =>
  order(`/api/interlocks/${name(id)}/${what}`, body, under);
