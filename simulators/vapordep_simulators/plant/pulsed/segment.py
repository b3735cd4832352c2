"""A solved stretch of the plant under constant inputs: ask it for any point at any instant, or for a state."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING, Protocol

from vapordep.errors import SimulationError
from vapordep.simulation.plant import Inputs
from vapordep_simulators.plant.chamber.climate import CELL
from vapordep_simulators.plant.chamber.readable import Readable
from vapordep_simulators.plant.chamber.thermal import Warming
from vapordep_simulators.plant.pulsed.state import AldState, Ledger, Piece

if TYPE_CHECKING:
    from vapordep_simulators.plant.pulsed.points import Reader
    from vapordep_simulators.plant.pulsed.pulsed import Pulsed


class Host(Protocol):
    """The plant that a segment belongs to."""

    @property
    def readers(self) -> "Mapping[str, Reader]":
        """How each of its points is read."""
        ...

    @property
    def pulsed(self) -> "Pulsed":
        """The laws of its gas."""
        ...

    def hottest_foil(self, warming: Warming, t: float) -> float:
        """The highest temperature of the foil over what `warming` records up to the instant `t` (s), K."""
        ...


class AldSegment(Readable):
    """A segment in the sense of `vapordep.simulation.plant`, from the instant `t0` to `t1` (s)."""

    __slots__ = ("_readers", "_state", "inputs", "pieces", "plant", "starts", "t0", "t1", "warming")

    def __init__(
        self, plant: Host, t0: float, t1: float, inputs: Inputs, state: AldState, warming: Warming, pieces: list[Piece]
    ) -> None:
        self.plant = plant
        self.t0 = t0
        self.t1 = t1
        self.inputs = inputs
        self.pieces = pieces
        self.warming = warming
        self._state = state
        self._readers = plant.readers
        self.starts = [piece.t0 for piece in pieces]

    def piece_at(self, t: float) -> Piece:
        """The piece in which the instant `t` lies."""
        if len(self.pieces) == 1:
            return self.pieces[0]
        return self.pieces[max(bisect_right(self.starts, t) - 1, 0)]

    def state_at(self, t: float) -> AldState:
        """The state at the instant `t`, which must lie within the segment."""
        if not self.t0 <= t <= self.t1:
            raise SimulationError(f"{t!r} s lies outside of the segment from {self.t0!r} to {self.t1!r} s")
        piece = self.piece_at(t)
        if t == self.t1:
            piece = self.pieces[-1]
        tau = piece.duration if t == self.t1 else min(t - piece.t0, piece.duration)
        return AldState(
            t,
            piece.gas_at(tau),
            self.warming.state_at(t),
            piece.coating_at(tau),
            # the cell whose start was looked at before `t`: whoever goes on from here looks at the next
            replace(piece.climate, cell=max(piece.climate.cell, ceil(t / CELL) - 1)),
            piece.setpoints,
            self._ledger(piece, tau, t),
            self._state.filled,
            self.plant.pulsed.delivering.strengths(self._state.strengths, self.inputs, t - self.t0),
        )

    def _ledger(self, piece: Piece, tau: float, t: float) -> Ledger:
        hottest = self.plant.hottest_foil(self.warming, t)
        return replace(piece.ledger_at(tau), foil=max(self._state.ledger.foil, hottest))
