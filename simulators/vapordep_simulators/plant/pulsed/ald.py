"""The simulated reactor for ALD and MLD: one plant that feels every instrument, after a plain description."""

from collections.abc import Mapping

from vapordep.errors import SimulationError
from vapordep.simulation.description import PlantDescription
from vapordep.simulation.plant import Inputs, Latency, Truth, Value
from vapordep_simulators.plant.chamber.inputs import controller, latencies, number
from vapordep_simulators.plant.chamber.thermal import Warming, Zones
from vapordep_simulators.plant.films.film import FilmState
from vapordep_simulators.plant.pulsed.points import readers
from vapordep_simulators.plant.pulsed.pulsed import PUMP_RUNNING, PUMP_VALVE, SOFT_VALVE, Pulsed
from vapordep_simulators.plant.pulsed.segment import AldSegment
from vapordep_simulators.plant.pulsed.state import AldState
from vapordep_simulators.plant.pulsed.truth import truth

ATMOSPHERE = 101325.0
EXHAUST_RUNNING = "exhaust.running"


class Ald:
    """A plant in the sense of `vapordep.simulation.plant`.

    Inputs: `pump.valve`, `pump.soft_valve`, `pump.running`, `exhaust.running`; of a feed `.flow_setpoint` in mol/s and
    `.valve`; of a source `.valve`, of a pushed one `.boost_valve`, of a generator `.power`; of a zone `.power` (0 to 1)
    or `.controller`. 0 and 1 stand for closed and open, off and on.
    """

    def __init__(self, description: PlantDescription) -> None:
        _check(description)
        self.description = description
        self.pulsed = Pulsed(description)
        self.composition = self.pulsed.composition
        self.zones = Zones(description.zones)
        self.readers = readers(self)

    @property
    def defaults(self) -> Inputs:
        """Every input: pump and exhaust running, everything closed and off."""
        inputs: dict[str, Value] = {PUMP_VALVE: 0.0, SOFT_VALVE: 0.0, PUMP_RUNNING: 1.0, EXHAUST_RUNNING: 1.0}
        for name, feed in self.description.feeds.items():
            inputs[f"{name}.flow_setpoint"] = 0.0
            if feed.shut_off:
                inputs[f"{name}.valve"] = 0.0
        inputs |= {f"{name}.valve": 0.0 for name in self.description.sources}
        inputs |= dict.fromkeys(self.pulsed.delivering.inputs, 0.0)
        for name in self.zones.names:
            inputs |= {f"{name}.power": 0.0, f"{name}.controller": None}
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
        film: FilmState | None = None,
    ) -> AldState:
        """The plant at rest at the instant `t` (s), under `pressure` Pa of `gas`, the fill gas when None.

        `temperatures` in K by zone; the other zones are as warm as what surrounds them. Bottles are saturated. The
        substrate is bare unless a `film` lies on it.
        """
        thermal = self.zones.initial(t, temperatures or {})
        return self.pulsed.initial(
            thermal, lambda zone: thermal.temperature[self.zones.index[zone]], t, pressure, gas, film
        )

    def solve(self, state: AldState, inputs: Inputs, t0: float, t1: float) -> AldSegment:
        """The segment from `state`, which must be of the instant `t0`, to `t1` (s)."""
        if not t0 < t1 or state.t != t0:
            raise SimulationError(f"a segment from {t0!r} to {t1!r} s cannot start from a state at {state.t!r} s")
        every = {**self.defaults, **inputs}
        controllers = [controller(every[f"{name}.controller"]) for name in self.zones.names]
        powers = [min(max(number(every[f"{name}.power"]), 0.0), 1.0) for name in self.zones.names]
        warming = self.zones.run(state.thermal, controllers, powers, t1)
        return AldSegment(self, t0, t1, every, state, warming, self.pulsed.pieces(state, every, warming, t1))

    def hottest_foil(self, warming: Warming, t: float) -> float:
        """The highest temperature of the foil over what `warming` records up to the instant `t` (s), K."""
        zone = self.zones.index[self.description.stage]
        steps = warming.steps_before(t)
        hottest = max(warming.temperatures[zone][1 : steps + 1], default=0.0)
        return max(hottest, warming.temperature(zone, t)) + self.description.foil_offset

    def truth(self, state: AldState) -> Truth:
        """Ground truth of a state; see `truth`."""
        return truth(self, state)


def _check(description: PlantDescription) -> None:
    _check_sizes(description)
    named = {description.gas_zone, description.stage}
    named |= {source.zone for source in description.sources.values() if source.zone}
    named |= {zone.surroundings for zone in description.zones.values() if zone.surroundings}
    if description.microbalance is not None:
        named.add(description.microbalance.zone)
    missing = named - set(description.zones)
    if missing:
        raise SimulationError(
            f"the plant has no zone {', '.join(sorted(missing))}", remedy="Describe it, heated or not, in `zones`."
        )


def _check_sizes(description: PlantDescription) -> None:
    """Volumes and times must be above 0: a plant divides by them."""
    sizes = {"volume": description.volume}
    sizes |= {f"settling of {name}": feed.settling for name, feed in description.feeds.items()}
    sizes |= {f"headspace of {name}": source.headspace for name, source in description.sources.items()}
    sizes |= {f"lag of {point}": gauge.lag for point, gauge in description.gauges.items()}
    sizes |= {f"time constant of {name}": zone.time_constant for name, zone in description.zones.items()}
    sizes |= {f"decay of {inflow.gas}": inflow.decay for inflow in description.inflows if inflow.decay is not None}
    for name, value in sizes.items():
        if not value > 0.0:
            raise SimulationError(f"the {name} is {value!r}", remedy="Describe it as a number above 0, in SI.")
