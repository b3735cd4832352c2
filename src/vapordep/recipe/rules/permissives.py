"""The reactor's own permissives, judged by what a plan tells of its values before anything runs."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import inf

from vapordep.chemistry import purge_gap
from vapordep.model.batches import Sample
from vapordep.model.interlocks import InterlockRule
from vapordep.model.steady_steps import Light
from vapordep.model.steps import Dose
from vapordep.model.tags import Quality
from vapordep.recipe.case import Case, time_shown
from vapordep.recipe.findings import Finding
from vapordep.recipe.foretold.durations import FLOW_SETTLING
from vapordep.recipe.foretold.situation import Situation
from vapordep.safety.conditions import Condition, Truth, parse_condition
from vapordep.safety.monitors.valves import LATENCY

CLEARANCE = "filament.clearance"
"""1 once all that came in pulses is pumped out."""
WAIT = f"set it by a `flow` step, which waits for it, or write `purge: {{for: {FLOW_SETTLING:g} s}}` before the dose"
Views = tuple[Mapping[str, Sample], ...]
"""What the plan tells of values: each of these may be so."""


def of_permissives(step: Dose, situation: Situation, case: Case) -> Iterator[Finding]:
    """What a permissive of the reactor file would refuse for sure, as far as the plan tells its values."""
    valve = case.reactor.sources[step.source].valve
    settled = replace(situation, unsettled={})
    found = list(refused(valve, f"open {valve}", step.where, _views(settled, case), case))
    yield from found
    if situation.unsettled and not found:
        for finding in refused(valve, f"open {valve}", step.where, _views(situation, case), case):
            yield replace(finding, message=f"{finding.message}. {_on_their_way(situation)}", remedy=WAIT)


def of_warmth(source: str, where: str, situation: Situation, case: Case) -> Iterator[Finding]:
    """What a permissive would refuse of a steady source because a zone is too cold or too hot."""
    valve = case.reactor.sources[source].valve
    zones = {f"{zone}.temperature" for zone in case.reactor.zones}
    views = tuple({tag: one for tag, one in view.items() if tag in zones} for view in _views(situation, case))
    yield from refused(valve, f"open {valve}", where, views, case)


def of_clearance(step: Light, situation: Situation, case: Case) -> Iterator[Finding]:
    """A filament that would be lit in what pulses have left; its other permissives have rules of their own."""
    filament = case.reactor.filament
    if filament is not None and CLEARANCE in case.tags:
        gap = purge_gap(case.reactor.chamber.residence_time, 0.0).block + LATENCY
        cleared = all(left.purged >= gap for left in situation.residues.values())
        view = {CLEARANCE: Sample(0.0, float(cleared), Quality.GOOD)}
        yield from refused(filament.on, "light the filament", step.where, (view,), case)


def of_heat_of_filament(step: Light, case: Case) -> Iterator[Finding]:
    """A filament that is wanted hotter than an interlock of the reactor bears."""
    filament = case.reactor.filament
    if filament is None or step.temperature is None or filament.temperature not in case.tags:
        return
    view = {filament.temperature: Sample(0.0, step.temperature, Quality.GOOD)}
    for rule in case.reactor.interlocks:
        for text in rule.require if _while_lit(rule, filament.on) else ():
            condition = parse_condition(text, case.tags)
            told = _untrue(condition, (view,)) if condition.tags == (filament.temperature,) else ""
            if told:
                what = f"{rule.id} would not bear the filament: {told}. {rule.protects}"
                yield Finding(rule.id, what.rstrip("."), step.where, "light it less")


def _while_lit(rule: InterlockRule, filament: str) -> bool:
    """Whether an interlock looks at the filament: a permissive of it, or a trip that applies as long as it is on."""
    return filament in rule.guards or (rule.trips and rule.when in ("", filament))


def _on_their_way(situation: Situation) -> str:
    lines = " and ".join(situation.unsettled)
    return f"The flow of {lines} was set just before, and takes up to {time_shown(FLOW_SETTLING)} to get there"


def refused(output: str, doing: str, where: str, views: Views, case: Case) -> Iterator[Finding]:
    """What keeps `output` as it is, of the permissives that guard it, by what `views` tell and by nothing else."""
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


def _views(situation: Situation, case: Case) -> Views:
    return _view(situation, case, least=True), _view(situation, case, least=False)


def _view(situation: Situation, case: Case, *, least: bool) -> Mapping[str, Sample]:
    """The tags whose values a plan tells, every zone as cold or as hot, every flow as small or as great as may be."""
    reactor, stage = case.reactor, case.reactor.stage
    kelvin = situation.coldest if least else situation.hottest
    values = {f"{zone}.temperature": kelvin(zone) for zone in reactor.zones}
    values["foil.temperature"] = kelvin(stage.zone) + stage.foil_offset
    values["foil.maximum"] = values["foil.temperature"] + stage.uncertainty
    values["chamber.pressure"] = situation.pressure
    values[reactor.pump.valve] = float(situation.pumping)
    for line in reactor.lines:
        wanted, flow = situation.flows.get(line, 0.0), situation.flow_between(line)[0 if least else 1]
        values |= {f"{line}.flow": flow, f"{line}.flow_setpoint": wanted}
        if wanted > 0.0:
            values[f"{line}.flow_ratio"] = flow / wanted
    if reactor.filament is not None:
        values[reactor.filament.voltage] = reactor.filament.hot[0] if situation.lit else 0.0
    return {tag: Sample(0.0, value, Quality.GOOD) for tag, value in values.items()}
