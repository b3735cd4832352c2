"""Conditions: their grammar, three values, and the same verdict for one sample as for many."""

import math
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vapordep.errors import ReactorError
from vapordep.model.batches import Batch, Sample
from vapordep.model.columns import Columns
from vapordep.model.tags import Quality, Tag
from vapordep.safety.conditions import Span, Truth, names_in, parse_condition, shown, with_deadband
from vapordep.units import Pa, degC, one, state, to_si

TAGS: Mapping[str, Tag] = {
    "chamber.pressure": Tag("chamber.pressure", Pa, stale_after=0.5),
    "load_lock.pressure": Tag("load_lock.pressure", Pa, stale_after=1.0),
    "foil.temperature": Tag("foil.temperature", degC, stale_after=2.0),
    "pump.valve": Tag("pump.valve", one, stale_after=2.0),
}


def latest(time: float = 0.0, quality: Quality = Quality.GOOD, **values: float) -> dict[str, Sample]:
    return {tag.replace("__", "."): Sample(time, value, quality) for tag, value in values.items()}


@pytest.mark.parametrize(
    ("text", "value", "truth"),
    [
        ("chamber.pressure < 1 kPa", 999.0, Truth.TRUE),
        ("chamber.pressure < 1 kPa", 1000.0, Truth.FALSE),
        ("chamber.pressure <= 1 kPa", 1000.0, Truth.TRUE),
        ("chamber.pressure>1 Torr", 134.0, Truth.TRUE),
        ("chamber.pressure >= 1 Torr", 133.0, Truth.FALSE),
        ("  chamber.pressure  >=  -1 Pa ", 0.0, Truth.TRUE),
    ],
)
def test_a_value_is_compared_with_a_quantity_in_its_unit(text: str, value: float, truth: Truth) -> None:
    assert parse_condition(text, TAGS).judge(latest(chamber__pressure=value), 0.1) is truth


@pytest.mark.parametrize(
    ("value", "truth"), [(1.0, Truth.TRUE), (0.0, Truth.FALSE), (0.999, Truth.FALSE), (2.0, Truth.FALSE)]
)
def test_a_bare_tag_is_true_at_exactly_one(value: float, truth: Truth) -> None:
    assert parse_condition("pump.valve", TAGS).judge(latest(pump__valve=value), 0.0) is truth


def test_two_tags_are_compared() -> None:
    condition = parse_condition("chamber.pressure < load_lock.pressure", TAGS)
    assert condition.tags == ("chamber.pressure", "load_lock.pressure")
    assert condition.judge(latest(chamber__pressure=1.0, load_lock__pressure=2.0), 0.0) is Truth.TRUE
    assert condition.judge(latest(chamber__pressure=3.0, load_lock__pressure=2.0), 0.0) is Truth.FALSE
    assert condition.judge(latest(chamber__pressure=1.0), 0.0) is Truth.UNKNOWN


@pytest.mark.parametrize("operator", ["<", "<=", ">", ">="])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_unknown_in_both_directions(operator: str, value: float) -> None:
    for text in (f"chamber.pressure {operator} 5 Pa", f"chamber.pressure {operator} load_lock.pressure"):
        for tag in ("chamber.pressure", "load_lock.pressure")[: 1 + ("load" in text)]:
            values = {**latest(chamber__pressure=1.0, load_lock__pressure=1.0), tag: Sample(0.0, value, Quality.GOOD)}
            assert parse_condition(text, TAGS).judge(values, 0.0) is Truth.UNKNOWN


