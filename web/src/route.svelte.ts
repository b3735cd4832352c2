// Where in the pages one is: path and query of the address, followed without loading anew.

const OURS = /^\/((recipes|runs|alarms|compare|settings)(\/|$)|$)/;

export const route = $state({ path: location.pathname, query: location.search });

function follow(): void {
  route.path = location.pathname;
  route.query = location.search;
}

/** Goes to an address of these pages; with `instead` the present one is not kept to come back to. */
export function go(address: string, instead = false): void {
  history[instead ? "replaceState" : "pushState"](null, "", address);
  follow();
  if (!instead) scrollTo(0, 0);
}

addEventListener("popstate", follow);
addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (!link || link.origin !== location.origin || link.download || !OURS.test(link.pathname)) return;
  event.preventDefault();
  go(link.pathname + link.search);
});
