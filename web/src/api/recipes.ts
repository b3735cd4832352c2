// Recipes: listed, read, checked, tried on simulated instruments, and started.
import { ask, order } from "./ask.svelte";
import { under } from "./control.svelte";
import type { Checked, FindingTold, KeyShown, Progress, RecipeBriefly, RecipeWhole, StepShown, TimedStep, Timeline, VersionShown, Words } from "./described";
import { written } from "./told";

export type { Checked, Progress, RecipeBriefly, RecipeWhole, TimedStep, Timeline, Words };
export type KeyWord = KeyShown;
export type StepWord = StepShown;
export type Version = VersionShown;
export type Finding = FindingTold;

/** What the dry run says of the recipe; temperatures in K. */
export interface Judged {
  fitness: string;
  reasons: { text: string; grave: boolean }[];
  temperature: { substrate: string; foil_at_most_K: number | null; below_trip_K: number | null } | null;
  film: { name: string; thickness_m: number | null }[];
}

export interface Tried {
  id: string;
  recipe: string;
  state: "running" | "done" | "cancelled" | "failed";
  progress: Progress | null;
  report: { run_id?: string; simulated_s?: number; verdict?: Judged } | null;
  notes: string[];
}

type Parameters = Record<string, string>;
export const listRecipes = (): Promise<RecipeBriefly[]> => ask("/api/recipes");
export const checkRecipe = (id: string): Promise<Checked> => ask(`/api/recipes/${id}/check`);
export const readRecipe = (id: string): Promise<RecipeWhole> => ask<RecipeWhole>(`/api/recipes/${id}`, {}, undefined, written<RecipeWhole>);
export const checkDraft = (text: string, parameters: Parameters, signal?: AbortSignal): Promise<Checked> =>
  ask("/api/recipes/check", {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ text, parameters }), signal,
  });
export const saveRecipe = (name: string, text: string, base: number, note: string): Promise<VersionShown> =>
  order(`/api/recipes/own/${encodeURIComponent(name)}`, { text, base, note });
export const tryRecipe = (recipe: string, parameters: Parameters): Promise<Tried> => order("/api/dry-runs", { recipe, parameters });
export const followTrial = (id: string): Promise<Tried> => ask(`/api/dry-runs/${id}`);
export const cancelTrial = (id: string): Promise<Tried> => order(`/api/dry-runs/${id}/cancel`);
export const startRun = (recipe: string, parameters: Parameters, samples: { id: string }[], note: string): Promise<{ done: string; run_id: string | null }> =>
  order("/api/runs", { recipe, parameters, samples, note }, under);

export const readWords = (): Promise<Words> => ask("/api/recipes/words");
export const timelineOf = (text: string, parameters: Parameters, signal?: AbortSignal): Promise<Timeline> =>
  ask("/api/recipes/timeline", {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ text, parameters }), signal,
  });
const own = (name: string): string => `/api/recipes/own/${encodeURIComponent(name)}/versions`;
export const readVersions = (name: string): Promise<Version[]> => ask(own(name));
export const readVersion = (name: string, number: number): Promise<{ text: string }> => ask(`${own(name)}/${number}`, {}, undefined, written);
