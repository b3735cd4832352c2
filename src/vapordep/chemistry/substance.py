"""What a substance is: its role, its reactive classes, what it attacks, its vapour, and the limits of its bottle."""

from enum import StrEnum

from vapordep.chemistry.evidence import Mark, Number
from vapordep.chemistry.lookup import unknown
from vapordep.chemistry.vapour_pressure import VapourPressure, VapourPressureFit
from vapordep.errors import InputError
from vapordep.lazy import dataclass


class Role(StrEnum):
    """What a substance is dosed for. A derivatising agent is a coreactant: it needs a film that is already there."""

    PRECURSOR = "precursor"
    COREACTANT = "coreactant"
    MONOMER = "monomer"
    INITIATOR = "initiator"
    CROSSLINKER = "crosslinker"
    INHIBITOR = "inhibitor"
    INERT = "inert"


class ReactiveClass(StrEnum):
    """The classes whose pairs decide what may meet; a substance may belong to several."""

    ALKYL = "metal alkyl"
    HALIDE = "metal halide"
    ALKOXIDE = "metal alkoxide"
    WATER = "water"
    OXIDISER = "oxidiser"
    PROTIC = "protic organic"
    AMINE = "ammonia or amine"
    PEROXIDE = "organic peroxide"
    VINYL = "vinyl monomer"
    SULTONE = "sultone"
    ORGANIC_HALIDE = "organic halide"
    CARBON_DIOXIDE = "carbon dioxide"
    INERT = "inert"


class Supply(StrEnum):
    """How a substance reaches the chamber."""

    VAPOUR = "vapour drawn from a bottle"
    GAS = "gas line"
    GENERATOR = "generator"
    NONE = "not a source"


@dataclass(frozen=True, slots=True)
class Attack:
    """A substrate that the bare substance attacks, and how."""

    substrate: str
    how: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class Window:
    """A range of temperature in K; None is an open end."""

    low: float | None
    high: float | None

    def __contains__(self, temperature: float) -> bool:
        return (self.low is None or self.low <= temperature) and (self.high is None or temperature <= self.high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Substance:
    """One substance. Temperatures in K, pressures in Pa, `molar_mass` in kg/mol.

    `vapour_pressures` holds the default fit first. `source_window` and `line_window` are the delivery temperatures in
    use. Above `warn_source_temperature` the bottle is to be looked at, at `max_source_temperature` its heating must
    have stopped, at `decomposition_temperature` it decomposes by itself. `notes` are the traps and the doubts.
    """

    name: str
    aliases: tuple[str, ...]
    formula: str
    cas: str
    molar_mass: float
    role: Role
    classes: frozenset[ReactiveClass]
    supply: Supply = Supply.VAPOUR
    reactions: tuple[Attack, ...] = ()
    vapour_pressures: tuple[VapourPressureFit, ...] = ()
    source_window: Window | None = None
    line_window: Window | None = None
    melting_point: Number | None = None
    warn_source_temperature: Number | None = None
    max_source_temperature: Number | None = None
    decomposition_temperature: Number | None = None
    hazards: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All names it is found by: the proper one, the aliases, the formula, the CAS number."""
        return tuple(dict.fromkeys(name for name in (self.name, *self.aliases, self.formula, self.cas) if name))

    @property
    def attacks(self) -> frozenset[str]:
        """Names of the substrates that the substance attacks when they are bare."""
        return frozenset(reaction.substrate for reaction in self.reactions)

    def fit(self, choice: str | None = None) -> VapourPressureFit:
        """The default fit, or the one labelled `choice`; UnknownName for another label, InputError without any fit."""
        if not self.vapour_pressures:
            raise InputError(f"no vapour pressure curve of {self.name} is known", remedy=self._without_fit())
        if choice is None:
            return self.vapour_pressures[0]
        for fit in self.vapour_pressures:
            if fit.label.casefold() == choice.casefold():
                return fit
        labels = {fit.label: (fit.label,) for fit in self.vapour_pressures}
        raise unknown(f"vapour pressure fit of {self.name}", choice, labels)

    def vapour_pressure(self, temperature: float, choice: str | None = None) -> VapourPressure:
        """Saturated vapour pressure in Pa at `temperature` (K), by the default fit or the one labelled `choice`.

        Never clamped: outside the range of the fit `extrapolated` is true. Raises what `fit` raises, and InputError for
        a temperature that is not an absolute one.
        """
        return self.fit(choice).vapour_pressure(temperature)

    def _without_fit(self) -> str:
        if self.supply is not Supply.VAPOUR:
            return f"Supply: {self.supply}. Give its pressure or flow instead of a source temperature."
        return "Measure the source pressure by a rise in the closed chamber."
