// Recipes: listed, read, checked, tried on simulated instruments, and started.
import { ask, order } from "./ask.svelte";
import { under } from "./control.svelte";

export interface RecipeBriefly {
  id: string;
  origin: string;
  name: string;
  title: string | null;
  process: string | null;
  substrate: string | null;
  status: string | null;
  version: number | null;
  trouble: string | null;
}

export interface RecipeWhole {
  id: string;
  text: string;
  version: number;
}

export interface Finding {
  severity: string;
  code: string;
  line: number | null;
  column: number | null;
  message: string;
  why?: string;
  remedy: string;
}

export interface Checked {
  ok: boolean;
  findings: Finding[];
  duration_s: number | null;
  cycles: number | null;
  doses: number | null;
  expected_thickness_m: number | null;
  parameters: Record<string, string | number>;
  precursor_use_mol: Record<string, number>;
}

export interface Tried {
  id: string;
  recipe: string;
  state: "running" | "done" | "cancelled" | "failed";
  progress: { state: string; step: string; block: string | null; cycle: number; cycles: number; simulated_s: number; left_s: number | null } | null;
  report: { run_id?: string; verdict?: { verdict?: string; fit?: string; reasons?: string[] } } | null;
  notes: string[];
}

type Parameters = Record<string, string>;
export const listRecipes = (): Promise<RecipeBriefly[]> => ask("/api/recipes");
export const readRecipe = (id: string): Promise<RecipeWhole> => ask(`/api/recipes/${id}`);
export const checkDraft = (text: string, parameters: Parameters, signal?: AbortSignal): Promise<Checked> =>
  ask("/api/recipes/check", {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ text, parameters }), signal,
  });
export const saveRecipe = (name: string, text: string, base: number, note: string): Promise<{ number: number }> =>
  order(`/api/recipes/own/${encodeURIComponent(name)}`, { text, base, note });
export const tryRecipe = (recipe: string, parameters: Parameters): Promise<Tried> => order("/api/dry-runs", { recipe, parameters });
export const followTrial = (id: string): Promise<Tried> => ask(`/api/dry-runs/${id}`);
export const cancelTrial = (id: string): Promise<Tried> => order(`/api/dry-runs/${id}/cancel`);
export const startRun = (recipe: string, parameters: Parameters, samples: { id: string }[], note: string): Promise<{ done: string; run_id: string | null }> =>
  order("/api/runs", { recipe, parameters, samples, note }, under());
