// How numbers, times and states are told to a person.

const EXPONENT = /(\d)e([+-])0*(\d+)/g;
/** What the server says of values, in signs instead of the letters of its files: °C, 9.3e5. */
export const printed = (text: string | null | undefined): string =>
  (text ?? "").replace(EXPONENT, (_, digit: string, sign: string, power: string) => `${digit}e${sign === "-" ? "−" : ""}${power}`)
    .replace(/(\d) ?deg([CF])\b/g, "$1\u202f°$2");

/** Of an alarm what is so, without its cause and what to do; without its id too, where that stands beside it. */
export function gist(text: string, id = ""): string {
  const parts = text.split(" – ").filter((part) => !/^(cause|consequence|protects|action): /.test(part));
  return printed(id ? parts.join(" – ").replace(`${id}: `, "") : parts.join(" – "));
}

/** A number with as many digits as it is worth reading, thin spaces between thousands. */
export function number(value: number | null | undefined, digits = 4): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return signed(value.toExponential(digits - 2)).replace("e+", "e").replace("e-", "e−");
  return signed(value.toLocaleString("en", { maximumSignificantDigits: digits }).replaceAll(",", "\u202f"));
}

/** With the sign that is as wide as a digit. */
export const signed = (text: string): string => text.replace(/^-/, "−");

const BYTES = ["bytes", "kB", "MB", "GB"];
/** The size of a file. */
export function size(bytes: number): string {
  const step = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), BYTES.length - 1);
  return `${number(bytes / 1000 ** step, 3)} ${BYTES[step]}`;
}

/** h:mm:ss */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return "–";
  const whole = Math.round(Math.abs(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return (seconds < 0 ? "−" : "") + parts.map((part, n) => (n ? String(part).padStart(2, "0") : part)).join(":");
}

/** Civil time where the reader is. */
export function civil(time: string | null): string {
  if (time === null) return "–";
  const at = new Date(time);
  if (Number.isNaN(at.getTime())) return time;
  const two = (part: number): string => String(part).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

const MARKS: Record<string, [string, string]> = {
  COMPLETE: ["●", ""], ABORTED: ["▲", "bad"], INTERRUPTED: ["▲", "bad"], STOPPED: ["■", "warn"], HELD: ["■", "warn"],
};

/** Shape and kind of a state: it is told by word and shape, not by colour alone. */
export const mark = (state: string): { shape: string; kind: string } => {
  const [shape, kind] = MARKS[state] ?? ["◌", ""];
  return { shape, kind };
};

/** A step by its place, `super[2].main[7].purge 40 s`: what it does, and the cycles of the loops around it, the outer first. */
function parted(place: string): { loops: string[]; step: string } {
  const loops = place.match(/^(?:[^\s[\]]+\[\d+\]\.)+/)?.[0] ?? "";
  return { loops: [...loops.matchAll(/([^.[\]]+)\[(\d+)\]/g)].map((loop) => `${loop[1]} ${loop[2]}`), step: place.slice(loops.length) };
}

/** The same, without the innermost loop, which is told beside it. */
export function stepOf(place: string): { around: string[]; step: string } {
  const { loops, step } = parted(place);
  return { around: loops.slice(0, -1), step };
}

/** The same in one phrase: `purge 40 s, super 2, main 7`. */
export function placed(place: string): string {
  const { loops, step } = parted(place);
  return [step, ...loops].join(", ");
}

/** States of an alarm, as a person is told of them; the server has the same table for its own sentences. */
export const ALARM_STATES: Record<string, string> = {
  NORMAL: "normal", UNACK_ACTIVE: "stands, not acknowledged", ACK_ACTIVE: "stands, acknowledged", UNACK_CLEARED: "gone, not acknowledged",
  LATCHED: "gone, to be reset", SHELVED: "shelved", SUPPRESSED: "suppressed by design", OUT_OF_SERVICE: "out of service",
};

/** States in which a run is over. */
export const ENDED = ["COMPLETE", "STOPPED", "ABORTED", "INTERRUPTED"];

export const modeName = (mode: string): string => (mode === "dry_run" ? "dry run" : "real run");

/** The time of day where the reader is. */
export const clockTime = (at: Date): string => at.toLocaleTimeString("en-GB");
