// Where in the pages one is: path and query of the address, followed without loading anew.

const OURS = /^\/((recipes|runs|alarms|compare|settings)(\/|$)|$)/;

export const route = $state({ path: location.pathname, query: location.search });

function follow(): void {
  route.path = location.pathname;
  route.query = location.search;
}

/** Where the page itself begins, px below the top of the window: what stands above it, alarms and the run, grows and shrinks. */
function top(): number {
  return document.querySelector("main")!.getBoundingClientRect().top;
}

/** Goes to an address of these pages; with `instead` the present one is not kept to come back to. */
export function go(address: string, instead = false): void {
  if (instead) history.replaceState(null, "", address);
  else {
    history.replaceState(scrollY ? { top: top() } : null, "");
    history.pushState(null, "", address);
  }
  follow();
  if (!instead) scrollTo(0, 0);
}

/** Shows a page from where one left it, as soon as it is loaded that far; whoever moves meanwhile stays where they are. */
function comeBack(left: number): void {
  const moved = new AbortController();
  const { signal } = moved;
  const grown = new ResizeObserver(() => {
    const y = scrollY + top() - left;
    if (document.documentElement.scrollHeight < y + innerHeight) return;
    scrollTo(0, y);
    moved.abort();
  });
  signal.addEventListener("abort", () => grown.disconnect());
  for (const by of ["wheel", "pointerdown", "keydown", "popstate"]) addEventListener(by, () => moved.abort(), { signal });
  grown.observe(document.body);
}

addEventListener("popstate", ({ state }: PopStateEvent) => {
  follow();
  const { top: left } = (state ?? {}) as { top?: number };
  if (left !== undefined) comeBack(left);
});
addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (!link || link.origin !== location.origin || link.download || !OURS.test(link.pathname)) return;
  event.preventDefault();
  go(link.pathname + link.search);
});
