"""What vapour converts of a polymer along a plan: X' = k p (1 - X), from the closed forms of its doses."""

from collections.abc import Mapping
from dataclasses import field
from math import expm1

from vapordep.chemistry import Derivatisation, derivatisations, polymer, substance
from vapordep.lazy import dataclass
from vapordep.model.reactor import Reactor
from vapordep.model.steps import Dose, Rest, Step
from vapordep.recipe.foretold.exposure import of_dose
from vapordep.recipe.foretold.situation import Situation


@dataclass(slots=True)
class Converting:
    """The polymer on the stage as amounts of its monomers (mol/m2), and what of them is left to be converted.

    What the film itself takes out of the gas of a shut chamber is left out: a few per cent of a dose.
    """

    reactor: Reactor
    amounts: dict[str, float] = field(default_factory=dict)
    left: dict[str, float] = field(default_factory=dict)
    thickness: float = 0.0
    """What the film has gained in height, m, and in mass, kg/m2."""
    mass: float = 0.0
    standing: dict[str, float] = field(default_factory=dict)
    """Pressures in Pa by source that stand in the shut chamber."""
    met: bool = False
    """Whether any vapour that converts a polymer of the film was dosed at all."""

    def grown(self, mass: float, shares: Mapping[str, float]) -> None:
        """Adds `mass` kg/m2 of film of which the monomers are `shares` of all units."""
        unit = sum(share * substance(name).molar_mass for name, share in shares.items())
        for name, share in shares.items() if unit > 0.0 else ():
            self.amounts[name] = self.amounts.get(name, 0.0) + mass * share / unit
            self.left[name] = self.left.get(name, 0.0) + mass * share / unit

    def step(self, step: Step, situation: Situation, times: int) -> float:
        """Follows a dose, or the time that its vapour stands; what a dose takes from its bottle, mol."""
        if not situation.isolated:
            self.standing.clear()
        if isinstance(step, Dose):
            return self._dose(step, situation, times)
        if isinstance(step, Rest):
            for source, pressure in self.standing.items():
                self._convert(source, times * pressure * step.duration)
        return 0.0

    @property
    def conversion(self) -> dict[str, float]:
        """The share of each polymer's groups that is converted; nothing where no vapour was dosed that does."""
        if not self.met:
            return {}
        sources = self.reactor.sources.values()
        known = {found.monomer for source in sources for found in derivatisations(source.substance)}
        return {
            polymer(name).name: 1.0 - self.left[name] / amount
            for name, amount in self.amounts.items()
            if name in known and amount > 0.0
        }

    def _dose(self, step: Dose, situation: Situation, times: int) -> float:
        given = of_dose(step, situation, self.reactor)
        if given is None:
            return 0.0
        self._convert(step.source, times * given.area)  # in a shut chamber, what is seen while it is pumped out
        if situation.isolated:
            self.standing[step.source] = given.peak
        return times * given.amount

    def _convert(self, source: str, exposure: float) -> None:
        """An exposure in Pa s."""
        for known in derivatisations(self.reactor.sources[source].substance):
            if self.left.get(known.monomer, 0.0) > 0.0:
                self._take(known, -self.left[known.monomer] * expm1(-known.rate.value * exposure))

    def _take(self, known: Derivatisation, amount: float) -> None:
        self.met = True
        self.left[known.monomer] -= amount
        self.mass += amount * known.taken
        self.thickness += amount * known.taken / polymer(known.monomer).density.value
