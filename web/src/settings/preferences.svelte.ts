// How this person wants to see the pages, wherever they log in: kept by the server. The theme is kept in this browser as
// well, so that the first paint is right.
import { ask, order } from "../api/ask.svelte";
import type { PreferredNow } from "../api/described";
import { applyTheme, theme, type Theme } from "./theme";

class Preferences {
  theme = $state<Theme>(theme());
  /** By dimension, the unit that is preferred. */
  units = $state<Record<string, string>>({});
  /** Whether a new alarm is to be heard. */
  sound = $state(false);

  async load(): Promise<void> {
    this.#take(await ask<PreferredNow>("/api/me/preferences"));
  }

  /** Changes some of it at once, and keeps it; raises Refusal where it could not be kept. */
  async change(part: Partial<PreferredNow>): Promise<void> {
    const wanted = { theme: this.theme, units: this.units, sound: this.sound, ...part };
    this.#take(wanted);
    await order("/api/me/preferences", wanted);
  }

  prefer(dimension: string, unit: string): Promise<void> {
    const { [dimension]: _, ...others } = this.units;
    return this.change({ units: unit ? { ...others, [dimension]: unit } : others });
  }

  #take(told: PreferredNow): void {
    this.theme = told.theme as Theme;
    this.units = told.units;
    this.sound = told.sound;
    applyTheme(this.theme);
  }
}

export const preferences = new Preferences();
