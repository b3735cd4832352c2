"""The timeline: thousands of timed steps end where the recipe's own arithmetic says, however late the loop wakes."""

from collections.abc import Sequence
from datetime import datetime

import pytest

from vapordep.clock import Clock, Edge, EdgePlay, VirtualClock, run_virtual
from vapordep.engine.timeline import LEAD, NOTICE, Timeline


class LateClock(Clock):
    """A clock whose loop wakes `late` s after the instant it was asked for, as a busy one does."""

    def __init__(self, clock: VirtualClock, late: float) -> None:
        self.clock = clock
        self.late = late

    def now(self) -> float:
        return self.clock.now()

    def civil_at(self, instant: float) -> datetime:
        return self.clock.civil_at(instant)

    async def sleep_until(self, instant: float) -> None:
        await self.clock.sleep_until(max(instant, self.now()) + self.late)

    def edges(self, edges: Sequence[Edge]) -> EdgePlay:
        return self.clock.edges(edges)


def edges_of(cycles: int, purge: float, late: float) -> list[float]:
    """The instants of the doses of 30 ms, on a loop that is late by as much each time."""

    async def walk(virtual: VirtualClock) -> list[float]:
        timeline = Timeline(LateClock(virtual, late))
        found = []
        for _ in range(cycles):
            found.append(timeline.edge())
            timeline.spend(0.03)
            await timeline.wait(purge)
        return found

    return run_virtual(walk)


@pytest.mark.parametrize("purge", [0.27, 1.0, 40.0])
def test_a_late_loop_does_not_move_the_edges(purge: float) -> None:
    found = edges_of(2000, purge, late=0.01)
    assert found[0] == pytest.approx(LEAD)
    assert found[-1] - found[0] == pytest.approx(1999 * (purge + 0.03), abs=1e-6)


def test_a_purge_too_short_to_prepare_an_edge_becomes_longer() -> None:
    first, second = edges_of(2, 0.1, late=0.0)
    assert second - first > 0.13


def test_an_edge_that_was_missed_is_given_as_soon_as_it_can_be_prepared() -> None:
    first, second = edges_of(2, 1.0, late=LEAD - NOTICE + 0.05)
    assert second == pytest.approx(first + 0.03 + 1.0 + LEAD - NOTICE + 0.05)
