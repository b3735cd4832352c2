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
    return [part(group, 0, count) for group in groups if (count := count_until(group, instant))]


def count_until(group: Batches, instant: float, first: int = 0) -> int:
    """How many of its samples are over at an instant (s), of which `first` are known to be."""
    times = group[0].times
    if times.item(first) > instant:
        return first
    return len(times) if times.item(-1) <= instant else int(times.searchsorted(instant, side="right"))


def part(group: Batches, first: int, after: int) -> Batches:
    """Its samples from one place on, up to another without it."""
    if not first and after == len(group[0]):
        return group
    shared = group[0].times[first:after]
    return [Batch(b.tag, shared, b.values[first:after], b.quality[first:after]) for b in group]
