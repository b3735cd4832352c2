// What came since a plot was drawn: on a narrow canvas of its own over it, so that lines which stay are not filled anew.
import type uPlot from "uplot";
import { colour, dash, type Line, type Tail, type Value } from "./lines";

const positive = (value: Value): value is number => typeof value === "number" && value > 0;
const known = (value: Value): value is number => typeof value === "number";

/** The lowest and the highest of all that came, beside those of what was drawn. */
export function extremes(tails: Tail[], low: number | null, high: number | null, log: boolean): [number | null, number | null] {
  for (const { value } of tails) {
    for (const each of value) {
      if (!(log ? positive : known)(each)) continue;
      low = Math.min(low ?? each, each);
      high = Math.max(high ?? each, each);
    }
  }
  return [low, high];
}

/** Whether something that came lies above or beneath what the plot shows. */
export function outside(plot: uPlot, tails: Tail[], log: boolean): boolean {
  const { min, max } = plot.scales.y ?? {};
  const [low, high] = extremes(tails, null, null, log);
  return low !== null && high !== null && (min == null || max == null || low < min || high > max);
}

export class Strip {
  readonly #canvas = document.createElement("canvas");

  constructor(readonly plot: uPlot, readonly log: boolean) {
    this.#canvas.className = "newest";
  }

  /** `lines` tell how each tail looks. */
  draw(lines: Line[], tails: Tail[]): void {
    const { left, top, width, height } = this.plot.bbox;
    const begin = Math.min(...tails.map(({ t_s }) => t_s[0] ?? Infinity));
    const from = Math.min(Math.max(Math.floor(this.plot.valToPos(begin, "x", true)), left), left + width);
    const wide = Number.isFinite(from) ? left + width - from : 0;
    const ctx = wide ? this.#canvas.getContext("2d") : null;
    if (!ctx) return this.#canvas.remove();
    this.#place(from, top, wide, height);
    ctx.clearRect(0, 0, wide, height);
    ctx.lineWidth = devicePixelRatio;
    tails.forEach((tail, n) => {
      ctx.strokeStyle = colour(n);
      ctx.setLineDash(dash(n).map((each) => each * devicePixelRatio));
      ctx.beginPath();
      this.#trace(ctx, tail, lines[n]?.stepped ?? false, from, top);
      ctx.stroke();
    });
  }

  #place(left: number, top: number, wide: number, high: number): void {
    const { style } = this.#canvas;
    if (this.#canvas.width !== wide) this.#canvas.width = wide;
    if (this.#canvas.height !== high) this.#canvas.height = high;
    style.left = `${left / devicePixelRatio}px`;
    style.top = `${top / devicePixelRatio}px`;
    style.width = `${wide / devicePixelRatio}px`;
    style.height = `${high / devicePixelRatio}px`;
    if (!this.#canvas.isConnected) this.plot.over.before(this.#canvas);
  }

  #trace(ctx: CanvasRenderingContext2D, { t_s, value }: Tail, stepped: boolean, left: number, top: number): void {
    let before: number | null = null;
    for (const [n, t] of t_s.entries()) {
      const each = value[n];
      if (each === undefined) continue;
      if (!(this.log ? positive : known)(each)) {
        before = null;
        continue;
      }
      const x = this.plot.valToPos(t, "x", true) - left, y = this.plot.valToPos(each, "y", true) - top;
      if (before === null) ctx.moveTo(x, y);
      else {
        if (stepped) ctx.lineTo(x, before);
        ctx.lineTo(x, y);
      }
      before = y;
    }
  }
}
