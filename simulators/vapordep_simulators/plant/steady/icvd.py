"""The simulated reactor for iCVD: one plant that feels every instrument, marched on a fixed grid of time."""

from collections.abc import Mapping
from math import ceil, inf

import numpy as np

from vapordep.errors import SimulationError
from vapordep.simulation.description import ROOM
from vapordep.simulation.icvd_description import IcvdDescription
from vapordep.simulation.plant import Inputs, Latency, Truth, Value
from vapordep.units import GAS_CONSTANT
from vapordep_simulators.plant.chamber.chilled import Chilled, Chiller
from vapordep_simulators.plant.chamber.expansion import Floats
from vapordep_simulators.plant.chamber.inputs import controller, is_open, latencies, number
from vapordep_simulators.plant.chamber.thermal import GRID, Warming, Zones
from vapordep_simulators.plant.films.polymer_film import PolymerFilm
from vapordep_simulators.plant.steady.delivering import switch_of
from vapordep_simulators.plant.steady.gas import fractions_of
from vapordep_simulators.plant.steady.leap import Leap
from vapordep_simulators.plant.steady.leap import leap as leap_of
from vapordep_simulators.plant.steady.march import Drive, March
from vapordep_simulators.plant.steady.motor_needle import needles_at_rest
from vapordep_simulators.plant.steady.points import readers
from vapordep_simulators.plant.steady.segment import IcvdSegment
from vapordep_simulators.plant.steady.state import Blade, Books, Hot, IcvdState, Snapshot
from vapordep_simulators.plant.steady.truth import truth

ATMOSPHERE = 101325.0
STATES = ("pump.valve", "pump.soft_valve", "filament.on", "filament.broken", "chiller.running", "chiller.external")
RUNNING = ("pump.running", "exhaust.running")


