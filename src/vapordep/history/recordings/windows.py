"""When a run did what: from the beginning of each step and each cycle to that of the next, out of its events."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from vapordep.errors import InputError, NotThere
from vapordep.lazy import dataclass
from vapordep.model.events import Event, Kind

STEP, CYCLE = "step", "cycle"


@dataclass(frozen=True, slots=True)
class Window:
    """A step, or a cycle of a loop: its name, the how manyth of that name, from when to when, s since the start."""

    kind: str
    name: str
    number: int
    begin_s: float
    end_s: float


def windows(events: Sequence[Event], t0: float) -> list[Window]:
    """All steps and cycles in their order; a cycle counts as its loop does, steps of one name are counted here."""
    found: list[Window] = []
    counts: dict[str, int] = {}
    marks = [*_marks(events), (events[-1].time, "", "", 0)] if events else []
    for (begin, kind, name, number), (end, *_) in pairwise(marks):
        if kind == STEP:
            counts[name] = number = counts.get(name, 0) + 1
        found.append(Window(kind, name, number, begin - t0, end - t0))
    return found


def _marks(events: Sequence[Event]) -> Iterator[tuple[float, str, str, int]]:
    for event in events:
        if event.kind is Kind.CYCLE:
            number = event.data.get("cycle", 0)
            yield event.time, CYCLE, str(event.data.get("block", "")), number if isinstance(number, int) else 0
        elif event.kind is Kind.STEP and "where" in event.data:
            yield event.time, STEP, event.text, 0


def cycles_of(found: Sequence[Window], loop: str = "") -> list[Window]:
    """The cycles of a loop, or of the one that has most.

    Raises NotThere when the run has no such loop.
    """
    cycles = [window for window in found if window.kind == CYCLE]
    loops = list(dict.fromkeys(window.name for window in cycles))
    name = loop or max(loops, key=lambda each: sum(window.name == each for window in cycles), default="")
    mine = [window for window in cycles if window.name == name]
    if not mine:
        raise NotThere(f"no cycles of {loop or 'any loop'}", remedy=f"its loops: {', '.join(loops) or 'none'}")
    return mine


def instant(found: Sequence[Window], align: str, name: str = "", number: int = 1) -> float:
    """The instant, s since the start, at which runs are laid over each other: the start, or the beginning of a window.

    Raises NotThere when the run has no such step or cycle, InputError for another way to align.
    """
    if align == "start":
        return 0.0
    if align not in (STEP, CYCLE):
        raise InputError(f"runs are not aligned at {align!r}", remedy="at start, step or cycle")
    mine = [window for window in found if window.kind == align and (window.name == name or not name)]
    at = next((window for window in mine if window.number == number), None)
    if at is None:
        there = ", ".join(dict.fromkeys(window.name for window in found if window.kind == align))
        raise NotThere(f"no {align} {name} {number}".replace("  ", " "), remedy=f"there are: {there or 'none'}")
    return at.begin_s
