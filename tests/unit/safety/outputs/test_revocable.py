"""Revocable work: what stands among what can be revoked, and a task that somebody had cancelled before."""

import asyncio

import pytest

from vapordep.clock import VirtualClock, run_virtual
from vapordep.errors import Tripped
from vapordep.safety.outputs.revocable import Revocable


def test_it_stands_among_what_can_be_revoked_as_long_as_it_lasts() -> None:
    async def main(clock: VirtualClock) -> None:
        among: list[Revocable] = []
        async with Revocable("TMA.valve", among) as block:
            assert among == [block]
        assert among == []

    run_virtual(main)


def test_what_cleans_up_after_a_cancellation_can_be_revoked_as_well() -> None:
    """The task was cancelled once, and goes on: a second cancellation is the block's own."""

    async def cleaning(clock: VirtualClock) -> None:
        try:
            await clock.sleep(10.0)
        except asyncio.CancelledError:
            async with Revocable("TMA.valve") as block:
                block.revoke("T1 has tripped")
                await clock.sleep(10.0)

    async def main(clock: VirtualClock) -> None:
        task = asyncio.ensure_future(cleaning(clock))
        await clock.sleep(0.1)
        task.cancel()
        with pytest.raises(Tripped, match="T1 has tripped") as told:
            await task
        assert told.value.where == "TMA.valve"

    run_virtual(main)
