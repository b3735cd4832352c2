"""Rehearsals: what a foretold stretch of samples would do, tried on copies before any of it is published."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

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
    groups: dict[bytes, list[Batch]] = {}
    for batch in batches:
        groups.setdefault(batch.times.tobytes(), []).append(batch)
    return list(groups.values())


def until_instant(groups: Sequence[Batches], instant: float) -> list[Batches]:
    """The samples up to an instant (s) and at it; exchanges that have none by then are left out."""
    return [_part(group, 0, count) for group in groups if (count := _count_until(group, instant))]


def after_instant(groups: Sequence[Batches], instant: float) -> list[Batches]:
    """The samples after an instant (s); exchanges that have none any more are left out."""
    counted = ((group, _count_until(group, instant)) for group in groups)
    return [_part(group, count, len(group[0])) for group, count in counted if count < len(group[0])]


def _count_until(group: Batches, instant: float) -> int:
    times = group[0].times
    if times.item(0) > instant:
        return 0
    return len(times) if times.item(-1) <= instant else int(np.searchsorted(times, instant, side="right"))


def _part(group: Batches, first: int, after: int) -> Batches:
    if not first and after == len(group[0]):
        return group
    shared = group[0].times[first:after]
    return [Batch(b.tag, shared, b.values[first:after], b.quality[first:after]) for b in group]
