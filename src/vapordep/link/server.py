"""The engine's end of the link: a thread of its own, so that no caller and no slow listener can hold the engine up."""

import asyncio
import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import Any, Final

import zmq
from zmq.auth.thread import ThreadAuthenticator

from vapordep.clock import Clock, perf
from vapordep.errors import LinkError
from vapordep.link import place
from vapordep.link.codec import LONGEST, decode, encode
from vapordep.link.news import EngineChanged, EventTold, News, TagsChanged, ValuesRead
from vapordep.link.orders import Request
from vapordep.link.replies import Refused, Reply

MOST_NEWS: Final = 1000
"""News that may wait for the thread; the oldest are dropped, and the gap in their numbers says so."""
MOST_ORDERS: Final = 64
"""Orders that may be under way at once."""
REPLIES_KEPT: Final = 256
"""Replies kept for a caller that asks again: an order is carried out once."""
A_ROUND: Final = 32
"""Orders taken before the news get their turn again."""
WAITING_FOR_A_LISTENER: Final = 1000
"""News that may wait for one listener; beyond, they are dropped for that one."""
LOOPBACK: Final = "tcp://127.0.0.1:*"
DOMAIN: Final = b"vapordep"
USER: Final = "vapordep"
LINGER: Final = 0.2
"""How long what was sent last may take to leave, in s."""
BUSY: Final = "the engine has too many orders under way"

Caller = bytes
Take = Callable[[Request, Callable[[Reply], None]], None]
"""Takes an order on the engine's loop, and the way to reply to it, once."""
Body = ValuesRead | EngineChanged | TagsChanged | EventTold


class Server:
    """Takes orders and tells news. `tell` and `close` are for the loop on which it was made."""

    def __init__(self, folder: Path, reactor: str, clock: Clock, take: Take, *, tcp: bool = not zmq.has("ipc")) -> None:
        """Sockets lie in `folder`, or with `tcp` on the loopback behind a password; raises LinkError otherwise."""
        self.epoch = token_hex(8)
        self.number = 0
        self._clock = clock
        self._take = take
        self._folder = place.claim(folder)
        self._loop = asyncio.get_running_loop()
        self._news: deque[News] = deque(maxlen=MOST_NEWS)
        self._replies: deque[tuple[Caller, Reply]] = deque()
        self._given: OrderedDict[str, Reply | None] = OrderedDict()
        self._asking: dict[str, list[Caller]] = {}
        """Who waits for the reply to an order that is under way."""
        self._closing = False
        self._context: zmq.Context[Any] = zmq.Context()
        self._keeper = _door_keeper(self._context, password := token_hex(16)) if tcp else None
        wanted = place.Address(reactor, LOOPBACK, LOOPBACK, password) if tcp else place.local_address(folder, reactor)
        self._orders, orders = self._bound(zmq.ROUTER, wanted.orders, wanted.token)
        self._outlet, news = self._bound(zmq.PUB, wanted.news, wanted.token)
        self._bell, self._ear = self._context.socket(zmq.PAIR), self._context.socket(zmq.PAIR)
        self._ear.bind("inproc://bell")
        self._bell.connect("inproc://bell")
        self._thread = threading.Thread(target=self._work, name="link", daemon=True)
        self._thread.start()
        place.publish(folder, place.Address(reactor, orders, news, wanted.token))

    def tell(self, body: Body) -> None:
        """Numbers a piece of news and hands it on; never waits."""
        self.number += 1
        self._news.append(News(self.epoch, self.number, self._clock.now(), body))
        self._ring()

    def close(self) -> None:
        """Tells what is left, and ends."""
        place.withdraw(self._folder)
        self._closing = True
        self._ring()
        self._thread.join(timeout=2.0)
        self._hang_up(LINGER)

    def _hang_up(self, linger: float) -> None:
        if self._keeper is not None:
            self._keeper.stop()
        self._context.destroy(linger=int(1000 * linger))

    # --- on the loop -------------------------------------------------------------------------------------------------

    def _ring(self) -> None:
        with suppress(zmq.Again):  # it rings already
            self._bell.send(b"", zmq.NOBLOCK)

    def _accept(self, caller: Caller, request: Request) -> None:
        """Carries an order out once, and only in time."""
        if request.number in self._given:
            given = self._given[request.number]
            if given is not None:
                self._reply(caller, given)
            else:
                self._asking[request.number].append(caller)
            return
        if perf() > request.expires:
            return self._reply(caller, Refused(request.number, "LinkError", "the order came too late"))
        if sum(reply is None for reply in self._given.values()) >= MOST_ORDERS:
            return self._reply(caller, Refused(request.number, "LinkError", BUSY, remedy="try again"))
        self._given[request.number] = None
        self._asking[request.number] = [caller]

        def reply(given: Reply) -> None:
            self._given[request.number] = given
            while len(self._given) > REPLIES_KEPT:
                self._given.popitem(last=False)
            for each in self._asking.pop(request.number):
                self._reply(each, given)

        self._take(request, reply)

    def _reply(self, caller: Caller, reply: Reply) -> None:
        self._replies.append((caller, reply))
        self._ring()

    # --- on the thread -----------------------------------------------------------------------------------------------

    def _work(self) -> None:
        poller = zmq.Poller()
        poller.register(self._orders, zmq.POLLIN)
        poller.register(self._ear, zmq.POLLIN)
        while not self._closing:
            ready = dict(poller.poll())
            if self._ear in ready:
                self._ear.recv()
            self._speak()
            if self._orders in ready:
                self._hear()
        self._speak()

    def _speak(self) -> None:
        while self._news:
            with suppress(LinkError):  # it cannot be told: the gap in the numbers says so
                _send(self._outlet, encode(self._news.popleft()))
        while self._replies:
            caller, reply = self._replies.popleft()
            try:
                data = encode(reply)
            except LinkError as error:
                data = encode(Refused(reply.number, "LinkError", error.what))
            _send(self._orders, caller, data)

    def _hear(self) -> None:
        for _ in range(A_ROUND):
            try:
                caller, *frames = self._orders.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            try:
                request = decode(b"".join(frames), Request)
            except LinkError as error:  # whoever sent this learns why, and the engine never hears of it
                _send(self._orders, caller, encode(Refused("", "LinkError", error.what)))
                continue
            with suppress(RuntimeError):  # the engine's loop has ended
                self._loop.call_soon_threadsafe(self._accept, caller, request)

    def _bound(self, kind: int, endpoint: str, password: str) -> tuple[Any, str]:
        """A socket, and where it listens; raises LinkError when it cannot."""
        socket = self._context.socket(kind)
        socket.linger = int(1000 * LINGER)
        socket.maxmsgsize = LONGEST
        socket.sndhwm, socket.rcvhwm = WAITING_FOR_A_LISTENER, MOST_ORDERS
        socket.plain_server = bool(password)
        if password:
            socket.zap_domain = DOMAIN
        try:
            socket.bind(endpoint)
        except zmq.ZMQError as error:
            self._hang_up(linger=0.0)
            raise LinkError(f"the engine cannot listen: {error}", where=endpoint) from error
        return socket, socket.last_endpoint.decode()


def _door_keeper(context: Any, password: str) -> ThreadAuthenticator:
    """Lets in who knows the password: anybody on this computer can reach its loopback."""
    keeper = ThreadAuthenticator(context)
    keeper.start()
    keeper.configure_plain(domain=DOMAIN.decode(), passwords={USER: password})
    return keeper


def _send(socket: Any, *frames: bytes) -> None:
    with suppress(zmq.ZMQError):  # the caller has gone
        socket.send_multipart(frames, zmq.NOBLOCK)
