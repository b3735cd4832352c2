// How one moves in a plot: wheel, pinch and finger, and keys; always along time.
import type uPlot from "uplot";

export type Span = [number, number];
export interface Moves {
  span: () => Span;
  look: (next: Span) => void;
  all: () => void;
  /** Brings cursor A or B (0 or 1) to an instant. */
  cursor: (which: number, at: number) => void;
  /** Moves the cursor that was placed last, by a share of the span. */
  nudge: (by: number) => void;
  /** Where the crosshair is. */
  pointed: () => number | null;
}

const LEAST = 0.01; // s
const CLOSER = 0.8, STEP = 0.1, FINE = 0.005;

export const middle = ([from, to]: Span): number => (from + to) / 2;

/** Closer (below 1) or farther, with an instant that stays where it is. */
export function zoomed([from, to]: Span, at: number, by: number): Span {
  const next: Span = [at - (at - from) * by, at + (to - at) * by];
  return next[1] - next[0] > LEAST ? next : [from, to];
}

export const panned = ([from, to]: Span, by: number): Span => [from + (to - from) * by, to + (to - from) * by];

/** The wheel with Ctrl or Shift, as a pinched touch pad gives it; without, the page scrolls. */
export function wheel(plot: uPlot, event: WheelEvent, moves: Moves): void {
  if (!event.ctrlKey && !event.shiftKey) return;
  event.preventDefault();
  const delta = event.deltaY || event.deltaX;
  moves.look(zoomed(moves.span(), plot.posToVal(event.offsetX, "x"), delta > 0 ? 1 / CLOSER : CLOSER));
}

/** Two fingers zoom, one moves along; up and down scrolls the page. */
export function touch(plot: uPlot, moves: Moves): void {
  const down = new Map<number, number>();
  let held: number[] = [], begun: Span = [0, 1];
  const place = (event: PointerEvent): number => event.clientX - plot.over.getBoundingClientRect().left;
  const begin = (): void => {
    begun = moves.span();
    held = [...down.values()].map((x) => valueAt(plot, begun, x));
  };
  plot.over.style.touchAction = "pan-y";
  plot.over.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "touch") return;
    plot.over.setPointerCapture(event.pointerId);
    down.set(event.pointerId, place(event));
    begin();
  });
  plot.over.addEventListener("pointermove", (event) => {
    if (!down.has(event.pointerId)) return;
    down.set(event.pointerId, place(event));
    const next = spanOf(plot, held, [...down.values()], begun);
    if (next) moves.look(next);
  });
  for (const end of ["pointerup", "pointercancel"] as const) plot.over.addEventListener(end, (event) => {
    down.delete(event.pointerId);
    begin();
  });
}

const valueAt = (plot: uPlot, [from, to]: Span, x: number): number => from + ((to - from) * x) / plot.over.clientWidth;

/** The span in which what was held lies beneath the fingers again. */
function spanOf(plot: uPlot, held: number[], at: number[], [from, to]: Span): Span | null {
  const [one, two] = held, [x, y] = at;
  if (one === undefined || x === undefined) return null;
  const wide = plot.over.clientWidth;
  if (two === undefined || y === undefined) {
    const scale = (to - from) / wide;
    return [one - x * scale, one + (wide - x) * scale];
  }
  if (Math.abs(y - x) < 10) return null;
  const scale = (two - one) / (y - x);
  return scale * wide > LEAST ? [one - x * scale, one + (wide - x) * scale] : null;
}

/** Keys of a plot that has the focus; true for one that is known. */
export function key(event: KeyboardEvent, moves: Moves): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const span = moves.span();
  const at = moves.pointed() ?? middle(span);
  const back = event.key === "ArrowLeft" ? -1 : 1;
  switch (event.key) {
    case "+": case "=": moves.look(zoomed(span, middle(span), CLOSER)); break;
    case "-": moves.look(zoomed(span, middle(span), 1 / CLOSER)); break;
    case "0": case "Home": moves.all(); break;
    case "a": case "b": moves.cursor(event.key === "a" ? 0 : 1, at); break;
    case "ArrowLeft": case "ArrowRight":
      if (event.shiftKey) moves.nudge(back * FINE);
      else moves.look(panned(span, back * STEP));
      break;
    default: return false;
  }
  event.preventDefault();
  return true;
}
