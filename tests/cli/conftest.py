"""The command line as a stranger uses it: a short recipe, a history of one's own, and the real command."""

import contextlib
import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from vapordep.cli import main

SHORT = """\
recipe: 1
name: Short
process: ALD
substrate: silicon
status: unverified
parameters:
  cycles: {default: 2, low: 1, high: 500}
steps:
  - pump: {to: 10 Pa, within: 10 min, soft: true}
  - flow: {carrier: 20 sccm}
  - repeat: $cycles
    name: main
    layer: Al2O3
    steps:
      - dose: {source: TMA, pulse: 50 ms}
      - purge: {for: 20 s}
      - dose: {source: H2O, pulse: 30 ms}
      - purge: {for: 20 s}
finally:
  - purge: {for: 5 s}
"""
PROGRAM = (sys.executable, "-m", "vapordep")


@dataclass(frozen=True)
class Ended:
    """What a command left: exit status, output, error stream."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        def refuse(word: str) -> None:
            raise ValueError(f"{word} is not JSON")

        return json.loads(self.out, parse_constant=refuse)


def run(*words: str) -> Ended:
    """The real command in this process."""
    out, err = io.StringIO(), io.StringIO()
    status: Any = None
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(words)
        except SystemExit as end:
            status = end.code
    return Ended(status, out.getvalue(), err.getvalue())


def files_in(folder: Path) -> dict[str, int]:
    """Every file below a folder, with its size."""
    return {str(path.relative_to(folder)): path.stat().st_size for path in folder.rglob("*")}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, with the short recipe; the history would lie in `history` below it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)  # of the terminal in which the tests run
    monkeypatch.setenv("VAPORDEP_HISTORY", "history")
    (tmp_path / "short.yaml").write_text(SHORT)
    return tmp_path


@dataclass(frozen=True)
class Done:
    """A dry run that was done, and where."""

    ended: Ended
    folder: Path

    @property
    def history(self) -> str:
        return str(self.folder / "history")


@pytest.fixture(scope="session")
def done(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Done]:
    """The short recipe with one sample and a plot, as JSON; done once for all tests that only look at it."""
    folder = tmp_path_factory.mktemp("done")
    recipe = folder / "short.yaml"
    recipe.write_text(SHORT.replace("name: Short", r'name: "Short \e[31m[red]$x"'))
    before = os.environ.pop("COLUMNS", None)
    ended = run(
        "dry-run", str(recipe), "--history", str(folder / "history"), "--plot", str(folder / "run.png"),
        "--sample", "Li-042@centre", "--operator", "Ada", "--json",
    )  # fmt: skip
    yield Done(ended, folder)
    if before is not None:
        os.environ["COLUMNS"] = before


Command = Callable[..., Ended]
