// A timeline drawn: which lane each step lies in, and from where to where.
import type { TimedStep } from "../api/recipes";

export interface Bar {
  lane: string;
  label: string;
  line: number | null;
  start_s: number;
  duration_s: number;
}

const LANES: Record<string, string> = {
  pump: "pump", pumppurge: "pump", leakcheck: "pump", vent: "pump", holdpressure: "pressure",
  flow: "gas", flowcheck: "gas", letin: "gas", heat: "heat", cool: "heat", stabilise: "heat", light: "filament",
  purge: "purge", rest: "wait", wait: "wait", prompt: "person", load: "person", unload: "person", deposit: "deposition", treat: "treatment",
};

export const lineOf = (where: string): number | null => Number(where.match(/:(\d+)$/)?.[1] ?? NaN) || null;

/** What a step is called; a loop by its name and count. */
export const nameOf = (step: TimedStep): string =>
  step.kind === "block" ? `${step.layer || step.name || "loop"}${(step.count ?? 1) > 1 ? ` × ${step.count}` : ""}` : step.label;

/** The bars of a list of steps; a loop or a section is one bar of its own lane. */
export const bars = (steps: TimedStep[]): Bar[] => steps.map((step) => ({
  lane: step.kind === "dose" ? `${step.source}` : step.kind === "block" ? "cycles" : (LANES[step.kind] ?? "other"),
  label: nameOf(step), line: lineOf(step.where), start_s: step.start_s, duration_s: step.duration_s,
}));

/** All loops with more than one cycle, however deep, the longest first. */
export function loops(steps: TimedStep[]): TimedStep[] {
  const found = steps.flatMap((step) => step.kind !== "block" ? [] : [...((step.count ?? 1) > 1 ? [step] : []), ...loops(step.first ?? [])]);
  return found.sort((one, other) => other.duration_s - one.duration_s);
}
