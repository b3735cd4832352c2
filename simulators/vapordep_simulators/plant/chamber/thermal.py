"""Heated zones on a fixed grid: first order plus dead time, with the loops of the instruments executed on the grid.

With power u between 0 and 1, delayed by the dead time: tau T' = T_surroundings + gain u - T. The grid does not depend
on how time is cut into segments; between its instants temperatures go straight.
"""

from collections.abc import Callable, Mapping, Sequence
from math import ceil, exp, inf, nan

import numpy as np

from vapordep.lazy import dataclass
from vapordep.simulation.description import HeatedZone
from vapordep.simulation.plant import Controller, Memory
from vapordep_simulators.plant.chamber.expansion import Floats

GRID = 0.25
"""Seconds between two instants of the grid; a power of two, so that instants are exact."""
HAIR = 1e-9
"""Seconds by which a controller may be early."""


@dataclass(frozen=True, slots=True)
class ThermalState:
    """Zones after `grid` steps: `temperature` and `sensor` (K) hold at grid * GRID, the `_before` one step earlier.

    `powers` holds of each zone what is still on its way through the dead time, oldest first, then the power now.
    """

    grid: int
    temperature: tuple[float, ...]
    temperature_before: tuple[float, ...]
    sensor: tuple[float, ...]
    sensor_before: tuple[float, ...]
    powers: tuple[tuple[float, ...], ...]
    memories: tuple[Memory, ...]
    due: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Law:
    """One zone, made ready for the grid: `late` steps of dead time."""

    gain: float
    ambient: float
    surroundings: int
    keep: float
    late: int
    sensor_keep: float
    error: float


class Zones:
    """All heated zones of a plant, known by their names."""

    def __init__(self, zones: Mapping[str, HeatedZone]) -> None:
        self.names = tuple(zones)
        self.index = {name: i for i, name in enumerate(self.names)}
        self.laws = tuple(self._law(zone) for zone in zones.values())
        self.order = sorted(range(len(self.laws)), key=self._depth)
        """Each zone after that of its surroundings."""

    def _depth(self, zone: int) -> int:
        around = self.laws[zone].surroundings
        return 0 if around < 0 else 1 + self._depth(around)

    def _law(self, zone: HeatedZone) -> _Law:
        return _Law(
            zone.gain,
            zone.ambient,
            self.index[zone.surroundings] if zone.surroundings else -1,
            exp(-GRID / zone.time_constant),
            round(zone.dead_time / GRID),
            exp(-GRID / zone.sensor_lag) if zone.sensor_lag > 0.0 else 0.0,
            zone.sensor_error,
        )

    def initial(self, t: float, temperatures: Mapping[str, float]) -> ThermalState:
        """Every zone steady at its temperature in `temperatures` (K), the others at that of their surroundings.

        A zone kept warm has the power on its way that keeps it so.
        """
        powers = []
        still = tuple(self._at_rest(z, temperatures) for z in range(len(self.laws)))
        for kelvin, law in zip(still, self.laws, strict=True):
            around = law.ambient if law.surroundings < 0 else still[law.surroundings]
            holding = min(1.0, max(0.0, (kelvin - around) / law.gain)) if law.gain else 0.0
            powers.append((holding,) * (law.late + 1))
        count = len(still)
        return ThermalState(ceil(t / GRID), still, still, still, still, tuple(powers), (None,) * count, (-inf,) * count)

    def _at_rest(self, zone: int, temperatures: Mapping[str, float]) -> float:
        law = self.laws[zone]
        around = law.ambient if law.surroundings < 0 else self._at_rest(law.surroundings, temperatures)
        return temperatures.get(self.names[zone], around)

    def run(
        self, state: ThermalState, controllers: Sequence[Controller | None], powers: Sequence[float], end: float
    ) -> "Warming":
        """All steps of the grid before the instant `end` (s), under constant controllers or manual powers (0 to 1)."""
        record = Warming(self, state, ceil(end / GRID) - state.grid)
        for zone in self.order:
            record.follow(zone, controllers[zone], powers[zone])
        return record


