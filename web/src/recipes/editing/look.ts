// How the editor looks: the colours of the other pages; findings by shape and word, and no picture loaded for them.
import { EditorView } from "@codemirror/view";

const underline = (colour: string): Record<string, string> => ({
  backgroundImage: "none", textDecoration: `underline wavy var(${colour})`, textUnderlineOffset: "0.2em",
});
const marker = (colour: string): Record<string, string> => ({ content: "none", color: `var(${colour})` });
const told = (colour: string): Record<string, string> => ({ borderLeft: `0.3rem solid var(${colour})` });

export const look = EditorView.theme({
  "&": { height: "34rem", maxHeight: "70vh", color: "var(--ink)", backgroundColor: "var(--card)", fontSize: "0.875rem" },
  "&.cm-focused": { outline: "0.2rem solid var(--calm)", outlineOffset: "-0.1rem" },
  ".cm-scroller": { fontFamily: "ui-monospace, monospace", lineHeight: "1.5" },
  ".cm-content": { caretColor: "var(--ink)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { color: "var(--faint)", backgroundColor: "var(--ground)", borderRight: "1px solid var(--line)" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--calm) 8%, transparent)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "color-mix(in srgb, var(--calm) 30%, transparent)",
  },
  ".cm-lintRange-error": underline("--bad"),
  ".cm-lintRange-warning": underline("--warn"),
  ".cm-lintRange-info": underline("--faint"),
  ".cm-lintRange-active": { backgroundColor: "var(--warn-ground)" },
  ".cm-lint-marker": { lineHeight: "1.3", textAlign: "center" },
  ".cm-lint-marker-error": marker("--bad"),
  ".cm-lint-marker-warning": marker("--warn"),
  ".cm-lint-marker-info": marker("--faint"),
  ".cm-lint-marker-error::before": { content: "'▲'" },
  ".cm-lint-marker-warning::before": { content: "'◆'" },
  ".cm-lint-marker-info::before": { content: "'●'" },
  ".cm-diagnostic": { padding: "0.25rem 0.5rem", maxWidth: "40rem" },
  ".cm-diagnostic-error": told("--bad"),
  ".cm-diagnostic-warning": told("--warn"),
  ".cm-diagnostic-info": told("--faint"),
  ".cm-diagnosticSource": { fontSize: "0.875em", opacity: "1", color: "var(--faint)" },
  ".cm-tooltip, .cm-panels": { color: "var(--ink)", backgroundColor: "var(--card)", border: "1px solid var(--faint)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { maxHeight: "none", overflow: "hidden" },
  ".cm-tooltip-autocomplete > ul > li": { padding: "0.15rem 0.5rem" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": { color: "var(--card)", backgroundColor: "var(--calm)" },
  ".cm-completionDetail": { fontStyle: "normal", opacity: "0.9" },
  ".cm-completionIcon": { display: "none" },
  ".cm-tooltip .cm-completionInfo": { maxWidth: "22rem" },
  ".cm-foldPlaceholder": { color: "var(--faint)", backgroundColor: "var(--ground)", border: "1px solid var(--line)" },
  ".cm-button": { backgroundImage: "none", backgroundColor: "var(--ground)", color: "var(--ink)" },
  ".cm-textfield": { backgroundColor: "var(--card)", color: "var(--ink)", border: "1px solid var(--faint)" },
  ".cm-matchingBracket": { backgroundColor: "var(--warn-ground)" },
});
