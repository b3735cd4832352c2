"""How soon a page says that nobody is heard: by its own notes, for a driver on a busy machine looks seldom."""

from typing import Any

from tests.browser.served import SOON

WITHIN = 3_000
"""ms after which a page must say so, but for those in which it had no turn."""
NOTED = """{
  window.noted = { late: 0, news: null, lost: null, back: null };
  let ticked = Date.now(), lost = false;
  const late = () => noted.late + Math.max(Date.now() - ticked - 100, 0);
  noted.now = () => ({ at: Date.now(), late: late() });
  setInterval(() => [noted.late, ticked] = [late(), Date.now()], 100);
  new MutationObserver(() => {
    const there = document.querySelector("#lost") !== null;
    if (there !== lost) noted[there ? "lost" : "back"] = noted.now();
    lost = there;
  }).observe(document, { childList: true, subtree: true });
  window.EventSource = class extends EventSource {
    addEventListener(kind, take) {
      super.addEventListener(kind, (told) => {
        if (kind === "news") noted.news = noted.now();
        take(told);
      });
    }
  };
}"""
"""To begin a page with. Each note is an instant, and how long until then its timers had been late in all, ms."""
NOW = "noted.now()"


def is_told_in_time(page: Any, since: dict[str, float]) -> None:
    """There is a banner, and it was there in time since a note."""
    page.locator("#lost").wait_for(timeout=SOON)
    lost = page.evaluate("noted.lost")
    assert lost["at"] - since["at"] <= WITHIN + lost["late"] - since["late"], (since, lost)
