"""A solved stretch of the iCVD plant under constant inputs: ask it for any point at any instant, or for a state."""

from collections.abc import Callable, Iterable, Sequence
from itertools import takewhile
from math import ceil
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vapordep.errors import SimulationError
from vapordep.simulation.plant import Inputs
from vapordep_simulators.plant.chamber.expansion import Floats
from vapordep_simulators.plant.chamber.readable import Readable
from vapordep_simulators.plant.chamber.thermal import GRID, Warming
from vapordep_simulators.plant.steady.leap import SEEN, Knot, Leap, along
from vapordep_simulators.plant.steady.state import IcvdState, Snapshot

if TYPE_CHECKING:
    from vapordep_simulators.plant.steady.icvd import Icvd

Places = NDArray[np.intp]
See = Callable[[Snapshot], float]
"""A value of a snapshot by itself."""
Look = Callable[[Snapshot, Callable[[str], float]], float]
"""A value of a snapshot, given the temperatures of the zones at its instant."""


class IcvdSegment(Readable):
    """A segment in the sense of `vapordep.simulation.plant`, from the instant `t0` to `t1` (s).

    `knots` are snapshots with their instants on the grid, rising; between two of them everything lies on a straight
    line. Those of `leapt` were reached in leaps, the last of which may end beyond `t1`; `seen` came before all.
    """

    __slots__ = (
        "_asked", "_grids", "_known", "_leapt", "_readers", "_seen", "_state", "inputs", "knots", "plant", "t0", "t1",
        "warming",
    )  # fmt: skip

    def __init__(
        self,
        plant: "Icvd",
        t0: float,
        t1: float,
        inputs: Inputs,
        state: IcvdState,
        warming: Warming,
        knots: Sequence[Knot],
        leapt: Iterable[Knot] = (),
        seen: Sequence[Knot] = (),
    ) -> None:
        self.plant = plant
        self.t0 = t0
        self.t1 = t1
        self.inputs = inputs
        self.warming = warming
        self.knots = knots
        self._leapt = frozenset(grid for grid, _ in leapt)
        self._seen = seen
        self._grids = np.array([grid for grid, _ in knots], dtype=np.float64)
        self._state = state
        self._readers = plant.readers
        self._asked: tuple[Floats, Places, Floats] | None = None
        """The instants asked about last, with where they lie."""
        self._known: dict[See | Look, Floats] = {}
        """What was read of all snapshots, as instruments ask for the same point again."""

    def state_at(self, t: float) -> IcvdState:
        """The state at the instant `t`, which must lie within the segment."""
        if not self.t0 <= t <= self.t1:
            raise SimulationError(f"{t!r} s lies outside of the segment from {self.t0!r} to {self.t1!r} s")
        grid = max(ceil(t / GRID), self._state.grid)
        leap = self._leap_at(grid)
        thermal = self.warming.state_at(t)
        return IcvdState(t, grid, self._at(grid - 1), self._at(grid), thermal, self._state.filled, leap)

    def _at(self, grid: int) -> Snapshot:
        """The snapshot at an instant of the grid."""
        place = self._place(grid)
        (begin, before), (end, after) = self.knots[place], self.knots[place + 1]
        if grid == begin:
            return before
        return after if grid == end else along(before, after, (grid - begin) / (end - begin))

    def _leap_at(self, grid: int) -> Leap:
        """What is left of the leap under way at an instant of the grid, and what came before."""
        coming = (knot for knot in self.knots[self._place(grid) + 1 :] if knot[0] > grid)
        rest = tuple(takewhile(lambda knot: knot[0] in self._leapt, coming))
        return Leap((*self._seen, *self.knots[: self._place(grid - 1)])[1 - SEEN :], rest, self.inputs)

    def _place(self, grid: float) -> int:
        """The last knot not after an instant of the grid, and not the very last."""
        return min(max(int(np.searchsorted(self._grids, grid, side="right")) - 1, 0), len(self.knots) - 2)

    # --- reading ----------------------------------------------------------------------------------------------------

    def kelvins(self, grid: int) -> Callable[[str], float]:
        """Temperatures in K of the zones at an instant of the grid."""
        return self.warming.temperatures_foreseen(grid - self._state.grid + 1)

    def look(self, what: Look, t: float) -> float:
        """A value, straight between the two knots around the instant `t` (s)."""
        return self._between(lambda knot: what(knot[1], self.kelvins(knot[0])), t)

    def see(self, what: See, t: float) -> float:
        """The same of a value that hangs on no temperature of a zone."""
        return self._between(lambda knot: what(knot[1]), t)

    def look_all(self, what: Look, times: Floats) -> Floats:
        """`look` at instants (P,), to the last bit."""
        return self._between_all(
            what, lambda: [what(snapshot, self.kelvins(grid)) for grid, snapshot in self.knots], times
        )

    def see_all(self, what: See, times: Floats) -> Floats:
        """`see` at instants (P,), to the last bit."""
        return self._between_all(what, lambda: [what(snapshot) for _, snapshot in self.knots], times)

    def _between(self, what: Callable[[tuple[int, Snapshot]], float], t: float) -> float:
        place = self._place(t / GRID)
        first, second = self.knots[place], self.knots[place + 1]
        left, right = what(first), what(second)
        return left + (right - left) * ((t / GRID - first[0]) / (second[0] - first[0]))

    def _between_all(self, what: See | Look, of_every: Callable[[], list[float]], times: Floats) -> Floats:
        if not len(times):
            return np.empty(0)
        known = self._known.get(what)
        if known is None:
            known = self._known[what] = np.array(of_every(), dtype=np.float64)
        index, way = self._ways(times)
        left = known[index]
        found: Floats = left + (known[index + 1] - left) * way
        return found

    def _ways(self, times: Floats) -> tuple[Places, Floats]:
        """Between which knots instants lie, and how far; kept, as one exchange asks for many points at the same."""
        if self._asked is None or self._asked[0] is not times:
            grids, places = self._grids, times / GRID
            index = np.searchsorted(grids, places, side="right") - 1
            index = np.minimum(np.maximum(index, 0), len(grids) - 2)
            way = (places - grids[index]) / (grids[index + 1] - grids[index])
            self._asked = times, index, way
        return self._asked[1:]

    def executed(self, t: float) -> Snapshot:
        """The snapshot that the last step of the loops before the instant `t` (s) has led to."""
        return self._at(min(int(t / GRID) + 1, self.knots[-1][0]))
