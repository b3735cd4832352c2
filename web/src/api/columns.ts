// Many samples as the server lays them out for pages: a short head of JSON, then columns of numbers where they lie.
import type { Samples } from "./runs";
import { told } from "./told";

interface Column {
  tag: string;
  /** So many instants and as many values; or, of many samples, extremes of so many equal spans, some slots in each. */
  points?: number;
  spans?: number;
  slots?: number;
}
interface Head {
  start_s: number;
  end_s: number;
  tags: Column[];
}

const LENGTH = 4, ALIGNED = 8, SINGLE = 4, DOUBLE = 8; // bytes

/** Samples by tag. Tags whose extremes lie in the same spans share one array of instants. */
export function columns(body: ArrayBuffer): Record<string, Samples> {
  const length = new DataView(body).getUint32(0, true);
  const head = told<Head>(new TextDecoder().decode(new Uint8Array(body, LENGTH, length)));
  const found: Record<string, Samples> = {};
  const grids = new Map<string, number[]>();
  let at = LENGTH + length;
  for (const { tag, points = 0, spans = 0, slots = 0 } of head.tags) {
    const count = spans * slots;
    if (count) {
      const key = `${spans} ${slots}`;
      const t_s = grids.get(key) ?? instants(head, count);
      grids.set(key, t_s);
      found[tag] = { t_s, value: values(new Float32Array(body, at, count)) };
      at += Math.ceil((SINGLE * count) / ALIGNED) * ALIGNED;
    } else {
      const t_s = Array.from(new Float64Array(body, at, points));
      found[tag] = { t_s, value: values(new Float64Array(body, at + DOUBLE * points, points)) };
      at += 2 * DOUBLE * points;
    }
  }
  return found;
}

function instants({ start_s, end_s }: Head, count: number): number[] {
  const step = (end_s - start_s) / count;
  const made = new Array<number>(count);
  for (let n = 0; n < count; n++) made[n] = start_s + (n + 0.5) * step;
  return made;
}

/** A missing value is NaN on the way, and infinity where nothing is new. */
function values(given: Float32Array | Float64Array): Samples["value"] {
  const made = new Array<number | null | undefined>(given.length);
  for (let n = 0; n < given.length; n++) {
    const value = given[n] as number;
    made[n] = value === Infinity ? undefined : Number.isNaN(value) ? null : value;
  }
  return made;
}