class Warming:
    """Temperatures of the zones over `steps` of the grid; index 0 is one instant before the state it came from.

    Of a zone that came to rest the record ends there: its last value stands for all that follow.
    """

    __slots__ = (
        "_due", "_memories", "_periods", "_powers", "_state", "_zones", "first", "sensors", "steps", "temperatures",
    )  # fmt: skip

    def __init__(self, zones: Zones, state: ThermalState, steps: int) -> None:
        self._zones = zones
        self._state = state
        self.steps = max(steps, 0)
        self.first = state.grid - 1
        self.temperatures = [list(pair) for pair in zip(state.temperature_before, state.temperature, strict=True)]
        self.sensors = [list(pair) for pair in zip(state.sensor_before, state.sensor, strict=True)]
        self._powers = [list(history) for history in state.powers]
        self._memories: list[list[Memory]] = [[memory] for memory in state.memories]
        self._due = [[due] for due in state.due]
        self._periods = [-inf] * len(state.due)

    def follow(self, zone: int, controller: Controller | None, manual: float) -> None:
        """One zone until it rests, or over all steps of the grid; that of its surroundings comes before."""
        law, start = self._zones.laws[zone], self._state.grid
        gain, keep, sensor_keep, error = law.gain, law.keep, law.sensor_keep, law.error
        surroundings = None if law.surroundings < 0 else self.temperatures[law.surroundings]
        kelvins, sensors, powers = self.temperatures[zone], self.sensors[zone], self._powers[zone]
        memories, dues = self._memories[zone], self._due[zone]
        kelvin, sensed, power, memory, due = kelvins[-1], sensors[-1], powers[-1], memories[-1], dues[-1]
        around = law.ambient
        if controller is not None:
            self._periods[zone] = controller.period
        for step in range(self.steps):
            t = (start + step) * GRID
            known, felt = memory, sensed
            if controller is None:
                memory, due, power = None, -inf, manual
            elif t >= due - HAIR:
                measured = sensed + error
                memory, power = controller.step(controller.initial(measured) if memory is None else memory, measured, t)
                due = t + controller.period
            powers.append(power)
            if surroundings is not None:
                around = surroundings[step + 1] if step + 1 < len(surroundings) else surroundings[-1]
            end = around + gain * powers[step + 1]
            before, kelvin = kelvin, end + (kelvin - end) * keep
            middle = 0.5 * (before + kelvin)
            sensed = middle + (sensed - middle) * sensor_keep
            kelvins.append(kelvin)
            sensors.append(sensed)
            memories.append(memory)
            dues.append(due)
            if kelvin == before and sensed == felt and memory == known and self._rests(zone, step + 1, controller):
                return

    def _rests(self, zone: int, done: int, controller: Controller | None) -> bool:
        """Whether a zone whose last step changed nothing stays as it is, to the last bit, over the steps from `done`.

        That is so when the powers under way, and what surrounds it, are those of now.
        """
        law, powers = self._zones.laws[zone], self._powers[zone][done:]
        if powers.count(powers[-1]) < len(powers):
            return False
        if law.surroundings >= 0:
            around = self.temperatures[law.surroundings][done:]
            if around and around.count(around[0]) < len(around):
                return False
        since, until = (self._state.grid + done) * GRID, (self._state.grid + self.steps) * GRID
        return controller is None or (controller.period <= GRID and controller.timeless(since, until))

    @property
    def still_from(self) -> float:
        """From when on no temperature changes any more, as far as this record goes; s."""
        return (self._state.grid + max((len(dues) for dues in self._due), default=1) - 1) * GRID

    def steps_before(self, t: float) -> int:
        """How many steps of this record lie before the instant `t` (s)."""
        return min(max(ceil(t / GRID) - self._state.grid, 0), self.steps)

    def state_at(self, t: float) -> ThermalState:
        """The state at the instant `t` (s)."""
        steps = self.steps_before(t)
        taken = [min(steps, len(memories) - 1) for memories in self._memories]
        return ThermalState(
            self._state.grid + steps,
            tuple(kelvin[i + 1] for i, kelvin in zip(taken, self.temperatures, strict=True)),
            tuple(kelvin[i] for i, kelvin in zip(taken, self.temperatures, strict=True)),
            tuple(kelvin[i + 1] for i, kelvin in zip(taken, self.sensors, strict=True)),
            tuple(kelvin[i] for i, kelvin in zip(taken, self.sensors, strict=True)),
            tuple(
                tuple(history[i : i + law.late + 1])
                for i, history, law in zip(taken, self._powers, self._zones.laws, strict=True)
            ),
            tuple(memories[i] for i, memories in zip(taken, self._memories, strict=True)),
            tuple(self._due_after(zone, steps) for zone in range(len(taken))),
        )

    def _due_after(self, zone: int, steps: int) -> float:
        """When the loop of a zone is due after so many steps, s; one that rests is due at each of them."""
        dues = self._due[zone]
        if steps < len(dues):
            return dues[steps]
        return (self._state.grid + steps - 1) * GRID + self._periods[zone]

    def temperature(self, zone: int, t: float) -> float:
        """True temperature in K of a zone at the instant `t` (s)."""
        return self._between(self.temperatures[zone], t)

    def temperatures_at(self, t: float) -> Callable[[str], float]:
        """True temperature in K at the instant `t` (s) by the name of a zone."""
        index = self._zones.index
        return lambda zone: self._between(self.temperatures[index[zone]], t)

    def temperatures_on_grid(self, place: int) -> Callable[[str], float]:
        """True temperature in K by the name of a zone, at the instant `place` of the record."""
        index = self._zones.index

        def temperature(zone: str) -> float:
            record = self.temperatures[index[zone]]
            return record[min(place, len(record) - 1)]

        return temperature

    def temperatures_foreseen(self, place: int) -> Callable[[str], float]:
        """The same, also beyond the record: there temperatures go on as they went at its end."""
        index, beyond = self._zones.index, place - self.steps - 1
        if beyond <= 0:
            return self.temperatures_on_grid(place)

        def temperature(zone: str) -> float:
            record = self.temperatures[index[zone]]
            still = len(record) < self.steps + 2
            return record[-1] if still else record[-1] + (record[-1] - record[-2]) * beyond

        return temperature

    def sensed(self, zone: int, t: float) -> float:
        """What the sensor of a zone reads in K at the instant `t` (s)."""
        return self._between(self.sensors[zone], t) + self._zones.laws[zone].error

    def _between(self, values: list[float], t: float) -> float:
        place = t / GRID - self.first
        index = min(max(int(place), 0), len(values) - 2)
        left = values[index]
        return left + (values[index + 1] - left) * (place - index)

    def temperature_all(self, zone: int, times: Floats) -> Floats:
        """`temperature` at instants (P,), to the last bit."""
        return self._between_all(self.temperatures[zone], times)

    def sensed_all(self, zone: int, times: Floats) -> Floats:
        """`sensed` at instants (P,), to the last bit."""
        sensed: Floats = self._between_all(self.sensors[zone], times) + self._zones.laws[zone].error
        return sensed

    def power_all(self, zone: int, times: Floats) -> Floats:
        """`power` at instants (P,)."""
        powers = self._powers[zone]
        if powers.count(powers[0]) == len(powers):
            return np.full(len(times), powers[0])
        executed = np.clip((times / GRID).astype(np.intp) + 1 - self._state.grid, 0, self.steps)
        return np.array(powers)[np.minimum(executed + self._zones.laws[zone].late, len(powers) - 1)]

    def _between_all(self, values: list[float], times: Floats) -> Floats:
        if values.count(values[0]) == len(values):
            return np.full(len(times), values[0])
        known = np.array(values)
        places = times / GRID - self.first
        index = np.minimum(np.maximum(places.astype(np.intp), 0), len(values) - 2)
        left = known[index]
        between: Floats = left + (known[index + 1] - left) * (places - index)
        return between

    def power(self, zone: int, t: float) -> float:
        """Power of a zone at the instant `t` (s), between 0 and 1; a step at `t` itself counts from then on."""
        powers = self._powers[zone]
        return powers[min(self._executed(t) + self._zones.laws[zone].late, len(powers) - 1)]

    def working_setpoint(self, zone: int, t: float) -> float:
        """What the loop of a zone is working towards in K at the instant `t` (s); NaN when it does not tell."""
        memories = self._memories[zone]
        value: float = getattr(memories[min(self._executed(t), len(memories) - 1)], "working_setpoint", nan)
        return value

    def _executed(self, t: float) -> int:
        """How many steps were executed up to the instant `t` (s) and with it."""
        return min(max(int(t / GRID) + 1 - self._state.grid, 0), self.steps)
