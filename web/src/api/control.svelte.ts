// Who may give orders: one person at a time, by a token that this tab keeps and that lapses when the tab goes quiet.
import { live } from "../live/stream.svelte";
import { order } from "./ask.svelte";

const KEPT = "vapordep control";
const EVERY = 20_000; // ms; control lapses after 60 s

export const control = $state({ token: sessionStorage.getItem(KEPT) ?? "" });

/** Whether this tab has control: by its token, as long as the reactor says that it is this person's. */
export const mine = (name: string): boolean => control.token !== "" && live.engine?.control === name;

/** What an order carries: whose control it is under, what it was decided on, and a key by which it is done once. */
export function under(): Record<string, string> {
  const key = crypto.getRandomValues(new Uint32Array(4)).join("-");
  return { "idempotency-key": key, ...(control.token && { control: control.token }), ...(live.seen && { seen: live.seen }) };
}

function keep(token: string): void {
  control.token = token;
  if (token) sessionStorage.setItem(KEPT, token);
  else sessionStorage.removeItem(KEPT);
}

/** Takes control; with `force` from another person, who is told. */
export async function take(force: boolean): Promise<void> {
  keep((await order<{ token: string }>("/api/control/take", { force })).token);
}

export async function release(): Promise<void> {
  await order("/api/control/release", {}, under).finally(() => keep(""));
}

setInterval(() => {
  const { token } = control; // another may have been given before the answer is here
  if (token) order("/api/control/keep", {}, under).catch((error) => error.status === 409 && control.token === token && keep(""));
}, EVERY);