def test_missing_bad_and_stale_values_are_unknown() -> None:
    condition = parse_condition("chamber.pressure < 5 Pa", TAGS)
    assert condition.judge({}, 0.0) is Truth.UNKNOWN
    assert condition.judge(latest(quality=Quality.BAD, chamber__pressure=1.0), 0.0) is Truth.UNKNOWN
    assert condition.judge(latest(quality=Quality.UNCERTAIN, chamber__pressure=1.0), 0.0) is Truth.TRUE
    fresh = latest(time=10.0, chamber__pressure=1.0)
    assert condition.judge(fresh, 10.499) is Truth.TRUE
    assert condition.judge(fresh, 10.5) is Truth.UNKNOWN
    assert condition.judge(fresh) is Truth.TRUE, "without an instant the age does not matter"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("chamber.presure < 5 Pa", "did you mean chamber.pressure"),
        ("helium < 5 Pa", "no tag is called 'helium'"),
        ("chamber.pressure < 5", "unit is missing"),
        ("chamber.pressure < 5 degC", "expected"),
        ("chamber.pressure < 0,5 Pa", "comma"),
        ("chamber.pressure < nan", "no tag"),
        ("chamber.pressure < foil.temperature", "pressure with a temperature"),
        ("chamber.pressure < chamber.pressure", "with itself"),
        ("chamber.pressure", "says nothing"),
        ("not pump.valve", "without `not`"),
        ("pump.valve or chamber.pressure < 5 Pa", "no condition"),
        ("pump.valve and pump.valve", "no condition"),
        ("chamber.pressure < 5 Pa or pump.valve", "no condition"),
        ("chamber.pressure == 5 Pa", "no condition"),
        ("chamber.pressure != 5 Pa", "no condition"),
        ("!pump.valve", "no condition"),
        ("1 Pa < chamber.pressure < 5 Pa", "no condition"),
        ("5 Pa < chamber.pressure", "no tag"),
        ("chamber.pressure <", "no condition"),
        ("", "no condition"),
    ],
)
def test_what_is_no_condition_is_refused_with_its_place(text: str, says: str) -> None:
    with pytest.raises(ReactorError) as refused:
        parse_condition(text, TAGS, where="rig.yaml:7")
    assert refused.value.where == "rig.yaml:7"
    assert says in str(refused.value)
    assert refused.value.remedy


def test_the_names_in_a_condition_are_found_before_it_is_parsed() -> None:
    assert names_in("chiller.flow > 1 L/min") == ("chiller.flow",)
    assert names_in("a.b < c.d") == ("a.b", "c.d")
    assert names_in("") == ()


def test_it_tells_what_was_measured_beside_the_limit() -> None:
    hot = parse_condition("foil.temperature < 160 degC", TAGS)
    assert (
        hot.explain(latest(foil__temperature=273.15 + 172.3), 0.0) == "foil.temperature is 172.3 degC, limit < 160 degC"
    )
    assert hot.explain({}, 0.0) == "foil.temperature has never reported"
    assert hot.explain(latest(foil__temperature=1.0), 2.5) == "foil.temperature has been silent for 2.5 s"
    assert hot.explain(latest(quality=Quality.BAD, foil__temperature=1.0), 0.0) == "foil.temperature has no valid value"
    two = parse_condition("chamber.pressure < load_lock.pressure", TAGS)
    told = two.explain(latest(chamber__pressure=3.0, load_lock__pressure=2.0), 0.0)
    assert told == "chamber.pressure is 3 Pa, limit < load_lock.pressure = 2 Pa"
    assert parse_condition("pump.valve", TAGS).explain(latest(pump__valve=0.0), 0.0) == "pump.valve is 0, not 1"


NUMBERS = st.sampled_from([0.0, 1.0, 4.999, 5.0, 5.001, math.nan, math.inf, -math.inf])
QUALITIES = st.sampled_from(Quality)
ROWS = st.lists(
    st.tuples(NUMBERS, NUMBERS, QUALITIES, QUALITIES, st.floats(0.0, 1.2), st.floats(0.0, 1.2)), min_size=1, max_size=20
)


@given(ROWS, st.sampled_from(["<", "<=", ">", ">="]), st.booleans())
def test_arrays_are_judged_as_single_samples(rows: list[tuple[float, ...]], operator: str, against_tag: bool) -> None:
    right = "load_lock.pressure" if against_tag else "5 Pa"
    condition = parse_condition(f"chamber.pressure {operator} {right}", TAGS)
    instants = 2.0 * np.arange(len(rows))
    batches = [
        Batch(
            tag,
            instants - np.array([row[4 + place] for row in rows]),
            np.array([row[place] for row in rows]),
            np.array([row[2 + place] for row in rows], dtype=np.uint8),
        )
        for place, tag in enumerate(("chamber.pressure", "load_lock.pressure"))
    ]
    single = [
        condition.judge({b.tag: Sample(b.times[i], b.values[i], Quality(b.quality[i])) for b in batches}, instants[i])
        for i in range(len(rows))
    ]
    columns = Columns({}, batches)
    assert condition.judge_all(columns, instants).tolist() == single
    assert condition.true_at(columns, instants).tolist() == [truth is Truth.TRUE for truth in single]
    assert condition.false_at(columns, instants).tolist() == [truth is Truth.FALSE for truth in single]


def test_a_bare_tag_is_judged_on_arrays_too() -> None:
    condition = parse_condition("pump.valve", TAGS)
    values = np.array([1.0, 0.0, math.nan])
    times = np.arange(3.0)
    columns = Columns({}, [Batch("pump.valve", times, values, np.zeros(3, dtype=np.uint8))])
    assert condition.judge_all(columns, times).tolist() == [
        Truth.TRUE,
        Truth.FALSE,
        Truth.UNKNOWN,
    ]


