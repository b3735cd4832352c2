"""What is foretold of one exchange, however it is cut and however far it is foretold."""

from itertools import accumulate

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vapordep.model.batches import Floats
from vapordep.simulation.exchanges import Exchange, Outlook
from vapordep.simulation.instrument import Replies, SimInstrument
from vapordep.simulation.shown import Shown


class Ramp(SimInstrument):
    """Shows ten times the instant."""

    manual = "none"

    def __init__(self) -> None:
        self.asked: list[float] = []

    def feed(self, data: bytes, now: float) -> Replies:
        return []

    def readings(self, terminals: object, times: Floats) -> dict[str, Shown]:
        self.asked += times.tolist()
        return {"a": Shown.of(10.0 * times), "b": Shown.of(-10.0 * times)}


@given(
    steps=st.lists(st.sampled_from([0.1, 0.25, 0.5, 0.55, 1.0, 3.0]), max_size=8),
    further=st.sampled_from([0.0, 0.2, 1.0, 20.0]),
)
def test_what_is_taken_piece_by_piece_is_all_there_is_and_nothing_twice(steps: list[float], further: float) -> None:
    ramp = Ramp()
    outlook, since = Outlook(Exchange(ramp, {"a": "A", "b": "B"}, 0.3, 0.5), 0.0), 0.0
    came: dict[str, list[float]] = {"A": [], "B": []}
    for until in accumulate(steps):
        if outlook.next <= until:
            if not outlook.holds(until, 0):
                outlook.foretell(since, until + further, 0)
            first, second = outlook.up_to(until)
            assert first.times is second.times, "what comes together shares its instants"
            for batch, factor in ((first, 10.0), (second, -10.0)):
                np.testing.assert_array_equal(batch.values, factor * batch.times)
                came[batch.tag] += batch.times.tolist()
        outlook.go_on(until)
        since = until
        assert outlook.next == min(0.3 + 0.5 * number for number in range(40) if 0.3 + 0.5 * number > since)
    grid = [instant for number in range(40) if (instant := 0.3 + 0.5 * number) <= since]
    assert came == {"A": grid, "B": grid}
    assert sorted(set(ramp.asked)) == ramp.asked or further > 0.0, "nothing is worked out twice"


def test_it_holds_as_far_as_it_was_foretold_until_its_instrument_or_the_world_is_told_something() -> None:
    ramp = Ramp()
    outlook = Outlook(Exchange(ramp, {"a": "A"}, 0.0, 1.0), 0.5)
    assert not outlook.holds(1.0, 7)
    outlook.foretell(0.5, 5.0, 7)
    assert outlook.holds(5.0, 7)
    assert not outlook.holds(5.1, 7)
    assert not outlook.holds(5.0, 8)
    ramp.heard += 1
    assert not outlook.holds(5.0, 7)
    outlook.foretell(0.5, 5.0, 7)
    outlook.forget()
    assert not outlook.holds(1.0, 7)
