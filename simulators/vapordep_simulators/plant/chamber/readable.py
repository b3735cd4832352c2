"""Reading a solved stretch: any point by its name, at one instant or at many."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from vapordep.errors import SimulationError
from vapordep_simulators.plant.chamber.expansion import Floats


class Readable:
    """Gives the points of a segment through the readers of its plant."""

    __slots__ = ()
    _readers: Mapping[str, Any]
    """By point: `one(segment, t)` and `many(segment, times)`."""

    def value(self, point: str, t: float) -> float:
        """One point at one instant; SimulationError for a point that the plant has not."""
        if point not in self._readers:
            raise unknown(point, self._readers)
        value: float = self._readers[point].one(self, t)
        return value

    def at(self, times: Floats, points: Iterable[str] | None = None) -> Mapping[str, Floats]:
        """Points (all when None) at instants (P,) of the segment, as arrays (P,): the bits that `value` gives."""
        instants = np.asarray(times, dtype=np.float64)
        found: dict[str, Floats] = {}
        for point in self._readers if points is None else points:
            if point not in self._readers:
                raise unknown(point, self._readers)
            found[point] = self._readers[point].many(self, instants)
        return found


def unknown(point: str, known: Iterable[str]) -> SimulationError:
    """The error for a point that the plant has not."""
    thing = point.partition(".")[0]
    near = sorted(name for name in known if name.partition(".")[0] == thing) or sorted(known)
    return SimulationError(f"the plant has no point {point!r}", remedy=f"Known: {', '.join(near)}")
