"""Revocable work: what stands among what can be revoked, and a task that somebody had cancelled before."""

import asyncio
from contextlib import suppress

import pytest

from tests.unit.safety.rig import Rig, on_rig
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


def test_work_that_is_over_cannot_be_revoked() -> None:
    async def main(rig: Rig) -> None:
        async with Revocable("TMA.valve") as block:
            pass
        block.revoke("too late")
        await rig.clock.sleep(0.1)

    on_rig(main)


@pytest.mark.parametrize("error", [None, ZeroDivisionError()])
def test_what_its_own_last_deed_revokes_is_over_and_nothing_after_it_is_struck(error: Exception | None) -> None:
    """A read-back that is published may trip: the command is done, and its task goes on."""

    async def main(rig: Rig) -> None:
        block = Revocable("TMA.valve")
        with suppress(ZeroDivisionError):
            async with block:
                block.revoke("a trip")
                if error is not None:
                    raise error
        await rig.clock.sleep(0.1)
        task = asyncio.current_task()
        assert task is not None
        assert task.cancelling() == 0

    on_rig(main)


def test_who_cancels_a_block_that_revokes_itself_is_heard() -> None:
    async def main(rig: Rig) -> None:
        async def work() -> None:
            async with Revocable("TMA.valve") as block:
                block.revoke("a trip")
                working.cancel()

        working = asyncio.ensure_future(work())
        with pytest.raises(asyncio.CancelledError):
            await working

    on_rig(main)


def test_an_error_that_a_revoked_block_makes_of_it_stays_that_error() -> None:
    async def main(rig: Rig) -> None:
        block = Revocable("TMA.valve")

        async def work() -> None:
            async with block:
                try:
                    await rig.clock.sleep(1.0)
                except asyncio.CancelledError:
                    raise ZeroDivisionError from None

        working = asyncio.ensure_future(work())
        await rig.clock.sleep(0.1)
        block.revoke("a trip")
        with pytest.raises(ZeroDivisionError):
            await working
        assert working.cancelling() == 0

    on_rig(main)


def test_a_cancellation_from_outside_stays_one() -> None:
    """Revoked and cancelled at once: whoever cancelled must see it."""

    async def main(rig: Rig) -> None:
        block = Revocable("TMA.valve")

        async def work() -> None:
            async with block:
                await rig.clock.sleep(1.0)

        working = asyncio.ensure_future(work())
        await rig.clock.sleep(0.1)
        block.revoke("a trip")
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working

    on_rig(main)
