"""Margins: exact on recordings made by hand, told over silence, and never taken from what has no value."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from vapordep.model.batches import Batch
from vapordep.model.interlocks import InterlockRule
from vapordep.model.tags import Quality, Tag
from vapordep.safety.interlocks.compiled import Interlock, compile_rules
from vapordep.safety.interlocks.interlocks import Interlocks
from vapordep.safety.interlocks.margins import Nearness, at_commands, over_time
from vapordep.units import Pa, degC, one, percent
from vapordep.units import state as state_unit

TAGS: Mapping[str, Tag] = {
    "chamber.pressure": Tag("chamber.pressure", Pa, stale_after=2.0),
    "foil.maximum": Tag("foil.maximum", degC, stale_after=3.0),
    "substrate.trip": Tag("substrate.trip", degC, stale_after=math.inf),
    "surface.saturation": Tag("surface.saturation", percent, high=1.0, stale_after=math.inf),
    "flow.ratio": Tag("flow.ratio", percent, stale_after=2.0),
    "sources.open": Tag("sources.open", one, stale_after=2.0),
    "TMA.valve": Tag("TMA.valve", state_unit),
}
NAN = math.nan


def interlock(*require: str, when: str = "", samples: int | None = None, time: float | None = None) -> Interlock:
    guards = () if samples or time else ("TMA.valve",)
    rule = InterlockRule(
        "X", require, "a test", when=when, guards=guards, trip_after_samples=samples, trip_after_time=time
    )
    return compile_rules([rule], TAGS, {"TMA.valve"}).interlocks[0]


def told(**values: Sequence[float]) -> dict[str, Batch]:
    """A value a second, from 0 s, by tag; NaN is BAD."""
    named = {name.replace("__", "."): column for name, column in values.items()}
    return {tag: Batch.of(tag, np.arange(len(column), dtype=float), column) for tag, column in named.items()}


def judged(found: Interlock, end: float, **values: Sequence[float]) -> Nearness:
    return over_time(found, told(**values), 0.0, end)


def test_what_was_left_is_the_distance_to_the_limit_where_it_was_least() -> None:
    near = judged(interlock("chamber.pressure < 1 kPa", samples=2), 5.0, chamber__pressure=[100, 700, 950, 400, 100])
    [closest] = near.closest
    assert (closest.value, closest.limit, closest.left, closest.time) == (950.0, 1000.0, 50.0, 2.0)
    assert closest.share == pytest.approx(0.05)
    assert (near.applied, near.false, near.unknown, near.patience_left) == (5.0, None, None, None)


def test_a_limit_from_below_is_left_upwards() -> None:
    [closest] = judged(interlock("foil.maximum > -20 degC", samples=1), 2.0, foil__maximum=[293.15, 273.15]).closest
    assert closest.left == pytest.approx(20.0)
    assert closest.share == pytest.approx(0.5), "of the way from room temperature"


@pytest.mark.parametrize(
    ("text", "value", "share"),
    [
        ("flow.ratio > 80 %", 0.84, 0.2),
        ("flow.ratio < 110 %", 1.01, 0.9),
        ("surface.saturation >= 95 %", 0.96, 0.2),
        ("flow.ratio < 50 %", 0.4, 0.2),
        ("flow.ratio < 110 %", 1.2, -1.0),
        ("flow.ratio < 100 %", 0.8, 0.2),
    ],
)
def test_a_fraction_that_must_be_large_or_may_exceed_one_counts_from_one(text: str, value: float, share: float) -> None:
    [closest] = judged(interlock(text, samples=1), 1.0, flow__ratio=[value], surface__saturation=[value]).closest
    assert closest.share == pytest.approx(share)


def test_a_tag_may_be_the_limit_and_its_value_at_that_instant_counts() -> None:
    near = judged(
        interlock("foil.maximum < substrate.trip", samples=2), 4.0,
        foil__maximum=[300.0, 400.0, 420.0, 300.0], substrate__trip=[433.15, 410.0, 433.15],
    )  # fmt: skip
    [closest] = near.closest
    assert (closest.time, closest.limit, closest.left) == (1.0, 410.0, pytest.approx(10.0))
    assert closest.share == pytest.approx(10.0 / (410.0 - 293.15)), "of the way from room temperature"


def test_only_what_applies_counts() -> None:
    near = judged(
        interlock("chamber.pressure < 1 kPa", when="sources.open", time=0.5), 4.0,
        chamber__pressure=[5000, 5000, 300, 5000], sources__open=[0, 0, 1, 0],
    )  # fmt: skip
    assert (near.applied, near.closest[0].value, near.false) == (1.0, 300.0, None)


def test_what_has_no_value_is_unknown_and_no_margin() -> None:
    near = judged(interlock("chamber.pressure < 1 kPa", time=10.0), 5.0, chamber__pressure=[100, NAN, NAN, 900, 100])
    assert near.closest[0].value == 900.0
    assert near.unknown is not None
    assert (near.unknown.start, near.unknown.duration, near.unknown.samples) == (1.0, 2.0, 2)
    assert near.patience_left == pytest.approx(0.8)
    assert near.unknown_for == 2.0


def test_a_recording_without_any_value_gives_no_margin_and_is_unknown_throughout() -> None:
    for values in ([NAN, NAN], []):
        near = judged(interlock("chamber.pressure < 1 kPa", samples=2), 9.0, chamber__pressure=values)
        assert near.closest == ()
        assert near.unknown_for == 9.0
    assert over_time(interlock("chamber.pressure < 1 kPa", samples=2), {}, 0.0, 9.0).unknown_for == 9.0


def test_silence_is_unknown_from_when_the_last_value_is_stale() -> None:
    batches = {"chamber.pressure": Batch.of("chamber.pressure", [0.0, 1.0, 8.0], [1.0, 1.0, 1.0])}
    near = over_time(interlock("chamber.pressure < 1 kPa", samples=3), batches, 0.0, 12.0)
    assert near.unknown is not None
    assert (near.unknown.start, near.unknown.duration) == (3.0, 5.0)
    assert near.unknown_for == 5.0 + 2.0, "the end of the run was silent too"
    assert near.patience_left == 0.0, "silence is persistence enough"


def test_the_longest_time_untrue_is_told_with_what_was_not_true() -> None:
    near = judged(
        interlock("flow.ratio > 80 %", "chamber.pressure < 1 kPa", time=4.0), 8.0,
        flow__ratio=[1.0] * 8, chamber__pressure=[1, 2000, 1, 2000, 2000, 2000, 1, 1],
    )  # fmt: skip
    assert near.false is not None
    assert (near.false.start, near.false.duration, near.false.samples) == (3.0, 3.0, 3)
    assert near.false.condition.text == "chamber.pressure < 1 kPa"
    assert near.patience_left == pytest.approx(0.25)


def test_before_the_start_and_after_the_end_nothing_counts() -> None:
    values = told(chamber__pressure=[5000.0, 10.0, 20.0, 5000.0])
    near = over_time(interlock("chamber.pressure < 1 kPa", samples=1), values, 1.0, 3.0)
    assert (near.closest[0].value, near.applied, near.false) == (20.0, 2.0, None)


def test_a_permissive_is_looked_at_when_a_command_came() -> None:
    values = told(chamber__pressure=[5000.0, 10.0, 600.0, 5000.0])
    near = at_commands(interlock("chamber.pressure < 1 kPa"), values, np.array([1.5, 2.9]))
    assert (near.applied, near.closest[0].value, near.closest[0].time) == (2.0, 600.0, 2.9)
    assert near.patience_left is None
    assert (near.false, near.unknown, near.unknown_for) == (None, None, 0.0)


def test_a_permissive_has_no_patience_however_long_it_was_not_fulfilled() -> None:
    near = judged(interlock("chamber.pressure < 1 kPa"), 3.0, chamber__pressure=[5000, 5000, 5000])
    assert near.false is not None
    assert near.patience_left is None


def test_without_a_persistence_one_sample_is_enough() -> None:
    rule = InterlockRule("X", ("chamber.pressure < 1 kPa",), "a test")
    [found] = compile_rules([rule], TAGS, ()).interlocks
    assert judged(found, 3.0, chamber__pressure=[1, 5000, 1]).patience_left == 0.0
    assert judged(found, 3.0, chamber__pressure=[1, 1, 1]).patience_left is None


def test_what_is_surely_false_is_not_unknown_and_samples_of_one_instant_are_one() -> None:
    near = judged(
        interlock("flow.ratio > 80 %", "chamber.pressure < 1 kPa", samples=4), 4.0,
        flow__ratio=[1.0, NAN, NAN, 1.0], chamber__pressure=[1, 2000, 2000, 1],
    )  # fmt: skip
    assert (near.unknown, near.unknown_for) == (None, 0.0)
    assert near.false is not None
    assert (near.false.samples, near.false.duration, near.false.silent) == (2, 2.0, False)
    assert near.patience_left == pytest.approx(0.5)


def test_of_several_conditions_the_nearest_stands_first() -> None:
    found = interlock("flow.ratio > 80 %", "chamber.pressure < 1 kPa", "sources.open", samples=2)
    near = judged(found, 2.0, flow__ratio=[1.0, 0.98], chamber__pressure=[900, 1], sources__open=[1, 1])
    assert [one.condition.text for one in near.closest] == ["chamber.pressure < 1 kPa", "flow.ratio > 80 %"]
    assert [one.share for one in near.closest] == [pytest.approx(0.1), pytest.approx(0.9)]
    near = judged(found, 2.0, flow__ratio=[0.81, 0.98], chamber__pressure=[10, 1], sources__open=[1, 1])
    assert [one.condition.text for one in near.closest] == ["flow.ratio > 80 %", "chamber.pressure < 1 kPa"]


def test_of_a_limit_at_which_its_way_begins_no_part_can_be_told() -> None:
    [closest] = judged(interlock("chamber.pressure > 0 Pa", samples=1), 1.0, chamber__pressure=[5]).closest
    assert closest.left == 5.0
    assert math.isnan(closest.share)


def test_the_longest_lapse_is_that_of_the_interlock_itself() -> None:
    """Walked sample by sample, the interlock trips just where the margins say that nothing of its patience was left."""
    rng = np.random.default_rng(3)
    tripped = 0
    for _ in range(60):
        values = np.where(rng.random(30) < 0.55, 2000.0, 10.0)
        found = interlock("chamber.pressure < 1 kPa", samples=4)
        live = Interlocks(compile_rules([found.rule], TAGS, {"TMA.valve"}))
        batches = told(chamber__pressure=values.tolist())
        live.go_live(0.0)
        live.evaluate(29.5, list(batches.values()))
        near = over_time(found, batches, 0.0, 29.5)
        left = 1.0 if near.patience_left is None else near.patience_left
        assert (left <= 0.0) == bool(live.trips)
        tripped += bool(live.trips)
    assert 5 < tripped < 55


def test_bad_quality_counts_as_no_value_whatever_stands_beside_it() -> None:
    marks = np.array([0, Quality.BAD, 0], dtype=np.uint8)
    batch = Batch("chamber.pressure", np.arange(3.0), np.array([1.0, 999.0, 2.0]), marks)
    near = over_time(interlock("chamber.pressure < 1 kPa", samples=2), {"chamber.pressure": batch}, 0.0, 3.0)
    assert near.closest[0].value == 2.0


def test_the_worse_of_what_was_false_and_what_was_unknown_tells_how_much_patience_was_left() -> None:
    """False for 1 s and unknown for 3 s, then the other way round; never silent."""
    for values in ([2e3, 1.0, NAN, NAN, NAN], [NAN, 1.0, 2e3, 2e3, 2e3]):
        by_time = judged(interlock("chamber.pressure < 1 kPa", time=10.0), 5.0, chamber__pressure=values)
        assert by_time.patience_left == pytest.approx(0.7)
        by_count = judged(interlock("chamber.pressure < 1 kPa", samples=10), 5.0, chamber__pressure=values)
        assert by_count.patience_left == pytest.approx(0.7)


def test_silence_is_enough_beside_what_was_false_and_heard() -> None:
    near = judged(interlock("chamber.pressure < 1 kPa", samples=10), 9.0, chamber__pressure=[1.0, 2e3, 1.0])
    assert near.false is not None
    assert not near.false.silent
    assert near.patience_left == 0.0


def test_a_limit_from_below_that_is_a_tag_counts_at_that_instant() -> None:
    found = interlock("foil.maximum > substrate.trip", samples=2)
    [closest] = judged(found, 2.0, foil__maximum=[400.0, 420.0], substrate__trip=[300.0, 410.0]).closest
    assert (closest.time, closest.left) == (1.0, pytest.approx(10.0))
