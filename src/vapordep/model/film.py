"""The film a run gave, layer by layer."""

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from vapordep.lazy import dataclass


class Origin(StrEnum):
    """Where a film's numbers come from."""

    PLANT = "plant"
    """Ground truth of the simulated reactor."""
    NONE = "none"
    """Nothing measured and nothing simulated: the numbers are NaN."""


@dataclass(frozen=True, slots=True)
class FilmLayer:
    """One layer: thickness in m, growth per cycle in m, mass per area in kg/m2."""

    name: str
    thickness: float
    cycles: int
    growth_per_cycle: float
    mass: float
    origin: Origin = Origin.PLANT
    turns: tuple[int, ...] = ()
    """Where the layers of a supercycle are expected as one: how many each of its cycles has."""
    metals: Mapping[str, int] = field(default_factory=dict)
    """How many doses of each metal, by its symbol, a cycle is expected to take."""


@dataclass(frozen=True, slots=True)
class Slab:
    """A slab of a copolymer: its upper border in m above the substrate, and the share of each monomer, 0 to 1."""

    top: float
    shares: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Film:
    """The layers in the order they grew; `nucleation` is the excess of the first cycles, one of the layers."""

    layers: tuple[FilmLayer, ...] = ()

    @property
    def thickness(self) -> float:
        """Total thickness in m."""
        return sum(layer.thickness for layer in self.layers)

    @property
    def mass(self) -> float:
        """Total mass per area in kg/m2."""
        return sum(layer.mass for layer in self.layers)
