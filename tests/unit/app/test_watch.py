"""Peaks: the highest usable value of every tag."""

from hypothesis import given
from hypothesis import strategies as st

from vapordep.app.running.watch import Peaks
from vapordep.model.batches import Batch

VALUES = st.lists(st.floats(allow_infinity=False, width=32), min_size=1, max_size=20)


@given(VALUES, st.integers(1, 5))
def test_peaks_do_not_depend_on_how_samples_are_batched(values: list[float], size: int) -> None:
    together, apart = Peaks(), Peaks()
    for start in range(0, len(values), size):
        part = values[start : start + size]
        together.take([Batch.of("tag", range(len(part)), part)])
        for value in part:
            apart.take([Batch.one("tag", 0.0, value)])
    assert together.highest == apart.highest
    assert together.samples == apart.samples == len(values)


def test_a_tag_without_a_usable_value_has_no_peak() -> None:
    peaks = Peaks()
    peaks.take([Batch.of("bad", [0.0, 1.0], [float("nan")] * 2), Batch.of("cold", [0.0, 1.0], [float("nan"), -5.0])])
    peaks.take([Batch.one("bad", 2.0, float("nan")), Batch.one("cold", 2.0, -6.0)])
    assert peaks.highest == {"cold": -5.0}
    assert peaks.samples == 6


def test_nothing_at_all_is_no_peak() -> None:
    peaks = Peaks()
    peaks.take([])
    peaks.take([Batch.of("tag", [], [])])
    assert (peaks.highest, peaks.samples) == ({}, 0)


@given(st.lists(st.lists(st.floats(allow_infinity=False, width=32), min_size=3, max_size=3), min_size=1, max_size=4))
def test_tags_that_come_together_have_each_their_own_peak(rows: list[list[float]]) -> None:
    together, apart = Peaks(), Peaks()
    batches = [Batch.of(f"tag {n}", range(3), row) for n, row in enumerate(rows)]
    together.take(batches)
    for batch in batches:
        apart.take([batch])
    assert together.highest == apart.highest
    assert together.samples == apart.samples