class Icvd:
    """A plant in the sense of `vapordep.simulation.plant`.

    Inputs: `pump.valve`, `pump.soft_valve`, `pump.running`, `exhaust.running`; of a feed `.flow_setpoint` in mol/s and
    `.valve`; of a source `.valve`, of a pushed one `.boost_valve`, of a generator `.power`, where it is metered
    `.flow_setpoint`, and of its motor `_needle.controller`; of a zone `.power` (0 to 1) or `.controller`;
    `throttle.position` (0 to 1) or `throttle.controller`, which measures the
    first gauge in Pa; `filament.on`, `.voltage_setpoint` (V), `.current_setpoint` (A), and `.broken` for a wire that
    has burnt through; `stage.setpoint` (K), `chiller.running`, and `chiller.external` (1 when it holds the stage's
    sensor instead of its bath). An input counts from the next instant of the grid on, 0.25 s.
    """

    def __init__(self, description: IcvdDescription) -> None:
        _check(description)
        self.description = description
        self.march = March(description)
        self.zones = Zones(description.zones)
        self.readers = readers(self)

    @property
    def defaults(self) -> Inputs:
        """Every input: pump and exhaust running, throttle open, everything else closed and off."""
        description = self.description
        inputs: dict[str, Value] = {**dict.fromkeys(STATES, 0.0), **dict.fromkeys(RUNNING, 1.0)}
        for name, feed in description.feeds.items():
            inputs[f"{name}.flow_setpoint"] = 0.0
            if feed.shut_off:
                inputs[f"{name}.valve"] = 0.0
        for name, source in description.sources.items():
            inputs[f"{name}.valve"] = 0.0
            if source.metered:
                inputs[f"{name}.flow_setpoint"] = 0.0
            if source.stroke is not None:
                inputs[f"{name}_needle.controller"] = None
            if switch := switch_of(name, source):
                inputs[switch] = 0.0
        for name in self.zones.names:
            inputs |= {f"{name}.power": 0.0, f"{name}.controller": None}
        inputs |= {"throttle.position": 1.0, "throttle.controller": None, "filament.controller": None}
        inputs |= {"filament.voltage_setpoint": 0.0, "filament.current_setpoint": 0.0}
        inputs[f"{description.stage}.setpoint"] = ROOM
        return inputs

    @property
    def points(self) -> frozenset[str]:
        """Every point that can be read."""
        return frozenset(self.readers)

    @property
    def latencies(self) -> Mapping[str, Latency]:
        """Every valve, with the latency of the description or the usual one."""
        return latencies(self.defaults, self.description.latencies)

    def initial(
        self,
        t: float = 0.0,
        *,
        pressure: float = ATMOSPHERE,
        gas: str | None = None,
        temperatures: Mapping[str, float] | None = None,
        film: PolymerFilm | None = None,
    ) -> IcvdState:
        """The plant at rest at the instant `t` (s), under `pressure` Pa of `gas`, the fill gas when None.

        `temperatures` in K by zone, the stage among them; the others are as warm as what surrounds them. The substrate
        is bare unless a `film` lies on it.
        """
        description, march = self.description, self.march
        warm = dict(temperatures or {})
        stage = warm.pop(description.stage, ROOM)
        thermal = self.zones.initial(t, warm)
        kelvin = thermal.temperature[self.zones.index[description.gas_zone]]
        parts = fractions_of(march.species, gas or description.fill_gas)
        if not parts.any():
            raise SimulationError(f"there is no {gas} in this plant", remedy="Name a gas of its description.")
        moles = pressure * description.volume / (GAS_CONSTANT * kelvin) * parts
        now = self._at_rest(moles, pressure, kelvin, stage, film)
        return IcvdState(t, ceil(t / GRID), now, now, thermal, now.content)

    def _at_rest(
        self, moles: Floats, pressure: float, walls: float, stage: float, film: PolymerFilm | None
    ) -> Snapshot:
        description, march = self.description, self.march
        none = np.zeros(len(moles))
        sources = description.sources.values()
        monomers = march.reaction.growth.monomers
        foil = stage + description.foil_offset
        return Snapshot(
            moles=moles,
            feeds=(*(0.0 for _ in description.feeds), *march.fading),
            metered=tuple(0.0 for _ in sources),
            flows=tuple(0.0 for _ in sources),
            content=tuple(source.content for source in sources),
            gauges=tuple(pressure for _ in description.gauges),
            blade=Blade(1.0, 1.0, None, -inf),
            hot=Hot(walls, walls, 0.0, 0.0),
            chilled=Chilled(stage, stage, stage, 0.0),
            film=film or PolymerFilm.bare(len(monomers)),
            rate=0.0,
            walls=tuple(0.0 for _ in description.surfaces),
            condensed=np.zeros((len(march.reaction.places), len(moles))),
            in_lines=tuple(0.0 for _ in sources),
            books=Books(none, none, none, 0.0, none, none, pressure, foil, walls, 0.0),
            needles=needles_at_rest(sources),
            supplied=tuple(0.0 for _ in sources),
        )

    def solve(self, state: IcvdState, inputs: Inputs, t0: float, t1: float) -> IcvdSegment:
        """The segment from `state`, which must be of the instant `t0`, to `t1` (s)."""
        if not t0 < t1 or state.t != t0:
            raise SimulationError(f"a segment from {t0!r} to {t1!r} s cannot start from a state at {state.t!r} s")
        every = {**self.defaults, **inputs}
        controllers = [controller(every[f"{name}.controller"]) for name in self.zones.names]
        powers = [min(max(number(every[f"{name}.power"]), 0.0), 1.0) for name in self.zones.names]
        warming = self.zones.run(state.thermal, controllers, powers, t1)
        drive = self.drive(every)
        leap = state.leap if state.leap is not None and state.leap.inputs == every else Leap((), (), every)
        leapt = list(leap.rest)
        knots = [*leap.seen, (state.grid - 1, state.before), (state.grid, state.now), *leapt]
        last = ceil(t1 / GRID)
        while knots[-1][0] < last:
            grid, now = knots[-1]
            place = grid - state.grid + 1
            found = leap_of(knots, self._warming(warming, place))
            if found is None:
                kelvins = warming.temperatures_on_grid(place)
                knots.append((grid + 1, self.march.step(now, drive, kelvins, grid * GRID)))
            else:
                leapt += found
                knots += found
        first = len(leap.seen)
        return IcvdSegment(self, t0, t1, every, state, warming, knots[first:], leapt, knots[:first])

    def _warming(self, warming: Warming, place: int) -> float:
        """By how much the gas became warmer in the step to an instant of the record, K."""
        before, now = (warming.temperatures_on_grid(at)(self.description.gas_zone) for at in (max(place - 1, 0), place))
        return now - before

    def drive(self, inputs: Inputs) -> Drive:
        """What every input says over a step."""
        description = self.description
        speed = 0.0
        if is_open(inputs["pump.running"]):
            speed += description.pumping_speed * is_open(inputs["pump.valve"])
            speed += description.soft_pumping_speed * is_open(inputs["pump.soft_valve"])
        return Drive(
            speed,
            tuple(
                max(number(inputs[f"{name}.flow_setpoint"]), 0.0) * is_open(inputs.get(f"{name}.valve", 1.0))
                for name in description.feeds
            ),
            tuple(max(number(inputs.get(f"{name}.flow_setpoint", 0.0)), 0.0) for name in description.sources),
            tuple(is_open(inputs[f"{name}.valve"]) for name in description.sources),
            tuple(is_open(inputs.get(switch_of(name, source), 0.0)) for name, source in description.sources.items()),
            number(inputs["throttle.position"]),
            controller(inputs["throttle.controller"]),
            is_open(inputs["filament.on"]),
            is_open(inputs["filament.broken"]),
            tuple(controller(inputs.get(f"{name}_needle.controller")) for name in description.sources),
            number(inputs["filament.voltage_setpoint"]),
            number(inputs["filament.current_setpoint"]),
            Chiller(
                number(inputs[f"{description.stage}.setpoint"]),
                is_open(inputs["chiller.running"]),
                is_open(inputs["chiller.external"]),
            ),
        )

    def truth(self, state: IcvdState) -> Truth:
        """Ground truth of a state; see `truth`."""
        return truth(self, state)


