// How a thing stands just now, for whoever draws it.
import { silent } from "../api/reactor";
import { age, live, standing, value } from "../live/stream.svelte";
import { shown } from "../live/units.svelte";
import type { Thing } from "./plumbing";

const LEAST_FLOW = 7.4e-8; // mol/s, 0.1 sccm: below is the noise of a small controller
const SHUT_FLOW = 7.4e-7; // mol/s, 1 sccm: below is the noise of a large one, which is told to be shut

/** On or open; null where that is not known just now. */
export function isOn(thing: Thing): boolean | null {
  const tag = switchOf(thing) ?? thing.value;
  if (!tag || live.tags.get(tag)?.dimension !== "state") return false;
  return known(tag) ? (value(tag) ?? 0) > 0.5 : null;
}

/** What switches a supply; its value may be another. */
const switchOf = (thing: Thing): string | undefined =>
  thing.kind === "filament" || thing.kind === "lamp" ? thing.tags.find((each) => each.endsWith(".on")) : undefined;

/** Whether a supply is on, in a word; nothing where its value says so. */
export function switched(thing: Thing): string {
  const tag = switchOf(thing);
  return tag && tag !== thing.value ? told(tag) : "";
}

const known = (tag: string): boolean => ["good", "uncertain"].includes(standing(tag));

/** Something flows: by one of the ways at least, of which all valves are open and no flow is zero. */
export const flows = (ways: string[][]): boolean => ways.some((way) => way.length > 0 && way.every(passes));

function passes(tag: string): boolean {
  const now = value(tag);
  if (!known(tag) || now === null) return false;
  return live.tags.get(tag)?.dimension === "state" ? now > 0.5 : now > leastFlow(tag);
}

/** What counts as a flow, mol/s. A controller that is shut and lets more through is seen to flow. */
function leastFlow(tag: string): number {
  const wanted = value(`${tag}_setpoint`);
  return wanted !== null && wanted < LEAST_FLOW ? SHUT_FLOW : LEAST_FLOW;
}

/** The value in words; where there is none, why. */
export function told(tag: string): string {
  const how = standing(tag);
  if (how === "unknown") return "UNKNOWN";
  if (how === "bad") return "no value";
  return shown(tag, value(tag));
}

/** How old it is: told of what is stale, and of what is read again and again. */
export function ageTold(tag: string): string {
  const seconds = age(tag);
  if (seconds === null) return "";
  return seconds < 100 ? `${seconds.toFixed(1)} s` : seconds < 6000 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

/** Alarms that stand and name one of its tags. */
export const alarmsOf = (thing: Thing): string[] =>
  (live.engine?.alarms ?? [])
    .filter((alarm) => !silent(alarm))
    .filter((alarm) => thing.tags.some((tag) => alarm.text.includes(tag)))
    .map((alarm) => alarm.id);
