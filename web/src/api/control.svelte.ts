// Who may give orders: one person at a time, by a token that this tab keeps and that lapses when the tab goes quiet.
import { ask, order } from "./ask.svelte";

const KEPT = "vapordep control";
const EVERY = 20_000; // ms; control lapses after 60 s

export const control = $state({ token: sessionStorage.getItem(KEPT) ?? "", holder: "" });

/** What an order carries: whose control it is under, what it was decided on, and a key by which it is done once. */
export function under(seen = ""): Record<string, string> {
  const key = crypto.getRandomValues(new Uint32Array(4)).join("-");
  return { "idempotency-key": key, ...(control.token && { control: control.token }), ...(seen && { seen }) };
}

function keep(token: string): void {
  control.token = token;
  if (token) sessionStorage.setItem(KEPT, token);
  else sessionStorage.removeItem(KEPT);
}

/** Takes control; with `force` from another person, who is told. */
export async function take(force: boolean): Promise<void> {
  keep((await order<{ token: string }>("/api/control/take", { force })).token);
  await who();
}

export async function release(): Promise<void> {
  await order("/api/control/release", {}, under()).finally(() => keep(""));
  await who();
}

/** Learns who has control. */
export async function who(): Promise<void> {
  control.holder = (await ask<{ person: string | null }>("/api/control")).person ?? "";
}

setInterval(() => {
  if (control.token) order("/api/control/keep", {}, under()).catch((error) => error.status === 409 && keep(""));
}, EVERY);
