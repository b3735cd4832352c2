"""Questions that a run asks a person, and their answers."""

from enum import StrEnum

from vapordep.lazy import dataclass


class Wanted(StrEnum):
    """What a question is answered with."""

    CONFIRMATION = "confirmation"
    """That it is done; no text."""
    TEXT = "text"
    """A text, which may be empty where the question says so."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a person is asked. A dry run answers with `assumed`, and records that nobody said so."""

    text: str
    wanted: Wanted = Wanted.CONFIRMATION
    assumed: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `assumed` where nobody was asked."""

    text: str = ""
    assumed: bool = False
