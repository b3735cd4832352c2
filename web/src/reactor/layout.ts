// Where each thing of a reactor is drawn: feeds on the left, one a row, the chamber in the middle, the way to the pump
// on the right.
import { bottle, mfc, supply, valve, zone, type Plumbing, type Thing } from "./plumbing";

export interface Placed {
  thing: Thing;
  x: number;
  y: number;
  w: number;
}

/** A pipe, and when something flows in it: all of these are true. */
export interface Pipe {
  points: [number, number][];
  /** Valves that must be open, and flows that must not be zero, for each way that feeds it. */
  ways: string[][];
  sensor?: boolean;
}

export interface Layout {
  width: number;
  height: number;
  things: Placed[];
  pipes: Pipe[];
  chamber: { x: number; y: number; w: number; h: number; title: string };
}

export const H = 66; // of each thing
const W = 150, NARROW = 104, GAP = 18, ROW = H + 16, TOP = 16, LEFT = 8;
const FLOW_AT = LEFT + W + GAP, VALVE_AT = FLOW_AT + W + GAP;
const HEADER = VALVE_AT + NARROW + 24;
const CHAMBER = HEADER + 36, PAD = 12;
const CHAMBER_W = 2 * W + 3 * PAD;
const RIGHT = CHAMBER + CHAMBER_W + 36;
const MIDDLE = H / 2;

export function layoutOf(plumbing: Plumbing): Layout {
  const things: Placed[] = [];
  const pipes: Pipe[] = [];
  const place = (thing: Thing | null, x: number, y: number, w = W): void => void (thing && things.push({ thing, x, y, w }));

  const inlets = feeds(plumbing, place, pipes);
  const inside = insideOf(plumbing);
  const others = plumbing.zones.filter((each) => !each.stage && !each.around_stage && each.name !== "walls" && !isBottle(plumbing, each.name));
  const rows = plumbing.lines.length + plumbing.sources.length;
  const below = TOP + rows * ROW;
  others.forEach((each, n) => place(zone(each, undefined, "heated line"), LEFT + (n % 3) * (W + GAP), below + Math.floor(n / 3) * ROW));
  const belowRows = Math.ceil(others.length / 3);

  const chamberH = Math.max(Math.ceil(inside.length / 2) * ROW + 44, 3 * ROW);
  const chamber = { x: CHAMBER, y: TOP, w: CHAMBER_W, h: chamberH, title: `chamber, ${(plumbing.chamber.volume_m3 * 1000).toPrecision(3)} L` };
  inside.forEach((thing, n) => place(thing, CHAMBER + PAD + (n % 2) * (W + PAD), TOP + 36 + Math.floor(n / 2) * ROW));
  const inletY = TOP + MIDDLE;
  const all = inlets.map((each) => each.way);
  const last = inlets[inlets.length - 1];
  inlets.forEach((each, n) => {
    if (n) pipes.push({ points: [[HEADER, each.y], [HEADER, (inlets[n - 1] as { y: number }).y]], ways: all.slice(n) });
  });
  if (last) pipes.push({ points: [[HEADER, inletY], [CHAMBER, inletY]], ways: all });

  const right = pumpSide(plumbing, place, pipes, all);
  const height = Math.max(below + belowRows * ROW, TOP + chamberH + 16, right.y) + 4;
  return { width: right.x + LEFT, height, things, pipes, chamber };
}

const isBottle = (plumbing: Plumbing, name: string): boolean => plumbing.sources.some((source) => source.zone === name);

type Place = (thing: Thing | null, x: number, y: number, w?: number) => void;

/** Gas lines and sources, each with what it flows through, to the header; gives where each meets it and by what. */
function feeds(plumbing: Plumbing, place: Place, pipes: Pipe[]): { y: number; way: string[] }[] {
  const rows = [
    ...plumbing.lines.map((line) => ({
      first: { id: `gas ${line.name}`, kind: "gas", title: line.gas, about: line.purge ? "purge gas" : "gas", value: null, setpoint: null, tags: [] } as Thing,
      flow: mfc(line.name, line.tags), valve: line.valve,
    })),
    ...plumbing.sources.map((source) => ({
      first: bottle(source, plumbing.zones.find((each) => each.name === source.zone)), flow: mfc(source.name, source.tags), valve: source.valve,
    })),
  ];
  return rows.map(({ first, flow, valve: tag }, n) => {
    const y = TOP + n * ROW;
    place(first, LEFT, y);
    place(flow, FLOW_AT, y);
    if (tag) place(valve(tag), VALVE_AT, y, NARROW);
    const way = [tag, flow?.value].filter((each): each is string => !!each);
    pipes.push({ points: [[LEFT + W, y + MIDDLE], [HEADER, y + MIDDLE]], ways: [way] });
    return { y: y + MIDDLE, way };
  });
}

