"""The simulated reactor for ALD, MLD and iCVD in one chamber: pulses solved exactly, polymers marched, one state.

Two ways of solving have one chamber between them. While no source flows steadily and no filament is lit, a pulse needs
its milliseconds, and `pulsed` has gas and surface; else `icvd` marches. Each hands over what it knows to the other, and
keeps what only it knows: the one its film of cycles, the other its polymer, and what lies condensed.
"""

from collections.abc import Mapping
from dataclasses import replace
from math import ceil

import numpy as np

from vapordep.errors import SimulationError
from vapordep.simulation.hybrid_description import HybridDescription
from vapordep.simulation.plant import Inputs, Latency, Truth
from vapordep_simulators.plant.chamber.inputs import controller, is_open, latencies, number
from vapordep_simulators.plant.chamber.thermal import GRID, Warming
from vapordep_simulators.plant.films.film import FilmState
from vapordep_simulators.plant.hybrid.handover import Handover
from vapordep_simulators.plant.hybrid.points import readers
from vapordep_simulators.plant.hybrid.segment import HybridSegment, Part, knots
from vapordep_simulators.plant.hybrid.state import HybridFilm, HybridState
from vapordep_simulators.plant.hybrid.trace import Blades, Trace
from vapordep_simulators.plant.hybrid.truth import truth
from vapordep_simulators.plant.pulsed.ald import ATMOSPHERE
from vapordep_simulators.plant.pulsed.points import gas_readers
from vapordep_simulators.plant.pulsed.pulsed import Pulsed, forbidden
from vapordep_simulators.plant.pulsed.segment import AldSegment
from vapordep_simulators.plant.steady.icvd import Icvd
from vapordep_simulators.plant.steady.segment import IcvdSegment


