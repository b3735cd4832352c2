"""Films as data: what two substances give, how much a cycle, how dense, and how the first cycles differ."""

from math import exp

from vapordep.chemistry.evidence import Confidence, Mark, Number
from vapordep.chemistry.laws import Arrhenius, Constant, Exponential, Interpolated, Law, celsius
from vapordep.chemistry.lookup import Register
from vapordep.chemistry.substances import substance
from vapordep.chemistry.substrates import substrate
from vapordep.errors import UnknownName
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

    def equilibrium(self, pressure: float, temperature: float, thickness: float) -> float:
        """m_eq in kg/m2 under the precursor's `pressure` (Pa) at `temperature` (K) in a film of `thickness` (m)."""
        filled = 1.0 - exp(-thickness / self.thickness_scale.value)
        return self.solubility.value(temperature) * pressure * filled


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """What a pair of substances grows: `growth_per_cycle` in m against K, saturated and purged; `density` in kg/m3."""

    name: str
    aliases: tuple[str, ...]
    precursor: str
    coreactant: str
    growth_per_cycle: Law
    density: Number
    uptake: Uptake | None = None
    notes: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All names it is found by, the proper one first."""
        return (self.name, *self.aliases)

    def mass_per_cycle(self, temperature: float) -> float:
        """Mass a cycle in kg/m2 at `temperature` (K): growth times density (1e-8 kg/m2 is 1 ng/cm2)."""
        return self.growth_per_cycle.at(temperature).value * self.density.value


def _setting(constant: float, source: str) -> Constant:
    return Constant(constant, low=None, high=None, mark=Mark.U, source=source, confidence=Confidence.LOW)


ALUCONE_UPTAKE = Uptake(
    solubility=Arrhenius(
        2e-8,
        celsius(120),
        -30e3,
        low=celsius(120),
        high=celsius(120),
        mark=Mark.U,
        confidence=Confidence.LOW,
        source="assumed [D]: a 50 ms dose leaves about 7 ng/cm2, less when hotter, as [S18] finds in kind",
    ),
    tau_in=Arrhenius(
        15.0,
        celsius(120),
        -40e3,
        low=celsius(120),
        high=celsius(120),
        mark=Mark.U,
        confidence=Confidence.LOW,
        source="assumed equal to tau_out [D]",
    ),
    tau_out=Arrhenius(
        15.0,
        celsius(120),
        -40e3,
        low=celsius(120),
        high=celsius(120),
        mark=Mark.U,
        confidence=Confidence.LOW,
        source="assumed [D]: 60 s of purge suffice at 120 degC, 120 s hardly at 85 degC",
    ),
    yield_=Number(1.0, Mark.U, "assumed [D]"),
    thickness_scale=Number(5e-9, Mark.U, "assumed [D]; that thin films are self-limiting is measured [S19]"),
)
"""Uptake of TMA by alucone. That growth falls exponentially with the TMA purge is measured [S18]; no number is."""

FILMS = (
    Film(
        name="Al2O3",
        aliases=("alumina",),
        precursor="trimethylaluminium",
        coreactant="water",
        growth_per_cycle=Interpolated(
            ((celsius(80), 1.0e-10), (celsius(100), 1.1e-10), (celsius(177), 1.1e-10), (celsius(300), 0.85e-10)),
            low=celsius(80),
            high=celsius(300),
            mark=Mark.G,
            source="Ott 1997, Groner 2004, Puurunen 2005, Elam 2002",
            relative_uncertainty=0.18,
            confidence=Confidence.MEDIUM,
        ),
        density=Number(
            3000.0,
            Mark.G,
            "2.5 g/cm3 at 33 degC, 3.0 at 177 degC",
            relative_uncertainty=0.1,
            confidence=Confidence.MEDIUM,
        ),
        notes=(
            "Bands in angstrom: 0.9-1.1 at 80 degC, 1.1-1.3 at 100-125, 1.1-1.25 at 177, 0.8-0.9 at 300 degC.",
            "Largest near 250 degC with short pulses, limited by kinetics below [S21].",
            "14 nm on lithium protects it from corrosion [S2].",
            "Below 150 degC unreacted TMA and carbon stay in the film [S22].",
        ),
    ),
    Film(
        name="ZnO",
        aliases=("zinc oxide",),
        precursor="diethylzinc",
        coreactant="water",
        growth_per_cycle=Interpolated(
            ((celsius(100), 1.9e-10), (celsius(177), 1.9e-10), (celsius(200), 1.7e-10)),
            low=celsius(100),
            high=celsius(200),
            mark=Mark.G,
            source="1.8 to 2.0 A from 100 to 177 degC [G]; 1.7 A at 200 degC, an Al-doped recipe [S10]",
            relative_uncertainty=0.06,
        ),
        density=Number(5600.0, Mark.G, "bulk"),
    ),
    Film(
        name="alucone",
        aliases=("alucone EG", "AlEG"),
        precursor="trimethylaluminium",
        coreactant="ethylene glycol",
        growth_per_cycle=Exponential(
            4.0e-10,
            celsius(85),
            0.02558,
            low=celsius(85),
            high=celsius(175),
            mark=Mark.G,
            confidence=Confidence.MEDIUM,
            source="4.0 A at 85 degC and 0.4 A at 175 degC, Dameron 2008 [G]; exponential between [C]",
        ),
        density=Number(1500.0, Mark.G, "1.35 to 1.4 g/cm3 in one table [S23]", relative_uncertainty=0.1),
        uptake=ALUCONE_UPTAKE,
        notes=("Not self-limiting when purged too shortly, the more so the cooler [S18].",),
    ),
    Film(
        name="zincone EG",
        aliases=("zincone", "ZnEG"),
        precursor="diethylzinc",
        coreactant="ethylene glycol",
        growth_per_cycle=Exponential(
            4.0e-10,
            celsius(90),
            0.03466,
            low=celsius(90),
            high=celsius(170),
            mark=Mark.G,
            confidence=Confidence.MEDIUM,
            source="4.0 A at 90 degC and 0.25 A at 170 degC, Yoon 2009 [G]; exponential between [C]",
        ),
        density=Number(2000.0, Mark.U, "assumed", confidence=Confidence.LOW),
        notes=(
            "Self-limiting from 100 to 170 degC; mass a cycle falls with temperature; the glycol reacts twice; "
            "hydrolyses in humid air [S25].",
        ),
    ),
    Film(
        name="zincone HQ",
        aliases=("ZnHQ",),
        precursor="diethylzinc",
        coreactant="hydroquinone",
        growth_per_cycle=Constant(
            1.6e-10,
            low=celsius(150),
            high=celsius(150),
            mark=Mark.U,
            confidence=Confidence.LOW,
            source="one recalled value; linear and self-limiting at 150 degC [S26]",
        ),
        density=Number(2000.0, Mark.U, "assumed", confidence=Confidence.LOW),
    ),
    Film(
        name="lithicone GL",
        aliases=("lithicone", "LiGL"),
        precursor="lithium tert-butoxide",
        coreactant="glycerol",
        growth_per_cycle=_setting(2.0e-10, "1 to 3 A a cycle; that the film exists and protects lithium [S58]"),
        density=Number(1500.0, Mark.U, "assumed, as alucone; none was found", confidence=Confidence.LOW),
    ),
    Film(
        name="lithicone EG",
        aliases=("LiEG",),
        precursor="lithium tert-butoxide",
        coreactant="ethylene glycol",
        growth_per_cycle=_setting(2.0e-10, "1 to 3 A a cycle; film Li1.5C2O1.8 [S28]"),
        density=Number(1500.0, Mark.U, "assumed, as alucone; none was found", confidence=Confidence.LOW),
    ),
)
"""One entry a pair of precursor and co-reactant."""

_REGISTER = Register("film", FILMS)
_BY_PAIR = {(entry.precursor, entry.coreactant): entry for entry in FILMS}


def film(name: str) -> Film:
    """The film of that name; UnknownName, with near spellings, without one."""
    return _REGISTER.find(name)


def film_of(precursor: str, coreactant: str) -> Film:
    """The film that two substances (any of their names) grow; UnknownName when no growth of the pair is known."""
    pair = substance(precursor).name, substance(coreactant).name
    if pair not in _BY_PAIR:
        known = ", ".join(f"{entry.name} ({entry.precursor} + {entry.coreactant})" for entry in FILMS)
        raise UnknownName(f"no growth of {pair[0]} with {pair[1]} is known", remedy=f"Known films: {known}.")
    return _BY_PAIR[pair]


@dataclass(frozen=True, slots=True)
class Nucleation:
    """How the first cycles differ: growth of cycle n (from 0) is that of a late cycle times 1 + alpha exp(-n/n0).

    `alpha` > 0 is an excess, as on lithium, where TMA reacts with LiOH and Li2O; alpha = -1 is full inhibition.
    """

    alpha: Number
    n0: Number

    def factor(self, cycle: float) -> float:
        """Growth of `cycle` (0 is the first) relative to a late one."""
        return 1.0 + self.alpha.value * exp(-cycle / self.n0.value)


LITHIUM_NUCLEATION = Nucleation(
    Number(0.5, Mark.U, "+20 to 50 % in the first 5 cycles [D]; that there is an excess [S3][P]"),
    Number(5.0, Mark.U, "+20 to 50 % in the first 5 cycles [D]"),
)
NO_NUCLEATION = Nucleation(
    Number(0.0, Mark.U, "no number was found"), Number(5.0, Mark.U, "without meaning at alpha 0")
)


def nucleation(name: str) -> Nucleation:
    """Settings for growth on the bare substrate of that name; where none were found, every cycle grows alike."""
    return LITHIUM_NUCLEATION if substrate(name).name == "lithium" else NO_NUCLEATION
