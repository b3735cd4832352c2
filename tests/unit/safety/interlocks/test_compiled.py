"""Interlocks compiled: what stands against one at an instant, by its limits and by its deadband."""

from dataclasses import replace

from tests.unit.safety.rig import P3, instrument_tags
from vapordep.model.batches import Sample
from vapordep.model.interlocks import InterlockRule
from vapordep.model.tags import Quality
from vapordep.safety.interlocks.compiled import Interlock, compile_rules

TAGS = instrument_tags()


def compiled(rule: InterlockRule) -> Interlock:
    [interlock] = compile_rules([rule], TAGS, {"TMA.valve", "H2O.valve", "EG.valve"}).interlocks
    return interlock


def latest(**values: float) -> dict[str, Sample]:
    return {tag.replace("__", "."): Sample(0.0, value, Quality.GOOD) for tag, value in values.items()}


def test_against_what_does_not_apply_nothing_stands() -> None:
    pumped = compiled(replace(P3, when="pump.valve"))
    open_air = latest(pump__valve=0.0, chamber__pressure=1e5)
    assert pumped.satisfied(open_air, 0.0, released=False)
    assert pumped.unmet(open_air, 0.0) == ()
    [unmet] = pumped.unmet(latest(pump__valve=1.0, chamber__pressure=1e5), 0.0)
    assert unmet.term == "chamber.pressure < 1 kPa"


def test_within_its_deadband_it_is_satisfied_and_not_released() -> None:
    interlock = compiled(replace(P3, deadband="200 Pa"))
    for pressure, released in ((700.0, True), (900.0, False)):
        assert interlock.satisfied(latest(chamber__pressure=pressure), 0.0, released=False)
        assert interlock.satisfied(latest(chamber__pressure=pressure), 0.0, released=True) is released


def test_a_rule_that_reads_one_sensor_too_many_is_not_covered_unless_it_is_hard() -> None:
    rule = replace(P3, require=("chamber.pressure < 1 kPa", "stage.temperature < 100 degC"))
    lacking = {"stage.temperature"}
    soft = compile_rules([rule], TAGS, {*rule.guards}, lacking)
    assert (soft.interlocks, soft.not_covered) == ((), (rule,))
    hard = compile_rules([replace(rule, hard=True)], TAGS, {*rule.guards}, lacking)
    assert [interlock.rule.id for interlock in hard.interlocks] == [rule.id]


def test_each_output_has_the_permissives_that_guard_it_and_no_others() -> None:
    tma, water = replace(P3, id="A", guards=("TMA.valve",)), replace(P3, id="B", guards=("H2O.valve", "EG.valve"))
    guards = compile_rules([tma, water], TAGS, {"TMA.valve", "H2O.valve", "EG.valve"}).guards
    ids = {tag: [interlock.rule.id for interlock in permissives] for tag, permissives in guards.items()}
    assert ids == {"TMA.valve": ["A"], "H2O.valve": ["B"], "EG.valve": ["B"]}
