"""Reactor and recipe files for tests: the shipped ones, with a few words changed."""

from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
REACTOR = ROOT / "reactors" / "glovebox_ald.yaml"
RECIPE = ROOT / "recipes" / "al2o3_on_lithium.yaml"


def changed(original: Path, folder: Path, changes: Mapping[str, str]) -> Path:
    """A copy of a shipped file in `folder`, each text that is there exactly once replaced by another."""
    text = original.read_text(encoding="utf-8")
    for old, new in changes.items():
        assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
        text = text.replace(old, new)
    copy = folder / original.name
    copy.write_text(text, encoding="utf-8")
    return copy


def place(path: Path, words: str) -> str:
    """`file:line` of the only line that holds `words`."""
    lines = [number for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if words in line]
    assert len(lines) == 1, f"{words!r} stands in lines {lines}"
    return f"{path}:{lines[0]}"
