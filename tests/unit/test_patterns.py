"""No regular expression of ours takes time without end, whatever text it is given: none repeats what repeats."""

import ast
import importlib
import re
from collections.abc import Iterator
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PARSER: Any = importlib.import_module("re._parser")
TAKEN = {"compile", "match", "fullmatch", "search", "sub", "split", "findall", "finditer"}
MANY = 100
"""Turns from which on a repetition counts as one without end."""


def patterns() -> Iterator[tuple[str, str | bytes, int]]:
    """Every pattern that is written down where it is used: where, itself, its flags."""
    for file in sorted(path for folder in ("src", "drivers", "simulators") for path in (ROOT / folder).rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if "re." in text else ():
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name("re"), attr=attr), args=[ast.Constant(value=str() | bytes()), *_]
                ) if attr in TAKEN:
                    names = [each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)]
                    flags = [getattr(re, name) for name in names if name.isupper()]
                    given = node.args[0]
                    assert isinstance(given, ast.Constant)
                    yield f"{file.relative_to(ROOT)}:{node.lineno}", given.value, reduce(or_, flags, 0)


def repeats_what_repeats(parsed: Any, *, within: bool = False) -> bool:
    """Whether some repetition without end holds another one."""
    for kind, given in parsed:
        endless = str(kind) in {"MAX_REPEAT", "MIN_REPEAT"} and given[1] > MANY
        if (endless and within) or any(
            repeats_what_repeats(inner, within=within or endless) for inner in _inside(given)
        ):
            return True
    return False


def _inside(given: Any) -> Iterator[Any]:
    if isinstance(given, PARSER.SubPattern):
        yield given
    elif isinstance(given, tuple | list):
        for each in given:
            yield from _inside(each)


def test_none_repeats_what_repeats() -> None:
    found = list(patterns())
    assert len(found) > 60
    wrong = [(where, text) for where, text, flags in found if repeats_what_repeats(PARSER.parse(text, flags))]
    assert wrong == [], "such a one may take longer than the universe for a text that almost fits"


@pytest.mark.parametrize("text", [r"(a+)+b", r"(?:\s*\w*)*x", r"^([a-z]|\d+)*$", r"((ab)*c?){0,5000}"])
def test_it_sees_one_that_does(text: str) -> None:
    assert repeats_what_repeats(PARSER.parse(text))


@pytest.mark.parametrize("text", [r"a+b*", r"(?:\d{1,3}\.)*", r"(?:a+b){2}"])
def test_it_lets_others_be(text: str) -> None:
    assert not repeats_what_repeats(PARSER.parse(text))
