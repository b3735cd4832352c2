// JSON of the server as it may be shown. Others wrote its texts, recipes and instruments among them: what would turn the
// order of letters on a page, or does something unseen, is spelled out.

const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;
const MAY_HOLD = /\\u(00[01789]|20[26])|[\u007f-\u009f\u202a-\u202e\u2066-\u2069]/i;
/** As the command line spells it. */
const spelled = (text: string): string =>
  text.replace(UNSEEN, (letter) => {
    const code = letter.charCodeAt(0).toString(16);
    return code.length > 2 ? `\\u${code.padStart(4, "0")}` : `\\x${code.padStart(2, "0")}`;
  });

function shown(value: unknown): unknown {
  if (typeof value === "string") return spelled(value);
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [spelled(name), each]));
}

export const told = <T>(json: string): T => JSON.parse(json, MAY_HOLD.test(json) ? (_, value) => shown(value) : undefined) as T;

/** The same with its text as it is, for somebody goes on writing it. */
export const written = <T extends { text: string }>(json: string): T => ({ ...told<T>(json), text: (JSON.parse(json) as T).text });
