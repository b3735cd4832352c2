"""Segments: content throughout is said only where every instant and every silence of a stretch was content."""

import math
from collections.abc import Sequence

import pytest

from vapordep.model.batches import Batch, Sample
from vapordep.model.tags import Quality, Tag
from vapordep.safety.conditions import parse_condition
from vapordep.safety.interlocks.segments import Stretch, content_throughout, stretch_of
from vapordep.safety.streams import WORTHWHILE
from vapordep.units import Pa, one

A, B, OPEN = Tag("a.p", Pa, stale_after=1.0), Tag("b.p", Pa, stale_after=1.0), Tag("v.open", one, stale_after=1.0)
TAGS = {tag.name: tag for tag in (A, B, OPEN)}
KNOWN = {name: Sample(0.0, 1.0, Quality.GOOD) for name in TAGS}
TIMES = [n / 10.0 for n in range(1, 51)]
"""50 samples in 5 s."""
LOW = parse_condition("a.p < 5 Pa", TAGS)


def stretch(*batches: Batch, until: float = 5.0, began: float = 0.0, before: dict[str, Sample] = KNOWN) -> Stretch:
    made = stretch_of(before, batches, began, until)
    assert made is not None
    return made


def holds(values: Sequence[float], when: Sequence[float] | None = None) -> bool:
    """Whether `a.p < 5 Pa` is content over these values, while `v.open` where that is given."""
    batches = [Batch.of("a.p", TIMES, values), *([Batch.of("v.open", TIMES, when)] if when else [])]
    limited = parse_condition("v.open", TAGS) if when else None
    tags = [A, OPEN] if when else [A]
    return content_throughout(limited, [LOW], tags, stretch(*batches))


def test_what_is_true_at_every_sample_is_content() -> None:
    assert holds([1.0] * 50)


@pytest.mark.parametrize("place", [0, 1, 25, 48, 49])
@pytest.mark.parametrize("value", [5.0, 9.0, math.nan])
def test_one_sample_that_is_not_true_is_enough(place: int, value: float) -> None:
    assert not holds([value if n == place else 1.0 for n in range(50)])


@pytest.mark.parametrize("place", [0, 25, 49])
def test_what_limits_it_makes_content_only_where_it_surely_does_not_hold(place: int) -> None:
    violated = [9.0 if n == place else 1.0 for n in range(50)]
    assert holds(violated, [0.0] * 50)
    assert holds(violated, [0.0 if n == place else 1.0 for n in range(50)])
    assert not holds(violated, [1.0] * 50)
    assert not holds(violated, [math.nan if n == place else 0.0 for n in range(50)])
    assert not holds(violated, [1.0 if n == place else 0.0 for n in range(50)])


def test_each_of_several_conditions_must_hold() -> None:
    both = [LOW, parse_condition("b.p < 5 Pa", TAGS)]
    for limited in (None, parse_condition("v.open", TAGS)):
        for b, expected in ((1.0, True), (9.0, False)):
            batches = [Batch.of("a.p", TIMES, [1.0] * 50), Batch.of("b.p", TIMES, [1.0] * 49 + [b])]
            batches.append(Batch.of("v.open", TIMES, [1.0] * 50))
            assert content_throughout(limited, both, [A, B, OPEN], stretch(*batches)) is expected


@pytest.mark.parametrize(
    ("times", "before", "until", "expected"),
    [
        (TIMES, 0.0, 5.0, True),
        (TIMES, -0.8, 5.0, True),
        (TIMES, -0.9, 5.0, False),  # stale at the instant of the first sample
        ([n / 8.0 for n in range(1, 51)], -0.875, 6.25, False),  # at the very instant
        (TIMES, 0.0, 5.99, True),
        (TIMES, 0.0, 6.0, False),  # stale at the end
        ([*TIMES[:20], *(t + 0.8 for t in TIMES[20:])], 0.0, 5.8, True),
        ([*TIMES[:20], *(t + 1.0 for t in TIMES[20:])], 0.0, 6.0, False),  # a hole of 1.1 s
        ([0.125, *(1.125 + n / 16.0 for n in range(49))], 0.0, 4.2, False),  # stale at the very instant of the next
        ([*(n / 16.0 for n in range(1, 50)), 49 / 16.0 + 1.0], 0.0, 4.2, False),
    ],
)
def test_a_silence_longer_than_patience_is_not_content(
    times: list[float], before: float, until: float, expected: bool
) -> None:
    known = {**KNOWN, "a.p": Sample(before, 1.0, Quality.GOOD)}
    found = stretch(Batch.of("a.p", times, [1.0] * len(times)), until=until, before=known)
    assert content_throughout(None, [LOW], [A], found) is expected
    assert found.fresh(A) is expected
    assert found.fresh(A) is expected, "the second time as the first"


@pytest.mark.parametrize(("until", "expected"), [(0.9, True), (1.0, False), (5.0, False)])
def test_a_tag_without_samples_is_fresh_as_long_as_the_one_before(until: float, expected: bool) -> None:
    found = stretch(Batch.of("b.p", [n / 64.0 for n in range(1, 50)], [1.0] * 49), until=until)
    assert found.fresh(A) is expected
    assert content_throughout(None, [LOW], [A], found) is expected


