"""A solved stretch of the hybrid plant: parts in which pulses are solved, and parts that are marched."""

from bisect import bisect_right
from typing import TYPE_CHECKING

import numpy as np

from vapordep.errors import SimulationError
from vapordep.lazy import dataclass
from vapordep.simulation.plant import Inputs
from vapordep_simulators.plant.chamber.readable import Readable
from vapordep_simulators.plant.chamber.thermal import GRID
from vapordep_simulators.plant.hybrid.handover import Handover
from vapordep_simulators.plant.hybrid.state import HybridState
from vapordep_simulators.plant.hybrid.trace import Blades, Trace
from vapordep_simulators.plant.pulsed.segment import AldSegment
from vapordep_simulators.plant.pulsed.state import AldState
from vapordep_simulators.plant.steady.segment import IcvdSegment
from vapordep_simulators.plant.steady.state import IcvdState, Snapshot

if TYPE_CHECKING:
    from vapordep_simulators.plant.hybrid.hybrid import Hybrid


@dataclass(frozen=True, slots=True)
class Part:
    """From the instant `t0` (s) on: `gas` solves the pulses, and `rest` has all else; on the march it has everything.

    `cycles` is what was known of the film of cycles when it began.
    """

    t0: float
    cycles: AldState
    gas: AldSegment | None
    rest: IcvdSegment

    def state_at(self, t: float, overlap: float = 0.0) -> HybridState:
        """The state at the instant `t` (s)."""
        cycles = self.cycles if self.gas is None else self.gas.state_at(t)
        return HybridState(t, self.gas is not None, cycles, self.rest.state_at(t), overlap)


class HybridSegment(Readable):
    """A segment in the sense of `vapordep.simulation.plant`, from the instant `t0` to `t1` (s)."""

    __slots__ = ("_clash", "_overlap", "_readers", "_starts", "inputs", "parts", "t0", "t1")

    def __init__(self, plant: "Hybrid", t0: float, t1: float, overlap: float, clash: bool, parts: list[Part]) -> None:
        self.t0 = t0
        self.t1 = t1
        self.parts = parts
        self.inputs: Inputs = parts[0].rest.inputs
        self._readers = plant.readers
        self._overlap = overlap
        self._clash = clash
        self._starts = [part.t0 for part in parts]

    def part_at(self, t: float) -> Part:
        """The part in which the instant `t` (s) lies."""
        return self.parts[max(bisect_right(self._starts, t) - 1, 0)]

    def state_at(self, t: float) -> HybridState:
        """The state at the instant `t`, which must lie within the segment."""
        if not self.t0 <= t <= self.t1:
            raise SimulationError(f"{t!r} s lies outside of the segment from {self.t0!r} to {self.t1!r} s")
        return self.part_at(t).state_at(t, self._overlap + (t - self.t0 if self._clash else 0.0))


def knots(
    handover: Handover, state: IcvdState, gas: AldSegment, trace: Trace, blades: Blades, last: int
) -> list[tuple[int, Snapshot]]:
    """The snapshots of the grid while pulses are given, up to `last`: the gas is theirs, and no polymer grows."""
    grids = np.arange(state.grid, last + 1)
    times = np.minimum(grids * GRID, gas.t1)
    places = np.maximum(np.searchsorted(gas.starts, times, side="right") - 1, 0)
    species, bottles, feeds, lags = handover.pulsed.composition.network.counts
    first_feed, first_gauge = species + bottles, species + bottles + feeds
    first_gauge += len(handover.pulsed.composition.chemistry.reactants)
    end = species + bottles + feeds + lags
    found = [(state.grid - 1, state.before)]
    for number in np.unique(places).tolist():
        piece, mine = gas.pieces[number], places == number
        rows = piece.trajectory.at(np.maximum(times[mine] - piece.t0, 0.0))
        gauges = rows[:, first_gauge:end] * piece.climate.pascal
        for grid, row, shown in zip(grids[mine].tolist(), rows, gauges, strict=True):
            place = grid - trace.first
            snapshot = handover.shown(state.now, row[:species], row[first_feed : first_feed + feeds], shown)
            beside = {"hot": trace.hot[place], "chilled": trace.chilled[place], "needles": trace.needles[place]}
            found.append((grid, snapshot._replace(blade=blades.at(place, float(shown[0])), **beside)))
    return found
