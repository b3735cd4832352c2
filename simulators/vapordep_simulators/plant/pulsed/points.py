"""The points of the plant: how each is read from a segment, one instant fast or many at once."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Protocol

import numpy as np

from vapordep.lazy import dataclass
from vapordep.simulation.description import ROOM, Microbalance, PlantDescription
from vapordep.simulation.plant import Value
from vapordep.units import GAS_CONSTANT
from vapordep_simulators.plant.chamber.composition import Composition
from vapordep_simulators.plant.chamber.expansion import Floats
from vapordep_simulators.plant.chamber.gas import Flags, pushed_in
from vapordep_simulators.plant.chamber.qcm import frequency
from vapordep_simulators.plant.chamber.stepping import Stepped
from vapordep_simulators.plant.pulsed.segment import AldSegment
from vapordep_simulators.plant.pulsed.state import Piece

if TYPE_CHECKING:
    from vapordep_simulators.plant.pulsed.ald import Ald


class Reader(Protocol):
    """Reads one point."""

    def one(self, segment: AldSegment, t: float) -> float:
        """Its value at one instant (s)."""
        ...

    def many(self, segment: AldSegment, times: Floats) -> Floats:
        """Its values at instants (P,)."""
        ...


class _Each:
    """Reads many instants one after the other."""

    def one(self, segment: AldSegment, t: float) -> float:
        raise NotImplementedError

    def many(self, segment: AldSegment, times: Floats) -> Floats:
        return np.array([self.one(segment, t) for t in times.tolist()], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class GasReader:
    """A row of the gas, as it is (`zone` below 0), or as a pressure at the temperature of a zone in `volume` m3."""

    row: int
    zone: int = -1
    volume: float = 1.0

    def one(self, segment: AldSegment, t: float) -> float:
        """Its value at one instant (s)."""
        piece = segment.piece_at(t)
        value = piece.trajectory.one(self.row, t - piece.t0)
        if self.zone < 0:
            return value
        return value * GAS_CONSTANT * segment.warming.temperature(self.zone, t) / self.volume

    def many(self, segment: AldSegment, times: Floats) -> Floats:
        """Its values at instants (P,)."""
        values = gas_row(segment, self.row, times)
        if self.zone < 0:
            return values
        kelvin = segment.warming.temperature_all(self.zone, times)
        pressures: Floats = values * GAS_CONSTANT * kelvin / self.volume
        return pressures


@dataclass(frozen=True, slots=True)
class TotalReader:
    """The true pressure of all gas in the chamber (`species` rows)."""

    species: int
    zone: int
    volume: float

    def one(self, segment: AldSegment, t: float) -> float:
        """Its value at one instant (s)."""
        piece = segment.piece_at(t)
        moles = sum(piece.trajectory.one(row, t - piece.t0) for row in range(self.species))
        return moles * GAS_CONSTANT * segment.warming.temperature(self.zone, t) / self.volume

    def many(self, segment: AldSegment, times: Floats) -> Floats:
        """Its values at instants (P,)."""
        moles = sum((gas_row(segment, row, times) for row in range(self.species)), np.zeros(len(times)))
        pressures: Floats = moles * GAS_CONSTANT * segment.warming.temperature_all(self.zone, times) / self.volume
        return pressures


class BottleReader(_Each):
    """The pressure in a bottle, foreign gas included."""

    def __init__(self, bottle: int, row: int, headspace: float, zone: int, temperature: float) -> None:
        self.bottle = bottle
        self.row = row
        self.headspace = headspace
        self.zone = zone
        self.temperature = temperature

    def one(self, segment: AldSegment, t: float) -> float:
        """Its value at one instant (s)."""
        piece = segment.piece_at(t)
        moles = piece.trajectory.one(self.row, t - piece.t0) + self._foreign(piece, t - piece.t0)
        kelvin = self.temperature if self.zone < 0 else segment.warming.temperature(self.zone, t)
        return moles * GAS_CONSTANT * kelvin / self.headspace

    def _foreign(self, piece: Piece, tau: float) -> float:
        species, _, _, _ = piece.network.counts
        own = int(piece.network.own[self.bottle])
        if not isinstance(piece.trajectory, Stepped):
            held = (piece.gas.bottles + pushed_in(piece.network, piece.gas, piece.drive, tau))[self.bottle]
            return float(held.sum() - held[own])
        first = sum(piece.network.counts) + self.bottle * species
        return sum(piece.trajectory.one(first + row, tau) for row in range(species) if row != own)


@dataclass(frozen=True, slots=True)
class ZoneReader:
    """True temperature of a zone, plus `offset` K."""

    zone: int
    offset: float = 0.0

    def one(self, segment: AldSegment, t: float) -> float:
        """Its value at one instant (s)."""
        return segment.warming.temperature(self.zone, t) + self.offset

    def many(self, segment: AldSegment, times: Floats) -> Floats:
        """Its values at instants (P,)."""
        return segment.warming.temperature_all(self.zone, times) + self.offset


@dataclass(frozen=True, slots=True)
class SensorReader:
    """What the sensor of a zone reads."""

    zone: int

    def one(self, segment: AldSegment, t: float) -> float:
        """Its value at one instant (s)."""
        return segment.warming.sensed(self.zone, t)

    def many(self, segment: AldSegment, times: Floats) -> Floats:
        """Its values at instants (P,)."""
        return segment.warming.sensed_all(self.zone, times)


@dataclass(frozen=True, slots=True)
class PowerReader:
    """Power of a zone, 0 to 1."""

    zone: int

    def one(self, segment: AldSegment, t: float) -> float:
        """Its value at one instant (s)."""
        return segment.warming.power(self.zone, t)

    def many(self, segment: AldSegment, times: Floats) -> Floats:
        """Its values at instants (P,)."""
        return segment.warming.power_all(self.zone, times)


class SetpointReader(_Each):
    """What the loop of a zone is working towards."""

    def __init__(self, zone: int) -> None:
        self.zone = zone

    def one(self, segment: AldSegment, t: float) -> float:
        """Its value at one instant (s)."""
        return segment.warming.working_setpoint(self.zone, t)


@dataclass(frozen=True, slots=True)
class InputReader:
    """An input that is a number; it does not change within a segment."""

    point: str

    def one(self, segment: AldSegment, t: float) -> float:
        """Its value at one instant (s)."""
        return _plain(segment.inputs[self.point])

    def many(self, segment: AldSegment, times: Floats) -> Floats:
        """Its values at instants (P,)."""
        return np.full(len(times), _plain(segment.inputs[self.point]))


@dataclass(frozen=True, slots=True)
class ConstantReader:
    """A value that never changes."""

    value: float

    def one(self, segment: AldSegment, t: float) -> float:
        """Its value at one instant (s)."""
        return self.value

    def many(self, segment: AldSegment, times: Floats) -> Floats:
        """Its values at instants (P,)."""
        return np.full(len(times), self.value)


class ThicknessReader(_Each):
    """Thickness of the film, straight between the instants that the surface was solved for."""

    def one(self, segment: AldSegment, t: float) -> float:
        """Its value at one instant (s)."""
        piece = segment.piece_at(t)
        left, right, part = _around(piece, t)
        a, b = piece.grown.film(left).thickness, piece.grown.film(right).thickness
        return a + (b - a) * part


class BalanceReader:
    """Mass on the microbalance in kg/m2, or its frequency in Hz."""

    def __init__(self, balance: Microbalance, zone: int, as_frequency: bool) -> None:
        self.balance = balance
        self.zone = zone
        self.as_frequency = as_frequency

    def one(self, segment: AldSegment, t: float) -> float:
        """Its value at one instant (s)."""
        piece = segment.piece_at(t)
        left, right, part = _around(piece, t)
        a, b = float(piece.sensed[left]), float(piece.sensed[right])
        mass = a + (b - a) * part
        if not self.as_frequency:
            return mass
        return frequency(self.balance, mass, segment.warming.temperature(self.zone, t))

    def many(self, segment: AldSegment, times: Floats) -> Floats:
        """Its values at instants (P,)."""
        mass = np.empty(len(times))
        for piece, mine in _by_piece(segment, times):
            edges, known = piece.edges, piece.sensed
            taus = np.minimum(np.maximum(times[mine] - piece.t0, 0.0), edges[-1])
            right = np.maximum(np.searchsorted(edges, taus), 1)
            part = (taus - edges[right - 1]) / (edges[right] - edges[right - 1])
            mass[mine] = known[right - 1] + (known[right] - known[right - 1]) * part
        if not self.as_frequency:
            return mass
        return frequency(self.balance, mass, segment.warming.temperature_all(self.zone, times))


def _plain(value: Value) -> float:
    return float(value) if isinstance(value, float | int) else float("nan")


def _around(piece: Piece, t: float) -> tuple[int, int, float]:
    """The nodes of the film around an instant, and how far it is from the left one to the right one."""
    edges = piece.edges
    tau = min(max(t - piece.t0, 0.0), float(edges[-1]))
    right = max(int(np.searchsorted(edges, tau)), 1)
    left = right - 1
    return left, right, float((tau - edges[left]) / (edges[right] - edges[left]))


def gas_row(segment: AldSegment, row: int, times: Floats) -> Floats:
    """One row of the gas at instants (P,)."""
    pieces = segment.pieces
    if len(pieces) == 1:
        return pieces[0].trajectory.row(row, times - pieces[0].t0)
    values = np.empty(len(times))
    for piece, mine in _by_piece(segment, times):
        values[mine] = piece.trajectory.row(row, times[mine] - piece.t0)
    return values


def _by_piece(segment: AldSegment, times: Floats) -> Iterator[tuple[Piece, Flags]]:
    """The pieces in which instants (P,) lie, each with which of them are its own."""
    which = np.maximum(np.searchsorted(segment.starts, times, side="right") - 1, 0)
    for number in np.unique(which).tolist():
        yield segment.pieces[number], which == number


def readers(plant: "Ald") -> dict[str, Reader]:
    """A reader for every point of a plant."""
    description, zones = plant.description, plant.zones.index
    found: dict[str, Reader] = {
        point: InputReader(point) for point in plant.defaults if not point.endswith("controller")
    }
    found |= gas_readers(description, plant.composition, zones)
    for name, feed in description.feeds.items():
        found[f"{name}.pressure"] = ConstantReader(feed.supply_pressure)
        found[f"{name}.temperature"] = ConstantReader(ROOM)
    for name, source in description.sources.items():
        zone = zones[source.zone] if source.zone else -1
        found[f"{name}.temperature"] = SensorReader(zone) if source.zone else ConstantReader(source.temperature)
    for name, zone in zones.items():
        found[f"{name}.temperature"] = SensorReader(zone)
        found[f"{name}.true_temperature"] = ZoneReader(zone)
        found[f"{name}.power"] = PowerReader(zone)
        found[f"{name}.working_setpoint"] = SetpointReader(zone)
    found["foil.temperature"] = ZoneReader(zones[description.stage], description.foil_offset)
    found["film.thickness"] = ThicknessReader()
    if description.microbalance is not None:
        zone = zones[description.microbalance.zone]
        found["qcm.mass"] = BalanceReader(description.microbalance, zone, as_frequency=False)
        found["qcm.frequency"] = BalanceReader(description.microbalance, zone, as_frequency=True)
    return found


def gas_readers(description: PlantDescription, made: Composition, zones: Mapping[str, int]) -> dict[str, Reader]:
    """Those of the gas: pressures, gauges, flows and bottles; `zones` by their place in the record of warming."""
    species, bottles, feeds, _ = made.network.counts
    gas = zones[description.gas_zone]
    found: dict[str, Reader] = {"chamber.true_pressure": TotalReader(species, gas, description.volume)}
    for row, name in enumerate(made.species):
        found[f"chamber.partial.{name}"] = GasReader(row, gas, description.volume)
    first_gauge = species + bottles + feeds + len(made.chemistry.reactants)
    for row, point in enumerate(description.gauges, start=first_gauge):
        found[point] = GasReader(row, gas, description.volume)
    for row, name in enumerate(description.feeds, start=species + bottles):
        found[f"{name}.flow"] = GasReader(row)
    for bottle, (name, source) in enumerate(description.sources.items()):
        zone = zones[source.zone] if source.zone else -1
        found[f"{name}.pressure"] = BottleReader(bottle, species + bottle, source.headspace, zone, source.temperature)
    return found
