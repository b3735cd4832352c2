"""The simulated reactor for ALD and MLD: one plant that feels every instrument, after a plain description."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations

import numpy as np

from vapordep.chemistry import compatibility
from vapordep.errors import SimulationError
from vapordep.simulation.description import PlantDescription
from vapordep.simulation.plant import Inputs, Latency, Truth, Value
from vapordep.units import GAS_CONSTANT
from vapordep_simulators.plant.climate import CELL, Climate, Weather, cell_of
from vapordep_simulators.plant.composition import composition, mixture
from vapordep_simulators.plant.delivering import Delivering
from vapordep_simulators.plant.film import FilmState
from vapordep_simulators.plant.gas import GasDrive, GasState
from vapordep_simulators.plant.inputs import controller, is_open, number
from vapordep_simulators.plant.points import readers
from vapordep_simulators.plant.segment import AldSegment
from vapordep_simulators.plant.state import AldState, Ledger, Piece, Setpoints, trajectory_of
from vapordep_simulators.plant.surface import Coating
from vapordep_simulators.plant.thermal import Warming, Zones
from vapordep_simulators.plant.truth import truth

ATMOSPHERE = 101325.0
PUMP_VALVE, SOFT_VALVE, PUMP_RUNNING = "pump.valve", "pump.soft_valve", "pump.running"
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
        self.composition = composition(description)
        self.delivering = Delivering(description, self.composition.species, self.composition.network)
        self.zones = Zones(description.zones)
        self.weather = Weather(description, self.composition)
        self.readers = readers(self)
        self._forbidden = _forbidden(description)

    @property
    def defaults(self) -> Inputs:
        """Every input: pump and exhaust running, everything closed and off."""
        inputs: dict[str, Value] = {PUMP_VALVE: 0.0, SOFT_VALVE: 0.0, PUMP_RUNNING: 1.0, EXHAUST_RUNNING: 1.0}
        for name, feed in self.description.feeds.items():
            inputs[f"{name}.flow_setpoint"] = 0.0
            if feed.shut_off:
                inputs[f"{name}.valve"] = 0.0
        inputs |= {f"{name}.valve": 0.0 for name in self.description.sources}
        inputs |= dict.fromkeys(self.delivering.inputs, 0.0)
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
        valves = [point for point in self.defaults if point.endswith("valve")]
        return {point: self.description.latencies.get(point, Latency()) for point in valves}

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
        climate = self.weather.climate(cell_of(t), lambda zone: thermal.temperature[self.zones.index[zone]])
        fractions = self.composition.fill
        if gas is not None:
            parts = mixture(gas)
            fractions = np.array([parts.get(name, 0.0) for name in self.composition.species])
            if fractions.sum() == 0.0:
                raise SimulationError(f"there is no {gas} in this plant", remedy="Name a gas of its description.")
        state = self._gas_at_rest(pressure / climate.pascal * fractions / fractions.sum(), climate)
        none = (0.0,) * len(self.description.feeds)
        filled = state.content + climate.saturation
        foil = thermal.temperature[self.zones.index[self.description.stage]] + self.description.foil_offset
        ledger = Ledger(pressure, state.moles * climate.pascal, foil, 0.0)
        chemistry = self.composition.chemistry
        coating = Coating(chemistry, film or FilmState.bare(chemistry, len(self.composition.species)))
        off = (0.0,) * len(self.delivering.generators)
        return AldState(t, state, thermal, coating, climate, Setpoints(none, none), ledger, filled, off)

    def _gas_at_rest(self, moles: np.ndarray[tuple[int], np.dtype[np.float64]], climate: Climate) -> GasState:
        network = self.composition.network
        species, bottles, _, _ = network.counts
        held = np.zeros((bottles, species))
        held[np.arange(bottles), network.own] = climate.saturation
        controlled = np.zeros(len(self.description.feeds))
        return GasState(
            moles,
            held,
            np.array([source.content for source in self.description.sources.values()]),
            np.concatenate([controlled, self.composition.degassing]),
            network.lag_weights @ moles,
            np.zeros(species),
            np.zeros(species),
        )

    def solve(self, state: AldState, inputs: Inputs, t0: float, t1: float) -> AldSegment:
        """The segment from `state`, which must be of the instant `t0`, to `t1` (s)."""
        if not t0 < t1 or state.t != t0:
            raise SimulationError(f"a segment from {t0!r} to {t1!r} s cannot start from a state at {state.t!r} s")
        every = {**self.defaults, **inputs}
        controllers = [controller(every[f"{name}.controller"]) for name in self.zones.names]
        powers = [min(max(number(every[f"{name}.power"]), 0.0), 1.0) for name in self.zones.names]
        warming = self.zones.run(state.thermal, controllers, powers, t1)
        return AldSegment(self, t0, t1, every, state, warming, self._pieces(state, every, warming, t0, t1))

    def _pieces(self, state: AldState, inputs: Inputs, warming: Warming, t0: float, t1: float) -> list[Piece]:
        wanted = tuple(max(number(inputs[f"{name}.flow_setpoint"]), 0.0) for name in self.description.feeds)
        dead_times = tuple(feed.dead_time for feed in self.description.feeds.values())
        setpoints = state.setpoints.changed(wanted, t0, dead_times)
        gas, coating, climate, ledger = self._shut(state.gas, inputs), state.coating, state.climate, state.ledger
        pieces: list[Piece] = []
        t = t0
        while t < t1:
            if cell_of(t) != climate.cell:
                climate = self._climate(climate, t, warming)
            setpoints = setpoints.arrived(t)
            end = min(self._held_until(climate, warming, t1), setpoints.next_arrival)
            if self.delivering.changing(self.delivering.strengths(state.strengths, inputs, t - t0), inputs):
                end = min(end, (cell_of(t) + 1) * CELL)
            strengths = self.delivering.strengths(state.strengths, inputs, 0.5 * (t + end) - t0)
            piece = self._piece(t, end - t, gas, coating, climate, setpoints, ledger, inputs, strengths)
            pieces.append(piece)
            t = end if piece.duration == end - t else t + piece.duration
            if t < t1:
                gas, coating = piece.gas_at(piece.duration), piece.coating_at(piece.duration)
                ledger = piece.ledger_at(piece.duration)
        return pieces

    def _shut(self, gas: GasState, inputs: Inputs) -> GasState:
        """The gas with no flow in feeds whose valve is closed: it stops at once, and starts again from nothing."""
        closed = [
            row
            for row, name in enumerate(self.description.feeds)
            if not is_open(inputs.get(f"{name}.valve", 1.0)) and gas.feeds[row] != 0.0
        ]
        if not closed:
            return gas
        feeds = gas.feeds.copy()
        feeds[closed] = 0.0
        return GasState(gas.moles, gas.bottles, gas.content, feeds, gas.lags, gas.fed, gas.pumped)

    def _climate(self, before: Climate, t: float, warming: Warming) -> Climate:
        """The climate of the cell that begins at `t`: the one before it as long as that holds."""
        temperatures = warming.temperatures_at(t)
        if self.weather.holds(before, temperatures):
            return replace(before, cell=cell_of(t))
        return self.weather.climate(cell_of(t), temperatures)

    def _held_until(self, climate: Climate, warming: Warming, end: float) -> float:
        """The start of the first cell over which a climate does not go on, or `end` (s)."""
        t = (climate.cell + 1) * CELL
        while t < end and self.weather.holds(climate, warming.temperatures_at(t)):
            if t >= warming.still_from:
                return end
            t += CELL
        return min(t, end)

    def _piece(
        self,
        t: float,
        duration: float,
        gas: GasState,
        coating: Coating,
        climate: Climate,
        setpoints: Setpoints,
        ledger: Ledger,
        inputs: Inputs,
        strengths: tuple[float, ...],
    ) -> Piece:
        network, chemistry = self.composition.network, self.composition.chemistry
        opened = np.array([is_open(inputs[f"{name}.valve"]) for name in self.description.sources], dtype=np.bool_)
        drive = self._drive(gas, climate, setpoints, inputs)
        drive = self.delivering.driven(drive, opened, gas, climate, inputs, strengths)
        found, duration = trajectory_of(network, gas, drive, duration)
        forbidden = bool((self._forbidden[opened][:, opened]).any())
        return Piece(t, duration, network, chemistry, gas, drive, climate, setpoints, ledger, forbidden, found, coating)

    def _drive(self, gas: GasState, climate: Climate, setpoints: Setpoints, inputs: Inputs) -> GasDrive:
        description, network = self.description, self.composition.network
        speed = 0.0
        if is_open(inputs[PUMP_RUNNING]):
            speed += description.pumping_speed * is_open(inputs[PUMP_VALVE])
            speed += description.soft_pumping_speed * is_open(inputs[SOFT_VALVE])
        targets = [
            setpoint * is_open(inputs.get(f"{name}.valve", 1.0))
            for name, setpoint in zip(description.feeds, setpoints.acting, strict=True)
        ]
        breath = speed * description.ultimate_pressure / (GAS_CONSTANT * climate.temperature)
        own = gas.bottles[np.arange(len(network.own)), network.own]
        empty = (gas.content <= 0.0) & (own <= climate.saturation)
        return GasDrive(
            np.array([is_open(inputs[f"{name}.valve"]) for name in description.sources], dtype=np.bool_),
            speed / description.volume,
            np.concatenate([targets, np.zeros_like(self.composition.degassing)]),
            self.composition.inflow + breath * self.composition.ultimate,
            climate.saturation,
            climate.warmth,
            np.where(empty, 0.0, network.evaporation),
            climate.lag_rates,
        )

    def truth(self, state: AldState) -> Truth:
        """Ground truth of a state; see `truth`."""
        return truth(self, state)


def _forbidden(description: PlantDescription) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """Which sources must never be open together, by what chemistry says of their substances."""
    substances = [source.substance for source in description.sources.values()]
    table = np.zeros((len(substances), len(substances)), dtype=np.bool_)
    for a, b in combinations(range(len(substances)), 2):
        table[a, b] = table[b, a] = compatibility(substances[a], substances[b]).forbidden
    return table


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
