"""Work that must not be left half done: it ends although whoever waits for it is cancelled, once or often."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from vapordep.clock import VirtualClock, run_virtual
from vapordep.safety.outputs.uninterrupted import uninterrupted


class Work:
    """One second of it; what came of it, and of who waited for it."""

    def __init__(self, clock: VirtualClock, error: BaseException | None = None) -> None:
        self.clock, self.error, self.ended = clock, error, 0.0

    async def __call__(self) -> str:
        await self.clock.sleep(1.0)
        self.ended = self.clock.now()
        if self.error is not None:
            raise self.error
        return "done"


async def cancelled(clock: VirtualClock, waiting: Coroutine[Any, Any, str], times: int) -> asyncio.CancelledError:
    """What is raised to who waits and is cancelled so often within the second."""
    task = asyncio.ensure_future(waiting)
    for _ in range(times):
        await clock.sleep(0.1)
        task.cancel()
    with pytest.raises(asyncio.CancelledError) as raised:
        await task
    return raised.value


def test_what_nobody_disturbs_gives_its_result_or_its_error() -> None:
    async def main(clock: VirtualClock) -> None:
        assert await uninterrupted(Work(clock)()) == "done"
        with pytest.raises(ValueError, match="broken"):
            await uninterrupted(Work(clock, ValueError("broken"))())

    run_virtual(main)


@pytest.mark.parametrize("times", [1, 3])
def test_who_is_cancelled_hears_of_it_once_the_work_is_done(times: int) -> None:
    async def main(clock: VirtualClock) -> None:
        work = Work(clock)
        error = await cancelled(clock, uninterrupted(work()), times)
        assert work.ended == clock.now() == 1.0
        assert not hasattr(error, "__notes__")

    run_virtual(main)


def test_what_failed_meanwhile_is_noted_at_the_cancellation() -> None:
    async def main(clock: VirtualClock) -> None:
        error = await cancelled(clock, uninterrupted(Work(clock, ValueError("broken"))()), 1)
        assert error.__notes__ == ["meanwhile failed: ValueError('broken')"]

    run_virtual(main)


def test_work_that_is_cancelled_itself_ends_the_waiting() -> None:
    async def main(clock: VirtualClock) -> None:
        error = await cancelled(clock, uninterrupted(Work(clock, asyncio.CancelledError())()), 1)
        assert error.__notes__ == ["meanwhile failed: CancelledError()"]

    run_virtual(main)
