"""A solved stretch of the iCVD plant under constant inputs: ask it for any point at any instant, or for a state."""

from collections.abc import Callable
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from vapordep.errors import SimulationError
from vapordep.simulation.plant import Inputs
from vapordep_simulators.plant.expansion import Floats
from vapordep_simulators.plant.icvd_state import IcvdState, Snapshot
from vapordep_simulators.plant.readable import Readable
from vapordep_simulators.plant.thermal import GRID, Warming

if TYPE_CHECKING:
    from vapordep_simulators.plant.icvd import Icvd

Look = Callable[[Snapshot, Callable[[str], float]], float]
"""A value of a snapshot, given the temperatures of the zones at its instant."""


class IcvdSegment(Readable):
    """A segment in the sense of `vapordep.simulation.plant`, from the instant `t0` to `t1` (s)."""

    __slots__ = ("_known", "_readers", "_state", "first", "inputs", "plant", "snapshots", "t0", "t1", "warming")

    def __init__(
        self,
        plant: "Icvd",
        t0: float,
        t1: float,
        inputs: Inputs,
        state: IcvdState,
        warming: Warming,
        snapshots: list[Snapshot],
    ) -> None:
        self.plant = plant
        self.t0 = t0
        self.t1 = t1
        self.inputs = inputs
        self.warming = warming
        self.snapshots = snapshots
        self.first = state.grid - 1
        self._state = state
        self._readers = plant.readers
        self._known: dict[Look, Floats] = {}
        """What was read of all snapshots, as instruments ask for the same point again."""

    def state_at(self, t: float) -> IcvdState:
        """The state at the instant `t`, which must lie within the segment."""
        if not self.t0 <= t <= self.t1:
            raise SimulationError(f"{t!r} s lies outside of the segment from {self.t0!r} to {self.t1!r} s")
        grid = max(ceil(t / GRID), self._state.grid)
        now = grid - self.first
        thermal = self.warming.state_at(t)
        return IcvdState(t, grid, self.snapshots[now - 1], self.snapshots[now], thermal, self._state.filled)

    # --- reading ----------------------------------------------------------------------------------------------------

    def kelvins(self, place: int) -> Callable[[str], float]:
        """Temperatures in K of the zones at the instant of snapshot `place`."""
        return self.warming.temperatures_on_grid(place)

    def look(self, what: Look, t: float) -> float:
        """A value, straight between the two snapshots around the instant `t` (s)."""
        place = t / GRID - self.first
        index = min(max(int(place), 0), len(self.snapshots) - 2)
        left = what(self.snapshots[index], self.kelvins(index))
        right = what(self.snapshots[index + 1], self.kelvins(index + 1))
        return left + (right - left) * (place - index)

    def look_all(self, what: Look, times: Floats) -> Floats:
        """`look` at instants (P,), to the last bit."""
        if not len(times):
            return np.empty(0)
        places = times / GRID - self.first
        index = np.minimum(np.maximum(places.astype(np.intp), 0), len(self.snapshots) - 2)
        known = self._known.get(what)
        if known is None:
            every = [what(snapshot, self.kelvins(i)) for i, snapshot in enumerate(self.snapshots)]
            known = self._known[what] = np.array(every, dtype=np.float64)
        left = known[index]
        found: Floats = left + (known[index + 1] - left) * (places - index)
        return found

    def executed(self, t: float) -> Snapshot:
        """The snapshot that the last step of the loops before the instant `t` (s) has led to."""
        return self.snapshots[min(max(int(t / GRID) + 1 - self.first, 0), len(self.snapshots) - 1)]
