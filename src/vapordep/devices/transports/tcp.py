"""Bytes over a TCP socket: serial servers, Ethernet instruments and `vapordep simulate`."""

import asyncio
import socket

from vapordep.clock import Clock
from vapordep.devices.transport import Transport
from vapordep.devices.transports.arrival import Arrival
from vapordep.errors import LineLost

CONNECT_WITHIN = 3.0
"""How long connecting may take, in s."""
PIECE = 4096
"""So many bytes are received at once, more than any reply here has: by itself the loop makes room for 256 KiB."""


class TcpTransport(Transport):
    """One connection; every send leaves at once (TCP_NODELAY), from whichever thread calls it.

    The loop only receives. The socket is written to directly, which works on the loops of Windows as well: a frame of
    an instrument always fits the empty buffer of a socket.
    """

    def __init__(self, host: str, port: int, clock: Clock, where: str = "") -> None:
        self.host = host
        self.port = port
        self.clock = clock
        self.where = where or f"tcp://{host}:{port}"
        self._socket: socket.socket | None = None
        self._inbox = _Inbox()
        self._loop_side: asyncio.Transport | None = None

    async def open(self) -> None:
        """Connects; raises LineLost."""
        try:
            async with asyncio.timeout(CONNECT_WITHIN):
                await self._connect()
        except OSError as error:  # TimeoutError is one
            raise self._lost(f"cannot connect: {str(error) or 'no answer'}") from error

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        family, kind, protocol, _, address = found[0]
        connection = socket.socket(family, kind, protocol)
        try:
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            await loop.sock_connect(connection, address)
            self._inbox = _Inbox()
            self._loop_side, _ = await loop.create_connection(lambda: self._inbox, sock=connection)
        except BaseException:
            connection.close()
            raise
        self._socket = connection

    async def close(self) -> None:
        """Disconnects."""
        self._socket = None
        if self._loop_side is not None:
            self._loop_side.abort()
            self._loop_side = None

    def send(self, data: bytes) -> None:
        """Hands all of `data` to the kernel at once; callable from any thread. Raises LineLost."""
        connection = self._socket
        if connection is None:
            raise self._lost("not connected")
        try:
            sent = connection.send(data)
        except OSError as error:  # BlockingIOError too: a full buffer means that nobody reads
            raise self._lost(f"cannot send: {error}") from error
        if sent < len(data):
            raise self._lost("the other end takes no more bytes")

    async def receive(self, deadline: float) -> bytes:
        """The bytes that have arrived, or b"" at `deadline`, s on the clock; raises LineLost when it ended."""
        inbox = self._inbox
        if not inbox.bytes and not inbox.ended and deadline > self.clock.now():
            await inbox.wait(deadline - self.clock.now())
        if inbox.bytes:
            return inbox.take()
        if inbox.ended or self._socket is None:
            raise self._lost(inbox.reason or "the other end closed the connection")
        return b""

    def _lost(self, why: str) -> LineLost:
        return LineLost(why, where=self.where, remedy="check power, cable and address of the instrument")


class _Inbox(asyncio.BufferedProtocol):
    """What the loop has received and nobody has taken yet."""

    def __init__(self) -> None:
        self.bytes = bytearray()
        self.ended = False
        self.reason = ""
        self._piece = memoryview(bytearray(PIECE))
        self._waiter: Arrival | None = None
        self._timer: asyncio.TimerHandle | None = None

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._piece

    def buffer_updated(self, nbytes: int) -> None:
        self.bytes += self._piece[:nbytes]
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended = True
        self.reason = str(exc) if exc else ""
        self._wake()

    async def wait(self, longest: float) -> None:
        """Returns when something has arrived or ended, or after `longest` s."""
        loop = asyncio.get_running_loop()
        if self._timer is not None:  # not as soon as something arrives: what that leads to is more urgent
            self._timer.cancel()
        self._waiter = Arrival(loop)
        self._timer = loop.call_later(longest, self._wake)
        try:
            await self._waiter
        finally:
            self._waiter = None

    def take(self) -> bytes:
        taken = bytes(self.bytes)
        self.bytes.clear()
        return taken

    def _wake(self) -> None:
        if self._waiter is not None:
            self._waiter.set()
