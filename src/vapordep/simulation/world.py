"""The world of a simulation: one plant that every instrument reads and drives, solved only as far as needed."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping
from operator import attrgetter

import numpy as np

from vapordep.errors import SimulationError
from vapordep.lazy import dataclass
from vapordep.simulation.noise import uniform_at
from vapordep.simulation.plant import Floats, Inputs, Plant, Segment, State, Truth, Value

HORIZON = 2.0
"""Seconds that a segment is solved beyond what is asked for, unless something is known to change sooner."""
LONGEST = 960.0
"""Seconds of one segment when a reading jumps ahead."""
KEPT = 32
"""Segments that stay readable behind the newest."""
SWITCHES = (".on", ".running")
"""How inputs end that are on or off and are no valves: a filament, a pump, a chiller."""


@dataclass(frozen=True, slots=True)
class _Change:
    """An input that changes at the instant `t` (s)."""

    t: float
    point: str
    value: Value


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A segment as far as it holds, up to `end` (s), and what it was solved from."""

    segment: Segment
    end: float
    state: State
    inputs: Inputs


class World:
    """Time is only an argument: reading and driving at instants (s on the clock), in nearly rising order.

    Without threads, without a clock of its own, and the same for the same calls. Valves move after their latency, of
    which the jitter is noise of (seed, point, number of the actuation). An instant belongs to what is after it: a
    point read when an input changes shows the change. What lies further back than a few segments cannot be read any
    more; a change that would act there acts at the oldest instant still kept.
    """

    def __init__(
        self,
        plant: Plant,
        seed: int,
        *,
        inputs: Mapping[str, Value] | None = None,
        state: State | None = None,
        start: float = 0.0,
        horizon: float = HORIZON,
    ) -> None:
        self.plant = plant
        self.seed = seed
        self.horizon = horizon
        self.changes = 0
        """How often an input was driven to something else."""
        self._latencies = dict(plant.latencies)
        self._inputs: dict[str, Value] = dict(plant.defaults)
        for point, value in (inputs or {}).items():
            self._check(point, value)
            self._inputs[point] = value
        self._wanted = dict(self._inputs)
        self._actuations: dict[str, int] = {}
        self._acts_last: dict[str, float] = {}
        self._moves: dict[str, list[tuple[float, float]]] = {
            point: [] for point in plant.defaults if point in self._latencies or point.endswith(SWITCHES)
        }
        self._state = plant.initial(start) if state is None else state
        self._start = self._state.t
        self._agenda: list[_Change] = []
        self._stretches: list[_Stretch] = []
        self._current: Segment | None = None
        self._until = -math.inf
        self._since = math.inf

    def read(self, point: str, t: float) -> float:
        """Value in SI of a point at the instant `t`; SimulationError for an unknown one or for long ago."""
        segment = self._current if self._since <= t < self._until else self._reach(t)
        assert segment is not None  # noqa: S101 - for the type checker, on the fastest path
        return segment.value(point, t)

    def values(self, points: Collection[str], times: Floats) -> dict[str, Floats]:
        """What `read` gives of each point at each of the instants `times` (P,), which must not fall; arrays (P,)."""
        if len(times) and times[-1] < self._until and times[0] >= self._since:
            return dict(self.segment(times[0]).at(times, points))
        found = {point: np.empty(len(times)) for point in points}
        first = 0
        while first < len(times):
            stretch = self._stretch(float(times[first]))
            after = first + int(np.searchsorted(times[first:], stretch.end, side="left"))
            for point, values in stretch.segment.at(times[first:after], points).items():
                found[point][first:after] = values
            first = after
        return found

    def ahead(self, until: float) -> None:
        """Solve up to the instant `until` (s) and with it, in stretches as long as they may be: all will be read."""
        after = math.nextafter(until, math.inf)
        while self._end() < after:
            self._extend(after)

    def segment(self, t: float) -> Segment:
        """The segment in which the instant `t` lies; it may hold for a shorter time than it was solved for."""
        segment = self._current if self._since <= t < self._until else self._reach(t)
        assert segment is not None  # noqa: S101 - for the type checker
        return segment

    def drive(self, point: str, value: Value, t: float) -> float:
        """Command an input to `value` (SI) at the instant `t`; returns when it acts.

        SimulationError for a point that is no input and for a number that is not finite.
        """
        self._check(point, value)
        if self._wanted[point] is value or self._wanted[point] == value:
            return t
        self._wanted[point] = value
        self.changes += 1
        acts = max(t + self._delay(point), self._acts_last.get(point, -math.inf), self._oldest())
        self._acts_last[point] = acts
        if point in self._moves and isinstance(value, float | int):
            self._moves[point].append((acts, float(value)))
        place = bisect_right(self._agenda, acts, key=attrgetter("t"))
        self._agenda.insert(place, _Change(acts, point, value))
        self._cut(acts)
        return acts

    def advance(self, until: float) -> float:
        """Let the world go on to `until` (s) and return that; what nobody reads is solved only when far behind."""
        if until - self._end() > LONGEST:
            self._reach(until)
        return until

    def truth(self, t: float) -> Truth:
        """Ground truth at the instant `t`, with `valves`: when each really moved, as (s, 0 or 1); `switches`: all else.

        And with `driven`: what every input of the plant is at just then: valves, flow setpoints, heating powers.
        """
        segment = self.segment(t)
        found = self.plant.truth(segment.state_at(t))
        moves: dict[str, dict[str, list[tuple[float, float]]]] = {"valves": {}, "switches": {}}
        for point, log in self._moves.items():
            if past := [move for move in log if move[0] <= t]:
                moves["valves" if point in self._latencies else "switches"][point] = past
        driven = {point: self.read(point, t) for point, value in self.plant.defaults.items() if value is not None}
        return {**found, **moves, "driven": driven}

    def _check(self, point: str, value: Value) -> None:
        if point not in self._inputs:
            raise SimulationError(
                f"{point!r} is no input of the plant", remedy=f"Inputs: {', '.join(sorted(self._inputs))}"
            )
        if isinstance(value, float | int) and not math.isfinite(value):
            raise SimulationError(f"{point} cannot be driven to {value!r}", remedy="Give a finite number in SI.")

    def _delay(self, point: str) -> float:
        latency = self._latencies.get(point)
        if latency is None:
            return 0.0
        number = self._actuations.get(point, 0)
        self._actuations[point] = number + 1
        jitter = 2.0 * uniform_at(self.seed, f"{point}.latency", number) - 1.0
        return max(latency.mean + latency.spread * jitter, 0.0)

    def _oldest(self) -> float:
        return self._stretches[0].segment.t0 if self._stretches else self._start

    def _end(self) -> float:
        return self._stretches[-1].end if self._stretches else self._start

    def _cut(self, t: float) -> None:
        """Forget what was solved beyond the instant `t`."""
        while self._stretches and self._stretches[-1].segment.t0 >= t:
            first = self._stretches.pop()
            if not self._stretches:
                self._state, self._start, self._inputs = first.state, first.segment.t0, dict(first.inputs)
        if self._stretches and self._stretches[-1].end > t:
            last = self._stretches[-1]
            self._stretches[-1] = _Stretch(last.segment, t, last.state, last.inputs)
        self._show(self._stretches[-1] if self._stretches else None)

    def _show(self, stretch: _Stretch | None) -> None:
        self._current = stretch.segment if stretch else None
        self._since = stretch.segment.t0 if stretch else math.inf
        self._until = stretch.end if stretch else -math.inf

    def _reach(self, t: float) -> Segment:
        return self._stretch(t).segment

    def _stretch(self, t: float) -> _Stretch:
        if t < self._end():
            return self._kept(t)
        while t >= self._end():
            self._extend(t)
        return self._stretches[-1]

    def _kept(self, t: float) -> _Stretch:
        for stretch in reversed(self._stretches):
            if stretch.segment.t0 <= t:
                return stretch
        raise SimulationError(f"{t!r} s is too long ago: the world is at {self._end()!r} s", remedy="Read in order.")

    def _extend(self, towards: float) -> None:
        """Solve one more stretch, to the next change, or beyond what is wanted: there the next command will cut it."""
        last = self._stretches[-1] if self._stretches else None
        start = self._end()
        state = last.segment.state_at(start) if last else self._state
        inputs = dict(last.inputs) if last else dict(self._inputs)
        begun = last.segment.t0 if last else -math.inf
        first, after = self._between(begun, start)
        inputs |= {change.point: change.value for change in self._agenda[first:after]}
        end = start + min(towards - start, LONGEST) + self.horizon
        if after < len(self._agenda):
            end = min(end, self._agenda[after].t)
        segment = self.plant.solve(state, inputs, start, end)
        self._stretches.append(_Stretch(segment, end, state, inputs))
        self._show(self._stretches[-1])
        if len(self._stretches) > KEPT:
            self._forget()

    def _between(self, begun: float, start: float) -> tuple[int, int]:
        """Which changes of the agenda come after `begun` and not after `start`."""
        return bisect_right(self._agenda, begun, key=attrgetter("t")), bisect_right(
            self._agenda, start, key=attrgetter("t")
        )

    def _forget(self) -> None:
        """Drop the oldest stretch and the changes that its successor already knows."""
        del self._stretches[0]
        del self._agenda[: bisect_left(self._agenda, self._oldest(), key=attrgetter("t"))]
