"""The polymer on the stage: how much of each monomer, and what it is made of at every depth."""

from collections.abc import Sequence
from typing import NamedTuple

from vapordep_simulators.plant.polymer_growth import Monomer

SLAB = 0.5e-9
"""Thickness in m of one entry of the profile."""


class PolymerFilm(NamedTuple):
    """Amounts in mol/m2 by monomer; `profile` holds finished slabs as (top in m, mole fractions by monomer).

    `begun` are the amounts at which the slab on top began, `below` the thickness there in m.
    """

    amounts: tuple[float, ...]
    thickness: float = 0.0
    mass: float = 0.0
    profile: tuple[tuple[float, tuple[float, ...]], ...] = ()
    begun: tuple[float, ...] = ()
    below: float = 0.0

    @classmethod
    def bare(cls, monomers: int) -> "PolymerFilm":
        """No film."""
        none = (0.0,) * monomers
        return cls(none, begun=none)

    def grown(self, added: Sequence[float], monomers: Sequence[Monomer]) -> "PolymerFilm":
        """With `added` mol/m2 of each monomer; kg/mol and kg/m3 are those of `monomers`."""
        masses = [amount * monomer.molar_mass for amount, monomer in zip(added, monomers, strict=True)]
        depths = [mass / monomer.polymer.density.value for mass, monomer in zip(masses, monomers, strict=True)]
        amounts = tuple(have + more for have, more in zip(self.amounts, added, strict=True))
        thickness, mass = self.thickness + sum(depths), self.mass + sum(masses)
        if thickness < self.below + SLAB:
            return PolymerFilm(amounts, thickness, mass, self.profile, self.begun, self.below)
        slab = (thickness, fractions([a - b for a, b in zip(amounts, self.begun, strict=True)]))
        return PolymerFilm(amounts, thickness, mass, (*self.profile, slab), amounts, thickness)

    def whole_profile(self) -> tuple[tuple[float, tuple[float, ...]], ...]:
        """The profile with the slab that is still growing."""
        if self.thickness <= self.below:
            return self.profile
        top = fractions([a - b for a, b in zip(self.amounts, self.begun, strict=True)])
        return (*self.profile, (self.thickness, top))


def fractions(amounts: Sequence[float]) -> tuple[float, ...]:
    """Amounts as parts of their sum."""
    total = sum(amounts)
    return tuple(amount / total for amount in amounts) if total > 0.0 else tuple(0.0 for _ in amounts)
