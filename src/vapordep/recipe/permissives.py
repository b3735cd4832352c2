"""The reactor's own permissives, judged by what a plan tells of its values before anything runs."""

from collections.abc import Iterator, Mapping
from math import inf

from vapordep.model.batches import Sample
from vapordep.model.interlocks import InterlockRule
from vapordep.model.steps import Dose
from vapordep.model.tags import Quality
from vapordep.recipe.case import Case
from vapordep.recipe.findings import Finding
from vapordep.recipe.situation import Situation
from vapordep.safety.conditions import Condition, Truth, parse_condition


def of_permissives(step: Dose, situation: Situation, case: Case) -> Iterator[Finding]:
    """What a permissive of the reactor file would refuse for sure, as far as the plan tells its values."""
    valve = case.reactor.sources[step.source].valve
    views = _view(situation, case, coldest=True), _view(situation, case, coldest=False)
    for rule in case.reactor.interlocks:
        if valve not in rule.guards or not _applies(rule, views, case):
            continue
        for text in rule.require:
            told = _untrue(parse_condition(text, case.tags), views)
            if told:
                what = f"{rule.id} would refuse to open {valve}: {told}. {rule.protects}"
                yield Finding(rule.id, what.rstrip("."), step.where, rule.remedy.rstrip(".") or f"see {rule.where}")


def _applies(rule: InterlockRule, views: tuple[Mapping[str, Sample], ...], case: Case) -> bool:
    if not rule.when:
        return True
    condition = parse_condition(rule.when, case.tags)
    return all(condition.judge(view) is Truth.TRUE for view in views)


def _untrue(condition: Condition, views: tuple[Mapping[str, Sample], ...]) -> str:
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
    return {tag: Sample(0.0, value, Quality.GOOD) for tag, value in values.items()}