def _check(description: IcvdDescription) -> None:
    """Raises SimulationError for zones that are named and not there, and for sizes that must be above 0."""
    named = {description.gas_zone}
    named |= {zone for source in description.sources.values() for zone in (source.zone, source.line) if zone}
    named |= {surface.zone for surface in description.surfaces.values() if surface.zone}
    named |= {zone.surroundings for zone in description.zones.values() if zone.surroundings}
    missing = sorted(named - set(description.zones))
    if missing:
        raise SimulationError(
            f"the plant has no zone {', '.join(missing)}", remedy="Describe it, heated or not, in `zones`."
        )
    if not description.gauges:
        raise SimulationError("the plant has no gauge", remedy="Describe one: the throttle's loop needs it.")
    sizes = {"volume": description.volume, "stage area": description.stage_area}
    sizes |= {f"area of {name}": surface.area for name, surface in description.surfaces.items()}
    sizes |= {f"settling of {name}": feed.settling for name, feed in description.feeds.items()}
    sizes |= {f"settling of {name}": source.settling for name, source in description.sources.items()}
    sizes |= {f"lag of {point}": gauge.lag for point, gauge in description.gauges.items()}
    sizes |= {f"time constant of {name}": zone.time_constant for name, zone in description.zones.items()}
    sizes |= {f"factor of {name}": factor for name, factor in description.pressure_factors.items()}
    sizes["resistance of the filament"] = description.filament.resistance
    for name, value in sizes.items():
        if not value > 0.0:
            raise SimulationError(f"the {name} is {value!r}", remedy="Describe it as a number above 0, in SI.")
