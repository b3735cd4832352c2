// The reactor's own sequences: what they do, what the check says of them, and their start.
import { ask, order } from "./ask.svelte";
import { under } from "./control.svelte";
import type { Begun, SequenceTold } from "./described";

export type Sequence = SequenceTold;

export const readSequences = (): Promise<Sequence[]> => ask("/api/reactor/sequences");
export const startSequence = (name: string, note: string): Promise<Begun> =>
  order(`/api/reactor/sequences/${encodeURIComponent(name)}/start`, { note }, under);
