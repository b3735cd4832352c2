"""Reactor and recipe files for tests: the shipped ones, with a few words changed."""

import re
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
REACTOR = ROOT / "reactors" / "glovebox_ald.yaml"
RECIPE = ROOT / "recipes" / "al2o3_on_lithium.yaml"


def changed(original: Path, folder: Path, changes: Mapping[str, str]) -> Path:
    """A copy of a shipped file in `folder`, each text that is there exactly once replaced by another.

    What a recipe's `cap` repeats of its steps counts as not there.
    """
    before, cap, after = parted(original.read_text(encoding="utf-8"))
    for old, new in changes.items():
        there = before.count(old) + after.count(old)
        assert there == 1, f"{old!r} is there {there} times"
        before, after = before.replace(old, new), after.replace(old, new)
    copy = folder / original.name
    copy.write_text(before + cap + after, encoding="utf-8")
    return copy


def parted(text: str) -> tuple[str, str, str]:
    """A file before its `cap`, the cap, and what comes after."""
    found = re.search(r"^cap:\n(?: .*\n)*", text, re.MULTILINE)
    return (text[: found.start()], found[0], text[found.end() :]) if found else (text, "", "")


def place(path: Path, words: str) -> str:
    """`file:line` of the only line that holds `words`."""
    before, cap, after = parted(path.read_text(encoding="utf-8"))
    text = before + "\n" * cap.count("\n") + after
    lines = [number for number, line in enumerate(text.splitlines(keepends=True), 1) if words in line]
    assert len(lines) == 1, f"{words!r} stands in lines {lines}"
    return f"{path}:{lines[0]}"


def written(folder: Path, steps: str, substrate: str = "silicon") -> Path:
    """A recipe that pumps, flows carrier, and then does `steps`."""
    lines = ["recipe: 1", "name: test", "process: ALD", f"substrate: {substrate}", "steps:", "  - pump: {to: 1 Pa}"]
    lines += ["  - flow: {carrier: 20 sccm}", *("  " + line for line in steps.splitlines())]
    path = folder / "recipe.yaml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
