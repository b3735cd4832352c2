"""The reactor's own permissives, judged by what a plan tells of its values before anything runs."""

from collections.abc import Iterator, Mapping
from math import inf

from vapordep.chemistry import purge_gap
from vapordep.model.batches import Sample
from vapordep.model.interlocks import InterlockRule
from vapordep.model.steady_steps import Light
from vapordep.model.steps import Dose
from vapordep.model.tags import Quality
from vapordep.recipe.case import Case
from vapordep.recipe.findings import Finding
from vapordep.recipe.situation import Situation
from vapordep.safety.conditions import Condition, Truth, parse_condition
from vapordep.safety.monitors.valves import LATENCY

CLEARANCE = "filament.clearance"
"""1 once all that came in pulses is pumped out."""
Views = tuple[Mapping[str, Sample], ...]
"""What the plan tells of values: each of these may be so."""


def of_permissives(step: Dose, situation: Situation, case: Case) -> Iterator[Finding]:
    """What a permissive of the reactor file would refuse for sure, as far as the plan tells its values."""
    valve = case.reactor.sources[step.source].valve
    views = _view(situation, case, coldest=True), _view(situation, case, coldest=False)
    yield from _refused(valve, f"open {valve}", step.where, views, case)


def of_clearance(step: Light, situation: Situation, case: Case) -> Iterator[Finding]:
    """A filament that would be lit in what pulses have left; its other permissives have rules of their own."""
    filament = case.reactor.filament
    if filament is not None and CLEARANCE in case.tags:
        gap = purge_gap(case.reactor.chamber.residence_time, 0.0).block + LATENCY
        cleared = all(left.purged >= gap for left in situation.residues.values())
        view = {CLEARANCE: Sample(0.0, float(cleared), Quality.GOOD)}
        yield from _refused(filament.on, "light the filament", step.where, (view,), case)


def _refused(output: str, doing: str, where: str, views: Views, case: Case) -> Iterator[Finding]:
    for rule in case.reactor.interlocks:
        if output not in rule.guards or not _applies(rule, views, case):
            continue
        for text in rule.require:
            told = _untrue(parse_condition(text, case.tags), views)
            if told:
                what = f"{rule.id} would refuse to {doing}: {told}. {rule.protects}"
                yield Finding(rule.id, what.rstrip("."), where, rule.remedy.rstrip(".") or f"see {rule.where}")


def _applies(rule: InterlockRule, views: Views, case: Case) -> bool:
    if not rule.when:
        return True
    condition = parse_condition(rule.when, case.tags)
    return all(condition.judge(view) is Truth.TRUE for view in views)


def _untrue(condition: Condition, views: Views) -> str:
    for view in views:
        if condition.judge(view) is Truth.FALSE:
            return condition.explain(view, -inf)
    return ""


def _view(situation: Situation, case: Case, *, coldest: bool) -> Mapping[str, Sample]:
    """The tags whose values a plan tells, every zone as cold or as hot as it may be."""
    reactor, stage = case.reactor, case.reactor.stage
    kelvin = situation.coldest if coldest else situation.hottest
    values = {f"{zone}.temperature": kelvin(zone) for zone in reactor.zones}
    values["foil.temperature"] = kelvin(stage.zone) + stage.foil_offset
    values["foil.maximum"] = values["foil.temperature"] + stage.uncertainty
    values["chamber.pressure"] = situation.pressure
    values[reactor.pump.valve] = float(situation.pumping)
    for line in reactor.lines:
        flow = situation.flows.get(line, 0.0)
        values |= {f"{line}.flow": flow, f"{line}.flow_setpoint": flow}
        if flow > 0.0:
            values[f"{line}.flow_ratio"] = 1.0
    if reactor.filament is not None:
        values[reactor.filament.voltage] = reactor.filament.hot[0] if situation.lit else 0.0
    return {tag: Sample(0.0, value, Quality.GOOD) for tag, value in values.items()}
