"""The trace of one tag: all that came since an instant, however it came, and no more than it keeps."""

import numpy as np

from vapordep.engine.trace import LONGEST, Trace
from vapordep.model.batches import Batch


def taken(trace: Trace, *parts: tuple[list[float], list[float]]) -> Trace:
    """The trace after these batches."""
    for times, values in parts:
        trace.take([Batch.of("q", times, [0.0] * len(times)), Batch.of("p", times, values)])
    return trace


def test_it_tells_what_its_tag_showed_since_an_instant() -> None:
    trace = taken(Trace("p"), ([1.0, 2.0], [10.0, 20.0]), ([3.0], [30.0]))
    assert [part.tolist() for part in trace.since(2.0)] == [[2.0, 3.0], [20.0, 30.0]]
    assert [part.tolist() for part in trace.since(0.0)] == [[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]]
    assert [len(part) for part in trace.since(4.0)] == [0, 0]
    assert [len(part) for part in Trace("p").since(0.0)] == [0, 0]


def test_what_came_before_an_older_sample_does_not_count() -> None:
    trace = taken(Trace("p"), ([5.0], [50.0]), ([1.0], [10.0]), ([6.0], [60.0]))
    assert trace.since(2.0)[0].tolist() == [6.0]


def test_what_it_told_does_not_change_afterwards() -> None:
    trace = taken(Trace("p"), ([1.0], [10.0]))
    times, values = trace.since(0.0)
    times[0] = values[0] = 7.0
    assert [part.tolist() for part in trace.since(0.0)] == [[1.0], [10.0]]


def test_it_keeps_the_last_samples_however_they_come() -> None:
    every = np.arange(4.5 * LONGEST)
    pieces = [1, 999, LONGEST + 7, 3, LONGEST // 2, 2 * LONGEST]
    trace, ends = Trace("p"), np.minimum(np.cumsum(pieces), len(every))
    for begin, end in zip([0, *ends], [*ends, len(every)], strict=True):
        good = np.zeros(end - begin, dtype=np.uint8)
        trace.take([Batch("p", every[begin:end], -every[begin:end], good)])
        times, values = trace.since(0.0)
        assert len(times) == min(end, LONGEST) or end - begin > LONGEST
        assert times[-1] == every[end - 1]
        np.testing.assert_array_equal(np.diff(times), 1.0)
        np.testing.assert_array_equal(values, -times)
