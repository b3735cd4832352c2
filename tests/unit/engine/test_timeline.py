"""The timeline: timed steps end where the recipe's own arithmetic says, however late the loop wakes."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import pytest

from vapordep.clock import Clock, Edge, EdgePlay, VirtualClock, run_virtual
from vapordep.engine.timeline import LATE, LEAD, NOTICE, Timeline


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


def on_timeline(script: Callable[[VirtualClock, Timeline], Awaitable[None]]) -> None:
    async def main(clock: VirtualClock) -> None:
        await script(clock, Timeline(clock))

    run_virtual(main)


@pytest.mark.parametrize(("late", "moved"), [(LATE / 2, 0.0), (2 * LATE, 2 * LATE)])
def test_only_a_dose_that_was_really_late_moves_what_follows(late: float, moved: float) -> None:
    """A little lateness must not add up; much of it must not shorten the purge."""

    async def script(clock: VirtualClock, timeline: Timeline) -> None:
        edge = timeline.edge()
        timeline.spend(0.05)
        timeline.ended(edge + 0.05 + late)
        await timeline.wait(10.0)
        assert timeline.due == pytest.approx(edge + 0.05 + moved + 10.0, abs=1e-9)

    on_timeline(script)


@pytest.mark.parametrize("duration", [0.1, 1.0, 100.0])
def test_a_wait_returns_in_time_to_prepare_an_edge_and_what_comes_untimed_waits_for_its_end(duration: float) -> None:
    async def script(clock: VirtualClock, timeline: Timeline) -> None:
        await timeline.wait(duration)
        assert duration - LEAD <= clock.now() < duration
        for _ in range(2):
            await timeline.reached()
            assert clock.now() == pytest.approx(duration)

    on_timeline(script)


def test_restarted_it_begins_at_the_present() -> None:
    async def script(clock: VirtualClock, timeline: Timeline) -> None:
        await clock.sleep(30.0)
        timeline.restart()
        await timeline.wait(10.0)
        await timeline.reached()
        assert clock.now() == pytest.approx(40.0)

    on_timeline(script)
