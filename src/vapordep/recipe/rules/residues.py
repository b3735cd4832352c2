"""C1, C2: what is left of the doses before, in the gas and on the surfaces, when another vapour comes."""

from collections.abc import Iterator
from dataclasses import replace
from math import exp, log

from vapordep.chemistry import Level, compatibility, purge_gap
from vapordep.model.steps import Dose, Rest
from vapordep.recipe.case import Case, celsius, time_shown
from vapordep.recipe.findings import Finding, Severity
from vapordep.recipe.foretold.exposure import Uptake, adsorption, cvd_part, residual_time, share_left, stored
from vapordep.recipe.foretold.exposure import of_dose as dose_exposure
from vapordep.recipe.foretold.situation import Residue, Situation, coldest_surface
from vapordep.safety.monitors.valves import LATENCY

NOTICED = 0.01
"""A part of a cycle that grows by CVD from which it is told."""


def of_neighbours(step: Dose, situation: Situation, case: Case) -> Iterator[Finding]:
    """Vapours that the one of a dose must not meet, and how long each was purged."""
    mine = case.reactor.sources[step.source]
    for name, left in situation.residues.items():
        verdict = compatibility(mine.substance, case.reactor.sources[name].substance)
        if name == step.source or verdict.allowed:
            continue
        gap, why = _gap(name, situation, case), verdict.why.rpartition(": ")[2]
        if verdict.level is Level.WARN:
            if left.purged < gap[0]:
                what = f"{step.source} follows {name} after {time_shown(left.purged)}: {why}"
                yield Finding("C2", what, step.where, f"purge for {seconds(gap[0])} before it", Severity.WARNING)
        elif left.purged <= LATENCY:
            what = f"{step.source} and {name} would be open together, for valves move up to 30 ms late: {why}"
            yield Finding("C1", what, step.where, f"purge for {seconds(gap[1])} between them")
        elif left.purged < gap[0]:
            what = (
                f"{step.source} follows {name} after {time_shown(left.purged)}; they must not meet, and that takes "
                f"{time_shown(gap[0])} (9.2 residence times): {why}"
            )
            yield Finding("C2", what, step.where, f"purge for {seconds(gap[1])} before it")
        else:
            yield from _given_back(name, left, step, gap[1], situation, case)


def _given_back(
    name: str, left: Residue, step: Dose, doubted: float, situation: Situation, case: Case
) -> Iterator[Finding]:
    """What surfaces still give back of `left`: told up to `doubted` s of purge; of what was held, while it counts."""
    part, enough = _cvd_part(left, step, situation, case), doubted
    if part == 0.0:
        return
    coldest = coldest_surface(situation, case.reactor)
    residual = residual_time(case.reactor.sources[name].substance, coldest)
    if part is not None and left.held and part > NOTICED:
        enough = max(doubted, left.purged + residual * log(part / NOTICED))
    if left.purged >= enough:
        return
    told = f"up to about {percent(min(part, 1.0))}" if part is not None else "an unknown part"
    if part is None:
        still = share_left(left.purged, case.reactor.chamber.residence_time, residual)
        told += f" ({percent(still)} of the pulse is left)"
    what = (
        f"{time_shown(left.purged)} of purge leave some {name} on the surfaces: {told} of a cycle would grow by CVD "
        f"when {step.source} comes, at {celsius(coldest)}, the coldest that they may be"
    )
    yield Finding("C2", what, step.where, f"purge for {seconds(enough)} before it", Severity.WARNING)


def _gap(left: str, situation: Situation, case: Case) -> tuple[float, float]:
    """The purge in s after the source `left` below which a dose is refused, and below which it is doubted."""
    residual = residual_time(case.reactor.sources[left].substance, coldest_surface(situation, case.reactor))
    gap = purge_gap(case.reactor.chamber.residence_time, residual)
    return gap.block + LATENCY, gap.warn


def _cvd_part(left: Residue, step: Dose, situation: Situation, case: Case) -> float | None:
    """How much of a cycle grows from what is left; None when nobody knows."""
    shut = replace(situation, pumping=False, flows={}) if left.held else situation
    residue, dosed = uptake_of(left.dose, shut, case, left.held), uptake_of(step, situation, case)
    if residue is None or dosed is None:
        return None
    return cvd_part(residue, left.purged, dosed, case.reactor.chamber.residence_time)


def of_held(step: Rest, situation: Situation, case: Case) -> Iterator[Finding]:
    """A shut chamber keeps what the purge before left of another vapour: all of it reacts while this one is held.

    Only of gas: k p t of what decays with V/S; what surfaces give back is told where the dose comes.
    """
    held = [name for name, left in situation.residues.items() if left.purged == 0.0]
    for name, left in situation.residues.items():
        sources = case.reactor.sources
        met = [each for each in held if not compatibility(sources[each].substance, sources[name].substance).allowed]
        part = _kept(left, situation, case) * step.duration if met and left.purged > 0.0 else 0.0
        if part > NOTICED:
            needed = left.purged + case.reactor.chamber.residence_time * log(part / NOTICED)
            what = (
                f"what {time_shown(left.purged)} of purge left of {name} is shut in with {met[0]} for"
                f" {time_shown(step.duration)}: about {percent(min(part, 1.0))} of a cycle would grow by CVD"
            )
            remedy = f"purge for {seconds(needed)} before it, or hold it for less"
            yield Finding("C2", what, step.where, remedy, Severity.WARNING)


def _kept(left: Residue, situation: Situation, case: Case) -> float:
    """How fast, in 1/s, what is left of a dose in the gas would fill the coldest surface; 0 when nobody knows."""
    vapour, given = case.reactor.sources[left.dose.source].substance, dose_exposure(left.dose, situation, case.reactor)
    constant = adsorption(vapour, coldest_surface(situation, case.reactor))
    if constant is None or given is None:
        return 0.0
    return constant * given.peak * exp(-left.purged / case.reactor.chamber.residence_time)


def percent(share: float) -> str:
    """A share for people, in two digits at least; one below 0.01 % is told as that."""
    share = max(share, 1e-4)
    return f"{100.0 * share:.0f} %" if share >= 0.1 else f"{100.0 * share:.2g} %"


def uptake_of(dose: Dose, situation: Situation, case: Case, held: float = 0.0) -> Uptake | None:
    """A dose as the coldest surface feels it, then held for `held` s; None when nobody knows how fast it fills."""
    temperature, vapour = coldest_surface(situation, case.reactor), case.reactor.sources[dose.source].substance
    constant, given = adsorption(vapour, temperature), dose_exposure(dose, situation, case.reactor)
    if constant is None or given is None:
        return None
    residual = residual_time(vapour, temperature)
    return Uptake(constant * given.area, residual, stored(constant, given.peak, residual, held))


def seconds(time: float) -> str:
    """A time in s for people, rounded up."""
    return f"{int(time) + 1} s"
