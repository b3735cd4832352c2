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
    cut = []
    for group in groups:
        times = group[0].times
        count = int(np.searchsorted(times, instant, side="right"))
        if count == len(times):
            cut.append(group)
        elif count:
            shared = times[:count]
            cut.append([Batch(b.tag, shared, b.values[:count], b.quality[:count]) for b in group])
    return cut
