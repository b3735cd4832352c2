"""What a plant is: physics in SI that is solved a segment at a time, from one frozen state to the next."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from vapordep.lazy import dataclass

Floats = NDArray[np.float64]
Memory = Any
"""What a controller remembers between two steps; frozen, and known only to the controller."""


class Controller(Protocol):
    """A closed loop that lives in an instrument and is executed by the plant on its own grid.

    Frozen: another setpoint is another controller, which takes over the memory of the one before.
    When the memory has an attribute `working_setpoint` (K), the plant shows it as `<zone>.working_setpoint`. That of a
    throttle may have an attribute `position`: when it is not None the blade goes there, whatever is measured.
    """

    @property
    def period(self) -> float:
        """Seconds between two steps; executed at the first instant of the plant's grid that is due."""
        ...

    def initial(self, measured: float) -> Memory:
        """Memory of a loop that is switched on while it measures `measured` (K)."""
        ...

    def step(self, memory: Memory, measured: float, t: float) -> tuple[Memory, float]:
        """The next memory, and the power to give from the instant `t` on, between 0 and 1."""
        ...

    def timeless(self, since: float, until: float) -> bool:
        """Whether no step from the instant `since` to `until` (s) hangs on its instant, only on what is measured."""
        ...


Value = float | Controller | None
"""An input: a number in SI (0 and 1 for closed and open), or who closes the loop of `<zone>.controller`."""
Inputs = Mapping[str, Value]
Truth = dict[str, Any]
"""Ground truth by name: numbers in SI, and mappings of them. Only reports may look at it, never an engine."""


@dataclass(frozen=True, slots=True)
class Latency:
    """How long after the command a valve moves: `mean` plus or minus up to `spread`, in s, evenly distributed."""

    mean: float = 0.015
    spread: float = 0.001


class State(Protocol):
    """All that decides the plant's future besides its inputs; frozen."""

    @property
    def t(self) -> float:
        """The instant it describes, s on the clock."""
        ...


class Segment(Protocol):
    """The plant between two instants during which no input changes."""

    @property
    def t0(self) -> float:
        """First instant, s on the clock."""
        ...

    @property
    def t1(self) -> float:
        """Last instant, s on the clock."""
        ...

    def at(self, times: Floats, points: Iterable[str] | None = None) -> Mapping[str, Floats]:
        """Values in SI of `points` (all when None) at `times` (s, within the segment)."""
        ...

    def value(self, point: str, t: float) -> float:
        """Value in SI of one point at the instant `t`, within the segment; the fast way for a single poll."""
        ...

    def state_at(self, t: float) -> State:
        """The state at the instant `t`, so that a segment can be taken over only up to there."""
        ...


class Plant(Protocol):
    """A reactor's physics. It keeps nothing itself: the same state and inputs always give the same segment."""

    @property
    def defaults(self) -> Inputs:
        """Every input with its value as long as nobody drives it."""
        ...

    @property
    def points(self) -> frozenset[str]:
        """Every point that can be read."""
        ...

    @property
    def latencies(self) -> Mapping[str, Latency]:
        """The inputs that act late, with how late."""
        ...

    def initial(self, t: float = 0.0) -> State:
        """The plant at rest at the instant `t`."""
        ...

    def solve(self, state: Any, inputs: Inputs, t0: float, t1: float) -> Segment:
        """The segment from `state` at `t0` to `t1` under constant `inputs`, missing ones at their defaults."""
        ...

    def truth(self, state: Any) -> Truth:
        """Ground truth of a state."""
        ...
