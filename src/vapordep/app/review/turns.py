"""How often a loop of a recipe had been gone through: a loop within another one counts its cycles anew each time."""

from bisect import bisect_right
from collections.abc import Iterable
from typing import NamedTuple

from vapordep.model.events import Event, Kind


class Turn(NamedTuple):
    """The how manyth time a loop was gone through, and how many cycles of it the times before had."""

    number: int = 1
    before: int = 0


class _Begun(NamedTuple):
    """A cycle: when it began, in which turn, where in the plan that stands, and its number."""

    time: float
    turn: Turn
    outside: str
    cycle: int


class Turns:
    """The turns of all loops of a run, from the events at which their cycles began."""

    def __init__(self, events: Iterable[Event]) -> None:
        self._begun: dict[str, list[_Begun]] = {}
        for event in events:
            if event.kind is Kind.CYCLE:
                self._take(event)

    def _take(self, event: Event) -> None:
        cycle, outside = event.data.get("cycle", 0), str(event.data.get("place", "")).rpartition("/")[0]
        begun = self._begun.setdefault(str(event.data.get("block", "")), [])
        turn = begun[-1].turn if begun else Turn()
        if begun and begun[-1].outside != outside:
            most = max(each.cycle for each in begun if each.turn is turn)
            turn = Turn(turn.number + 1, turn.before + most)
        begun.append(_Begun(event.time, turn, outside, cycle if isinstance(cycle, int) else 0))

    def at(self, loop: str, time: float) -> Turn:
        """That of `loop` at an instant on the clock; the first where nothing tells."""
        begun = self._begun.get(loop, [])
        place = bisect_right(begun, time, key=lambda each: each.time)
        return begun[place - 1].turn if place else Turn()
