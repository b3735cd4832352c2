"""The forecast: what a plan will give, from a plant at rest but for its doses; loops go to their fixed point."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise

import numpy as np

from vapordep.simulation.description import PlantDescription
from vapordep.simulation.plant import Truth, Value
from vapordep_simulators.plant.chamber.expansion import Floats
from vapordep_simulators.plant.films.film import FilmState
from vapordep_simulators.plant.pulsed.ald import Ald
from vapordep_simulators.plant.pulsed.pulsed import PUMP_VALVE
from vapordep_simulators.plant.pulsed.state import AldState

TRANSIENT = 2
"""Cycles after which gas and coverage repeat: what is left of earlier doses is gone."""
FIRST_LEAP, LONGER = 4, 3
"""Cycles of the first leap, and how many times as long each later one is. Of 60 to 600 cycles, thickness is then within
1e-5 of walking of a film that soaks up its precursor, and within 4e-4 of one that does not."""
RESTING_TIMES = 30.0
"""Residence times after which a chamber is at rest: e^-30."""
HAIR = 1e-9
"""Relative change of an increment that counts as none."""


class Forecast:
    """Temperatures and flows stand where they are set, valves move at once, pump and generators are on.

    Loops cost three cycles each time their count grows threefold: once gas and coverage repeat from cycle to cycle,
    only the film still changes, and slowly, so that what a cycle adds to it may be extrapolated.
    """

    def __init__(self, plant: Ald) -> None:
        self.plant = plant
        self._inputs: dict[str, Value] = {}
        self._state: AldState | None = None

    @property
    def truth(self) -> Truth:
        """Ground truth as the plant tells it."""
        return self.plant.truth(self._now)

    @property
    def film(self) -> FilmState:
        """The film as it is now, for a plant that starts with it."""
        return self._now.film

    def settle(self, temperatures: Mapping[str, float], flows: Mapping[str, float]) -> None:
        """Rest at these temperatures (K by zone, the others as warm as what is around them) and flows (mol/s).

        Film and bottles stay as they are.
        """
        plant, before = self.plant, self._state
        start = before.t if before else 0.0
        fresh = plant.initial(start, pressure=plant.description.ultimate_pressure, temperatures=temperatures)
        fresh = replace(fresh, strengths=(1.0,) * len(plant.pulsed.delivering.generators))
        self._state = fresh if before is None else _carried(before, fresh, plant.composition.network.own)
        self._inputs = {PUMP_VALVE: 1.0, **{point: 1.0 for point in plant.pulsed.delivering.switches}}
        for zone, powers in zip(plant.zones.names, fresh.thermal.powers, strict=True):
            self._inputs[f"{zone}.power"] = powers[-1]
        for name, feed in plant.description.feeds.items():
            self._inputs[f"{name}.flow_setpoint"] = flows.get(name, 0.0)
            if feed.shut_off:
                self._inputs[f"{name}.valve"] = float(flows.get(name, 0.0) > 0.0)
        self.wait(RESTING_TIMES * plant.description.volume / plant.description.pumping_speed)

    def pump(self, on: bool) -> None:
        """Open the way to the pump, or shut it."""
        self._inputs[PUMP_VALVE] = float(on)

    def dose(self, source: str, width: float, boost: float = 0.0) -> None:
        """A pulse of `width` s, with gas that was let into its bottle for `boost` s before."""
        if boost > 0.0:
            self._solve(boost, {f"{source}.boost_valve": 1.0})
        self._solve(width, {f"{source}.valve": 1.0})

    def wait(self, duration: float) -> None:
        """All sources shut for `duration` s."""
        self._solve(duration, {})

    def repeat(self, count: int, cycle: Callable[[], None]) -> None:
        """Do `cycle` `count` times; it may dose, wait, and repeat."""
        done, leap = 0, FIRST_LEAP
        seen: list[Floats] = []
        while done < count:
            cycle()
            done += 1
            if done >= TRANSIENT:
                seen.append(_vector(self._now))
            if len(seen) == 4 and done < count:
                far = min(leap, count - done)
                self._state = _moved(self._now, _ahead(seen, far))
                done, leap, seen = done + far, LONGER * leap, [_vector(self._now)]

    @property
    def _now(self) -> AldState:
        if self._state is None:
            raise RuntimeError("settle first")
        return self._state

    def _solve(self, duration: float, inputs: Mapping[str, Value]) -> None:
        state = self._now
        end = state.t + duration
        self._state = self.plant.solve(state, {**self._inputs, **inputs}, state.t, end).state_at(end)


def forecast(description: PlantDescription) -> Forecast:
    """The forecast of the plant that is described."""
    return Forecast(Ald(description))


def _carried(before: AldState, fresh: AldState, own: np.ndarray[tuple[int], np.dtype[np.intp]]) -> AldState:
    """The fresh state with the film, the bottles and the books as they were before."""
    rows = np.arange(len(own))
    vapour = fresh.gas.bottles[rows, own] - before.gas.bottles[rows, own]
    ledger = replace(before.ledger, foil=max(before.ledger.foil, fresh.ledger.foil))
    gas = replace(fresh.gas, content=before.gas.content, fed=before.gas.fed)
    return replace(fresh, coating=before.coating, gas=gas, ledger=ledger, filled=before.filled + vapour)


def _ahead(seen: list[Floats], far: int) -> Floats:
    """How far the film moves in the next `far` cycles, from its last four states.

    Each increment goes geometrically to its limit (Aitken): exactly so for the excess of nucleation, nearly for what a
    growing film soaks up. Where it does not, it goes on changing as it did.
    """
    first, second, third = (after - before for before, after in pairwise(seen))
    was, change = second - first, third - second
    moving = np.abs(change) > HAIR * np.abs(third)
    ratio = np.divide(change, was, out=np.zeros_like(change), where=moving & (was != 0.0))
    geometric = moving & (ratio > 0.0) & (ratio < 1.0)
    r = np.where(geometric, ratio, 0.5)
    limit = third + change * r / (1.0 - r)
    total = far * limit + (third - limit) * r * (1.0 - r**far) / (1.0 - r)
    straight = far * third + np.where(ratio >= 1.0, change * far * (far + 1) / 2.0, 0.0)
    return np.where(geometric, total, straight)


def _vector(state: AldState) -> Floats:
    """What changes from cycle to cycle for good: the film, what is left in the bottles, and what was fed."""
    film, gas = state.film, state.gas
    parts = (film.covered, film.steady, film.soaked, film.excess, film.absorbed, (film.cycles, film.reached))
    return np.concatenate([*(np.array(part) for part in parts), film.exposure, film.attack, gas.content, gas.fed])


def _moved(state: AldState, by: Floats) -> AldState:
    """The state with its film, its bottles and its books moved."""
    film, gas = state.film, state.gas
    sizes = [len(film.covered), *(len(film.steady),) * 4, 2, len(film.exposure), len(film.attack), len(gas.content)]
    parts = np.split(_vector(state) + by, np.cumsum(sizes))
    covered, steady, soaked, excess, absorbed, (cycles, reached), exposure, attack, content, fed = parts
    moved = FilmState(
        _tuple(covered), _tuple(steady), _tuple(soaked), _tuple(excess), _tuple(absorbed),
        float(cycles), float(reached), exposure, attack, film.sites, film.ended,
    )  # fmt: skip
    gas = replace(gas, content=np.maximum(content, 0.0), fed=fed)
    return replace(state, coating=state.coating.holding(moved), gas=gas)


def _tuple(values: Floats) -> tuple[float, ...]:
    return tuple(values.tolist())
