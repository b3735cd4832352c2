"""One Chromium for all tests of pages in a file."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.served import CHROMIUM, SOON

FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    playwright.expect.set_options(timeout=SOON)  # of its own accord it waits for 5 s
    with playwright.sync_playwright() as driver:
        made = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield made
        made.close()
