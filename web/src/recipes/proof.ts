// Whether the hand valves of sources were open: proven only by a dose that the gauge saw, in the latest runs.
import { findRuns, readPulses } from "../api/runs";

export interface Proof {
  source: string;
  /** How its latest dose looked on the gauge, empty where none was given. */
  verdict: string;
  run: string;
  started: string;
}

const LATEST = 5; // runs that are looked at
const JUDGED = ["good", "late", "weak"];

/** Of each source its latest dose that was judged. */
export async function proofs(reactor: string, sources: string[], simulated: boolean): Promise<Proof[]> {
  const query = new URLSearchParams({ reactor, most: String(LATEST), ...(simulated ? {} : { mode: "run" }) });
  const runs = (await findRuns(query)).runs;
  const found = new Map<string, Proof>();
  for (const run of runs) {
    if (sources.every((source) => found.has(source))) break;
    for (const pulse of (await readPulses(run.run_id)).reverse()) {
      const { source, verdict } = pulse;
      if (sources.includes(source) && !found.has(source) && JUDGED.includes(verdict ?? "")) found.set(source, { source, verdict: verdict ?? "", run: run.run_id, started: run.started });
    }
  }
  return sources.map((source) => found.get(source) ?? { source, verdict: "", run: "", started: "" });
}
