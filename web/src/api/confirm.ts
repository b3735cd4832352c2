// What only a password opens, asked for over the page, which stays as it is: nothing that was typed is lost.
import { type ComponentProps, mount, unmount } from "svelte";
import Confirm from "../Confirm.svelte";

type Asked = Omit<ComponentProps<typeof Confirm>, "done" | "leave">;
const ONCE_MORE: Asked = {
  title: "Your password once more", path: "/api/confirm", verb: "Confirm",
  why: "This takes protection away, or says who may do what. Your password confirms it, and whatever else does so in the next ten minutes.",
};
let who = "";
let again: Promise<boolean> | null = null;

/** Whether the person has shown it. */
export const confirmed = (): Promise<boolean> => shown(ONCE_MORE, true);

/** Whose page this is, from now on. */
export const admit = (name: string): void => void (who = name);

/** Once its session goes on, after it was over: asked once, whoever notices. Who was not here yet is led to the login. */
export function admitted(): Promise<boolean> {
  if (!who) {
    location.assign(login());
    return new Promise(() => undefined); // this page is left
  }
  again ??= shown({
    title: "Your session is over", path: "/api/login", given: { name: who }, verb: "Log in", other: login(),
    why: `All stays as it is here, and nothing was ordered. Log in again as ${who} to go on.`,
  }, false).finally(() => (again = null));
  return again;
}

/** Where to log in, to come back to this page. */
const login = (): string => `/login?to=${encodeURIComponent(location.pathname + location.search)}`;

function shown(asked: Asked, mayLeave: boolean): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (done: boolean): void => void unmount(made).then(() => resolve(done));
    const made = mount(Confirm, {
      target: document.body, props: { ...asked, done: () => end(true), ...(mayLeave && { leave: () => end(false) }) },
    });
  });
}
