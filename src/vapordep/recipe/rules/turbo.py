"""The turbo pump as a plan tells it: what waits for its speed, and what opens the valve before it."""

from collections.abc import Iterator
from dataclasses import replace

from vapordep.model.batches import Sample
from vapordep.model.chamber import Turbo
from vapordep.model.steps import Pump, PumpPurge, Set, Wait
from vapordep.model.tags import Quality
from vapordep.recipe.case import Case, time_shown
from vapordep.recipe.findings import Finding, Severity
from vapordep.recipe.foretold.situation import TURBO_OFF, Situation
from vapordep.recipe.rules.permissives import refused

NOT_STARTED = "nothing before starts the turbo pump: unless it runs already"


def of_waiting(step: Wait, situation: Situation, case: Case) -> Iterator[Finding]:
    """A turbo pump that is waited for, and that is off, or will not be at speed by then."""
    turbo, known = case.reactor.pump.turbo, situation.turbo
    if turbo is None or step.until.strip() != turbo.ready:
        return
    if known == TURBO_OFF:
        yield Finding("R-WAIT", f"{turbo.ready} never comes true: the turbo pump is off", step.where, _start(turbo))
    elif known is None:
        what = f"{NOT_STARTED}, {turbo.ready} never comes true"
        yield Finding("R-WAIT", what, step.where, _start(turbo), Severity.WARNING)
    elif step.within < turbo.spin_up - known:
        left = time_shown(turbo.spin_up - known)
        what = f"{turbo.ready} may take {left} to come true; {time_shown(step.within)} are given"
        yield Finding("R-WAIT", what, step.where, "wait longer: a run is held there", Severity.WARNING)


def of_pumping(step: Pump | PumpPurge | Set, situation: Situation, case: Case) -> Iterator[Finding]:
    """A main valve that an interlock keeps shut until the turbo pump is at speed."""
    turbo, valve, known = case.reactor.pump.turbo, case.reactor.pump.valve, situation.turbo
    if turbo is None or (known is not None and known >= turbo.spin_up):
        return
    if isinstance(step, Set) and (step.output != valve or step.value == 0.0):
        return
    view = {turbo.ready: Sample(0.0, 0.0, Quality.GOOD)}
    for finding in refused(valve, f"open {valve}", step.where, (view,), case):
        if known is None:
            told, doubt = f"{NOT_STARTED}, {finding.message}", Severity.WARNING
            yield replace(finding, message=told, severity=doubt, remedy=_start(turbo))
        else:
            yield replace(finding, remedy=_start(turbo) if known == TURBO_OFF else _wait(turbo))


def _start(turbo: Turbo) -> str:
    return f'add `- set: {{output: {turbo.power}, value: "on"}}` and {_wait(turbo).removeprefix("add ")}'


def _wait(turbo: Turbo) -> str:
    return f"add `- wait: {{until: {turbo.ready}, within: {time_shown(2.0 * turbo.spin_up)}}}` before"
