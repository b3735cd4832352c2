"""The gas of a chamber whose sources give pulses, and the surface in it, solved piece by piece.

What the pieces do not know of themselves they are told: temperatures by zone, and the way to the pump.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import combinations
from math import inf
from typing import Protocol

import numpy as np

from vapordep.chemistry import compatibility
from vapordep.errors import SimulationError
from vapordep.simulation.description import PlantDescription
from vapordep.simulation.plant import Inputs
from vapordep.units import GAS_CONSTANT
from vapordep_simulators.plant.chamber.climate import CELL, Climate, Weather, cell_of
from vapordep_simulators.plant.chamber.composition import composition, mixture
from vapordep_simulators.plant.chamber.delivering import Delivering
from vapordep_simulators.plant.chamber.expansion import Floats
from vapordep_simulators.plant.chamber.gas import Flags, GasDrive, GasState
from vapordep_simulators.plant.chamber.inputs import is_open, number
from vapordep_simulators.plant.chamber.thermal import ThermalState
from vapordep_simulators.plant.films.film import FilmState
from vapordep_simulators.plant.films.surface import Coating
from vapordep_simulators.plant.pulsed.state import AldState, Ledger, Piece, Setpoints, trajectory_of

PUMP_VALVE, SOFT_VALVE, PUMP_RUNNING = "pump.valve", "pump.soft_valve", "pump.running"


class Temperatures(Protocol):
    """The true temperatures of the zones, the stage among them, over a stretch of time."""

    @property
    def still_from(self) -> float:
        """From when on none changes any more, s."""
        ...

    def temperatures_at(self, t: float) -> Callable[[str], float]:
        """Those at the instant `t` (s) in K, by the name of a zone."""
        ...


class Way(Protocol):
    """What lies between chamber and pump."""

    def speed(self, t: float, pumped: float, gauge: float) -> tuple[float, float]:
        """From the instant `t` (s) on: the speed at the chamber in m3/s, and until when it stays so, s.

        `pumped` is the speed of the pump behind it, `gauge` in Pa what the first gauge shows.
        """
        ...


class Wide:
    """Nothing in the way."""

    def speed(self, t: float, pumped: float, gauge: float) -> tuple[float, float]:
        """That of the pump."""
        return pumped, inf


WIDE = Wide()


class Pulsed:
    """The laws of the gas and its surface, made ready from a description."""

    def __init__(self, description: PlantDescription) -> None:
        self.description = description
        self.composition = composition(description)
        self.delivering = Delivering(description, self.composition.species, self.composition.network)
        self.weather = Weather(description, self.composition)
        substances = [source.substance for source in description.sources.values()]
        self._forbidden = forbidden(substances)

    def initial(
        self,
        thermal: ThermalState,
        zone_temperature: Callable[[str], float],
        t: float,
        pressure: float,
        gas: str | None,
        film: FilmState | None,
    ) -> AldState:
        """At rest at the instant `t` (s), under `pressure` Pa of `gas`, the fill gas when None."""
        climate = self.weather.climate(cell_of(t), zone_temperature)
        fractions = self.composition.fill
        if gas is not None:
            parts = mixture(gas)
            fractions = np.array([parts.get(name, 0.0) for name in self.composition.species])
            if fractions.sum() == 0.0:
                raise SimulationError(f"there is no {gas} in this plant", remedy="Name a gas of its description.")
        moles = pressure / climate.pascal * fractions / fractions.sum()
        state = self.at_rest(moles, climate, np.zeros(len(self.description.feeds)), self.full)
        none = (0.0,) * len(self.description.feeds)
        foil = zone_temperature(self.description.stage) + self.description.foil_offset
        ledger = Ledger(pressure, state.moles * climate.pascal, foil, 0.0, np.zeros_like(state.content))
        chemistry = self.composition.chemistry
        coating = Coating(chemistry, film or FilmState.bare(chemistry, len(self.composition.species)))
        filled = state.content + climate.saturation
        off = (0.0,) * len(self.delivering.generators)
        return AldState(t, state, thermal, coating, climate, Setpoints(none, none), ledger, filled, off)

    @property
    def full(self) -> Floats:
        """What each bottle holds at first, mol."""
        return np.array([source.content for source in self.description.sources.values()])

    def at_rest(self, moles: Floats, climate: Climate, flows: Floats, content: Floats) -> GasState:
        """Gas that has stood for long: saturated bottles, and gauges and surfaces that feel what is there."""
        network = self.composition.network
        species, bottles, _, _ = network.counts
        held = np.zeros((bottles, species))
        held[np.arange(bottles), network.own] = climate.saturation
        return GasState(
            moles,
            held,
            content,
            np.concatenate([flows, self.composition.degassing]),
            network.lag_weights @ moles,
            np.zeros(species),
            np.zeros(species),
        )

    def gauges(self, gas: GasState, climate: Climate) -> Floats:
        """What the gauges show, Pa."""
        shown: Floats = gas.lags[len(self.composition.chemistry.reactants) :] * climate.pascal
        return shown

    def pieces(
        self, state: AldState, inputs: Inputs, temperatures: Temperatures, t1: float, way: Way = WIDE
    ) -> list[Piece]:
        """What happens from the instant of `state` to `t1` (s) under constant inputs."""
        t0 = state.t
        wanted = tuple(max(number(inputs[f"{name}.flow_setpoint"]), 0.0) for name in self.description.feeds)
        dead_times = tuple(feed.dead_time for feed in self.description.feeds.values())
        setpoints = state.setpoints.changed(wanted, t0, dead_times)
        gas, coating, climate, ledger = self._shut(state.gas, inputs), state.coating, state.climate, state.ledger
        pumped, pieces = self._pumped(inputs), list[Piece]()
        t = t0
        while t < t1:
            if cell_of(t) != climate.cell:
                climate = self._climate(climate, t, temperatures)
            setpoints = setpoints.arrived(t)
            speed, until = way.speed(t, pumped, float(self.gauges(gas, climate)[0]) if way is not WIDE else 0.0)
            end = min(self._held_until(climate, temperatures, t1), setpoints.next_arrival, until)
            if self.delivering.changing(self.delivering.strengths(state.strengths, inputs, t - t0), inputs):
                end = min(end, (cell_of(t) + 1) * CELL)
            strengths = self.delivering.strengths(state.strengths, inputs, 0.5 * (t + end) - t0)
            piece = self._piece(t, end - t, gas, coating, climate, setpoints, ledger, inputs, speed, strengths)
            pieces.append(piece)
            t = end if piece.duration == end - t else t + piece.duration
            if t < t1:
                gas, coating = piece.gas_at(piece.duration), piece.coating_at(piece.duration)
                ledger = piece.ledger_at(piece.duration)
        return pieces

    def _pumped(self, inputs: Inputs) -> float:
        """The speed of the pump behind its valves, m3/s."""
        if not is_open(inputs[PUMP_RUNNING]):
            return 0.0
        return self.description.pumping_speed * is_open(
            inputs[PUMP_VALVE]
        ) + self.description.soft_pumping_speed * is_open(inputs[SOFT_VALVE])

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

    def _climate(self, before: Climate, t: float, temperatures: Temperatures) -> Climate:
        """The climate of the cell that begins at `t`: the one before it as long as that holds."""
        kelvins = temperatures.temperatures_at(t)
        if self.weather.holds(before, kelvins):
            return replace(before, cell=cell_of(t))
        return self.weather.climate(cell_of(t), kelvins)

    def _held_until(self, climate: Climate, temperatures: Temperatures, end: float) -> float:
        """The start of the first cell over which a climate does not go on, or `end` (s)."""
        t = (climate.cell + 1) * CELL
        while t < end and self.weather.holds(climate, temperatures.temperatures_at(t)):
            if t >= temperatures.still_from:
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
        speed: float,
        strengths: tuple[float, ...],
    ) -> Piece:
        network, chemistry = self.composition.network, self.composition.chemistry
        opened = np.array([is_open(inputs[f"{name}.valve"]) for name in self.description.sources], dtype=np.bool_)
        drive = self._drive(gas, climate, setpoints, opened, inputs, speed)
        drive = self.delivering.driven(drive, opened, gas, climate, inputs, strengths)
        found, duration = trajectory_of(network, gas, drive, duration)
        forbidden = bool((self._forbidden[opened][:, opened]).any())
        return Piece(t, duration, network, chemistry, gas, drive, climate, setpoints, ledger, forbidden, found, coating)

    def _drive(
        self, gas: GasState, climate: Climate, setpoints: Setpoints, opened: Flags, inputs: Inputs, speed: float
    ) -> GasDrive:
        description, network = self.description, self.composition.network
        targets = [
            setpoint * is_open(inputs.get(f"{name}.valve", 1.0))
            for name, setpoint in zip(description.feeds, setpoints.acting, strict=True)
        ]
        breath = speed * description.ultimate_pressure / (GAS_CONSTANT * climate.temperature)
        own = gas.bottles[np.arange(len(network.own)), network.own]
        empty = (gas.content <= 0.0) & (own <= climate.saturation)
        return GasDrive(
            opened,
            speed / description.volume,
            np.concatenate([targets, np.zeros_like(self.composition.degassing)]),
            self.composition.inflow + breath * self.composition.ultimate,
            climate.saturation,
            climate.warmth,
            np.where(empty, 0.0, network.evaporation),
            climate.lag_rates,
        )


def forbidden(substances: Sequence[str]) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """Which of these must never be let in together, by what chemistry says of them."""
    table = np.zeros((len(substances), len(substances)), dtype=np.bool_)
    for a, b in combinations(range(len(substances)), 2):
        table[a, b] = table[b, a] = compatibility(substances[a], substances[b]).forbidden
    return table
