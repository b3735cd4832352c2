"""Arrival: the task goes on within the callback, and all else is as with a future."""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable

import pytest

from vapordep.clock import VirtualClock, run_virtual
from vapordep.devices.transports.arrival import Arrival

Scenario = Callable[[Arrival, asyncio.AbstractEventLoop], Awaitable[None]]


def in_loop(scenario: Scenario) -> None:
    async def main(clock: VirtualClock) -> None:
        await scenario(Arrival(clock.loop), clock.loop)

    run_virtual(main)


def waiting(arrival: Arrival, order: list[str]) -> asyncio.Task[None]:
    async def wait() -> None:
        await arrival
        order.append("task")

    return asyncio.ensure_future(wait())


def test_the_task_goes_on_within_the_callback_that_sets_it() -> None:
    async def scenario(arrival: Arrival, loop: asyncio.AbstractEventLoop) -> None:
        order: list[str] = []
        task = waiting(arrival, order)
        await asyncio.sleep(0)

        def callback() -> None:
            arrival.set()
            order.append("callback goes on")
            arrival.set()

        loop.call_soon(callback)
        await task
        assert order == ["task", "callback goes on"]
        assert arrival.done()

    in_loop(scenario)


def test_what_was_set_before_needs_no_wait() -> None:
    async def scenario(arrival: Arrival, loop: asyncio.AbstractEventLoop) -> None:
        assert not arrival.done()
        loop.call_soon(arrival.set)
        await asyncio.sleep(0)
        await arrival
        assert not arrival.cancel(), "it is over"
        await arrival

    in_loop(scenario)


def test_who_is_cancelled_hears_it_a_turn_later_and_what_arrives_then_disturbs_nobody() -> None:
    async def scenario(arrival: Arrival, loop: asyncio.AbstractEventLoop) -> None:
        order: list[str] = []
        task = waiting(arrival, order)
        await asyncio.sleep(0)
        task.cancel()
        arrival.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert order == []
        with pytest.raises(asyncio.CancelledError):
            await arrival

    in_loop(scenario)


def test_it_belongs_to_one_loop() -> None:
    async def scenario(arrival: Arrival, loop: asyncio.AbstractEventLoop) -> None:
        assert asyncio.isfuture(arrival)
        assert arrival.get_loop() is loop
        called: list[Arrival] = []
        loop.call_soon(arrival.set)
        await asyncio.sleep(0)
        arrival.add_done_callback(called.append)
        assert called == []
        await asyncio.sleep(0)
        assert called == [arrival], "as with a future, a turn later when it is over already"

    in_loop(scenario)


def test_the_task_goes_on_in_its_own_context_although_that_was_empty() -> None:
    """An empty context is false: a copy of whoever received the bytes would lose what the task sets meanwhile."""
    urgent = contextvars.ContextVar[bool]("urgent", default=False)

    async def wait(arrival: Arrival) -> None:
        await arrival
        token = urgent.set(True)
        later = Arrival(arrival.get_loop())
        arrival.get_loop().call_soon(later.set)
        await later
        urgent.reset(token)

    async def scenario(arrival: Arrival, loop: asyncio.AbstractEventLoop) -> None:
        task = loop.create_task(wait(arrival), context=contextvars.Context())
        await asyncio.sleep(0)
        loop.call_soon(arrival.set)
        await task

    in_loop(scenario)
