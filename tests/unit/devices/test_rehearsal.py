"""What is foretold of several exchanges, however it is cut."""

import math
from collections import defaultdict

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vapordep.devices.rehearsal import Ahead, until_instant
from vapordep.model.batches import Batch

GROUPS = [
    [Batch.of(tag, times, [10.0 * time for time in times]) for tag in tags]
    for tags, times in ((("a", "b"), [0.5, 1.0, 1.5, 2.0]), (("c",), [0.7]), (("d",), [1.0, 3.0]))
]


def test_samples_at_the_instant_belong_to_what_is_up_to_it() -> None:
    assert [[batch.tag for batch in group] for group in until_instant(GROUPS, 0.5)] == [["a", "b"]]
    [first, _] = Ahead(GROUPS).up_to(0.7)
    assert first[0].times.tolist() == [0.5]
    assert first[0].times is first[1].times, "what comes together shares its instants"


@given(st.lists(st.sampled_from([0.1, 0.5, 0.6, 0.7, 1.0, 1.2, 2.0, 2.5, 3.0, 4.0]), max_size=6))
def test_what_is_taken_piece_by_piece_is_all_there_is_and_nothing_twice(ends: list[float]) -> None:
    ahead, came = Ahead(GROUPS), defaultdict[str, list[float]](list)
    every = [time for group in GROUPS for time in group[0].times.tolist()]
    before = -math.inf
    for end in [*sorted(ends), 5.0]:
        assert ahead.next == min((time for time in every if time > before), default=math.inf)
        for group in ahead.up_to(end):
            for batch in group:
                assert len(batch)
                assert batch.values.tolist() == (10.0 * batch.times).tolist()
                came[batch.tag] += batch.times.tolist()
        ahead.go_on(end)
        before = end
    assert came == {batch.tag: batch.times.tolist() for group in GROUPS for batch in group}
    assert ahead.next == math.inf
    assert ahead.up_to(np.inf) == []
