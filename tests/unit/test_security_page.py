"""docs/security.md: all threats are there, and every test that it names."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")


def test_every_threat_has_its_row() -> None:
    assert re.findall(r"^\| (D\d+) \|", PAGE, re.MULTILINE) == [f"D{n}" for n in range(1, 24)]


def test_every_test_that_is_named_is_there() -> None:
    named = re.findall(r"`(tests/[^`:]+)(?:::([^`]+))?`", PAGE)
    assert len(named) > 30
    for file, test in named:
        text = (ROOT / file).read_text(encoding="utf-8")
        assert not test or f"def {test}(" in text, (file, test)
