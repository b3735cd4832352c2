"""Rules of filling, venting and opening the chamber: what must have come before each."""

from collections.abc import Iterator

from vapordep.model.steps import ChangeOver, Dose, FlowCheck, Load, Unload, Vent
from vapordep.recipe.case import Case, celsius, pressure_shown, time_shown
from vapordep.recipe.findings import Finding, Severity
from vapordep.recipe.foretold.exposure import saturated
from vapordep.recipe.foretold.purges import shortest
from vapordep.recipe.foretold.situation import Situation, coldest_surface, gas_temperature
from vapordep.recipe.rules.condensation import of_line
from vapordep.recipe.rules.doses import SATURATED, of_empty, of_walls
from vapordep.safety.substances import TOUCH, VENT_FOIL, VENTED_LEAST
from vapordep.units import GAS_CONSTANT

FEWEST_SECONDS = 8.0
"""A rate of rise over a shorter time, in s, is noise."""


def of_flow_check(step: FlowCheck, situation: Situation, case: Case) -> Iterator[Finding]:
    """The chamber must be evacuated, and may not fill so far that the pump's main valve could not open again."""
    reactor = case.reactor
    if not situation.pumped:
        what = "a flow check begins in vacuum, and the chamber was never pumped"
        yield Finding("R-FLOW", what, step.where, "add a `pump` step before it")
    if step.duration < FEWEST_SECONDS:
        what = f"a rate of rise over {time_shown(step.duration)} says nothing"
        yield Finding("R-FLOW", what, step.where, f"write `for: {time_shown(FEWEST_SECONDS)}` or more")
    rise = step.flow * GAS_CONSTANT * gas_temperature(situation, reactor) / reactor.chamber.volume
    highest, limit = rise * step.duration, reactor.pump.soft_until
    if highest > limit:
        longest = limit / rise
        what = (
            f"the chamber would fill to {pressure_shown(highest)}; the main valve opens below {pressure_shown(limit)}"
        )
        yield Finding("R-FLOW", what, step.where, f"check for {time_shown(int(longest))} at most, or a smaller flow")
    if step.source:
        yield from _of_source(step, highest, situation, case)


def _of_source(step: FlowCheck, highest: float, situation: Situation, case: Case) -> Iterator[Finding]:
    """What a source that is let into the shut chamber for a check must not meet, nor condense on."""
    source = case.reactor.sources[step.source]
    yield from of_empty(source, step.where)
    yield from of_walls(step.source, step.where, situation, case)
    yield from of_line(Dose(where=step.where, source=step.source, width=1.0), situation, case)
    if situation.lit:
        yield Finding("R-FLOW", "the filament is lit while a flow is checked", step.where, "put it out before")
    bears = saturated(source, coldest_surface(situation, case.reactor)) if not source.metered else None
    if bears and highest >= SATURATED * bears:
        what = f"{step.source} would reach {highest / bears:.2g} of its saturation in the shut chamber"
        yield Finding("I5", what, step.where, "check for a shorter time, or on a warmer stage")


def of_vent(step: Vent, situation: Situation, case: Case) -> Iterator[Finding]:
    """Every source cleared, and the foil cold where a trace of air would burn it."""
    stage, rule = case.reactor.stage, shortest(case.reactor.chamber)
    for source, left in situation.residues.items():
        if left.purged < rule:
            what = (
                f"{source} is not cleared: {time_shown(left.purged)} of purge lie after it, it takes {time_shown(rule)}"
            )
            yield Finding("R-VENT", what, step.where, "purge before venting, such as `purge: {for: 5 min}`")
    if not situation.pumped or situation.pressure >= case.reactor.pump.soft_until:
        what = f"a vent begins in vacuum, below {pressure_shown(case.reactor.pump.soft_until)}"
        yield Finding("R-VENT", what, step.where, "add a `pump` step before it")
    foil = situation.hottest(stage.zone) + stage.foil_offset + stage.uncertainty
    if case.substrate.hard and foil > VENT_FOIL:
        what = f"the foil may have {celsius(foil)}; {case.substrate.name} is vented at {celsius(VENT_FOIL)} or below"
        yield Finding("R-VENT", what, step.where, "cool the stage first, such as `cool: {stage: 50 degC, within: 2 h}`")


def of_opening(step: Load | Unload, situation: Situation, case: Case) -> Iterator[Finding]:
    """Only a vented chamber opens, and only a cold one is reached into."""
    if situation.pumping or situation.pressure < VENTED_LEAST:
        what = f"the chamber is not vented before `{step.word}`"
        yield Finding("R-LOAD", what, step.where, "add `- vent: {within: 1 h}` before it")
    zone = case.reactor.stage.zone
    if situation.hottest(zone) > TOUCH:
        what = f"{zone} may have {celsius(situation.hottest(zone))}: too hot to touch above {celsius(TOUCH)}"
        yield Finding("R-LOAD", what, step.where, f"add `- cool: {{{zone}: 50 degC, within: 2 h}}` before it")


def of_change_over(step: ChangeOver, situation: Situation, case: Case) -> Iterator[Finding]:
    """Nobody changes liners through a lid that is shut."""
    if not situation.opened:
        what = "walls do not become bare by themselves: the lid was not opened before `change_over`"
        yield Finding("R-CHANGE", what, step.where, "add `- vent` and `- load` before it, and `leak_check` after it")


def of_opened(step: Dose, situation: Situation, case: Case) -> Iterator[Finding]:
    """A lid that was opened may leak: no dose before the leak check."""
    if situation.opened:
        what = f"{step.source} would be dosed after the lid was opened, and nobody looked for leaks since"
        severity = Severity.ERROR if case.substrate.hard else Severity.WARNING
        yield Finding("P4", what, step.where, "add `- leak_check: {for: 5 min}` after pumping", severity)
