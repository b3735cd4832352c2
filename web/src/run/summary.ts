// A run in one sentence, and what a person should know beside it.
import type { Run } from "../api/runs";
import { film } from "../live/units.svelte";
import { civil, duration, modeName, printed } from "../words";

const count = (n: number, one: string): string => `${n || "no"} ${one}${n === 1 ? "" : "s"}`;

/** Who ran what where and when, how it ended, and what came of it. */
export function summary(run: Run): string {
  const { doses, trips } = run.outcome;
  const kind = modeName(run.mode);
  const begun = `${kind[0]?.toUpperCase()}${kind.slice(1)} by ${run.operator} on ${run.reactor_name}, ${civil(run.started)}`;
  const ended = run.ended ? ` after ${duration(run.simulated_s)}` : "";
  const came = [
    run.outcome.film?.thickness_m == null ? "" : `${film(run.outcome.film.thickness_m)} of film`,
    doses === undefined ? "" : count(doses, "dose"),
    trips === undefined ? "" : count(trips.length, "trip"),
  ].filter((each) => each);
  const why = run.reason ? `, ${printed(run.reason)}` : "";
  return `${begun}: ${run.state}${ended}${why}${came.length ? `; ${came.join(", ")}` : ""}.`;
}

/** Whether something is left to be decided about it: it ended before its plan, and nobody has. */
export const isOpen = (run: Run): boolean => run.ended !== null && ["INTERRUPTED", "ABORTED", "STOPPED"].includes(run.state) && !run.decided;
