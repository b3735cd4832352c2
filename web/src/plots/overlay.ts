// What is drawn over and beneath the lines of a plot: steps and cycles as bands, what happened as marks, two cursors.
import type uPlot from "uplot";
import type { Band, Mark } from "./lines";

const MANY = 80; // bands in sight, beyond which the short ones would only be stripes
const INKS = {
  light: { alarm: "#b3261e", note: "#1d6f8a", cursor: "#17212b", band: "rgba(91,104,117,0.09)", word: "#5b6875" },
  dark: { alarm: "#ff8a80", note: "#63b9d6", cursor: "#e6ebf0", band: "rgba(154,167,180,0.11)", word: "#9aa7b4" },
};
const FONT = "11px system-ui, sans-serif";

export interface Overlay {
  span: [number, number];
  bands: Band[];
  marks: Mark[];
  cursors: (number | null)[];
  dark: boolean;
}

/** Beneath the lines: every second band shaded, each with its name above the plot where there is room. */
export function beneath(plot: uPlot, { span, bands, dark }: Overlay): void {
  const inSight = bands.filter((band) => band.to > span[0] && band.from < span[1]);
  const least = inSight.length > MANY ? (span[1] - span[0]) / MANY : 0;
  const seen = inSight.filter((band) => band.to - band.from >= least);
  const { ctx, bbox } = plot;
  const inks = INKS[dark ? "dark" : "light"];
  within(plot, () => {
    ctx.font = scaled(FONT);
    for (const [n, band] of bands.entries()) {
      if (!seen.includes(band)) continue;
      const [from, to] = [Math.max(band.from, span[0]), Math.min(band.to, span[1])].map((t) => plot.valToPos(t, "x", true)) as [number, number];
      ctx.fillStyle = inks.band;
      if (n % 2) ctx.fillRect(from, bbox.top, to - from, bbox.height);
      ctx.fillStyle = inks.word;
      if (ctx.measureText(band.text).width + 8 < to - from) ctx.fillText(band.text, from + 4, bbox.top - 4 * devicePixelRatio);
    }
  }, 0);
}

/** Over the lines: marks by shape and colour, and the cursors with their letters. */
export function above(plot: uPlot, { span, marks, cursors, dark }: Overlay): void {
  const inks = INKS[dark ? "dark" : "light"];
  within(plot, () => {
    for (const mark of marks) {
      if (mark.t_s >= span[0] && mark.t_s <= span[1]) line(plot, mark.t_s, inks[mark.kind ?? "alarm"], [2, 4], mark.kind === "note" ? "✎" : "▲");
    }
    cursors.forEach((at, n) => at !== null && at >= span[0] && at <= span[1] && line(plot, at, inks.cursor, [], "AB"[n] ?? ""));
  });
}

function line(plot: uPlot, at: number, ink: string, dashes: number[], word: string): void {
  const { ctx, bbox } = plot;
  const x = plot.valToPos(at, "x", true);
  ctx.strokeStyle = ctx.fillStyle = ink;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash(dashes.map((each) => each * devicePixelRatio));
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.font = scaled(`bold ${FONT}`);
  ctx.fillText(word, x + 3 * devicePixelRatio, bbox.top + bbox.height - 4 * devicePixelRatio);
}

/** Draws nothing beside the plot, and nothing above `top`. */
function within(plot: uPlot, draw: () => void, top = plot.bbox.top): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, top, bbox.width, bbox.top + bbox.height - top);
  ctx.clip();
  [ctx.textAlign, ctx.textBaseline] = ["left", "alphabetic"];
  draw();
  ctx.restore();
}

const scaled = (font: string): string => font.replace("11px", `${11 * devicePixelRatio}px`);
