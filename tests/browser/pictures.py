"""The pictures of the documentation: `python -m tests.browser.pictures LINK`, with the link of `vapordep demo`.

Run it once the first cycles are done, a minute after the link was printed, with two complete runs of one recipe in the
history. Each picture is kept with few colours, so that all are small.
"""

import sys
from collections import Counter
from pathlib import Path
from typing import Any

from PIL import Image

from tests.browser.conftest import FLAGS
from tests.browser.served import CHROMIUM

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
COLOURS = 64
WIDE, HIGH = 1280, 860
STILL = 4000
"""ms until a page shows all it has."""


def take(link: str, folder: Path = PICTURES) -> None:
    """Takes all of them into a folder."""
    from playwright.sync_api import sync_playwright

    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": WIDE, "height": HIGH}, color_scheme="light")
        page.goto(link)
        page.wait_for_url(link.partition("/enter")[0] + "/")
        cookies, home = page.context.cookies(), page.url
        found = page.request.get(f"{home}api/runs?state=COMPLETE&most=100").json()["runs"]
        often = Counter(run["recipe"] for run in found).most_common(1)[0][0]
        done = [run["run_id"] for run in found if run["recipe"] == often]
        kept(page, home, folder / "reactor.png")
        kept(page, f"{home}recipes/shipped/al2o3_on_lithium", folder / "recipe.png")
        kept(page, f"{home}runs", folder / "runs.png")
        kept(page, f"{home}runs/{done[0]}", folder / "run.png")
        kept(page, f"{home}compare?run={done[0]}&run={done[-1]}&golden={done[-1]}", folder / "compare.png")
        kept(page, f"{home}alarms", folder / "alarms.png")
        dark = browser.new_context(viewport={"width": 390, "height": HIGH}, color_scheme="dark")
        dark.add_cookies(cookies)
        kept(dark.new_page(), home, folder / "phone.png")
        browser.close()


def kept(page: Any, address: str, file: Path) -> None:
    """One page as it stands, with few colours."""
    page.goto(address)
    page.wait_for_timeout(STILL)
    page.screenshot(path=file)
    with Image.open(file) as whole:
        whole.convert("RGB").quantize(COLOURS).save(file, optimize=True)


if __name__ == "__main__":
    take(sys.argv[1])