def test_a_tag_that_was_never_seen_before_is_not_fresh() -> None:
    assert stretch(Batch.of("a.p", TIMES, [1.0] * 50), before={}).fresh(A) is False


def test_a_stretch_is_long_in_order_and_begins_after_what_was_judged() -> None:
    long, short = Batch.of("a.p", TIMES, [1.0] * 50), Batch.of("a.p", [0.1] * 1, [1.0])
    empty = Batch.of("b.p", [], [])
    assert stretch_of(KNOWN, [long, empty], 0.1, 5.0) is not None
    assert stretch_of(KNOWN, [long], 0.11, 5.0) is None, "it begins before"
    assert stretch_of(KNOWN, [short], 0.0, 5.0) is None
    assert stretch_of(KNOWN, [Batch.of("a.p", TIMES[::-1], [1.0] * 50)], 0.0, 5.0) is None
    assert stretch_of(KNOWN, [long, long], 0.0, 5.0) is None, "one batch a tag"
    exact = Batch.of("a.p", [n / 100.0 for n in range(1, WORTHWHILE + 1)], [1.0] * WORTHWHILE)
    fewer = Batch.of("a.p", [n / 100.0 for n in range(1, WORTHWHILE)], [1.0] * (WORTHWHILE - 1))
    assert stretch_of(KNOWN, [exact], 0.0, 5.0) is not None
    assert stretch_of(KNOWN, [fewer], 0.0, 5.0) is None


def test_every_tag_must_be_fresh_and_every_batch_begin_in_time() -> None:
    stale = {**KNOWN, "b.p": Sample(-5.0, 1.0, Quality.GOOD)}
    found = stretch(Batch.of("a.p", TIMES, [1.0] * 50), before=stale)
    assert (found.fresh(A), found.fresh(B)) == (True, False)
    assert not content_throughout(None, [LOW], [A, B], found)
    two = [Batch.of("a.p", TIMES, [1.0] * 50), Batch.of("b.p", [4.0], [1.0])]
    assert stretch_of(KNOWN, two, 1.0, 5.0) is None


BAD, INFINITE = Sample(0.0, math.nan, Quality.BAD), Sample(0.0, math.inf, Quality.GOOD)


def test_a_span_is_from_the_least_to_the_greatest_value_that_before_included() -> None:
    rising = Batch.of("a.p", TIMES, [2.0 + 0.01 * n for n in range(50)])
    falling = Batch.of("b.p", TIMES, [-0.01 * n for n in range(50)])
    found = stretch(falling, rising)
    assert found.span(A) == (1.0, 2.49)
    assert found.span(B) == (-0.49, 1.0)
    assert found.span(OPEN) == (1.0, 1.0), "it has no sample of its own"
    assert found.span(A) == (1.0, 2.49), "the second time as the first"


@pytest.mark.parametrize("before", [{}, {"a.p": BAD}, {"a.p": INFINITE}])
def test_no_span_begins_with_what_is_not_usable(before: dict[str, Sample]) -> None:
    within, beside = (stretch(Batch.of(name, TIMES, [1.0] * 50), before=before) for name in ("a.p", "b.p"))
    assert within.span(A) is None
    assert beside.span(A) is None


@pytest.mark.parametrize("place", [0, 25, 49])
@pytest.mark.parametrize(
    ("value", "quality"),
    [(math.nan, Quality.BAD), (2.0, Quality.BAD), (math.inf, Quality.GOOD), (-math.inf, Quality.GOOD)],
)
def test_one_sample_that_is_not_usable_leaves_no_span(place: int, value: float, quality: Quality) -> None:
    batch = Batch.of("a.p", TIMES, [1.0] * 50)
    batch.values[place], batch.quality[place] = value, quality
    found = stretch(Batch.of("b.p", TIMES, [3.0] * 50), batch)
    assert found.span(A) is None
    assert found.span(B) == (1.0, 3.0), "the other one is as it was"


def test_what_is_in_doubt_has_a_span() -> None:
    found = stretch(Batch.of("a.p", TIMES, [2.0] * 50, Quality.UNCERTAIN))
    assert found.span(A) == (1.0, 2.0)


def test_where_spans_tell_nothing_each_instant_does() -> None:
    below = parse_condition("a.p < b.p", TAGS)
    ramp = [float(n) for n in range(50)]
    for ahead, expected in ((0.5, True), (0.0, False)):
        batches = [Batch.of("a.p", TIMES, ramp), Batch.of("b.p", TIMES, [value + ahead for value in ramp])]
        found = stretch(*batches, Batch.of("v.open", TIMES, [1.0] * 50))
        assert content_throughout(None, [below], [A, B], found) is expected
        assert content_throughout(parse_condition("v.open", TAGS), [below], [A, B, OPEN], found) is expected


def test_what_limits_it_may_tell_alone() -> None:
    shut = Batch.of("v.open", TIMES, [0.0] * 50)
    known = {**KNOWN, "v.open": Sample(0.0, 0.0, Quality.GOOD)}
    found = stretch(Batch.of("a.p", TIMES, [9.0] * 50), shut, before=known)
    assert content_throughout(parse_condition("v.open", TAGS), [LOW], [A, OPEN], found)
    assert not content_throughout(None, [LOW], [A, OPEN], found)
