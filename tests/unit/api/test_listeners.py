"""Who listens: written to in one turn, each as fast as they read, and none longer than they may."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fastapi import Request

from tests.unit.api.asking import PASSWORD, asked, live
from tests.unit.api.test_stream import Told, parsed, read
from vapordep.accounts.accounts import Accounts
from vapordep.accounts.people import Person
from vapordep.accounts.roles import RIGHTS, Role
from vapordep.api.access.doorkeeper import Doorkeeper
from vapordep.api.answers.begun import begun
from vapordep.api.live import streaming
from vapordep.api.live.listeners import Listening
from vapordep.api.live.straight import EXTENSION
from vapordep.api.live.stream import RING
from vapordep.clock import perf


@dataclass
class Ear:
    """A connection as a server keeps it: what is written goes out at once, until the other side reads no more."""

    reads: asyncio.Event = field(default_factory=asyncio.Event)
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    heard: list[bytes] = field(default_factory=list)
    ended: bool = False
    breaks: Exception | None = None
    may: bool = True
    straight: bool = False
    """Whether the server has a straight way."""

    def __post_init__(self) -> None:
        self.reads.set()

    async def receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        if self.breaks is not None:
            raise self.breaks
        if not self.reads.is_set():
            await self.reads.wait()
        if message["type"] == "http.response.body":
            self.heard.append(message["body"])
            self.ended = not message["more_body"]

    def write(self, part: bytes) -> bool:
        if self.breaks is not None:
            raise self.breaks
        if self.reads.is_set():
            self.heard.append(part)
        return self.reads.is_set()

    @property
    def messages(self) -> list[dict[str, Any]]:
        return parsed(b"".join(self.heard))

    @property
    def values(self) -> list[float]:
        return [m["values"]["chamber.pressure"][1] for m in self.messages if m["kind"] == "news"]


def listens(told: Told, ear: Ear) -> Awaitable[None]:
    scope = {"type": "http", "extensions": {EXTENSION: ear.write} if ear.straight else {}}
    return Listening(told.stream, told.listen(), lambda: ear.may)(scope, ear.receive, ear.send)


def play(scene: Callable[[Told, Callable[[], Awaitable[Ear]]], Awaitable[None]]) -> None:
    """A scene with a stream that nothing is in yet, and whoever comes to listen to it; by both ways."""

    async def bounded(*, straight: bool) -> None:
        told = Told()
        told.stream.send()
        async with asyncio.timeout(20), asyncio.TaskGroup() as group:
            ears: list[Ear] = []

            async def comes() -> Ear:
                ears.append(Ear(straight=straight))
                group.create_task(listens(told, ears[-1]))  # type: ignore[arg-type]
                await turns()
                return ears[-1]

            await scene(told, comes)
            for ear in ears:
                ear.gone.set()
        assert told.stream.listeners == 0

    for straight in (False, True):
        asyncio.run(bounded(straight=straight))


async def turns() -> None:
    """Whatever is ready has had its turn."""
    for _ in range(10):
        await asyncio.sleep(0)


async def sent(told: Told, value: float) -> None:
    told.send(read(value))
    await turns()


def test_everybody_is_sent_the_same_in_one_turn() -> None:
    async def scene(told: Told, comes: Callable[[], Awaitable[Ear]]) -> None:
        ears = [await comes() for _ in range(5)]
        assert told.stream.listeners == 5
        before = asyncio.all_tasks()
        told.send(read(1.0))
        await asyncio.sleep(0)
        assert [ear.values for ear in ears] == [[1.0]] * 5
        assert asyncio.all_tasks() == before, "nobody is waited for"
        assert len({id(ear.heard[-1]) for ear in ears}) == 1

    play(scene)


def test_who_does_not_read_holds_up_nobody_and_goes_on_where_they_were() -> None:
    async def scene(told: Told, comes: Callable[[], Awaitable[Ear]]) -> None:
        slow, quick = await comes(), await comes()
        slow.reads.clear()
        for n in range(5):
            await sent(told, float(n))
        assert (slow.values, quick.values) == ([], [0.0, 1.0, 2.0, 3.0, 4.0])
        slow.reads.set()
        await turns()
        assert slow.values == quick.values
        await sent(told, 5.0)
        assert slow.values == quick.values

    play(scene)


def test_who_does_not_read_for_long_is_told_of_the_gap_and_nothing_is_kept_for_them() -> None:
    async def scene(told: Told, comes: Callable[[], Awaitable[Ear]]) -> None:
        slow = await comes()
        slow.reads.clear()
        for n in range(3 * RING):
            await sent(told, float(n))
        slow.reads.set()
        await turns()
        assert slow.values == [0.0], "the one that was on its way"
        assert [m["kind"] for m in slow.messages] == ["snapshot", "news", "gap", "snapshot"]
        assert slow.messages[-1]["values"]["chamber.pressure"][1] == 3 * RING - 1

    play(scene)


def test_who_may_listen_no_more_is_sent_no_more() -> None:
    async def scene(told: Told, comes: Callable[[], Awaitable[Ear]]) -> None:
        ear, other = await comes(), await comes()
        ear.may = False
        await sent(told, 1.0)
        assert (ear.ended, ear.values, other.values) == (True, [], [1.0])
        assert told.stream.listeners == 1

    play(scene)


@pytest.mark.parametrize("late", [False, True])
def test_who_is_gone_is_forgotten(*, late: bool) -> None:
    async def scene(told: Told, comes: Callable[[], Awaitable[Ear]]) -> None:
        ear, other = await comes(), await comes()
        if late:
            ear.reads.clear()
            await sent(told, 1.0)
        ear.gone.set()
        ear.reads.set()
        await turns()
        await sent(told, 2.0)
        assert (told.stream.listeners, other.values[-1]) == (1, 2.0)

    play(scene)


def test_a_connection_that_breaks_ends_alone() -> None:
    """Servers of newer versions of ASGI say so by an OSError."""

    async def scene(told: Told, comes: Callable[[], Awaitable[Ear]]) -> None:
        ear, other = await comes(), await comes()
        ear.breaks = ConnectionResetError()
        await sent(told, 1.0)
        assert (told.stream.listeners, other.values) == (1, [1.0])

    play(scene)


def test_what_goes_wrong_for_one_is_told_of_and_costs_the_others_nothing() -> None:
    async def scene() -> None:
        told = Told()
        told.stream.send()
        bad, good = Ear(), Ear()
        tasks = [asyncio.ensure_future(listens(told, ear)) for ear in (bad, good)]
        await turns()
        bad.breaks = RuntimeError("no task is here")
        await sent(told, 1.0)
        assert good.values == [1.0]
        good.gone.set()
        await asyncio.wait(tasks)
        found = tasks[0].exception()
        assert isinstance(found, ExceptionGroup)
        assert isinstance(found.exceptions[0], RuntimeError)
        assert tasks[1].exception() is None

    asyncio.run(scene())


def test_what_comes_on_another_thread_is_told_on_the_loop() -> None:
    async def scene(told: Told, comes: Callable[[], Awaitable[Ear]]) -> None:
        ear = await comes()
        thread = threading.Thread(target=told.send, args=(read(1.0),))
        thread.start()
        await asyncio.to_thread(thread.join)
        await turns()
        assert ear.values == [1.0]

    play(scene)


class Closing:
    """A loop that is closed between a look at it and a call to it."""

    def is_closed(self) -> bool:
        return False

    def call_soon_threadsafe(self, *_: object) -> None:
        raise RuntimeError("Event loop is closed")


def test_a_loop_that_closes_just_then_ends_no_thread() -> None:
    told = Told()
    told.stream._loop = Closing()  # type: ignore[assignment]
    told.stream.send()


def test_there_is_room_for_so_many() -> None:
    of = live()
    of.stream._told_of = dict.fromkeys([lambda n=n: n for n in range(streaming.MOST)])  # type: ignore[misc]
    answer = asked("/api/stream", of=of)
    assert (answer.status, answer.json["type"], answer.headers["retry-after"]) == (503, "TooManyListeners", "10")


def request_with(headers: dict[str, str]) -> Request:
    return Request({"type": "http", "headers": [(name.encode(), value.encode()) for name, value in headers.items()]})


ENDS: dict[str, tuple[Callable[[Accounts, Person], object], tuple[bool, bool]]] = {
    "disabled": (lambda accounts, _: accounts.people.change("vera", by="root", disabled=True), (True, True)),
    "password": (lambda accounts, _: accounts.people.set_password("vera", PASSWORD + "!", by="root"), (True, False)),
    "role": (lambda accounts, _: accounts.people.change("vera", by="root", role=Role.OPERATOR), (True, False)),
    "ended": (lambda accounts, _: accounts.sessions.end_named(accounts.sessions.all()[0].name, "root"), (True, False)),
    "revoked": (lambda accounts, _: accounts.tokens.revoke(accounts.tokens.all()[0].id, by="root"), (False, True)),
}


@pytest.mark.parametrize("why", ENDS)
def test_who_may_not_listen_any_more_is_hung_up_on_at_once(why: str, tmp_path: Path) -> None:
    """Who listens by a session, and who by a token; long before they would be looked at again anyhow."""
    change, ended = ENDS[why]
    accounts = Accounts.of(tmp_path)
    accounts.people.add("root", Role.ADMIN, PASSWORD)
    person = accounts.people.add("vera", Role.VIEWER, PASSWORD)
    doorkeeper = Doorkeeper(accounts, "cookie")
    token = accounts.tokens.make(person, "x", RIGHTS[Role.VIEWER], 1.0)
    shown: list[dict[str, str]] = [
        {"cookie": f"cookie={accounts.sessions.begin(person)}"}, {"authorization": f"Bearer {token}"},
    ]  # fmt: skip
    may = [streaming._Still(doorkeeper, request_with(each)) for each in shown]
    assert all(each() for each in may)
    change(accounts, person)
    give_up = perf() + streaming.ASKED_AGAIN / 2
    while (found := tuple(not each() for each in may)) != ended and perf() < give_up:
        threading.Event().wait(0.01)
    assert found == ended


# --- what begins at once ---------------------------------------------------------------------------------------------


def test_what_never_waits_is_done() -> None:
    done: list[int] = []

    async def once() -> None:
        done.append(1)

    assert begun(once()) is None
    assert done == [1]


def test_what_waits_goes_on_in_a_task_and_hears_of_what_became_of_it() -> None:
    async def scene() -> None:
        for outcome in ("result", "error", "cancelled"):
            awaited: asyncio.Future[int] = asyncio.get_running_loop().create_future()
            found: list[object] = []

            async def wait(on: asyncio.Future[int] = awaited, into: list[object] = found) -> None:
                try:
                    into.append(await on)
                    await asyncio.sleep(0)
                    into.append("and again")
                except BaseException as error:
                    into.append(type(error).__name__)
                    raise

            rest = begun(wait())
            assert rest is not None

            async def go_on(left: Any = rest) -> None:
                await left

            task = asyncio.ensure_future(go_on())
            await turns()
            if outcome == "result":
                awaited.set_result(7)
            elif outcome == "error":
                awaited.set_exception(ValueError("bad"))
            else:
                task.cancel()
            await asyncio.wait([task])
            expected = {"result": [7, "and again"], "error": ["ValueError"], "cancelled": ["CancelledError"]}
            assert found == expected[outcome]
            assert task.cancelled() == (outcome == "cancelled")
            assert outcome != "error" or isinstance(task.exception(), ValueError)

    asyncio.run(scene())
