"""Hybrid films of molecular layer deposition as data: alucones, zincones, lithicones."""

from vapordep.chemistry.evidence import Confidence, Mark, Number
from vapordep.chemistry.film_parts import Film, Uptake, share
from vapordep.chemistry.laws import Arrhenius, Constant, Exponential, celsius

NO_BALANCE = Number(
    0.9, Mark.U, "unknown: whether the butoxide leaves with the metal or after it", confidence=Confidence.LOW
)


def _setting(constant: float, source: str) -> Constant:
    return Constant(constant, low=None, high=None, mark=Mark.U, source=source, confidence=Confidence.LOW)


def _assumed(at_120: float, energy: float, source: str) -> Arrhenius:
    """A guess for 120 degC, and how it changes with temperature, by an energy in J/mol."""
    known = celsius(120)
    return Arrhenius(
        at_120, known, energy, low=known, high=known, mark=Mark.U, confidence=Confidence.LOW, source=source
    )  # fmt: skip


ALUCONE_UPTAKE = Uptake(
    solubility=_assumed(
        2e-8, -30e3, "assumed [D]: a 50 ms dose leaves about 7 ng/cm2, less when hotter, as [S18] finds in kind"
    ),
    tau_in=_assumed(15.0, -40e3, "assumed equal to tau_out [D]"),
    tau_out=_assumed(15.0, -40e3, "assumed [D]: 60 s of purge suffice at 120 degC, 120 s hardly at 85 degC"),
    yield_=Number(1.0, Mark.U, "assumed [D]"),
    thickness_scale=Number(5e-9, Mark.U, "assumed [D]; that thin films are self-limiting is measured [S19]"),
)
"""Uptake of TMA by alucone. That growth falls exponentially with the TMA purge is measured [S18]; no number is."""

HYBRIDS = (
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
        metal_share=share(
            0.55,
            "half of the methyls leave with the metal; 0.41 where each glycol reacts once, 0.68 where it reacts twice",
            doubt=0.25,
        ),
        uptake=ALUCONE_UPTAKE,
        notes=("Not self-limiting when purged too shortly, the more so the cooler [S18].",),
    ),
    Film(
        name="alucone GL",
        aliases=("AlGL",),
        precursor="trimethylaluminium",
        coreactant="glycerol",
        growth_per_cycle=_setting(2.3e-10, "2 to 3 A a cycle near 150 degC, recalled of George's group [G]"),
        density=Number(1600.0, Mark.U, "assumed, as alucone", confidence=Confidence.LOW),
        metal_share=share(
            0.5, "half of the methyls leave with the metal, and the glycerol reacts twice: 48 of 93 g/mol", doubt=0.25
        ),
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
        metal_share=share(0.75, "one ethyl leaves with the metal, one with the glycol: 93.4 of 125.5 g/mol"),
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
        metal_share=share(0.54, "one ethyl leaves with the metal, one with the quinol: 93.4 of 173.5 g/mol"),
    ),
    Film(
        name="lithicone GL",
        aliases=("lithicone", "LiGL"),
        precursor="lithium tert-butoxide",
        coreactant="glycerol",
        growth_per_cycle=_setting(2.0e-10, "1 to 3 A a cycle; that the film exists and protects lithium [S58]"),
        density=Number(1500.0, Mark.U, "assumed, as alucone; none was found", confidence=Confidence.LOW),
        metal_share=NO_BALANCE,
    ),
    Film(
        name="lithicone EG",
        aliases=("LiEG",),
        precursor="lithium tert-butoxide",
        coreactant="ethylene glycol",
        growth_per_cycle=_setting(2.0e-10, "1 to 3 A a cycle; film Li1.5C2O1.8 [S28]"),
        density=Number(1500.0, Mark.U, "assumed, as alucone; none was found", confidence=Confidence.LOW),
        metal_share=NO_BALANCE,
    ),
)
"""One entry a pair of precursor and co-reactant."""
