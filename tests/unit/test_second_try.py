"""A second try: for tests on the wall clock alone, told whole, red when it fails as well, and none for a promise."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.second_try import PROMISES, STORIES, places

pytestmark = pytest.mark.xdist_group("test_second_try.py")  # one process for all
ROOT = Path(__file__).resolve().parents[2]
SHARED = """from tests import second_try
from tests.conftest import *
second_try.LATER = 0.0
"""
SETTINGS = """[pytest]
addopts = -p no:cacheprovider -p no:schemathesis --strict-markers --numprocesses=1 --dist=loadgroup
filterwarnings = error
timeout = 60
markers =
    wall
    browser
"""
CLUMSY = """import pytest

tried = []

@pytest.fixture(scope="module")
def lab():
    yield []

@pytest.fixture(autouse=True)
def each(request):
    tried.append(request.node.name)

@pytest.mark.wall
def test_once(lab):
    lab.append("used")
    print("what it said")
    assert len(lab) == 2, "the first try"

@pytest.mark.wall
def test_the_lab_is_still_that_one(lab):
    assert lab == ["used", "used"]

@pytest.mark.browser
def test_always():
    assert False, f"try {tried.count('test_always')}"

@pytest.mark.wall
@pytest.mark.timeout(0.2)
def test_hung():
    import threading
    assert tried.count("test_hung") == 1
    threading.Event().wait()

def test_virtual():
    assert tried.count("test_virtual") == 2
"""
PROMISE = """import pytest
tried = []

@pytest.mark.wall
def test_kept():
    tried.append(1)
    assert len(tried) == 2
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What pytest prints of clumsy tests and of two files that are listed, by name and by folder."""
    folder = tmp_path_factory.mktemp("tries")
    protecting = folder / next(iter(PROMISES))
    for each in (protecting.parent, folder / "guardian"):
        each.mkdir()
    for file, text in (
        (folder / "pytest.ini", SETTINGS), (folder / "conftest.py", SHARED),
        (protecting.with_name("test_clumsy.py"), CLUMSY), (protecting, PROMISE),
        (folder / "guardian" / "test_any.py", PROMISE),
    ):  # fmt: skip
        file.write_text(text, encoding="utf-8")
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    paths = os.pathsep.join([str(ROOT), *filter(None, [own.get("PYTHONPATH")])])
    own |= {"PYTHONPATH": paths, "COLUMNS": "200"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "."], cwd=folder, env=own, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


def test_the_last_line_counts_what_was_tried_again(said: str) -> None:
    assert re.search(r"5 failed, 2 passed, 2 rerun in", said.splitlines()[-1]), said


def test_what_passes_at_its_second_try_is_told_with_its_first_failure(said: str) -> None:
    told = said.partition("TRIED AGAIN")[2].partition("short test summary")[0]
    assert "first try of app/test_clumsy.py::test_once, call" in told.replace("@app/test_clumsy.py", ""), said
    assert 'assert len(lab) == 2, "the first try"' in told
    assert "what it said" in told


@pytest.mark.parametrize(
    "name",
    [
        "app/test_clumsy.py::test_always",
        "app/test_clumsy.py::test_hung",
        "app/test_clumsy.py::test_virtual",
        "app/test_memory.py::test_kept",
        "guardian/test_any.py::test_kept",
    ],
)
def test_it_is_red_what_fails_twice_and_what_has_no_second_try(said: str, name: str) -> None:
    [line] = [line for line in said.splitlines() if line.startswith(f"FAILED {name}")]
    assert ("try 2" in line) == ("always" in name), line
    assert (name in said.partition("TRIED AGAIN")[2].partition("short test summary")[0]) == ("always" in name)


def test_every_promise_and_story_is_a_place_in_the_tests() -> None:
    there = set[str]().union(*map(places, (ROOT / "tests").rglob("test_*.py")))
    assert (PROMISES.keys() | STORIES) - there == set()
