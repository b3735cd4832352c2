// Asks the server: every refusal has one form. Whether it is there at all, the stream tells.
import { confirmed } from "./confirm";
import { told } from "./told";

/** What the server says when it does not do what it was asked. */
export class Refusal extends Error {
  constructor(readonly status: number, message: string, readonly remedy: string, readonly type = "") {
    super(message);
  }

  /** Both, for a person. */
  get text(): string {
    return this.remedy ? `${this.message}. What to do: ${this.remedy}` : this.message;
  }
}

/** What to tell a person of whatever went wrong. */
export const tell = (error: unknown): string => (error instanceof Refusal ? error.text : String(error));

const PATIENCE = 30_000; // ms
const BY_PASSWORD = "/api/password"; // a 401 of it says that the password is wrong
const PATIENCE_FOR_A_FILE = 150_000; // longer than the server gives it

async function answered(path: string, options: RequestInit, patience = PATIENCE): Promise<Response> {
  const stop = AbortSignal.timeout(patience);
  const signal = options.signal ? AbortSignal.any([options.signal, stop]) : stop;
  try {
    return await fetch(path, { ...options, signal });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Refusal(0, "no answer from the server", "is vapordep serve still there?");
  }
}

/** The answer's JSON; raises Refusal. Whoever is not logged in is led to the login, and back afterwards. */
export async function ask<T>(path: string, options: RequestInit = {}, patience = PATIENCE, read = told<T>): Promise<T> {
  const answer = await answered(path, options, patience);
  const found = await answer.text().then(read).catch((error) => {
    if (options.signal?.aborted) throw error; // it broke off: that is no answer
    return { message: `an answer that is no JSON (${answer.status})` };
  });
  return answer.ok ? (found as T) : refuse(answer, found as Refused);
}

/** The answer as it lies; raises as `ask` does. */
export async function askBytes(path: string, options: RequestInit = {}): Promise<ArrayBuffer> {
  const answer = await answered(path, options);
  return answer.ok ? answer.arrayBuffer() : refuse(answer, await answer.text().then(told<Refused>).catch(() => ({})));
}

interface Refused {
  message?: string;
  remedy?: string;
  type?: string;
}

function refuse(answer: Response, refused: Refused): never {
  if (answer.status === 401 && !answer.url.endsWith(BY_PASSWORD)) location.assign(`/login?to=${encodeURIComponent(location.pathname + location.search)}`);
  throw new Refusal(answer.status, refused.message ?? String(answer.status), refused.remedy ?? "", refused.type);
}

/** Sends a file as it is. */
export const send = <T>(path: string, file: File): Promise<T> =>
  ask<T>(path, { method: "POST", headers: { "content-type": "application/octet-stream" }, body: file }, PATIENCE_FOR_A_FILE);

/** Orders something; the body is JSON, as the door of the server wants it. Where the password is wanted once more, asks for it.

What the order is under is asked for anew then: whoever typed their password decided on what they saw last. */
export async function order<T>(path: string, body: unknown = {}, under: () => Record<string, string> = () => ({})): Promise<T> {
  const give = (): Promise<T> =>
    ask<T>(path, { method: "POST", headers: { "content-type": "application/json", ...under() }, body: JSON.stringify(body) });
  try {
    return await give();
  } catch (error) {
    if (error instanceof Refusal && error.type === "NotConfirmed" && (await confirmed())) return give();
    throw error;
  }
}
