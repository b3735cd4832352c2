"""Deadlines: what is not answered in time is no reply, and nothing else is."""

import asyncio

import pytest

from vapordep.clock import VirtualClock, run_virtual
from vapordep.errors import NoReply
from vapordep.safety.outputs.deadlines import Deadline


def test_what_is_not_over_in_time_is_no_reply_and_the_task_goes_on() -> None:
    async def main(clock: VirtualClock) -> None:
        with pytest.raises(NoReply, match=r"no answer within 2 s") as caught:
            async with Deadline(2.0, "TMA.valve"):
                await clock.sleep_until(10.0)
        assert (clock.now(), caught.value.where) == (2.0, "TMA.valve")
        await clock.sleep_until(10.0)

    run_virtual(main)


def test_what_was_over_in_time_is_not_cut_afterwards() -> None:
    async def main(clock: VirtualClock) -> None:
        async with Deadline(2.0, "TMA.valve"):
            await clock.sleep_until(1.0)
        await clock.sleep_until(3.0)

    run_virtual(main)


def test_a_time_out_from_within_is_no_reply_and_another_error_is_itself() -> None:
    async def main(_: VirtualClock) -> None:
        for raised, seen in ((TimeoutError(), NoReply), (OSError("gone"), OSError)):
            with pytest.raises(seen):
                async with Deadline(2.0, "TMA.valve"):
                    raise raised

    run_virtual(main)


@pytest.mark.parametrize("at", [1.0, 2.0])
def test_whoever_is_cancelled_is_cancelled_also_at_the_very_deadline(at: float) -> None:
    async def asked(clock: VirtualClock) -> None:
        async with Deadline(2.0, "TMA.valve"):
            await clock.sleep_until(10.0)

    async def main(clock: VirtualClock) -> None:
        task = asyncio.ensure_future(asked(clock))
        clock.loop.call_at(at, task.cancel)
        with pytest.raises(asyncio.CancelledError):
            await task
        assert task.cancelling() == 1

    run_virtual(main)


def test_what_is_said_on_the_way_out_is_heard() -> None:
    async def asked(clock: VirtualClock) -> None:
        async with Deadline(2.0, "TMA.valve"):
            try:
                await clock.sleep_until(10.0)
            except asyncio.CancelledError:
                raise OSError("gone") from None

    async def main(clock: VirtualClock) -> None:
        with pytest.raises(OSError, match="gone"):
            await asked(clock)
        await clock.sleep_until(10.0)

    run_virtual(main)