@pytest.mark.parametrize(
    ("texts", "written", "says"),
    [
        (("v.open",), "1 Pa", "nothing here has a limit"),
        (("a.p < 5 Pa",), "1 K", "no deadband of a.p"),
        (("a.p < 5 Pa",), "1", "no deadband of a.p"),
        (("a.p < 5 Pa",), "0 Pa", "is none"),
        (("a.p < 5 Pa",), "-1 Pa", "is none"),
    ],
)
def test_a_deadband_that_widens_nothing_is_refused(texts: tuple[str, ...], written: str, says: str) -> None:
    tags = {"a.p": Tag("a.p", Pa), "v.open": Tag("v.open", one)}
    conditions = [parse_condition(text, tags) for text in texts]
    with pytest.raises(ReactorError, match=says) as refused:
        with_deadband(conditions, written, where="rig.yaml:7")
    assert refused.value.where == "rig.yaml:7"


def test_a_deadband_of_a_temperature_is_a_difference() -> None:
    tags = {"t.t": Tag("t.t", degC), "v.open": Tag("v.open", one)}
    conditions = [parse_condition(text, tags) for text in ("t.t > 100 degC", "t.t < 200 degC", "v.open")]
    low, high, state = with_deadband(conditions, "2 K")
    at = [
        [c.judge({"t.t": Sample(0.0, to_si(t, degC), Quality.GOOD)}) is Truth.TRUE for c in (low, high)]
        for t in (101.0, 102.5, 197.5, 199.0)
    ]
    assert at == [[False, True], [True, True], [True, True], [True, False]]
    assert state is conditions[2]


def test_without_a_deadband_the_conditions_stay_as_they_are() -> None:
    conditions = [parse_condition("chamber.pressure < 5 Pa", TAGS)]
    assert with_deadband(conditions, "") == (conditions[0],)
    assert with_deadband(conditions, "")[0].margin == 0.0


def test_a_valve_is_shown_in_words_and_a_number_in_its_unit() -> None:
    valve = Tag("x.valve", state)
    assert [shown(value, valve) for value in (0.0, 1.0, 0.5)] == ["closed", "open", "0.5 state"]
    assert shown(1.0, TAGS["pump.valve"]) == "1", "a number stays one"
    assert shown(0.0, TAGS["chamber.pressure"]) == "0 Pa"


def test_small_deadbands_count_and_endless_ones_are_none() -> None:
    [pressure] = with_deadband([parse_condition("chamber.pressure < 5 Pa", TAGS)], "0.5 Pa")
    assert pressure.margin == 0.5
    for written in ("0 Pa", "-1 Pa", "inf Pa", "nan Pa", "1e400 Pa"):
        with pytest.raises(ReactorError):
            with_deadband([parse_condition("chamber.pressure < 5 Pa", TAGS)], written)


def test_a_bare_tag_has_no_margin_beside_one_that_is_compared() -> None:
    bare, pressure = with_deadband(
        [parse_condition("pump.valve", TAGS), parse_condition("chamber.pressure < 5 Pa", TAGS)], "1 Pa"
    )
    assert (bare.margin, pressure.margin) == (0.0, 1.0)


def test_a_sample_as_old_as_its_tag_may_be_is_stale() -> None:
    pressure = parse_condition("chamber.pressure < 5 Pa", TAGS)
    just, late = 0.499, 0.5
    assert pressure.judge(latest(chamber__pressure=1.0), just) is Truth.TRUE
    assert pressure.judge(latest(chamber__pressure=1.0), late) is Truth.UNKNOWN
    columns = Columns(latest(chamber__pressure=1.0), [])
    assert list(pressure.judge_all(columns, np.array([just, late]))) == [Truth.TRUE, Truth.UNKNOWN]
    assert pressure.explain(latest(chamber__pressure=1.0), late) == "chamber.pressure has been silent for 0.5 s"
    early = latest(time=10.0, chamber__pressure=1.0)
    assert pressure.explain(early, 11.0) == "chamber.pressure has been silent for 1 s"


def test_no_more_than_three_near_spellings_are_offered() -> None:
    many = {name: Tag(name, Pa, stale_after=1.0) for name in ("a.p1", "a.p2", "a.p3", "a.p4")}
    with pytest.raises(ReactorError) as refused:
        parse_condition("a.p < 5 Pa", many)
    assert refused.value.remedy.count(" or ") == 2


