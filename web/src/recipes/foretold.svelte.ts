// What recipes would do on this reactor, as their check foretells it: one is asked after the other, for each takes a while.
import { checkRecipe } from "../api/recipes";

export interface Foretold {
  /** Why it cannot be run here; empty where it can. */
  refused: string;
  film_m: number | null;
  duration_s: number | null;
}

const MOST_TOLD = 1; // of the findings, beside the recipe's name

class ForetoldRecipes {
  of = $state.raw<Record<string, Foretold>>({});

  /** Asks for those recipes anew, until `goesOn` says no. */
  async ask(ids: string[], goesOn: () => boolean): Promise<void> {
    for (const id of ids) {
      if (!goesOn()) return;
      await checkRecipe(id).then((told) => {
        const wrong = told.findings.filter((each) => each.severity === "error").slice(0, MOST_TOLD).map((each) => each.message);
        const found = { refused: told.ok ? "" : (wrong[0] ?? "the check refuses it"), film_m: told.expected_thickness_m, duration_s: told.duration_s };
        this.of = { ...this.of, [id]: found };
      }, () => undefined); // its own page says why
    }
  }
}

export const foretold = new ForetoldRecipes();
