"""How the safe state is driven: line by line in turns, and in a hurry where something is amiss."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field

from vapordep.devices import Line


@dataclass
class Turn:
    """Who drives the safe state on a line: of two, the first is done before the second begins."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    safe: bool = False
    """Whether all went well the last time."""
    again: bool = False
    """Whether this is done once more right after all went well: no need to hurry, and to let values go stale."""


class Hurry:
    """Whether there is a hurry: then no poll comes between, and values may go stale."""

    def __init__(self) -> None:
        self.turns: defaultdict[Line, Turn] = defaultdict(Turn)
        self._hurried = False

    def begin(self, *, hurry: bool) -> None:
        """Somebody drives the safe state, maybe beside others: one who hurries makes all of them hurry."""
        self._hurried = self._hurried or hurry

    def end(self) -> None:
        """Nobody drives it any more."""
        self._hurried = False

    def on(self, line: Line) -> bool:
        """Whether it is driven in a hurry on this line."""
        return self._hurried and not self.turns[line].again

    def hasten(self, line: Line) -> None:
        """Something is amiss: from now on in a hurry."""
        self._hurried = True
        self.turns[line].again = False
