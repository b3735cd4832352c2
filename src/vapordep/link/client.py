"""A caller's end of the link: orders with a deadline, and the news as they come."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Any, Final

import zmq

from vapordep import errors
from vapordep.clock import perf
from vapordep.errors import InputError, LinkError, NoEngine, NoEngineYet, SafetyError, VapordepError
from vapordep.link import place
from vapordep.link.authority import Authority
from vapordep.link.codec import LONGEST, decode, encode
from vapordep.link.locks import GUARDIAN, guardian_of
from vapordep.link.news import News, Snapshot
from vapordep.link.orders import Order, Request, TakeSnapshot
from vapordep.link.replies import Done, Refused, Reply
from vapordep.link.server import USER

WITHIN: Final = 5.0
"""How long an order may take, in s, where nobody says otherwise."""
GUARDED: Final = "wait: a guardian makes safe what was armed, and then starts an engine; see guardian.log"
SILENCE: Final = 3.0
"""An engine from which nothing came for so long, in s, is asked whether it is still there."""


class Client:
    """Gives orders to one engine; for one thread."""

    def __init__(self, address: place.Address) -> None:
        self.address = address
        self._context: zmq.Context[Any] = zmq.Context()

    def close(self) -> None:
        """Hangs up."""
        self._context.destroy(linger=0)

    def call(self, order: Order, within: float = WITHIN, *, number: str = "", under: Authority | None = None) -> Done:
        """Gives an order and waits for its end; with the `number` of one that was given before it is not given again.

        Raises NoEngine when nobody answers within so many s, and the error that the engine tells.
        """
        request = Request(number or token_hex(8), perf() + within, order, under)
        with self._socket(zmq.DEALER, self.address.orders) as line:
            line.sndtimeo = line.rcvtimeo = int(1000 * within)
            try:
                line.send(encode(request))
                told = line.recv()
            except zmq.Again:
                raise NoEngine(
                    f"the engine of {self.address.reactor} did not answer within {within:g} s",
                    where=self.address.orders,
                    remedy="is `vapordep serve` running? See `vapordep run status`",
                ) from None
        reply: Reply = decode(told, Reply)  # type: ignore[arg-type]
        if isinstance(reply, Refused):
            raise error_of(reply)
        return reply

    def snapshot(self, within: float = WITHIN) -> Snapshot:
        """All that the engine knows just now; raises as `call` does."""
        snapshot = self.call(TakeSnapshot(), within).snapshot
        if snapshot is None:
            raise LinkError("the engine sent no snapshot")
        return snapshot

    def follow(self, silence: float = SILENCE, within: float = WITHIN) -> Iterator[Snapshot | News]:
        """A snapshot, and the news since; a new snapshot after a gap, a new epoch, and before a silence of `silence` s.

        Raises as `call` does once the engine is gone: it answers within so many s.
        """
        with self._socket(zmq.SUB, self.address.news) as line:
            line.subscribe(b"")
            while True:
                snapshot = self.snapshot(within)
                yield snapshot
                number = snapshot.number
                while line.poll(int(1000 * silence)):
                    news = decode(line.recv(), News)
                    if news.epoch == snapshot.epoch and news.number <= number:
                        continue
                    if news.epoch != snapshot.epoch or news.number != number + 1:
                        break
                    number = news.number
                    yield news

    @contextmanager
    def _socket(self, kind: int, endpoint: str) -> Iterator[Any]:
        line = self._context.socket(kind)
        line.linger = 0
        line.maxmsgsize = LONGEST
        if self.address.token:
            line.plain_username, line.plain_password = USER.encode(), self.address.token.encode()
        line.connect(endpoint)
        try:
            yield line
        finally:
            line.close()


def error_of(refused: Refused) -> VapordepError:
    """The error that the engine told, as it would have been raised here; an unknown one is a LinkError."""
    kind = getattr(errors, refused.error, LinkError)
    if not (isinstance(kind, type) and issubclass(kind, VapordepError)):
        kind = LinkError
    if issubclass(kind, SafetyError):
        return kind(refused.what, where=refused.where, remedy=refused.remedy, interlocks=refused.interlocks)
    return kind(refused.what, where=refused.where, remedy=refused.remedy)


def found(reactor: str | None = None, folder: Path | None = None) -> place.Address:
    """Where the engine of a reactor listens: the one of that name, of that folder, or the only one.

    Raises NoEngine when none does, NoEngineYet when it has a guardian, InputError when there are several.
    """
    serving = [a for where, a in place.addresses() if (folder is None or where == folder) and listens(a)]
    chosen = [address for address in serving if reactor is None or address.reactor == reactor]
    if not chosen:
        _require_guardian_gone(reactor, folder)
        others = ", ".join(address.reactor for address in serving)
        start = f"start one with `vapordep serve REACTOR`{f'; served now: {others}' if others else ''}"
        raise NoEngine(f"no engine serves {reactor or 'a reactor'}", where=str(place.runtime_folder()), remedy=start)
    if len(chosen) > 1:
        names = ", ".join(address.reactor for address in chosen)
        raise InputError(f"several reactors are served: {names}", remedy="name one with --reactor")
    return chosen[0]


def _require_guardian_gone(reactor: str | None, folder: Path | None) -> None:
    """Raises NoEngineYet where an engine that is not there has a guardian."""
    locks = place.runtime_folder().glob(f"*/{GUARDIAN}")
    folders = [folder] if folder is not None else [lock.parent for lock in sorted(locks)]
    for guardian in filter(None, map(guardian_of, folders)):
        if reactor in (None, guardian.reactor):
            raise NoEngineYet(f"no engine serves {guardian.reactor} yet, but {guardian} is there", remedy=GUARDED)


def listens(address: place.Address) -> bool:
    """Whether somebody listens there: an engine that was killed leaves its address behind."""
    scheme, _, rest = address.orders.partition("://")
    try:
        if scheme == "ipc":
            with socket.socket(socket.AF_UNIX) as door:
                door.connect(rest)
        else:
            host, _, port = rest.rpartition(":")
            socket.create_connection((host, int(port)), timeout=1.0).close()
    except (OSError, ValueError):
        return False
    return True
