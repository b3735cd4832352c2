// What people add to a run later: labels, notes, measurements and files.
import { ask, order, send } from "./ask.svelte";
import type { Attachment, FilmKnown, LabelsNow, Measured, Note } from "./described";

export type { Attachment, Note };
export type Measurement = Measured;

/** What may be measured of a film: what it is, the unit that it is told in, and an example. */
export const QUANTITIES: Record<string, { dimension: string; usual: string; such: string }> = {
  thickness: { dimension: "length", usual: "nm", such: "12.3 nm" },
  roughness: { dimension: "length", usual: "nm", such: "0.4 nm" },
  growth_per_cycle: { dimension: "growth per cycle", usual: "nm/cycle", such: "0.11 nm/cycle" },
  density: { dimension: "density", usual: "g/cm3", such: "3.0 g/cm3" },
  mass_per_area: { dimension: "mass per area", usual: "ug/cm2", such: "1.2 ug/cm2" },
  refractive_index: { dimension: "fraction", usual: "", such: "1.64" },
  composition: { dimension: "fraction", usual: "%", such: "39 %" },
  resistance: { dimension: "resistance", usual: "ohm", such: "45 ohm" },
};

const one = (id: string): string => `/api/runs/${encodeURIComponent(id)}`;
export const readNotes = (id: string): Promise<Note[]> => ask(`${one(id)}/notes`);
export const addNote = (id: string, text: string, at_s: number | null): Promise<unknown> =>
  order(`${one(id)}/notes`, { text, at_s });
export const readAttachments = (id: string): Promise<Attachment[]> => ask(`${one(id)}/attachments`);
/** Goes out as bytes that no browser shows or runs, under the file's own name. */
export const fileOf = (id: string, number: number): string => `${one(id)}/attachments/${number}`;
/** Keeps a file with a run as it is. */
export const attach = (id: string, file: File, note: string): Promise<Attachment> =>
  send(`${one(id)}/attachments?${new URLSearchParams({ name: file.name, note })}`, file);
export const readFilm = (id: string): Promise<FilmKnown> => ask(`${one(id)}/film`);
export const addMeasurement = (id: string, given: Record<string, string>): Promise<unknown> =>
  order(`${one(id)}/measurements`, given);
export const label = (id: string, add: string[], remove: string[]): Promise<LabelsNow> =>
  order(`${one(id)}/labels`, { add, remove });
