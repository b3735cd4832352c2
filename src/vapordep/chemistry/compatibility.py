"""What may meet in the chamber: a verdict on every pair of substances, and the purge that must lie between."""

from enum import IntEnum
from itertools import product

from vapordep.chemistry.substance import ReactiveClass, Substance
from vapordep.chemistry.substances import substance
from vapordep.lazy import dataclass


class Level(IntEnum):
    """How bad a pair is, in rising order."""

    ALLOWED = 0
    WARN = 1
    FORBIDDEN = 2


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether two substances may be present together or follow each other without a purge, and why.

    `by_default`: the chemistry would allow the pair; it is forbidden because what it gives is undefined.
    """

    level: Level
    why: str
    by_default: bool = False

    @property
    def allowed(self) -> bool:
        """The pair may meet."""
        return self.level is Level.ALLOWED

    @property
    def warn(self) -> bool:
        """The pair may meet, with the reason shown."""
        return self.level is Level.WARN

    @property
    def forbidden(self) -> bool:
        """Both valves must never be open together, and a purge must lie between."""
        return self.level is Level.FORBIDDEN


ALKYL, HALIDE, ALKOXIDE = ReactiveClass.ALKYL, ReactiveClass.HALIDE, ReactiveClass.ALKOXIDE
WATER, OXIDISER, PROTIC, AMINE = ReactiveClass.WATER, ReactiveClass.OXIDISER, ReactiveClass.PROTIC, ReactiveClass.AMINE
PEROXIDE, VINYL, SULTONE = ReactiveClass.PEROXIDE, ReactiveClass.VINYL, ReactiveClass.SULTONE
CARBON_DIOXIDE, ORGANIC_HALIDE = ReactiveClass.CARBON_DIOXIDE, ReactiveClass.ORGANIC_HALIDE

OK, WARN, X = Level.ALLOWED, Level.WARN, Level.FORBIDDEN

PAIRS: tuple[tuple[ReactiveClass, ReactiveClass, Level, str], ...] = (
    (ALKYL, HALIDE, X, "exchange of ligands and reduction, with heat"),
    (ALKYL, ALKOXIDE, WARN, "exchange of ligands"),
    (ALKYL, WATER, X, "violent hydrolysis"),
    (ALKYL, OXIDISER, X, "pyrophoric"),
    (ALKYL, PROTIC, X, "violent alcoholysis"),
    (ALKYL, AMINE, X, "adducts form"),
    (ALKYL, PEROXIDE, X, "alkyl and peroxide react violently"),
    (ALKYL, VINYL, X, "the alkyl attacks ester and epoxide groups"),
    (ALKYL, SULTONE, X, "the alkyl opens the ring"),
    (HALIDE, ALKOXIDE, X, "exchange of ligands"),
    (HALIDE, WATER, X, "hydrolysis to HCl"),
    (HALIDE, OXIDISER, WARN, "chlorine may form"),
    (HALIDE, PROTIC, X, "alcoholysis to HCl"),
    (HALIDE, AMINE, X, "solid adducts and ammonium chloride form"),
    (HALIDE, PEROXIDE, X, "a Lewis acid decomposes the peroxide"),
    (HALIDE, VINYL, X, "a Lewis acid polymerises the monomer"),
    (HALIDE, SULTONE, X, "a Lewis acid opens the ring"),
    (ALKOXIDE, WATER, X, "hydrolysis"),
    (ALKOXIDE, OXIDISER, WARN, "the ligand may burn"),
    (ALKOXIDE, PROTIC, X, "exchange of ligands: this is the film's own reaction"),
    (ALKOXIDE, AMINE, WARN, "adducts may form"),
    (ALKOXIDE, PEROXIDE, X, "a strong base decomposes the peroxide"),
    (ALKOXIDE, VINYL, WARN, "a strong base may polymerise the monomer"),
    (ALKOXIDE, SULTONE, X, "the alkoxide opens the ring"),
    (WATER, OXIDISER, OK, "no reaction"),
    (WATER, PROTIC, OK, "no reaction"),
    (WATER, AMINE, WARN, "the amine dissolves in condensed water"),
    (WATER, PEROXIDE, OK, "no reaction"),
    (WATER, VINYL, OK, "no reaction"),
    (WATER, SULTONE, X, "hydrolysis to the sulfonic acid"),
    (OXIDISER, PROTIC, X, "oxidation; ozone with organics can explode"),
    (OXIDISER, AMINE, X, "oxidation; ozone with ammonia can explode"),
    (OXIDISER, PEROXIDE, X, "an oxidiser with a peroxide"),
    (OXIDISER, VINYL, X, "explosive ozonides"),
    (OXIDISER, SULTONE, X, "oxidation"),
    (PROTIC, AMINE, OK, "no reaction"),
    (PROTIC, PEROXIDE, WARN, "an alcohol feeds the peroxide's radicals"),
    (PROTIC, VINYL, OK, "no reaction"),
    (PROTIC, SULTONE, WARN, "the alcohol may open the ring"),
    (AMINE, PEROXIDE, WARN, "amines speed up the decay of peroxides"),
    (AMINE, VINYL, OK, "no reaction"),
    (AMINE, SULTONE, X, "quaternisation: this is the film's own reaction"),
    (PEROXIDE, VINYL, WARN, "initiator and monomer: only with the interlocks of the filament"),
    (PEROXIDE, SULTONE, WARN, "not known to be safe"),
    (CARBON_DIOXIDE, ALKYL, X, "metal alkyls react violently with CO2"),
    (CARBON_DIOXIDE, ALKOXIDE, WARN, "carbonates may form"),
    (CARBON_DIOXIDE, AMINE, WARN, "solid carbamates form"),
    (CARBON_DIOXIDE, WATER, OK, "no reaction"),
    (CARBON_DIOXIDE, OXIDISER, OK, "no reaction"),
    (ORGANIC_HALIDE, ALKYL, X, "metal alkyls react violently with what is halogenated"),
    (ORGANIC_HALIDE, HALIDE, WARN, "a Lewis acid takes its halogen"),
    (ORGANIC_HALIDE, ALKOXIDE, X, "the alkoxide takes the halogen's place"),
    (ORGANIC_HALIDE, WATER, OK, "no reaction but slow hydrolysis"),
    (ORGANIC_HALIDE, OXIDISER, X, "oxidation"),
    (ORGANIC_HALIDE, PROTIC, WARN, "an ether may form, and hydrogen halide"),
    (ORGANIC_HALIDE, AMINE, X, "quaternisation: this is the film's own reaction"),
    (ORGANIC_HALIDE, PEROXIDE, WARN, "radicals take its halogen"),
    (ORGANIC_HALIDE, VINYL, OK, "no reaction"),
    (ORGANIC_HALIDE, SULTONE, OK, "no reaction"),
    (ORGANIC_HALIDE, CARBON_DIOXIDE, OK, "no reaction"),
)
"""Verdicts and reasons, the order in a pair is free. Levels: [S15] and Bretherick [G]; CO2 beyond alkyls, and organic
halides but for alkyls, only [G]."""

_TABLE = {frozenset({a, b}): (level, why) for a, b, level, why in PAIRS}


def compatibility(first: Substance | str, second: Substance | str) -> Verdict:
    """The verdict on two substances, the same in either order; UnknownName for a name that no substance has.

    The worst pair of their classes decides. A substance goes with itself, an inert one with everything; a pair of which
    nobody wrote a verdict gives a warning.
    """
    a = substance(first) if isinstance(first, str) else first
    b = substance(second) if isinstance(second, str) else second
    if a.name == b.name:
        return Verdict(Level.ALLOWED, f"{a.name} with itself")
    if ReactiveClass.INERT in a.classes | b.classes:
        return Verdict(Level.ALLOWED, "one of them is inert")
    verdicts = [_of_classes(*pair) for pair in product(sorted(a.classes), sorted(b.classes))]
    worst = max(verdicts, key=lambda verdict: verdict.level)
    return Verdict(worst.level, f"{a.name} and {b.name}: {worst.why}", worst.by_default)


def _of_classes(a: ReactiveClass, b: ReactiveClass) -> Verdict:
    if a is b is ALKYL:
        return Verdict(
            Level.FORBIDDEN, "dosed together they exchange ligands; the composition is undefined", by_default=True
        )
    if a is b:
        return Verdict(Level.ALLOWED, f"both are of the class {a}")
    level, why = _TABLE.get(frozenset({a, b}), (Level.WARN, "nobody has judged this pair"))
    return Verdict(level, f"{a} and {b}: {why}")


@dataclass(frozen=True, slots=True)
class PurgeGap:
    """Shortest purges in s between two incompatible doses: below `block` refused, below `warn` some CVD is expected."""

    block: float
    warn: float


def purge_gap(pumping_time: float, residual_time: float) -> PurgeGap:
    """The purge between incompatible doses from the chamber's time constant V/S and the residue's tp, both in s.

    9.2 V/S takes the gas to 1e-4 of its peak; 5 tp takes what the surfaces give back to less than 1 % [D].
    """
    block = 9.2 * pumping_time
    return PurgeGap(block, block + 5.0 * residual_time)
