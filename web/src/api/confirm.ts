// What takes protection away, or says who may do what, needs the password once more: asked for where the server says so.
import { mount, unmount } from "svelte";
import Confirm from "../Confirm.svelte";

/** Whether the person has shown it. */
export function confirmed(): Promise<boolean> {
  return new Promise((resolve) => {
    const shown = mount(Confirm, {
      target: document.body,
      props: { done: (confirmed: boolean) => void unmount(shown).then(() => resolve(confirmed)) },
    });
  });
}
