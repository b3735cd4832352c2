"""Streams: what arrived at each instant, in the order of time, and when a look at arrays is worth it."""

import numpy as np
import pytest

from vapordep.model.batches import Batch, Sample
from vapordep.model.tags import Quality
from vapordep.safety.streams import _is_poll, in_order, is_worthwhile


def row(tag: str, time: float, value: float) -> tuple[str, Sample]:
    return tag, Sample(time, value, Quality.GOOD)


A, B = Batch.one("a", 1.0, 5.0), Batch.one("b", 1.0, 6.0)
SHARED = np.array([1.0])
OF_ONE_EXCHANGE = [Batch(tag, SHARED, np.array([7.0]), np.zeros(1, dtype=np.uint8)) for tag in ("a", "b")]


@pytest.mark.parametrize(("count", "worthwhile"), [(31, False), (32, True)])
def test_from_32_samples_in_all_arrays_are_faster(count: int, worthwhile: bool) -> None:
    batches = [Batch.one("a", 1.0, 5.0), Batch.of("b", [float(n) for n in range(count - 1)], [0.0] * (count - 1))]
    assert is_worthwhile(batches) is worthwhile


def test_samples_of_one_instant_are_taken_together_in_the_order_of_their_batches() -> None:
    assert list(in_order([B, A])) == [(1.0, [row("b", 1.0, 6.0), row("a", 1.0, 5.0)])]
    assert list(in_order(OF_ONE_EXCHANGE)) == [(1.0, [row("a", 1.0, 7.0), row("b", 1.0, 7.0)])]
    assert list(in_order([])) == []


@pytest.mark.parametrize(("batches", "poll"), [([A, B], True), (OF_ONE_EXCHANGE, True), ([A], True), ([], False)])
def test_what_came_at_one_instant_needs_no_sorting(batches: list[Batch], poll: bool) -> None:
    assert bool(_is_poll(batches)) is poll


SEVERAL: dict[str, list[Batch]] = {
    "another instant": [A, Batch.one("b", 0.5, 6.0)],
    "two samples, the last at that instant": [A, Batch.of("b", (0.5, 1.0), (6.0, 7.0))],
    "two samples, the last at another one": [A, Batch.of("b", (0.5, 0.7), (6.0, 7.0))],
    "the first has two": [Batch.of("b", (0.5, 1.0), (6.0, 7.0)), A],
}


@pytest.mark.parametrize("what", SEVERAL)
def test_what_came_at_several_instants_is_put_in_order(what: str) -> None:
    batches = SEVERAL[what]
    assert not _is_poll(batches)
    found = list(in_order(batches))
    assert [instant for instant, _ in found] == sorted({t for batch in batches for t in batch.times.tolist()})
    assert sum(len(arrivals) for _, arrivals in found) == sum(len(batch.times) for batch in batches)
    assert all(sample.time == instant for instant, arrivals in found for _, sample in arrivals)
