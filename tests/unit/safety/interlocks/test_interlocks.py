"""Interlocks: persistence, latch, silence, first-out, and that no verdict depends on how a stream is cut."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vapordep.errors import ReactorError, SafetyError, Tripped
from vapordep.model.alarms import Turn
from vapordep.model.batches import Batch
from vapordep.model.interlocks import Action, InterlockRule
from vapordep.model.tags import Quality, Tag
from vapordep.safety.conditions import Truth
from vapordep.safety.interlocks.compiled import CHECK_SILENT, Trip, compile_rules
from vapordep.safety.interlocks.interlocks import Interlocks
from vapordep.safety.interlocks.standing import Occasion
from vapordep.safety.streams import WORTHWHILE
from vapordep.units import Pa, one

TAGS = {
    "a.p": Tag("a.p", Pa, stale_after=1.0),
    "b.p": Tag("b.p", Pa, stale_after=2.5),
    "v.open": Tag("v.open", one, stale_after=3.0),
}


def rule(id: str, *require: str, action: Action = Action.SAFE, **more: object) -> InterlockRule:
    return InterlockRule(id, require, f"{id} protects.", "Look.", action=action, **more)  # type: ignore[arg-type]


def interlocks(*rules: InterlockRule, live: bool = True, at: float = 0.0) -> Interlocks:
    """Live at the instant 0 with all values good."""
    made = Interlocks(compile_rules(rules, TAGS, {"x.valve"}))
    made.evaluate(at, [Batch.one("a.p", at, 1.0), Batch.one("b.p", at, 1.0), Batch.one("v.open", at, 1.0)])
    if live:
        made.go_live(at)
    return made


def feed(made: Interlocks, tag: str, *samples: tuple[float, float]) -> None:
    for time, value in samples:
        made.evaluate(time, [Batch.one(tag, time, value)])


def told(made: Interlocks) -> list[tuple[str, float]]:
    return [(trip.id, trip.time) for trip in made.trips]


LOW = rule("LOW", "a.p < 5 Pa")


def test_one_violating_sample_trips_unless_told_otherwise() -> None:
    made = interlocks(LOW)
    feed(made, "a.p", (0.5, 4.0), (1.0, 5.0))
    assert told(made) == [("LOW", 1.0)]
    [trip] = made.trips
    assert [(u.term, u.truth, u.text) for u in trip.unmet] == [("a.p < 5 Pa", Truth.FALSE, "a.p is 5 Pa, limit < 5 Pa")]


def test_samples_must_be_consecutive() -> None:
    made = interlocks(replace(LOW, trip_after_samples=2))
    feed(made, "a.p", (0.1, 9.0), (0.2, 1.0), (0.3, 9.0))
    assert told(made) == []
    feed(made, "a.p", (0.4, 9.0))
    assert told(made) == [("LOW", 0.4)]


def test_one_instant_is_one_sample() -> None:
    made = interlocks(rule("TWO", "a.p < 5 Pa", "b.p < 5 Pa", trip_after_samples=2))
    feed(made, "a.p", (0.5, 9.0))
    feed(made, "b.p", (0.5, 9.0))
    assert told(made) == []


def test_a_time_runs_out_between_samples_and_at_its_own_instant() -> None:
    made = interlocks(replace(LOW, trip_after_time=0.5))
    feed(made, "a.p", (0.25, 9.0))
    made.tick(0.7)
    assert told(made) == []
    assert made.next_deadline() == 0.75
    made.tick(0.9)
    assert told(made) == [("LOW", 0.75)]


def test_a_cause_that_goes_in_time_trips_nothing() -> None:
    made = interlocks(replace(LOW, trip_after_time=0.5))
    feed(made, "a.p", (0.25, 9.0), (0.7, 1.0), (0.8, 9.0), (1.2, 9.0))
    assert told(made) == []


@pytest.mark.parametrize("persistence", [{}, {"trip_after_samples": 5}])
def test_a_sensor_that_falls_silent_trips_when_it_becomes_stale(persistence: dict[str, int]) -> None:
    made = interlocks(replace(LOW, **persistence))  # type: ignore[arg-type]
    feed(made, "a.p", (0.5, 1.0))
    made.tick(1.499)
    assert told(made) == []
    made.tick(1.5)
    assert told(made) == [("LOW", 1.5)]
    assert made.trips[0].unmet[0].text == "a.p has been silent for 1 s"


def test_silence_counts_as_the_beginning_of_a_time() -> None:
    made = interlocks(replace(LOW, trip_after_time=0.5))
    made.tick(10.0)
    assert told(made) == [("LOW", 1.5)]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_none_trips(value: float) -> None:
    made = interlocks(rule("R", "a.p < 5 Pa"), rule("S", "a.p > -5 Pa"))
    feed(made, "a.p", (0.5, value))
    assert told(made) == [("R", 0.5), ("S", 0.5)]


def test_a_sensor_that_came_back_may_fall_silent_again() -> None:
    made = interlocks(replace(LOW, trip_after_time=0.5))
    made.tick(1.2)
    feed(made, "a.p", (1.3, 1.0))
    made.tick(2.7)
    assert told(made) == []
    made.tick(2.9)
    assert told(made) == [("LOW", 2.8)]


def test_a_trip_by_silence_that_was_reset_comes_again() -> None:
    made = interlocks(LOW)
    made.tick(1.2)
    feed(made, "a.p", (1.3, 1.0))
    made.standings.acknowledge("LOW")
    made.standings.reset("LOW", 1.4)
    made.tick(2.4)
    assert told(made) == [("LOW", 2.3)]


def test_a_time_may_run_out_before_any_sensor_falls_silent() -> None:
    made = interlocks(replace(LOW, trip_after_time=0.3))
    feed(made, "a.p", (0.5, 9.0))
    made.tick(0.85)
    assert told(made) == [("LOW", 0.8)]


def test_what_limits_an_interlock_must_surely_not_hold() -> None:
    made = interlocks(replace(LOW, when="v.open"))
    feed(made, "v.open", (0.1, 0.0))
    feed(made, "a.p", (0.2, 9.0))
    assert told(made) == []
    made.evaluate(0.3, [Batch.one("v.open", 0.3, math.nan, Quality.BAD)])
    assert told(made) == [("LOW", 0.3)]


def test_silence_of_what_limits_it_makes_it_apply() -> None:
    made = interlocks(replace(LOW, when="v.open"))
    feed(made, "v.open", (0.0, 0.0))
    feed(made, "a.p", *((t / 2, 9.0) for t in range(1, 6)))
    assert told(made) == []
    feed(made, "a.p", (3.2, 9.0))
    assert told(made) == [("LOW", 3.0)]


def test_trips_latch_in_the_order_in_which_they_came() -> None:
    made = interlocks(rule("B", "b.p < 5 Pa"), LOW)
    heard: list[Trip] = []
    made.standings.on_trip.append(heard.append)
    feed(made, "a.p", (0.1, 9.0))
    feed(made, "b.p", (0.2, 9.0), (0.3, 1.0))
    feed(made, "a.p", (0.4, 1.0), (0.5, 9.0))
    assert told(made) == [("LOW", 0.1), ("B", 0.2)]
    assert [trip.id for trip in heard] == ["LOW", "B"], "a latched trip does not act twice"


def test_a_reset_needs_acknowledgement_and_the_cause_gone() -> None:
    made = interlocks(LOW)
    feed(made, "a.p", (0.1, 9.0))
    with pytest.raises(Tripped, match=r"^LOW cannot be reset, its cause is still there: a\.p is 9 Pa") as refused:
        made.standings.reset("LOW", 0.2)
    assert refused.value.remedy == LOW.remedy
    with pytest.raises(Tripped, match=r"a\.p has been silent") as refused:
        made.standings.reset("LOW", 100.0)
    assert refused.value.remedy == CHECK_SILENT, "of the cause nobody knows"
    feed(made, "a.p", (0.2, 1.0))
    with pytest.raises(Tripped, match="not been acknowledged"):
        made.standings.reset("LOW", 0.3)
    assert not made.standings.acknowledged("LOW")
    made.standings.acknowledge("LOW")
    assert made.standings.acknowledged("LOW")
    with pytest.raises(Tripped, match="silent"):
        made.standings.reset("LOW", 5.0)
    made.standings.reset("LOW", 0.3)
    assert made.trips == ()
    feed(made, "a.p", (0.4, 9.0))
    assert told(made) == [("LOW", 0.4)], "and it can trip again"
    with pytest.raises(SafetyError, match="no trip is called 'HIGH'"):
        made.standings.reset("HIGH", 1.0)


def test_what_has_not_tripped_cannot_be_acknowledged() -> None:
    with pytest.raises(SafetyError, match="has not tripped"):
        interlocks(LOW).standings.acknowledge("LOW")


def test_a_warning_goes_with_its_cause_and_comes_again() -> None:
    made = interlocks(replace(LOW, action=Action.WARN))
    heard: list[Trip] = []
    made.standings.on_trip.append(heard.append)
    feed(made, "a.p", (0.1, 9.0))
    assert (made.trips, [w.id for w in made.warnings]) == ((), ["LOW"])
    feed(made, "a.p", (0.2, 1.0))
    assert made.warnings == ()
    feed(made, "a.p", (0.3, 9.0))
    assert len(heard) == 2


def test_nothing_trips_before_it_is_live_and_what_stands_then_does() -> None:
    made = interlocks(LOW, rule("B", "b.p < 5 Pa", action=Action.WARN), live=False)
    feed(made, "a.p", (0.1, 9.0))
    feed(made, "b.p", (0.1, 9.0))
    made.tick(0.5)
    assert made.trips == ()
    assert made.next_deadline() == math.inf
    violations = [(v.id, v.time) for v in made.standings.violations(0.5)]
    assert violations == [("LOW", 0.5)], "warnings do not stand in the way"
    made.go_live(0.5)
    assert told(made) == [("LOW", 0.5)]


def test_after_resting_nothing_new_trips_and_what_tripped_stays() -> None:
    made = interlocks(LOW, rule("B", "b.p < 5 Pa"))
    feed(made, "a.p", (0.1, 9.0))
    made.rest()
    feed(made, "b.p", (0.2, 9.0))
    made.tick(9.0)
    assert told(made) == [("LOW", 0.1)]
    made.go_live(9.0)
    assert told(made) == [("LOW", 0.1), ("B", 9.0)]


def test_what_was_counted_before_resting_counts_no_more() -> None:
    made = interlocks(replace(LOW, trip_after_samples=2))
    feed(made, "a.p", (0.1, 9.0))
    made.rest()
    made.go_live(0.3)
    assert told(made) == [], "what was seen before nobody was armed, and once"
    feed(made, "a.p", (0.4, 9.0))
    assert told(made) == [("LOW", 0.4)]


def test_of_several_bypasses_each_ends_at_its_own_time() -> None:
    made = interlocks(*(rule(id, "b.p < 5 Pa") for id in ("X", "Y", "Z")))
    for id, until in (("X", 1.0), ("Y", 2.0), ("Z", 2.9)):
        made.set_aside(id, until, 0.0)
    feed(made, "b.p", (0.5, 9.0))
    assert told(made) == []
    made.tick(1.1)
    assert told(made) == [("X", 1.0)]
    made.tick(2.1)
    assert told(made) == [("X", 1.0), ("Y", 2.0)]
    made.tick(2.95)
    assert told(made) == [("X", 1.0), ("Y", 2.0), ("Z", 2.9)]


def test_what_was_heard_at_any_time_is_heard_unless_it_is_asked_since_when() -> None:
    made = interlocks(LOW, live=False)
    made.evaluate(0.5, [Batch.one("a.p", 0.5, 9.0)])
    assert made.standings.unheard(0.6) == made.standings.unheard(0.6, 0.5) == frozenset()
    assert made.standings.unheard(0.6, 0.55) == {"a.p"}


def test_who_must_look_for_a_leak_is_not_sent_to_a_cable() -> None:
    """Of two causes the one that was measured: that of silence is advised only where nothing but silence was found."""
    made = interlocks(rule("TWO", "a.p < 5 Pa", "b.p < 5 Pa"))
    made.evaluate(0.5, [Batch.one("a.p", 0.5, 9.0), Batch.one("b.p", 0.5, math.nan, Quality.BAD)])
    assert {unmet.truth for unmet in made.trips[0].unmet} == {Truth.FALSE, Truth.UNKNOWN}
    with pytest.raises(Tripped) as refused:
        made.standings.reset("TWO", 0.6)
    assert refused.value.remedy == "Look."


def test_a_bypass_of_what_is_latched_that_ends_while_resting_trips_nothing_else() -> None:
    made = interlocks(LOW, rule("B", "b.p < 5 Pa"))
    feed(made, "a.p", (0.1, 9.0))
    made.rest()
    made.set_aside("LOW", 1.0, 0.2)
    made.tick(20.0)
    assert told(made) == [("LOW", 0.1)], "nobody is armed, and silence trips nothing"
    made.go_live(20.0)
    assert told(made) == [("LOW", 0.1), ("B", 20.0)]


def test_time_passes_while_resting_though_what_was_about_to_trip_never_will() -> None:
    made = interlocks(LOW, rule("B", "b.p < 5 Pa", trip_after_time=1.0))
    feed(made, "b.p", (0.1, 9.0))
    feed(made, "a.p", (0.2, 9.0))
    made.rest()
    made.set_aside("LOW", 2.0, 0.3)
    made.tick(20.0)
    assert told(made) == [("LOW", 0.2)]


def test_a_permissive_does_not_trip() -> None:
    made = interlocks(replace(LOW, guards=("x.valve",)))
    feed(made, "a.p", (0.1, 9.0))
    assert made.trips == ()
    assert [i.rule.id for i in made.compiled.guards["x.valve"]] == ["LOW"]


def test_a_trial_changes_nothing() -> None:
    made = interlocks(LOW)
    heard: list[Trip] = []
    made.standings.on_trip.append(heard.append)
    trial = made.trial()
    feed(trial, "a.p", (0.1, 9.0))
    assert told(trial) == [("LOW", 0.1)]
    assert (made.trips, heard) == ((), [])
    assert made.latest["a.p"].time == 0.0


def test_a_sample_older_than_the_known_one_is_left_out() -> None:
    made = interlocks(LOW)
    feed(made, "a.p", (1.0, 2.0))
    made.evaluate(1.1, [Batch.one("a.p", 0.5, 9.0)])
    assert made.trips == ()


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (rule("R", "c.p < 5 Pa"), "no tag"),
        (rule("R"), "requires nothing"),
        (replace(LOW, guards=("y.valve",)), "is no output"),
        (replace(LOW, when="a.p"), "says nothing"),
    ],
)
def test_a_rule_that_means_nothing_is_refused(bad: InterlockRule, says: str) -> None:
    with pytest.raises(ReactorError, match=says):
        compile_rules([bad], TAGS, {"x.valve"})


def test_a_rule_whose_sensor_is_lacking_is_listed_as_not_covered_but_never_a_hard_one() -> None:
    chilled = rule("I3", "chiller.flow > 1 L/min", when="v.open")
    compiled = compile_rules([chilled, LOW], TAGS, {"x.valve"}, lacking={"chiller.flow"})
    assert compiled.not_covered == (chilled,)
    assert [i.rule for i in compiled.interlocks] == [LOW]
    with pytest.raises(ReactorError, match="chiller"):
        compile_rules([replace(chilled, hard=True)], TAGS, {"x.valve"}, lacking={"chiller.flow"})


# --- a stream may be cut anywhere ------------------------------------------------------------------------------------

RULES = (
    rule("samples", "a.p < 5 Pa", trip_after_samples=2),
    rule("time", "a.p < 5 Pa", "b.p < 5 Pa", trip_after_time=0.7),
    rule("limited", "b.p < 5 Pa", when="v.open", trip_after_samples=3, action=Action.HOLD),
    rule("bare", "v.open", trip_after_time=1.5),
    rule("pair", "a.p <= b.p", trip_after_samples=4),
    rule("warn", "b.p < 3 Pa", action=Action.WARN),
    rule("wide", "a.p < 5 Pa", action=Action.WARN, deadband="2 Pa", clear_after=0.5),
    rule("design", "a.p < 3 Pa", when="v.open", action=Action.WARN, trip_after_time=0.3),
    rule("aside", "a.p < 5 Pa", "b.p < 5 Pa", trip_after_time=0.4),
)
VALUES = st.sampled_from([0.0, 1.0, 1.0, 1.0, 1.0, 4.0, 9.0, math.nan])
STREAMS = st.lists(
    st.tuples(st.integers(1, 60), st.sampled_from(sorted(TAGS)), VALUES), max_size=60, unique_by=lambda row: row[:2]
)
Stream = list[tuple[int, str, float]]


def batches(rows: Stream) -> list[Batch]:
    """One batch a tag, as a long segment brings them."""
    rows = sorted(rows)
    return [
        Batch.of(tag, [t / 10 for t, name, _ in rows if name == tag], [v for _, name, v in rows if name == tag])
        for tag in TAGS
    ]


def run(rows: Stream, cuts: Sequence[int]) -> tuple[object, ...]:
    made = interlocks(*RULES)
    made.set_aside("aside", 2.5, 0.0)
    heard: list[tuple[str, float]] = []
    made.standings.on_trip.append(lambda trip: heard.append((trip.id, trip.time)))
    begin = 0
    for end in [*sorted(cuts), 70]:
        made.evaluate(end / 10, batches([row for row in rows if begin < row[0] <= end]))
        begin = end
    return heard, told(made), [(trip.id, trip.time) for trip in made.warnings], made.standings.turned


@settings(max_examples=150, deadline=None)
@given(STREAMS, st.lists(st.integers(1, 69), max_size=12, unique=True))
def test_cutting_a_stream_anywhere_gives_the_same_trips(rows: Stream, cuts: list[int]) -> None:
    assert run(rows, cuts) == run(rows, range(1, 70))


@settings(max_examples=50, deadline=None)
@given(st.lists(VALUES, min_size=WORTHWHILE, max_size=3 * WORTHWHILE), st.integers(0, 60), st.floats(0.0, 0.3))
def test_a_long_segment_is_judged_as_its_single_samples(values: list[float], gap_at: int, gap: float) -> None:
    """The arrays that are used for long segments never hide a trip, nor invent one."""
    times = np.cumsum(np.where(np.arange(len(values)) == gap_at, 0.05 + 10 * gap, 0.05))
    calm = [1.0 if n < len(values) // 2 else value for n, value in enumerate(values)]
    whole, single = (interlocks(*RULES) for _ in range(2))
    for made in (whole, single):
        made.set_aside("aside", 1.5, 0.0)
    every = [(tag, calm if tag == "a.p" else [1.0] * len(calm)) for tag in TAGS]
    end = float(times[-1]) + 0.5
    whole.evaluate(end, [Batch.of(tag, times.tolist(), column) for tag, column in every])
    for n, time in enumerate(times.tolist()):
        single.evaluate(time, [Batch.one(tag, time, column[n]) for tag, column in every])
    single.tick(end)
    assert told(whole) == told(single)
    assert whole.standings.turned == single.standings.turned
    assert whole.latest == single.latest or any(math.isnan(value) for value in calm)
    assert whole.next_deadline() == single.next_deadline()


def test_a_long_segment_without_a_fault_needs_no_single_look() -> None:
    made = interlocks(*RULES)
    times = [n / 100 for n in range(1, 400)]
    empty = Batch.of("c.p", [], [])
    made.evaluate(4.0, [*(Batch.of(tag, times, [1.0] * len(times)) for tag in TAGS), empty])
    assert made.trips == ()
    assert made.latest["a.p"].time == 3.99
    made.tick(10.0)
    assert {trip.id for trip in made.trips} == {"samples", "time", "limited", "bare", "pair", "aside"}


def test_the_end_of_a_bypass_within_a_long_segment_trips_what_was_there_all_along() -> None:
    made = interlocks(rule("late", "b.p < 5 Pa", trip_after_time=0.2))
    feed(made, "b.p", (0.1, 1.0))
    made.set_aside("late", 1.0, 0.1)
    feed(made, "b.p", (0.15, 9.0))
    times = [n / 100 for n in range(20, 190)]
    made.evaluate(1.9, [Batch.of("a.p", times, [1.0] * len(times))])
    assert told(made) == [("late", 1.2)]


def test_a_tag_that_was_never_seen_before_a_segment_is_looked_at_singly() -> None:
    made = Interlocks(compile_rules([LOW], TAGS, ()))
    made.go_live(0.0)
    assert told(made) == [("LOW", 0.0)], "it has never reported"
    late = interlocks(replace(LOW, when="v.open"))
    del late.latest["a.p"]
    late.evaluate(1.0, [Batch.of("a.p", [n / 100 for n in range(1, 60)], [1.0] * 59)])
    assert late.trips == ()


def test_a_segment_out_of_order_is_put_in_order() -> None:
    made = interlocks(LOW)
    times = [n / 100 for n in range(40, 0, -1)]
    made.evaluate(1.0, [Batch.of("a.p", times, [9.0 if time == 0.2 else 1.0 for time in times])])
    assert told(made) == [("LOW", 0.2)]


def test_a_trial_that_is_adopted_counts_as_lived_through() -> None:
    rules = (LOW, replace(LOW, id="TIME", trip_after_time=0.5))
    made, lived = interlocks(*rules), interlocks(*rules)
    samples = [Batch.of("a.p", [0.2, 0.4], [1.0, 1.0]), Batch.of("b.p", [0.3], [2.0])]
    trial = made.trial()
    trial.evaluate(0.5, samples)
    assert made.latest["a.p"].time == 0.0
    assert made.due == 1.0
    made.adopt(trial)
    lived.evaluate(0.5, samples)
    assert made.latest == lived.latest
    assert made.due == lived.due
    assert made.due <= made.next_deadline() == 1.4
    made.tick(2.0)
    assert told(made) == [("LOW", 1.4), ("TIME", 1.9)]


def test_what_comes_late_after_a_trial_that_was_adopted_acts_at_its_end() -> None:
    made = interlocks(LOW)
    trial = made.trial()
    trial.evaluate(0.5)
    made.adopt(trial)
    made.evaluate(0.6, [Batch.one("a.p", 0.3, 9.0)])
    assert told(made) == [("LOW", 0.5)]


def test_a_long_stretch_in_which_all_is_well_takes_no_single_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    made, looks = interlocks(LOW), []
    look = made.standings.look

    def counted(place: int, time: float, occasion: Occasion) -> None:
        looks.append(time)
        look(place, time, occasion)

    monkeypatch.setattr(made.standings, "look", counted)
    times = [n / 100 for n in range(1, 2 * WORTHWHILE)]
    made.evaluate(times[-1], [Batch.of("a.p", times, [1.0] * len(times))])
    assert looks == []
    made.evaluate(3.0, [Batch.of("a.p", [2.9], [9.0])])
    assert looks != []


def test_at_the_very_end_of_its_bypass_an_interlock_is_in_force() -> None:
    made = interlocks(rule("GUARD", "a.p < 5 Pa", guards=("x.valve",)), LOW)
    for id in ("GUARD", "LOW"):
        made.set_aside(id, 0.5, 0.1)
    feed(made, "a.p", (0.2, 9.0))
    assert (made.guards("x.valve", 0.4), made.standings.violations(0.4)) == ((), ())
    assert [guard.rule.id for guard in made.guards("x.valve", 0.5)] == ["GUARD"]
    assert [trip.id for trip in made.standings.violations(0.5)] == ["LOW"]


def stretch(made: Interlocks, **values: Sequence[float]) -> list[float]:
    """One long call, 10 ms from sample to sample; the instants."""
    times = [n / 100 for n in range(1, WORTHWHILE + 1)]
    made.evaluate(times[-1], [Batch.of(tag.replace("__", "."), times, told) for tag, told in values.items()])
    return times


def test_of_two_interlocks_on_one_tag_the_one_that_is_not_content_is_walked() -> None:
    made = interlocks(LOW, rule("HIGH", "a.p < 20 Pa"))
    times = stretch(made, a__p=[9.0 if n == WORTHWHILE // 2 else 1.0 for n in range(WORTHWHILE)])
    assert told(made) == [("LOW", times[WORTHWHILE // 2])]


def test_a_warning_that_ceases_to_apply_within_a_long_stretch_is_noted_at_its_instants() -> None:
    made = interlocks(rule("WARN", "a.p < 5 Pa", when="v.open", action=Action.WARN))
    shut = range(WORTHWHILE // 4, WORTHWHILE // 2)
    well = [1.0] * WORTHWHILE
    times = stretch(made, v__open=[0.0 if n in shut else 1.0 for n in range(WORTHWHILE)], a__p=well)
    noted = [(turned.time, turned.turn) for turned in made.standings.turned]
    assert noted == [(times[shut[0]], Turn.SUPPRESS), (times[shut[-1] + 1], Turn.UNSUPPRESS)]


def test_a_warning_that_did_not_apply_and_does_throughout_a_long_stretch_is_noted_at_its_beginning() -> None:
    made = interlocks(rule("WARN", "a.p < 5 Pa", when="v.open", action=Action.WARN))
    made.evaluate(0.005, [Batch.one("v.open", 0.005, 0.0)])
    assert [turned.turn for turned in made.standings.turned] == [Turn.SUPPRESS]
    times = stretch(made, v__open=[1.0] * WORTHWHILE, a__p=[1.0] * WORTHWHILE)
    assert made.standings.turned[-1] == (times[0], "WARN", Turn.UNSUPPRESS)


def test_every_evaluation_counts_also_of_nothing() -> None:
    made = Interlocks(compile_rules([LOW], TAGS, ()))
    assert made.evaluations == 0
    assert made.standings.acknowledged("LOW") is False, "nothing was there to be seen"
    made.evaluate(0.1, [Batch.one("a.p", 0.1, 1.0)])
    made.tick(0.2)
    assert made.evaluations == 2


def test_a_latch_from_before_the_restart_stands_and_is_answered_as_any() -> None:
    made = interlocks(LOW, live=False)
    made.standings.restore("LOW", 0.0, acknowledged=False)
    [trip] = made.trips
    assert (trip.id, trip.time, [unmet.text for unmet in trip.unmet]) == (
        "LOW", 0.0, ["it was latched before the restart"],
    )  # fmt: skip
    assert not made.standings.acknowledged("LOW")
    with pytest.raises(Tripped, match="acknowledged"):
        made.standings.reset("LOW", 0.1)
    made.standings.restore("LOW", 0.0, acknowledged=True)
    assert made.standings.acknowledged("LOW")
    made.standings.reset("LOW", 0.1)
    assert made.trips == ()
    with pytest.raises(SafetyError):
        made.standings.restore("NOBODY", 0.0, acknowledged=False)


def test_going_live_forgets_what_was_counted_before() -> None:
    made = interlocks(replace(LOW, trip_after_samples=2), live=False)
    feed(made, "a.p", (0.1, 9.0))
    made.go_live(0.1)
    assert told(made) == [], "one look is one sample"
    feed(made, "a.p", (0.2, 9.0))
    assert told(made) == [("LOW", 0.2)]
    made.rest()
    feed(made, "a.p", (0.3, 9.0))
    made.go_live(0.4)
    assert told(made) == [("LOW", 0.2)], "it stays latched"


def test_what_had_fallen_silent_before_is_heard_again_after_going_live() -> None:
    made = interlocks(replace(LOW, trip_after_samples=2))
    made.tick(2.0)
    made.standings.acknowledge("LOW")
    made.rest()
    feed(made, "a.p", (2.1, 1.0))
    made.standings.reset("LOW", 2.1)
    made.go_live(2.2)
    made.tick(9.0)
    assert told(made) == [("LOW", 3.1)]


def test_of_one_instant_the_first_to_act_is_the_first_in_the_reactor_file() -> None:
    made = interlocks(rule("FIRST", "b.p < 5 Pa"), rule("SECOND", "a.p < 5 Pa"))
    made.evaluate(0.5, [Batch.one("a.p", 0.5, 9.0), Batch.one("b.p", 0.5, 9.0)])
    assert told(made) == [("FIRST", 0.5), ("SECOND", 0.5)]


def test_no_sample_is_lost_beside_a_single_one_of_the_same_instant() -> None:
    made = interlocks(LOW)
    made.evaluate(0.5, [Batch.one("b.p", 0.5, 1.0), Batch.of("a.p", [0.25, 0.5], [9.0, 1.0])])
    assert told(made) == [("LOW", 0.25)]


def test_what_is_put_back_is_looked_at_and_a_late_look_is_not_in_the_past() -> None:
    made = interlocks(LOW)
    made.set_aside("LOW", 100.0, 0.0)
    feed(made, "a.p", (0.5, 9.0))
    assert told(made) == []
    made.put_back("LOW", 0.2)
    assert told(made) == [("LOW", 0.5)], "not before what was judged already"


def test_what_is_exchanged_leaves_all_others_alone() -> None:
    made = interlocks(LOW, replace(LOW, id="OTHER", require=("b.p < 5 Pa",)))
    [tighter] = compile_rules([replace(LOW, require=("a.p < 0.5 Pa",))], TAGS, ()).interlocks
    made.exchange(tighter, 0.3)
    assert told(made) == [("LOW", 0.3)]
    assert [rule.id for rule in made.watched] == ["LOW", "OTHER"]
    assert [i.rule.require[0] for i in made.compiled.interlocks] == ["a.p < 0.5 Pa", "b.p < 5 Pa"]


def test_a_sample_that_came_late_touches_nothing() -> None:
    made = interlocks(LOW)
    feed(made, "a.p", (0.5, 1.0))
    made.evaluate(0.6, [Batch.one("a.p", 0.4, 9.0)])
    assert made.latest["a.p"].time == 0.5
    assert told(made) == []
    made.evaluate(0.7, [Batch.one("a.p", 0.5, 9.0)])
    assert told(made) == [("LOW", 0.6)], "of one instant the last counts, at the instant at which it is judged"


def test_a_late_sample_is_not_one_more() -> None:
    made = interlocks(replace(LOW, trip_after_samples=2))
    feed(made, "a.p", (0.5, 9.0))
    made.evaluate(0.6, [Batch.one("a.p", 0.4, 9.0)])
    assert told(made) == []
    feed(made, "a.p", (0.7, 9.0))
    assert told(made) == [("LOW", 0.7)]


WARN = rule("WARN", "a.p < 5 Pa", action=Action.WARN, trip_after_samples=1)


def turns(made: Interlocks) -> list[tuple[float, str, str]]:
    return [(turned.time, turned.id, turned.turn.name) for turned in made.standings.turned]


def test_what_becomes_of_a_cause_is_noted_once_a_turn() -> None:
    made = interlocks(LOW, replace(WARN, clear_after=1.0))
    feed(made, "a.p", (0.5, 9.0), (0.6, 9.0))
    assert turns(made) == [], "what acts is told to who listens"
    feed(made, "a.p", (0.7, 1.0), (0.8, 1.0))
    assert turns(made) == [(0.7, "LOW", "CLEAR")]
    feed(made, "a.p", (0.9, 9.0))
    assert turns(made)[1:] == [(0.9, "LOW", "RAISE")]


def test_a_warning_is_over_only_after_its_time_without_a_break() -> None:
    made = interlocks(replace(WARN, clear_after=1.0))
    feed(made, "a.p", (0.5, 9.0), (0.6, 1.0), (1.0, 9.0), (1.1, 1.0), (2.0, 1.0))
    assert [trip.id for trip in made.warnings] == ["WARN"], "its time began anew at 1.1 s"
    assert made.next_deadline() == 2.1
    made.tick(2.05)
    assert made.warnings != ()
    made.tick(2.1)
    assert made.warnings == ()
    assert turns(made) == [(2.1, "WARN", "CLEAR")]


def test_what_has_not_tripped_is_over_at_once() -> None:
    made = interlocks(replace(LOW, trip_after_time=0.5, clear_after=1.0))
    feed(made, "a.p", (0.25, 9.0), (0.3, 1.0), (0.8, 9.0), (1.2, 9.0))
    assert told(made) == [], "its time begins anew at 0.8 s"
    made.tick(1.3)
    assert told(made) == [("LOW", 1.3)]


def test_a_latched_trip_waits_for_the_time_of_its_cause_too() -> None:
    made = interlocks(replace(LOW, clear_after=1.0))
    feed(made, "a.p", (0.5, 9.0), (0.6, 1.0), (1.5, 1.0))
    assert turns(made) == []
    feed(made, "a.p", (1.7, 1.0))
    assert turns(made) == [(1.6, "LOW", "CLEAR")]
    assert told(made) == [("LOW", 0.5)]


def test_an_acknowledgement_outlives_the_cause_but_not_its_return() -> None:
    made = interlocks(LOW)
    feed(made, "a.p", (0.5, 9.0))
    made.standings.acknowledge("LOW")
    feed(made, "a.p", (0.6, 9.0), (0.7, 1.0))
    assert made.standings.acknowledged("LOW")
    feed(made, "a.p", (0.8, 9.0))
    assert not made.standings.acknowledged("LOW"), "what comes back must be seen anew"


def test_what_design_silences_is_noted_when_it_ceases_to_apply_and_applies_again() -> None:
    made = interlocks(replace(WARN, when="v.open"))
    assert made.watched[0].silenced_by_design
    feed(made, "v.open", (0.1, 0.0), (0.2, 0.0))
    assert turns(made) == [(0.1, "WARN", "SUPPRESS")]
    feed(made, "a.p", (0.3, 9.0))
    assert made.warnings == ()
    feed(made, "v.open", (0.4, 1.0))
    assert turns(made)[1:] == [(0.4, "WARN", "UNSUPPRESS")]
    assert [(trip.id, trip.time) for trip in made.warnings] == [("WARN", 0.4)]


@pytest.mark.parametrize("first", [9.0, 1.0])
def test_a_stretch_goes_on_with_what_stood_before_it(first: float) -> None:
    """Also of an interlock that is content throughout: what was counted before begins anew, what was over is told."""
    times = [0.2 + n / 100.0 for n in range(1, 100)]
    rules = (
        replace(LOW, id="SAMPLES", trip_after_samples=2),
        replace(LOW, id="TIME", trip_after_time=0.5),
        replace(WARN, clear_after=0.3),
        replace(WARN, id="LIMITED", when="v.open"),
    )
    whole, single = interlocks(*rules), interlocks(*rules)
    for made in (whole, single):
        feed(made, "a.p", (0.2, first))
        feed(made, "v.open", (0.2, 0.0))
    v_open = [float(n >= 50) for n in range(99)]
    whole.evaluate(1.3, [Batch.of("a.p", times, [1.0] * 99), Batch.of("v.open", times, v_open)])
    for n, time in enumerate(times):
        single.evaluate(time, [Batch.one("a.p", time, 1.0), Batch.one("v.open", time, v_open[n])])
    single.tick(1.3)
    assert turns(whole) == turns(single)
    assert [(trip.id, trip.time) for trip in whole.warnings] == [(trip.id, trip.time) for trip in single.warnings]
    assert (told(whole), whole.standings.of) == (told(single), single.standings.of)
    for made in (whole, single):
        feed(made, "a.p", (1.4, 9.0))
    assert told(whole) == told(single) == []
    assert whole.next_deadline() == single.next_deadline() == 1.9


def test_a_late_sample_of_one_tag_is_no_further_sample_of_what_is_wrong_with_it() -> None:
    made = interlocks(replace(LOW, trip_after_samples=2))
    feed(made, "a.p", (0.5, 9.0))
    made.evaluate(0.8, [])
    made.evaluate(0.9, [Batch.one("a.p", 0.3, 9.0)])
    assert told(made) == []


def test_only_what_has_acted_is_released_by_its_deadband() -> None:
    """Back below its limit, though not by the deadband, before its time has run out: it never was."""
    made = interlocks(replace(LOW, trip_after_time=0.5, deadband="2 Pa"))
    feed(made, "a.p", (0.1, 9.0), (0.3, 4.0), (0.9, 4.0))
    assert told(made) == []


def test_what_was_released_comes_again_only_over_its_limit() -> None:
    made = interlocks(replace(LOW, deadband="2 Pa"))
    feed(made, "a.p", (0.1, 9.0), (0.2, 1.0))
    turns = len(made.standings.turned)
    feed(made, "a.p", (0.3, 4.0))
    assert len(made.standings.turned) == turns, "within the deadband nothing turns"
    feed(made, "a.p", (0.4, 9.0))
    assert len(made.standings.turned) == turns + 1


def test_while_resting_nothing_is_due() -> None:
    made = interlocks(LOW)
    assert made.due < math.inf
    made.rest()
    assert made.due == math.inf
