"""Texts of 60 kB, the most that the web takes, made to cost much (D11): each is read or refused soon."""

from contextlib import suppress
from time import process_time

import pytest

from vapordep.errors import InputError
from vapordep.files import parse_yaml

LONG = 60_000
SECONDS = 4.0
"""Of CPU, on a computer that is busy."""
BOMBS = {
    "laughs": "a: &a [x, x]\n" + "".join(f"b{n}: &b{n} [*a, *a]\n" for n in range(2000)),
    "flow lists": "[" * (LONG // 2) + "]" * (LONG // 2),
    "flow maps": "{a: " * (LONG // 5) + "}" * (LONG // 5),
    "open lists": "[" * LONG,
    "indents": "\n".join(" " * n + "a:" for n in range(340)),
    "one key": "a" * (LONG - 10) + ": 1",
    "many keys": "\n".join(f"k{n}: {n}" for n in range(LONG // 12)),
    "the same key": "a: 1\n" * (LONG // 5),
    "quotes": "a: '" + "''" * (LONG // 2 - 10) + "'",
    "question marks": "? " * (LONG // 2),
    "dashes": "- " * (LONG // 2),
    "documents": "---\n" * (LONG // 4),
    "line breaks": "\n" * LONG,
    "a huge number": "a: " + "9" * (LONG - 10),
    "directives": "%YAML 1.2\n" * (LONG // 10),
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_a_text_that_is_a_bomb_costs_little(name: str) -> None:
    began = process_time()
    with suppress(InputError):
        parse_yaml(BOMBS[name], "bomb.yaml")
    assert process_time() - began < SECONDS