def test_truths_have_the_values_that_arrays_hold() -> None:
    assert [int(truth) for truth in (Truth.FALSE, Truth.TRUE, Truth.UNKNOWN)] == [0, 1, 2]


@pytest.mark.parametrize(
    ("text", "pressure", "other", "truth"),
    [
        ("chamber.pressure < 5 Pa", (1.0, 4.0), None, Truth.TRUE),
        ("chamber.pressure < 5 Pa", (1.0, 5.0), None, Truth.UNKNOWN),
        ("chamber.pressure <= 5 Pa", (1.0, 5.0), None, Truth.TRUE),
        ("chamber.pressure < 5 Pa", (5.0, 9.0), None, Truth.FALSE),
        ("chamber.pressure <= 5 Pa", (5.0, 9.0), None, Truth.UNKNOWN),
        ("chamber.pressure > 5 Pa", (6.0, 9.0), None, Truth.TRUE),
        ("chamber.pressure > 5 Pa", (5.0, 9.0), None, Truth.UNKNOWN),
        ("chamber.pressure >= 5 Pa", (5.0, 9.0), None, Truth.TRUE),
        ("chamber.pressure > 5 Pa", (1.0, 5.0), None, Truth.FALSE),
        ("chamber.pressure >= 5 Pa", (1.0, 5.0), None, Truth.UNKNOWN),
        ("chamber.pressure < load_lock.pressure", (1.0, 2.0), (3.0, 4.0), Truth.TRUE),
        ("chamber.pressure < load_lock.pressure", (1.0, 3.0), (3.0, 4.0), Truth.UNKNOWN),
        ("chamber.pressure < load_lock.pressure", (4.0, 6.0), (3.0, 4.0), Truth.FALSE),
        ("chamber.pressure > load_lock.pressure", (5.0, 6.0), (3.0, 4.0), Truth.TRUE),
        ("chamber.pressure > load_lock.pressure", (1.0, 3.0), (3.0, 4.0), Truth.FALSE),
        ("chamber.pressure < load_lock.pressure", (1.0, 2.0), None, Truth.UNKNOWN),
        ("chamber.pressure < 5 Pa", None, None, Truth.UNKNOWN),
    ],
)
def test_the_least_and_the_greatest_value_tell_what_holds_throughout(
    text: str, pressure: Span | None, other: Span | None, truth: Truth
) -> None:
    spans = {"chamber.pressure": pressure, "load_lock.pressure": other}
    assert parse_condition(text, TAGS).throughout(lambda tag: spans[tag.name]) is truth


@pytest.mark.parametrize(
    ("span", "truth"),
    [((1.0, 1.0), Truth.TRUE), ((0.0, 0.0), Truth.FALSE), ((0.0, 1.0), Truth.UNKNOWN), ((0.0, 2.0), Truth.UNKNOWN)],
)
def test_a_bare_tag_holds_throughout_where_it_never_moves(span: Span, truth: Truth) -> None:
    assert parse_condition("pump.valve", TAGS).throughout(lambda tag: span) is truth


def test_a_deadband_counts_throughout_as_well() -> None:
    below, above = (with_deadband([parse_condition(f"chamber.pressure {sign} 5 Pa", TAGS)], "1 Pa") for sign in "<>")
    for conditions, inside, outside in ((below, (0.0, 3.5), (0.0, 4.5)), (above, (6.5, 9.0), (5.5, 9.0))):
        assert conditions[0].throughout(lambda tag, span=inside: span) is Truth.TRUE  # type: ignore[misc]
        assert conditions[0].throughout(lambda tag, span=outside: span) is Truth.UNKNOWN  # type: ignore[misc]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=5),
    st.sampled_from(["<", "<=", ">", ">="]), st.booleans(),
)  # fmt: skip
def test_what_holds_throughout_holds_for_each_value(rows: list[tuple[int, int]], sign: str, against_tag: bool) -> None:
    text = f"chamber.pressure {sign} {'load_lock.pressure' if against_tag else '2 Pa'}"
    condition = parse_condition(text, TAGS)
    columns = zip(*rows, strict=True)
    spans = {
        name: (min(column), max(column))
        for name, column in zip(("chamber.pressure", "load_lock.pressure"), columns, strict=True)
    }
    told = condition.throughout(lambda tag: spans[tag.name])
    single = {condition.judge(latest(chamber__pressure=one, load_lock__pressure=other)) for one, other in rows}
    assert told is Truth.UNKNOWN or single == {told}
