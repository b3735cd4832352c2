"""The commands of an MKS 946: the table of their words, and what their parameters may be."""

import re
from collections.abc import Callable
from typing import Any, Final

from vapordep_simulators.instruments._mks_channels import Nak

Command = Callable[[Any, int, str, float], str]
"""Answers with (the instrument, a channel's number or 0, the parameter or nothing, the instant in s)."""
COMMANDS: Final[dict[tuple[str, bool], tuple[Command, str]]] = {}
"""By the word and whether a number follows it: what answers it, and by which of ? and ! it is called."""


def command(word: str, *, indexed: bool, signs: str = "?!") -> Callable[[Command], Command]:
    """Enters a method as what answers this word, with or without a channel's number, asked (?) or set (!)."""

    def enter(answer: Command) -> Command:
        COMMANDS[word, indexed] = (answer, signs)
        return answer

    return enter


def on_off(text: str) -> bool:
    """Whether it is told ON. Raises Nak for what is neither ON nor OFF."""
    return among(text, ("ON", "OFF")) == "ON"


def among(text: str, allowed: tuple[str, ...]) -> str:
    """One of these words. Raises Nak for another."""
    if text not in allowed:
        raise Nak(169)
    return text


def value_of(text: str) -> float:
    """A number as it may be written to it. Raises Nak for what is none."""
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)(E[+-]?\d+)?", text):
        raise Nak(169)
    return float(text)
