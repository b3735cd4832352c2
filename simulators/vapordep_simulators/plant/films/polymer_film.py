"""The polymer on the stage: how much of each monomer, and what it is made of at every depth."""

from collections.abc import Sequence
from typing import NamedTuple

from vapordep_simulators.plant.films.polymer_growth import Monomer

SLAB = 0.5e-9
"""Thickness in m of one entry of the profile."""


class PolymerFilm(NamedTuple):
    """Amounts in mol/m2 by monomer; `profile` holds finished slabs as (top in m, mole fractions by monomer).

    `begun` are the amounts at which the slab on top began, `below` the thickness there in m. `thickness` and `profile`
    are those of the polymer as it grew; `converted` (mol/m2 by monomer) is what vapour has converted of it since,
    `taken` (kg/m2 by monomer) what it has taken up by that, and `swollen` (m) what the film has gained in height.
    `mass` is that of everything, kg/m2.
    """

    amounts: tuple[float, ...]
    thickness: float = 0.0
    mass: float = 0.0
    profile: tuple[tuple[float, tuple[float, ...]], ...] = ()
    begun: tuple[float, ...] = ()
    below: float = 0.0
    converted: tuple[float, ...] = ()
    taken: tuple[float, ...] = ()
    swollen: float = 0.0

    @property
    def height(self) -> float:
        """Of the whole film, in m."""
        return self.thickness + self.swollen

    @classmethod
    def bare(cls, monomers: int) -> "PolymerFilm":
        """No film."""
        none = (0.0,) * monomers
        return cls(none, begun=none, converted=none, taken=none)

    def grown(self, added: Sequence[float], monomers: Sequence[Monomer]) -> "PolymerFilm":
        """With `added` mol/m2 of each monomer; kg/mol and kg/m3 are those of `monomers`."""
        masses = [amount * monomer.molar_mass for amount, monomer in zip(added, monomers, strict=True)]
        depths = [mass / monomer.polymer.density.value for mass, monomer in zip(masses, monomers, strict=True)]
        amounts = tuple(have + more for have, more in zip(self.amounts, added, strict=True))
        thickness, mass = self.thickness + sum(depths), self.mass + sum(masses)
        if thickness < self.below + SLAB:
            return self._replace(amounts=amounts, thickness=thickness, mass=mass)
        slab = (thickness, fractions([a - b for a, b in zip(amounts, self.begun, strict=True)]))
        profile = (*self.profile, slab)
        return self._replace(
            amounts=amounts, thickness=thickness, mass=mass, profile=profile, begun=amounts, below=thickness
        )

    def derivatised(self, monomer: int, amount: float, taken: float, density: float) -> "PolymerFilm":
        """With `amount` mol/m2 more converted of a monomer, which takes up `taken` kg/mol at `density` kg/m3."""
        mass = amount * taken
        return self._replace(
            converted=_added(self.converted, monomer, amount),
            taken=_added(self.taken, monomer, mass),
            swollen=self.swollen + mass / density,
            mass=self.mass + mass,
        )

    def whole_profile(self) -> tuple[tuple[float, tuple[float, ...]], ...]:
        """The profile with the slab that is still growing; a film that has swollen did so at every depth alike."""
        slabs = self.profile
        if self.thickness > self.below:
            top = fractions([a - b for a, b in zip(self.amounts, self.begun, strict=True)])
            slabs = (*slabs, (self.thickness, top))
        if not self.swollen:
            return slabs
        return tuple((height * self.height / self.thickness, parts) for height, parts in slabs)


def _added(values: tuple[float, ...], place: int, more: float) -> tuple[float, ...]:
    return (*values[:place], values[place] + more, *values[place + 1 :])


def fractions(amounts: Sequence[float]) -> tuple[float, ...]:
    """Amounts as parts of their sum."""
    total = sum(amounts)
    return tuple(amount / total for amount in amounts) if total > 0.0 else tuple(0.0 for _ in amounts)
