// Asks the server: every refusal has one form. Whether it is there at all, the stream tells.
import { clock } from "../live/clock.svelte";
import { admitted, confirmed } from "./confirm";
import { told } from "./told";

/** What the server says when it does not do what it was asked. */
export class Refusal extends Error {
  constructor(readonly status: number, message: string, readonly remedy: string, readonly type = "") {
    super(message);
  }

  /** Both, for a person. */
  get text(): string {
    return this.remedy ? `${this.message.replace(/[.?]$/, "")}. What to do: ${this.remedy}` : this.message;
  }
}

/** What to tell a person of whatever went wrong. */
export const tell = (error: unknown): string => (error instanceof Refusal ? error.text : String(error));

const PATIENCE = 30_000; // ms
/** Of these a 401 is told as it is: a wrong password, and ABORT, of which nobody may believe that it waits. */
const TOLD = ["/api/password", "/api/abort"];
const PATIENCE_FOR_A_FILE = 150_000; // longer than the server gives it

/** An answer; who was not logged in yet is led to the login, and back afterwards. Where the session is over, whoever is here logs in again: what is read is read then, what is ordered is not. */
async function answered(path: string, options: RequestInit, patience = PATIENCE): Promise<Response> {
  const answer = await fetched(path, options, patience);
  if (answer.status !== 401 || TOLD.includes(path)) return answer;
  await admitted();
  if ((options.method ?? "GET") === "GET") return fetched(path, options, patience);
  throw new Refusal(401, "your session was over, and this was not done; you are logged in again", "look, and decide again");
}

async function fetched(path: string, options: RequestInit, patience: number): Promise<Response> {
  const stop = AbortSignal.timeout(patience);
  const signal = options.signal ? AbortSignal.any([options.signal, stop]) : stop;
  try {
    const asked = Date.now();
    const answer = await fetch(path, { ...options, signal });
    clock.hear(answer.headers.get("date"), asked);
    return answer;
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Refusal(0, "no answer from the server", "is vapordep serve still there?");
  }
}

/** The answer's JSON; raises Refusal. */
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