class Hybrid:
    """A plant in the sense of `vapordep.simulation.plant`; inputs are those of `Icvd`, and of pushed or made sources.

    Which way it goes follows from its inputs and from the way it went before: it marches from the first steady source
    or lit filament on, until a source gives a pulse while none of these is there. On the march inputs count from the
    next instant of the grid on, as in `Icvd`: a pulse given beside a steady source is a multiple of it long.
    """

    def __init__(self, description: HybridDescription) -> None:
        _check(description)
        self.description = description
        self.icvd = Icvd(description.steady)
        self.pulsed = Pulsed(replace(description.cycles, others=self.icvd.march.species))
        self.handover = Handover(self.pulsed, self.icvd)
        self.gas_readers = gas_readers(self.pulsed.description, self.pulsed.composition, self.icvd.zones.index)
        self.readers = readers(self)
        self.sources = tuple(description.steady.sources)
        self._forbidden = forbidden([source.substance for source in description.steady.sources.values()])

    @property
    def defaults(self) -> Inputs:
        """Every input: pump and exhaust running, throttle open, everything else closed and off."""
        return {**self.icvd.defaults, **dict.fromkeys(self.pulsed.delivering.inputs, 0.0)}

    @property
    def points(self) -> frozenset[str]:
        """Every point that can be read."""
        return frozenset(self.readers)

    @property
    def latencies(self) -> Mapping[str, Latency]:
        """Every valve, with the latency of the description or the usual one."""
        return latencies(self.defaults, self.description.steady.latencies)

    def initial(
        self,
        t: float = 0.0,
        *,
        pressure: float = ATMOSPHERE,
        gas: str | None = None,
        temperatures: Mapping[str, float] | None = None,
        film: HybridFilm | FilmState | None = None,
    ) -> HybridState:
        """The plant at rest at the instant `t` (s), under `pressure` Pa of `gas`, the fill gas when None.

        `temperatures` in K by zone, the stage among them. The substrate is bare unless a `film` lies on it, of cycles
        alone as their forecast gives it.
        """
        if isinstance(film, FilmState):
            film = HybridFilm(cycles=self._knowing_all(film))
        film = film or HybridFilm()
        icvd = self.icvd.initial(t, pressure=pressure, gas=gas, temperatures=temperatures, film=film.polymer)
        warm = dict(zip(self.icvd.zones.names, icvd.thermal.temperature, strict=True))
        warm[self.description.steady.stage] = icvd.now.chilled.stage
        cycles = self.pulsed.initial(icvd.thermal, warm.__getitem__, t, pressure, gas, film.cycles)
        return HybridState(t, True, cycles, icvd, 0.0)

    def _knowing_all(self, film: FilmState) -> FilmState:
        """A film that knows the gases of the cycles, which come first, as one that knows every gas."""
        more = np.zeros(len(self.pulsed.composition.species) - len(film.exposure))
        exposure, attack = (np.concatenate([known, more]) for known in (film.exposure, film.attack))
        return replace(film, exposure=exposure, attack=attack)

    def solve(self, state: HybridState, inputs: Inputs, t0: float, t1: float) -> HybridSegment:
        """The segment from `state`, which must be of the instant `t0`, to `t1` (s)."""
        if not t0 < t1 or state.t != t0:
            raise SimulationError(f"a segment from {t0!r} to {t1!r} s cannot start from a state at {state.t!r} s")
        every = {**self.defaults, **inputs}
        clash = self._clash(every)
        if self._marches(state, every):
            parts = self._marched(state, every, t1)
        else:
            if not state.pulsing:
                state = self.handover.to_pulses(state, every)
            parts = [self._given(state, every, t1)]
        return HybridSegment(self, t0, t1, state.overlap, clash, parts)

    def _marches(self, state: HybridState, inputs: Inputs) -> bool:
        cycles = self.description.cycles.sources
        steady = any(is_open(inputs[f"{name}.valve"]) for name in self.sources if name not in cycles)
        if steady or is_open(inputs["filament.on"]):
            return True
        return not state.pulsing and not any(is_open(inputs[f"{name}.valve"]) for name in cycles)

    def _marched(self, state: HybridState, inputs: Inputs, t1: float) -> list[Part]:
        """On the grid; up to its next instant whoever comes from pulses goes on as before."""
        parts = []
        if state.pulsing:
            begin = ceil(state.t / GRID) * GRID
            if begin > state.t:
                parts.append(self._given(state, inputs, min(begin, t1)))
                if begin >= t1:
                    return parts
                state = parts[-1].state_at(begin)
            state = self.handover.to_march(state)
        rest = self.icvd.solve(state.icvd, inputs, state.t, t1)
        return [*parts, Part(state.t, state.cycles, None, rest)]

    def _given(self, state: HybridState, inputs: Inputs, t1: float) -> Part:
        """Pulses and what is between them."""
        icvd, t0 = self.icvd, state.t
        controllers = [controller(inputs[f"{name}.controller"]) for name in icvd.zones.names]
        powers = [min(max(number(inputs[f"{name}.power"]), 0.0), 1.0) for name in icvd.zones.names]
        warming = icvd.zones.run(state.icvd.thermal, controllers, powers, t1)
        drive, pair = icvd.drive(inputs), (state.icvd.before, state.icvd.now)
        last = max(ceil(t1 / GRID), state.icvd.grid)
        trace = Trace(icvd.march, warming, drive, pair, state.icvd.grid, last)
        blades = Blades(icvd.march, drive, pair, state.icvd.grid)
        pieces = self.pulsed.pieces(state.cycles, inputs, trace, t1, blades)
        gas = AldSegment(_Foil(self, trace), t0, t1, inputs, state.cycles, warming, pieces)
        marks = knots(self.handover, state.icvd, gas, trace, blades, last)
        rest = IcvdSegment(icvd, t0, t1, inputs, state.icvd, warming, marks)
        return Part(t0, state.cycles, gas, rest)

    def _clash(self, inputs: Inputs) -> bool:
        """Whether two sources are open that must not meet."""
        opened = np.array([is_open(inputs[f"{name}.valve"]) for name in self.sources], dtype=np.bool_)
        return bool(self._forbidden[opened][:, opened].any())

    def truth(self, state: HybridState) -> Truth:
        """Ground truth of a state; see `truth`."""
        return truth(self, state)


class _Foil:
    """What a segment of pulses asks its plant: how its gas is read, and how hot the foil became on the trace."""

    def __init__(self, plant: Hybrid, trace: Trace) -> None:
        self.readers = plant.gas_readers
        self.pulsed = plant.pulsed
        self._offset = plant.description.cycles.foil_offset
        self._trace = trace

    def hottest_foil(self, warming: Warming, t: float) -> float:
        """The highest temperature of the foil up to the instant `t` (s), K."""
        steps = warming.steps_before(t)
        hottest = max((one.stage for one in self._trace.chilled[1 : steps + 1]), default=0.0)
        return max(hottest, self._trace.stage_at(t)) + self._offset


def _check(description: HybridDescription) -> None:
    """Raises SimulationError unless both descriptions are of one chamber."""
    cycles, steady = description.cycles, description.steady
    for word in ("volume", "pumping_speed", "soft_pumping_speed", "feeds", "gauges", "inflows", "gas_zone", "stage"):
        if getattr(cycles, word) != getattr(steady, word):
            raise SimulationError(f"the two descriptions of one chamber differ in {word}", remedy="Describe it once.")
    strangers = sorted(set(cycles.sources) - set(steady.sources))
    if strangers:
        what = f"only the pulses of the chamber know {', '.join(strangers)}"
        raise SimulationError(what, remedy="Describe every source in `steady`.")
