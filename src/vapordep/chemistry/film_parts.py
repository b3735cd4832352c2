"""What is told of a film that two substances grow, and of what it soaks up; and how its mass parts in halves."""

from vapordep.chemistry.evidence import Mark, Number
from vapordep.chemistry.laws import Law
from vapordep.lazy import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Uptake:
    """How a film soaks up its metal precursor, which then grows by CVD: why hybrid films are not self-limiting.

    During a dose dm/dt = (m_eq - m)/tau_in, in the purge m decays with tau_out, and what is left when the co-reactant
    comes becomes film: m_eq = `solubility` p in kg/m2 with p in Pa; `yield_` is kg of film a kg of absorbed
    precursor. Films much thinner than `thickness_scale` (m) take up less: they are still self-limiting [S19].
    """

    solubility: Law
    tau_in: Law
    tau_out: Law
    yield_: Number
    thickness_scale: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """What a pair of substances grows: `growth_per_cycle` in m against K, saturated and purged; `density` in kg/m3.

    `metal_share` is the part of a cycle's mass that the metal's half brings, as a microbalance sees it: beyond 1 where
    the co-reactant makes the film lighter.
    """

    name: str
    aliases: tuple[str, ...]
    precursor: str
    coreactant: str
    growth_per_cycle: Law
    density: Number
    metal_share: Number
    uptake: Uptake | None = None
    notes: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All names it is found by, the proper one first."""
        return (self.name, *self.aliases)


def share(value: float, balance: str, doubt: float = 0.15) -> Number:
    """A share of mass by the balance of atoms that `balance` tells; 15 % is half a ligand more or less."""
    return Number(value, Mark.C, balance, relative_uncertainty=doubt)
