"""The sockets of the simulation server: one thread that waits on all of them and says when bytes arrived."""

import asyncio
import contextlib
import selectors
import socket
import struct
import sys
import threading
from collections.abc import Callable
from typing import Any, Final

from vapordep.clock import Clock, utc_now

MOST_CONNECTIONS: Final = 4
_LARGEST: Final = 4096
_AT_ONCE: Final = getattr(socket, "MSG_DONTWAIT", 0)
_SWITCH_INTERVAL: Final = 1e-4
"""How long the plant's arithmetic may keep the interpreter from this thread, s."""
_LINUX_SO_TIMESTAMPNS: Final = 35
_TIMESPEC: Final = struct.Struct("@ll")
_STAMPED: Final = sys.platform == "linux" and hasattr(socket.socket, "recvmsg")

Heard = Callable[["Connection", bytes, float], None]
Changed = Callable[["Connection"], None]


class Connection:
    """Somebody who is connected to an instrument's port."""

    def __init__(self, sock: socket.socket, port: "_Port") -> None:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if _STAMPED:
            sock.setsockopt(socket.SOL_SOCKET, _LINUX_SO_TIMESTAMPNS, 1)
        self.socket = sock
        self.port = port

    def send(self, data: bytes) -> None:
        """Sends at once; what a peer does not take is lost, as on a serial line."""
        with contextlib.suppress(OSError):
            self.socket.send(data, _AT_ONCE)

    def receive(self, clock: Clock) -> tuple[bytes, float]:
        """What has arrived, and when, s on the clock: told by the kernel where it does, else now.

        The kernel's stamp does not depend on how busy this process is. Raises OSError when the peer has gone.
        """
        if not _STAMPED:
            return self.socket.recv(_LARGEST), clock.now()
        data, notes, _, _ = self.socket.recvmsg(_LARGEST, 64)
        now = clock.now()
        for level, kind, stamp in notes:
            if level == socket.SOL_SOCKET and kind == _LINUX_SO_TIMESTAMPNS and len(stamp) >= _TIMESPEC.size:
                seconds, nanoseconds = _TIMESPEC.unpack_from(stamp)
                age = utc_now().timestamp() - (seconds + 1e-9 * nanoseconds)
                return data, now - min(max(age, 0.0), 1.0)
        return data, now


class _Port:
    """A listening socket and whom it tells, on the loop, what happens there."""

    def __init__(self, listener: socket.socket, heard: Heard, opened: Changed, closed: Changed) -> None:
        self.socket = listener
        self.heard = heard
        self.opened = opened
        self.closed = closed
        self.connections: set[Connection] = set()


class Ear:
    """Waits in a thread of its own, so that arrivals are stamped while the loop is busy with the plant."""

    def __init__(self, clock: Clock, loop: asyncio.AbstractEventLoop) -> None:
        self._clock = clock
        self._loop = loop
        self._selector = selectors.DefaultSelector()
        self._waker, self._woken = socket.socketpair()
        self._selector.register(self._woken, selectors.EVENT_READ, None)
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="simulated ports", daemon=True)

    def open(self, host: str, heard: Heard, opened: Changed, closed: Changed) -> int:
        """Listens on a free port of `host` and returns its number; the three are called on the loop."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, 0), family=family)
        listener.setblocking(False)
        self._selector.register(listener, selectors.EVENT_READ, _Port(listener, heard, opened, closed))
        return int(listener.getsockname()[1])

    def start(self) -> None:
        """Begins to wait."""
        sys.setswitchinterval(min(sys.getswitchinterval(), _SWITCH_INTERVAL))
        self._thread.start()

    def close(self) -> None:
        """Ends the thread and closes every socket."""
        self._closing = True
        self._waker.send(b"x")
        self._thread.join()
        for key in tuple(self._selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]
        self._selector.close()
        self._waker.close()

    def _run(self) -> None:
        while not self._closing:
            for key, _ in self._selector.select():
                if isinstance(key.data, Connection):
                    self._listen(key.data)
                elif key.data is not None:
                    self._accept(key.data)

    def _accept(self, port: _Port) -> None:
        with contextlib.suppress(OSError):  # the caller has gone again
            sock, _ = port.socket.accept()
            if len(port.connections) >= MOST_CONNECTIONS:
                sock.close()
                return
            connection = Connection(sock, port)
            port.connections.add(connection)
            self._selector.register(sock, selectors.EVENT_READ, connection)
            self._tell(port.opened, connection)

    def _listen(self, connection: Connection) -> None:
        try:
            data, arrived = connection.receive(self._clock)
        except BlockingIOError:
            return
        except OSError:
            data, arrived = b"", 0.0
        if data:
            self._tell(connection.port.heard, connection, data, arrived)
            return
        self._selector.unregister(connection.socket)
        connection.port.connections.discard(connection)
        connection.socket.close()
        self._tell(connection.port.closed, connection)

    def _tell(self, listener: Callable[..., None], *news: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended: nobody is left to be told
            self._loop.call_soon_threadsafe(listener, *news)
