// What people add to a run later: labels, notes and measurements.
import { ask, order } from "./ask.svelte";

export interface Note {
  number: number;
  text: string;
  at_s: number | null;
  person: string;
  entered: string;
}

export interface Measurement {
  number: number;
  quantity: string;
  value: number;
  uncertainty: number | null;
  unit: string;
  method: string;
  sample_id: string;
  position: string;
  of: string;
  measured: string;
  note: string;
  person: string;
  difference_m: number | null;
}

const one = (id: string): string => `/api/runs/${encodeURIComponent(id)}`;
export const readNotes = (id: string): Promise<Note[]> => ask(`${one(id)}/notes`);
export const addNote = (id: string, text: string, at_s: number | null): Promise<unknown> =>
  order(`${one(id)}/notes`, { text, at_s });
export const readFilm = (id: string): Promise<{ measurements: Measurement[] }> => ask(`${one(id)}/film`);
export const addMeasurement = (id: string, given: Record<string, string>): Promise<unknown> =>
  order(`${one(id)}/measurements`, given);
export const label = (id: string, add: string[], remove: string[]): Promise<{ labels: string[] }> =>
  order(`${one(id)}/labels`, { add, remove });
