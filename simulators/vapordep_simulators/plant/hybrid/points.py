"""The points of the hybrid plant: those of either half, and the film, to which both have grown."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from vapordep.lazy import dataclass
from vapordep.simulation.description import Microbalance
from vapordep_simulators.plant.chamber.expansion import Floats
from vapordep_simulators.plant.chamber.qcm import frequency
from vapordep_simulators.plant.hybrid.segment import HybridSegment, Part
from vapordep_simulators.plant.pulsed.points import BalanceReader, ThicknessReader
from vapordep_simulators.plant.steady.points import input_reader

if TYPE_CHECKING:
    from vapordep_simulators.plant.hybrid.hybrid import Hybrid


class Reader(Protocol):
    """Reads one point of a part; `many` gives the same bits as `one`."""

    def one(self, part: Part, t: float) -> float:
        """Its value at one instant (s)."""
        ...

    def many(self, part: Part, times: Floats) -> Floats:
        """Its values at instants (P,)."""
        ...


@dataclass(frozen=True, slots=True)
class Whole:
    """Reads a point of a segment: each instant from the part in which it lies."""

    reader: Reader

    def one(self, segment: HybridSegment, t: float) -> float:
        """Its value at one instant (s)."""
        return self.reader.one(segment.part_at(t), t)

    def many(self, segment: HybridSegment, times: Floats) -> Floats:
        """Its values at instants (P,)."""
        if len(segment.parts) == 1:
            return self.reader.many(segment.parts[0], times)
        values = np.empty(len(times))
        which = np.maximum(np.searchsorted([part.t0 for part in segment.parts], times, side="right") - 1, 0)
        for number in np.unique(which).tolist():
            mine = which == number
            values[mine] = self.reader.many(segment.parts[number], times[mine])
        return values


@dataclass(frozen=True, slots=True)
class Half:
    """A point that the march always knows; while pulses are given `gas` knows it better, where there is such a one."""

    rest: Any
    gas: Any = None

    def one(self, part: Part, t: float) -> float:
        """Its value at one instant (s)."""
        found: float = (
            self.rest.one(part.rest, t) if part.gas is None or self.gas is None else self.gas.one(part.gas, t)
        )
        return found

    def many(self, part: Part, times: Floats) -> Floats:
        """Its values at instants (P,)."""
        if part.gas is None or self.gas is None:
            polymers: Floats = self.rest.many(part.rest, times)
            return polymers
        cycles: Floats = self.gas.many(part.gas, times)
        return cycles


@dataclass(frozen=True, slots=True)
class Both:
    """A point of which each half has its share: that of the cycles, times `share`, stands still on the march."""

    rest: Any
    gas: Any
    still: Callable[[Part], float]
    share: float = 1.0

    def one(self, part: Part, t: float) -> float:
        """Its value at one instant (s)."""
        cycles: float = self.still(part) if part.gas is None else self.gas.one(part.gas, t)
        found: float = self.rest.one(part.rest, t) + self.share * cycles
        return found

    def many(self, part: Part, times: Floats) -> Floats:
        """Its values at instants (P,)."""
        cycles = self.still(part) if part.gas is None else self.gas.many(part.gas, times)
        found: Floats = self.rest.many(part.rest, times) + self.share * cycles
        return found


@dataclass(frozen=True, slots=True)
class Resonance:
    """The frequency of a crystal that bears both films and is as warm as the stage."""

    balance: Microbalance
    mass: Both
    stage: Any

    def one(self, part: Part, t: float) -> float:
        """Its value at one instant (s)."""
        kelvin: float = self.stage.one(part.rest, t)
        return frequency(self.balance, self.mass.one(part, t), kelvin)

    def many(self, part: Part, times: Floats) -> Floats:
        """Its values at instants (P,)."""
        kelvin: Floats = self.stage.many(part.rest, times)
        return frequency(self.balance, self.mass.many(part, times), kelvin)


def readers(plant: "Hybrid") -> dict[str, Whole]:
    """A reader for every point of a plant."""
    halves: dict[str, Reader] = {
        point: Half(reader, plant.gas_readers.get(point)) for point, reader in plant.icvd.readers.items()
    }
    halves |= {point: Half(input_reader(point)) for point in plant.pulsed.delivering.inputs}
    polymer, steady = plant.icvd.readers, plant.description.steady
    halves["film.thickness"] = Both(
        polymer["film.thickness"], ThicknessReader(), lambda part: part.cycles.film.thickness
    )
    if steady.microbalance is not None:
        balance = steady.microbalance
        mass = Both(
            polymer["qcm.mass"], BalanceReader(balance, -1, as_frequency=False), _weighed(plant), steady.tooling
        )
        halves["qcm.mass"] = mass
        halves["qcm.frequency"] = Resonance(balance, mass, polymer[f"{steady.stage}.true_temperature"])
    return {point: Whole(reader) for point, reader in halves.items()}


def _weighed(plant: "Hybrid") -> Callable[[Part], float]:
    """What a balance feels in kg/m2 of the film of cycles, on the march."""
    chemistry = plant.pulsed.composition.chemistry
    return lambda part: part.cycles.film.sensed(chemistry, part.cycles.climate.surface.growth)
