"""The link over real sockets: orders once and in time, news in order, strangers kept out, gaps told."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from threading import Thread

import pytest
import zmq

from vapordep.cli.operate import orders
from vapordep.clock import WallClock, perf, run_wall
from vapordep.errors import LinkError, NoEngine, NoEngineYet, NotArmed
from vapordep.link import place
from vapordep.link import server as server_module
from vapordep.link.client import Client, found, listens
from vapordep.link.codec import decode, encode
from vapordep.link.locks import GUARDIAN, SERVE, Lock, guardian_of
from vapordep.link.news import EngineShown, EventTold, News, Snapshot
from vapordep.link.orders import AskRun, Order, Request, TakeSnapshot
from vapordep.link.replies import Done, Refused, Reply
from vapordep.link.server import Server
from vapordep.model.events import Event, Kind
from vapordep.model.run import Verb

pytestmark = pytest.mark.wall
ENGINE = EngineShown("ald1", True, 1, "", False, False, "lithium", "/h")


class Answering:
    """An engine that notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[Order] = []
        self.server: Server

    def take(self, request: Request, reply: Callable[[Reply], None]) -> None:
        self.asked.append(request.order)
        if isinstance(request.order, TakeSnapshot):
            snapshot = Snapshot(self.server.epoch, self.server.number, perf(), ENGINE, (), ())
            reply(Done(request.number, snapshot=snapshot))
        elif isinstance(request.order, AskRun) and request.order.verb is Verb.HOLD:
            reply(Refused(request.number, "NotArmed", "not armed", "ald1", "arm it"))
        else:
            reply(Done(request.number, "done"))


def linked(folder: Path, scene: Callable[[Answering, place.Address], Awaitable[None]], *, tcp: bool = False) -> None:
    """Plays a scene beside an engine's end of the link."""

    async def play(clock: WallClock) -> None:
        engine = Answering()
        engine.server = Server(folder, "ald1", clock, engine.take, tcp=tcp)
        address = place.read_address(folder)
        assert address is not None
        try:
            async with asyncio.timeout(20):
                await scene(engine, address)
        finally:
            engine.server.close()

    run_wall(play)


async def in_thread(work: Callable[[], object]) -> object:
    return await asyncio.to_thread(work)


@pytest.mark.parametrize("tcp", [False, True], ids=["in the folder", "over the loopback"])
def test_an_order_is_done_and_an_error_comes_back_as_itself(tmp_path: Path, tcp: bool) -> None:
    async def scene(engine: Answering, address: place.Address) -> None:
        def talk() -> None:
            client = Client(address)
            assert client.call(AskRun(Verb.STOP, "Ada")).text == "done"
            with pytest.raises(NotArmed, match="not armed") as told:
                client.call(AskRun(Verb.HOLD, "Ada"))
            assert told.value.remedy == "arm it"
            client.close()

        await in_thread(talk)
        assert engine.asked == [AskRun(Verb.STOP, "Ada"), AskRun(Verb.HOLD, "Ada")]

    linked(tmp_path, scene, tcp=tcp)


def test_over_the_loopback_nobody_is_heard_without_the_password(tmp_path: Path) -> None:
    async def scene(engine: Answering, address: place.Address) -> None:
        def talk() -> None:
            for token in ("", "guessed"):
                client = Client(place.Address("ald1", address.orders, address.news, token))
                with pytest.raises(NoEngine):
                    client.call(AskRun(Verb.STOP, "Eve"), within=0.5)
                client.close()

        await in_thread(talk)
        assert engine.asked == []

    linked(tmp_path, scene, tcp=True)


def test_garbage_is_answered_and_the_engine_never_hears_of_it(tmp_path: Path) -> None:
    async def scene(engine: Answering, address: place.Address) -> None:
        def talk() -> None:
            with zmq.Context() as context, context.socket(zmq.DEALER) as socket:
                socket.linger = 0
                socket.connect(address.orders)
                for data in (b"", b"\xff" * 1000, b'{"type":"Request"}', b"[" * 10_000):
                    socket.send(data)
                    assert socket.poll(5000)
                    assert "not a message" in decode(socket.recv(), Refused).what
            client = Client(address)
            assert client.call(AskRun(Verb.STOP, "Ada")).text == "done"
            client.close()

        await in_thread(talk)
        assert len(engine.asked) == 1

    linked(tmp_path, scene)


def test_an_order_asked_for_twice_is_done_once_and_a_late_one_never(tmp_path: Path) -> None:
    async def scene(engine: Answering, address: place.Address) -> None:
        def talk() -> list[Reply]:
            replies: list[Reply] = []
            with zmq.Context() as context, context.socket(zmq.DEALER) as socket:
                socket.linger = 0
                socket.connect(address.orders)
                stop = AskRun(Verb.STOP, "Ada")
                for request in (
                    Request("a", perf() + 5, stop),
                    Request("a", perf() + 5, stop),
                    Request("b", 0.0, stop),
                ):
                    socket.send(encode(request))
                    assert socket.poll(5000)
                    replies.append(decode(socket.recv(), Reply))  # type: ignore[arg-type]
            return replies

        first, again, late = await in_thread(talk)  # type: ignore[misc]
        assert first == again == Done("a", "done")
        assert isinstance(late, Refused)
        assert "too late" in late.what
        assert len(engine.asked) == 1

    linked(tmp_path, scene)


