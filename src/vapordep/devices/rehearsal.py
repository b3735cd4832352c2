"""Rehearsals: what a foretold stretch of samples would do, tried on copies before any of it is published."""

from collections.abc import Callable, Sequence
from math import inf

from vapordep.lazy import dataclass
from vapordep.model.batches import Batch

Batches = Sequence[Batch]
"""What one exchange gave: batches that share their instants."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """How monitors and interlocks take a stretch: the derived batches, and the instant in s at which the first acts.

    `adopt` makes them stand as they do at the end of it.
    """

    derived: Batches
    acts: float
    adopt: Callable[[], None]


Rehearse = Callable[[float, Batches], Rehearsal]
"""Tries a stretch up to an instant (s)."""
NOTHING = Rehearsal((), inf, lambda: None)


def sharing_instants(batches: Batches) -> list[Batches]:
    """The batches in groups that share their instants."""
    found: dict[int, list[Batch]] = {}  # by their array: most of them share it
    groups: dict[bytes, list[Batch]] = {}
    for batch in batches:
        times = batch.times
        group = found.get(id(times))
        if group is None:
            group = found[id(times)] = groups.setdefault(times.tobytes(), [])
        group.append(batch)
    return list(groups.values())


def until_instant(groups: Sequence[Batches], instant: float) -> list[Batches]:
    """The samples up to an instant (s) and at it; exchanges that have none by then are left out."""
    return [_part(group, 0, count) for group in groups if (count := _count_until(group, instant))]


class Ahead:
    """What is foretold of several exchanges, each with its own instants, and how much of it is over."""

    def __init__(self, groups: Sequence[Batches] = ()) -> None:
        self._left = [(group, 0) for group in groups]
        """Each with the place of its first sample to come: most of them are over without being asked for."""
        self.next = self._first()
        """The instant of the first sample to come, s; infinity when none is known."""

    def up_to(self, instant: float) -> list[Batches]:
        """The samples to come up to an instant (s) and at it; exchanges that have none by then are left out."""
        if instant < self.next:
            return []
        counted = ((group, first, _count_until(group, instant, first)) for group, first in self._left)
        return [_part(group, first, after) for group, first, after in counted if after > first]

    def go_on(self, instant: float) -> None:
        """The samples up to an instant (s) and at it are over."""
        if instant < self.next:
            return
        counted = ((group, _count_until(group, instant, first)) for group, first in self._left)
        self._left = [(group, first) for group, first in counted if first < len(group[0])]
        self.next = self._first()

    def _first(self) -> float:
        return min((group[0].times.item(first) for group, first in self._left), default=inf)


def _count_until(group: Batches, instant: float, first: int = 0) -> int:
    """How many of its samples are over at an instant (s), of which `first` are known to be."""
    times = group[0].times
    if times.item(first) > instant:
        return first
    return len(times) if times.item(-1) <= instant else int(times.searchsorted(instant, side="right"))


def _part(group: Batches, first: int, after: int) -> Batches:
    if not first and after == len(group[0]):
        return group
    shared = group[0].times[first:after]
    return [Batch(b.tag, shared, b.values[first:after], b.quality[first:after]) for b in group]
