"""Doses: what each meets in the chamber and on bare substrate, and what its bottle can give.

The limits are those of the interlocks, from the same functions: what passes here is what the gate will let pass.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import exp, expm1

from vapordep.model.plan import Parallel
from vapordep.model.sources import SourceLine
from vapordep.model.steps import Dose, PumpPurge, Step
from vapordep.recipe.case import Case, celsius, pressure_shown
from vapordep.recipe.findings import Finding, Severity
from vapordep.recipe.foretold.delivered import of_delivery
from vapordep.recipe.foretold.exposure import (
    Exposure,
    bottle_temperature,
    saturated,
)
from vapordep.recipe.foretold.exposure import of_dose as dose_exposure
from vapordep.recipe.foretold.situation import Situation, coldest_surface
from vapordep.recipe.rules.condensation import of_line
from vapordep.recipe.rules.permissives import of_permissives
from vapordep.recipe.rules.residues import of_neighbours, percent, seconds, uptake_of
from vapordep.safety.monitors.dose import TAIL
from vapordep.safety.monitors.surface import BASELINE_SPAN, COVERED, LEAST_PEAK, VENTED
from vapordep.safety.substances import wall_coaters

STEADY = 5.0
"""Residence times after which a change of pressure is over, for a baseline."""
CROWDED, SATURATED = 0.8, 0.9
"""Pressure over saturation at the coldest surface from which a dose is doubted, and refused (interlock I5)."""


def of_dose(step: Dose, situation: Situation, case: Case) -> Iterator[Finding]:
    """What chemistry says of a dose into an evacuated, purged chamber."""
    yield from of_walls(step.source, step.where, situation, case)
    yield from of_neighbours(step, situation, case)
    yield from _bare(step, situation, case)
    source = case.reactor.sources[step.source]
    needs = list(of_delivery(step, situation, bottle_temperature(source, situation), case))
    yield from needs
    lacking = any(finding.severity is Severity.ERROR for finding in needs)
    given = None if lacking else dose_exposure(step, situation, case.reactor)
    refused = [] if lacking else list(of_permissives(step, situation, case))
    yield from refused or of_line(step, situation, case)
    if given is not None:
        yield from _gives(step, situation, given, case)
        yield from _fills(step, situation, case)


# --- C5: what walls hold ------------------------------------------------------------------------------------------


def of_walls(source: str, where: str, situation: Situation, case: Case) -> Iterator[Finding]:
    """A source that the walls must not meet as others have left them."""
    before = [name for name in wall_coaters(case.reactor, source) if name in situation.coated]
    if before:
        what = f"{source} comes after {' and '.join(before)}, which the walls still hold, however long is purged"
        remedy = "make two recipes of it, and run one with `changeover: true` between them"
        yield Finding("C5", what, where, remedy)


# --- C3: bare substrate -------------------------------------------------------------------------------------------


def _bare(step: Dose, situation: Situation, case: Case) -> Iterator[Finding]:
    filled = situation.filled(case.reactor)
    if step.source not in case.attacking or filled >= COVERED:
        return
    bare = case.substrate.name
    if filled > 0.0:
        found = f"the best dose of metal precursor before it fills {100 * filled:.0f} % of the sites"
    else:
        found = "no dose of a metal precursor that covers it can be seen before"
    what = f"{step.source} would attack bare {bare}: {found}, {100 * COVERED:.0f} % must be filled"
    yield Finding("C3", what, step.where, _cover(case))


def _cover(case: Case) -> str:
    names = [name for name, source in case.reactor.sources.items() if source.valve in case.covering]
    unknown = [name for name in names if _unknown(name, case)]
    if names and names == unknown:
        return (
            f"enter what the bottle of {names[0]} holds (`vapordep bottles install`): an empty one gives its gas "
            "alone, and no gauge tells"
        )
    if not names:
        return f"take another reactor: this one has no metal precursor that covers {case.substrate.name}"
    steady = seconds(STEADY * case.reactor.chamber.residence_time + BASELINE_SPAN)
    return (
        f"prime with a saturating dose of {' or '.join(names)} first, such as 50 ms, once the stage is hot and "
        f"{steady} after anything changed the pressure"
    )


def with_coverage(later: Situation, step: Step, before: Situation, case: Case) -> Situation:
    """The situation `later`, after `step`, with what the monitor of the surface will make of it.

    It judges only a dose that begins under a steady pressure; a vented chamber makes it forget.
    """
    if vents(step):
        return replace(later, saturation=0.0, pending=0.0)
    if not isinstance(step, Dose):
        return later
    valve = case.reactor.sources[step.source].valve
    seen = step if _seen_as_one(step, case) else replace(step, pulses=1)
    given = dose_exposure(seen, before, case.reactor)
    steady = before.steady >= STEADY * case.reactor.chamber.residence_time + BASELINE_SPAN
    if valve not in case.covering or _unknown(step.source, case) or given is None:
        return later
    if not steady or given.peak < LEAST_PEAK * before.pressure:
        return later
    foil = coldest_surface(before, case.reactor) + case.reactor.stage.foil_offset
    counted = (1.0 - TAIL) * given.area  # the monitor leaves off where a tenth of the peak is left
    return replace(later, pending=1.0 - exp(-case.covering[valve](foil) * counted))


def _unknown(source: str, case: Case) -> bool:
    """Whether nobody knows that its bottle is not empty: the gauge would see the gas alone."""
    line = case.reactor.sources[source]
    return bool(line.left_tag) and line.content is None


def vents(step: Step) -> bool:
    """Whether a step, or one in its branches, fills the chamber so far that the surface counts as bare again."""
    if isinstance(step, Parallel):
        return any(vents(inner) for branch in step.branches for inner in branch.steps)
    return isinstance(step, PumpPurge) and step.high >= VENTED


def _seen_as_one(step: Dose, case: Case) -> bool:
    """Whether the gauge still shows each pulse when the next one comes, with a margin: else only one counts."""
    return exp(-step.gap / case.reactor.chamber.residence_time) > 2.0 * TAIL


# --- what a bottle can give ------------------------------------------------------------------------------------------


def _gives(step: Dose, situation: Situation, given: Exposure, case: Case) -> Iterator[Finding]:
    """Whether vapour comes out of the bottle at all, and whether the coldest surface bears its pressure."""
    source = case.reactor.sources[step.source]
    if given.amount == 0.0:
        bottle = bottle_temperature(source, situation)
        inside = saturated(source, bottle) or 0.0
        what = (
            f"{step.source} at {celsius(bottle)} has {pressure_shown(inside)}, the chamber "
            f"{pressure_shown(situation.pressure)}: gas would flow into the bottle"
        )
        yield Finding("R-SOURCE", what, step.where, "heat the bottle, or lower the carrier flow")
        return
    coldest = coldest_surface(situation, case.reactor)
    hottest = saturated(source, bottle_temperature(source, situation, hottest=True))
    bearable = saturated(source, coldest)  # by the same curve as the bottle's: what is doubtful of it leaves the ratio
    if hottest is None or not bearable or hottest <= bearable:
        return
    ratio = given.peak / bearable
    if ratio >= CROWDED:
        what = f"{step.source} reaches {ratio:.2g} of its saturation on a surface at {celsius(coldest)}"
        severity = Severity.ERROR if ratio >= SATURATED else Severity.WARNING
        yield Finding("I5", what, step.where, "heat stage and walls, or give a shorter pulse", severity)


def _fills(step: Dose, situation: Situation, case: Case) -> Iterator[Finding]:
    """Whether it saturates the coldest surface, as far as anybody knows: a cycle grows by what its doses fill."""
    felt = uptake_of(step, situation, case)
    filled = -expm1(-felt.filling) if felt else 1.0
    if 0.0 < filled < COVERED:
        what = f"{step.source} fills about {percent(filled)} of the sites: a cycle grows by as much less"
        yield Finding("R-DOSE", what, step.where, "give a longer pulse, or `pulses`", Severity.NOTE)


# --- over the whole plan ------------------------------------------------------------------------------------------


def of_bottles(amounts: Mapping[str, float], where: Mapping[str, str], case: Case) -> Iterator[Finding]:
    """What the plan takes from each bottle, in mol, against what is left in it, or what a full one holds."""
    for name, used in amounts.items():
        source = case.reactor.sources[name]
        yield from of_empty(source, where[name])
        if not source.content or used <= 0.5 * source.content:
            continue
        severity = Severity.ERROR if used > source.content else Severity.WARNING
        whole = (
            f"what is left in the bottle of {name} ({source.bottle})"
            if source.bottle
            else f"what a full bottle of {name} holds"
        )
        what = f"the plan takes {100 * used / source.content:.0f} % of {whole}"
        yield Finding("R-BOTTLE", what, where[name], "lower the cycles, or fill the bottle", severity)


def of_empty(source: SourceLine, where: str) -> Iterator[Finding]:
    """A bottle that is empty on record."""
    if source.bottle and source.content == 0.0:
        what = f"the bottle of {source.name} is empty ({source.bottle})"
        remedy = (
            f"put another in its place, and enter it with `vapordep bottles remove` and `install ... {source.name}`"
        )
        yield Finding("R-BOTTLE", what, where, remedy)