def test_a_newcomer_gets_a_snapshot_and_then_every_piece_of_news_in_order(tmp_path: Path) -> None:
    async def scene(engine: Answering, address: place.Address) -> None:
        heard: list[Snapshot | News] = []

        def follow() -> None:
            client = Client(address)
            for told in client.follow(silence=0.2):
                heard.append(told)
                if isinstance(told, News) and told.number >= 40:
                    break
            client.close()

        following = asyncio.create_task(asyncio.to_thread(follow))
        while not following.done():
            engine.server.tell(EventTold(Event(0.0, Kind.STEP, str(engine.server.number + 1))))
            await asyncio.sleep(0.02)
        await following
        assert isinstance(heard[0], Snapshot)
        number = 0
        for told in heard:
            assert isinstance(told, Snapshot) or told.number == number + 1
            number = told.number

    linked(tmp_path, scene)


def test_more_news_than_may_wait_drops_the_oldest_and_the_gap_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "MOST_NEWS", 50)

    async def scene(engine: Answering, address: place.Address) -> None:
        with zmq.Context() as context, context.socket(zmq.SUB) as socket:
            socket.linger = 0
            socket.subscribe(b"")
            socket.connect(address.news)
            while not socket.poll(10):
                engine.server.tell(EventTold(Event(0.0, Kind.STEP, "are you there?")))
                await asyncio.sleep(0.01)
            first = engine.server.number + 1
            for _ in range(5000):  # faster than the thread can tell
                engine.server.tell(EventTold(Event(0.0, Kind.STEP, "x" * 500)))
            last, numbers = engine.server.number, []
            while not numbers or numbers[-1] < last:
                assert socket.poll(5000)
                numbers.append(decode(socket.recv(), News).number)
        assert numbers == sorted(numbers)
        assert len([number for number in numbers if number >= first]) < 5000
        assert set(range(last - 40, last + 1)) <= set(numbers)

    linked(tmp_path, scene)


def test_an_engine_that_was_killed_is_not_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(place.VARIABLE, str(tmp_path))

    async def scene(engine: Answering, address: place.Address) -> None:
        assert listens(address)
        assert await in_thread(lambda: found("ald1")) == address
        with pytest.raises(NoEngine, match="served now: ald1"):
            found("ald2")

    linked(tmp_path / "ald1", scene)
    place.publish(tmp_path / "ald1", place.local_address(tmp_path / "ald1", "ald1"))
    with pytest.raises(NoEngine, match=r"no engine serves ald1.*start one"):
        found("ald1")


def test_an_engine_whose_guardian_is_there_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(place.VARIABLE, str(tmp_path))
    monkeypatch.setattr(orders, "COMES_WITHIN", 0.5)
    lock = Lock.take(tmp_path / "ald1" / GUARDIAN, "ald1", f"{SERVE} of ald1")
    with pytest.raises(NoEngineYet, match=r"no engine serves ald1 yet, but `vapordep serve` of ald1 .* is there.*wait"):
        found("ald1", tmp_path / "ald1")
    for named in ("ald1", None):
        with pytest.raises(NoEngineYet):
            orders.address_of(named)
        assert "waiting for it" in capsys.readouterr().err
    with pytest.raises(NoEngine, match="start one"):
        found("ald2")

    async def scene(engine: Answering, address: place.Address) -> None:
        assert await in_thread(lambda: orders.address_of("ald1")) == address

    linked(tmp_path / "ald1", scene)
    lock.release()
    with pytest.raises(NoEngine, match="start one"):
        orders.address_of("ald1")


def test_whoever_runs_a_recipe_by_itself_is_no_guardian(tmp_path: Path) -> None:
    lock = Lock.take(tmp_path / GUARDIAN, "ald1", "`vapordep run start` of ald1")
    assert guardian_of(tmp_path) is None
    lock.release()
    assert guardian_of(tmp_path / "nowhere") is None


def test_a_folder_that_cannot_be_listened_in_is_told(tmp_path: Path) -> None:
    (tmp_path / "orders.socket").mkdir()
    with pytest.raises(LinkError, match="cannot listen"):
        linked(tmp_path, lambda engine, address: asyncio.sleep(0))


def test_closing_ends_the_thread(tmp_path: Path) -> None:
    threads: list[Thread] = []

    async def scene(engine: Answering, address: place.Address) -> None:
        threads.append(engine.server._thread)

    linked(tmp_path, scene)
    assert not threads[0].is_alive()
    assert place.read_address(tmp_path) is None
