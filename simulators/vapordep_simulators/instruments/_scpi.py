"""SCPI 1999 messages as an instrument reads them: units between semicolons, long and short words, nodes left out."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

SYNTAX: Final = (-102, "Syntax error")
DATA_TYPE: Final = (-104, "Data type error")
NOT_ALLOWED: Final = (-108, "Parameter not allowed")
MISSING: Final = (-109, "Missing parameter")
UNDEFINED: Final = (-113, "Undefined header")
SUFFIX: Final = (-131, "Invalid suffix")
CONFLICT: Final = (-221, "Settings conflict")
OUT_OF_RANGE: Final = (-222, "Data out of range")
ILLEGAL: Final = (-224, "Illegal parameter value")
OVERFLOW: Final = (-350, "Queue overflow")
NO_ERROR: Final = (0, "No error")
MULTIPLIERS: Final = {"": 1.0, "K": 1e3, "M": 1e-3, "U": 1e-6}
"""What may stand before the letter of a unit."""
_UNIT: Final = re.compile(r"(:?[A-Z0-9:]+|\*[A-Z]+)(\?)?(?:\s+(\S.*))?")
_NUMBER: Final = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:E[+-]?\d+)?)\s*([A-Z]*)")
_PART: Final = re.compile(r"[\[\]:]|[A-Z]+[a-z]*")


class ScpiError(Exception):
    """What goes into the queue of errors: a number and its words."""

    def __init__(self, error: tuple[int, str]) -> None:
        super().__init__(f"{error[0]}, {error[1]}")
        self.error = error


class Unit(NamedTuple):
    """One command or question: its header in capitals without the first colon, and what stands behind it."""

    header: str
    question: bool
    parameter: str


def units(message: str) -> Iterator[Unit]:
    """The units of one line, each header whole: after a semicolon one goes on from where the last header stood.

    Raises ScpiError at what has no form.
    """
    path = ""
    for text in message.upper().split(";"):
        if not text.strip():
            continue
        found = _UNIT.fullmatch(text.strip())
        if found is None:
            raise ScpiError(SYNTAX)
        header = found[1]
        if header[0] not in ":*":
            header = path + header
        if header[0] != "*":
            header = header.removeprefix(":")
            path = header[: header.rfind(":") + 1]
        yield Unit(header, found[2] is not None, (found[3] or "").strip())


def header(form: str) -> re.Pattern[str]:
    """What fits a header as manuals write it: `[SOURce:]VOLTage[:LEVel]`, of which capitals are the short form."""
    written = {"[": "(?:", "]": ")?", ":": ":"}
    return re.compile("".join(written.get(part) or _word(part) for part in _PART.findall(form)))


def number(text: str, letter: str) -> float:
    """A parameter in the unit of that letter, which may stand behind it: `500 mV`. Raises ScpiError."""
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise ScpiError(DATA_TYPE)
    multiplier = MULTIPLIERS.get(found[2].removesuffix(letter)) if found[2].endswith(letter) else None
    if found[2] and multiplier is None:
        raise ScpiError(SUFFIX)
    return float(found[1]) * (multiplier or 1.0)


def _word(part: str) -> str:
    short = "".join(letter for letter in part if letter.isupper())
    return f"(?:{part.upper()}|{short})"
