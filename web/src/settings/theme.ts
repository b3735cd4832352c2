// Light, dark, or as the system has it: kept in this browser for its first paint.

export type Theme = "" | "light" | "dark";
const KEPT = "vapordep theme";

export const theme = (): Theme => {
  const kept = localStorage.getItem(KEPT);
  return kept === "light" || kept === "dark" ? kept : "";
};

/** Makes the pages look as was chosen; with `wanted` that is chosen from now on. */
export function applyTheme(wanted?: Theme): void {
  if (wanted) localStorage.setItem(KEPT, wanted);
  else if (wanted === "") localStorage.removeItem(KEPT);
  const now = theme();
  if (now) document.documentElement.dataset.theme = now;
  else delete document.documentElement.dataset.theme;
}