/** What is in the chamber, the stage last: it lies at the bottom. */
function insideOf(plumbing: Plumbing): Thing[] {
  const { zones, filament, microbalance, treatments } = plumbing;
  const gas: Thing = { id: "chamber.pressure", kind: "gauge", title: "pressure", about: "chamber", value: "chamber.pressure", setpoint: null, tags: ["chamber.pressure"] };
  const walls = zones.filter((each) => !each.stage && (each.around_stage || each.name === "walls"));
  const stage = zones.filter((each) => each.stage);
  return [
    gas,
    ...walls.map((each) => zone(each)),
    ...(filament ? [supply("filament", "filament", filament)] : []),
    ...treatments.map((each) => supply(each.name, "lamp", each)),
    ...(microbalance?.thickness
      ? [{ id: "balance", kind: "balance", title: "crystal", about: "microbalance", value: microbalance.thickness, setpoint: null, tags: [microbalance.thickness] } as Thing]
      : []),
    ...stage.map((each) => withFoil(zone(each, undefined, "stage"))),
  ];
}

const withFoil = (stage: Thing): Thing => ({ ...stage, tags: [...stage.tags, "foil.temperature", "foil.maximum"] });

/** Gauges above, and below them throttle, valves and pump. */
function pumpSide(plumbing: Plumbing, place: Place, pipes: Pipe[], all: string[][]): { x: number; y: number } {
  const { throttle, pump } = plumbing;
  const gauges = plumbing.chamber.gauges;
  gauges.forEach((tag, n) => {
    const x = RIGHT + (n % 2) * (W + GAP), y = TOP + Math.floor(n / 2) * ROW;
    place({ id: tag, kind: "gauge", title: gauges.length > 1 ? `gauge ${n + 1}` : "gauge", about: tag, value: tag, setpoint: null, tags: [tag] }, x, y);
    if (n % 2 === 0) pipes.push({ points: [[CHAMBER + CHAMBER_W, y + MIDDLE], [RIGHT, y + MIDDLE]], ways: [], sensor: true });
  });
  const y = TOP + Math.ceil(gauges.length / 2) * ROW + 12;
  const valveAt = RIGHT + (throttle ? W + GAP : 0), joinAt = valveAt + NARROW + GAP, pumpAt = joinAt + GAP;
  if (throttle) place(throttled(throttle), RIGHT, y);
  place(valve(pump.valve, "to pump"), valveAt, y, NARROW);
  const tags = Object.values(pump.tags).filter((tag) => !/valve$/.test(tag));
  const running = tags.find((tag) => /running$/.test(tag)) ?? tags[0] ?? null;
  place({ id: "pump", kind: "pump", title: "pump", about: running ? "pump" : "not read", value: running, setpoint: null, tags }, pumpAt, y, NARROW);
  const both = [pump.valve, pump.soft_valve].filter((tag): tag is string => !!tag);
  const through = (open: string[]): string[][] => all.flatMap((way) => open.map((tag) => [...way, tag]));
  const line = y + MIDDLE;
  const split = valveAt - GAP / 2;
  pipes.push({ points: [[CHAMBER + CHAMBER_W, line], [split, line]], ways: through(both) });
  pipes.push({ points: [[split, line], [joinAt, line]], ways: through([pump.valve]) });
  pipes.push({ points: [[joinAt, line], [pumpAt, line]], ways: through(both) });
  if (pump.soft_valve) {
    const soft = line + ROW;
    place(valve(pump.soft_valve, "soft"), valveAt, y + ROW, NARROW);
    pipes.push({ points: [[split, line], [split, soft], [joinAt, soft], [joinAt, line]], ways: through([pump.soft_valve]) });
  }
  return { x: Math.max(pumpAt + NARROW, RIGHT + 2 * W + GAP), y: y + (pump.soft_valve ? 2 : 1) * ROW };
}

const throttled = (tags: NonNullable<Plumbing["throttle"]>): Thing => ({
  id: "throttle", kind: "throttle", title: "throttle", about: "throttle", value: tags.position ?? null, setpoint: tags.position_setpoint ?? null,
  tags: Object.values(tags).filter((tag): tag is string => !!tag),
});
