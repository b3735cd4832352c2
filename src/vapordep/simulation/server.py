"""Serves simulated instruments on loopback ports in real time, and their ground truth on a port of its own."""

import asyncio
import contextlib
import ipaddress
import itertools
import json
import math
import socket
from collections import deque
from collections.abc import Mapping
from dataclasses import field
from typing import Any, Final

from vapordep.clock import Clock
from vapordep.errors import SimulationError
from vapordep.lazy import dataclass
from vapordep.simulation._sockets import Connection, Ear
from vapordep.simulation.instrument import Replies, SimInstrument
from vapordep.simulation.world import World

Edge = tuple[float, str, str]
"""When the bytes that moved a valve arrived at the socket (s on the clock), the instrument, and the bytes in hex."""

EDGES_KEPT: Final = 100_000
EDGES_A_REPLY: Final = 10_000
_LONGEST_REQUEST: Final = 64
_TICK: Final = 1.0
"""So often, in s, the world is taken along when nobody reads it."""


@dataclass(slots=True)
class Served:
    """What is being served: the port of each instrument, and that of the truth. `close` ends it."""

    ports: Mapping[str, int]
    truth_port: int
    _parts: contextlib.AsyncExitStack = field(repr=False)

    async def close(self) -> None:
        """Closes every port and connection."""
        await self._parts.aclose()


async def serve(
    instruments: Mapping[str, SimInstrument], world: World, clock: Clock, *, host: str = "127.0.0.1"
) -> Served:
    """Serves each instrument on a TCP port of its own, and the truth on another, until closed.

    An instrument answers whoever asks; what it says unasked goes to all who are connected (at most 4). The truth port
    answers lines with one JSON object a line: `truth` with the world's ground truth and `t`, `edges N` with the
    arrivals from number N on that moved valves. Raises SimulationError for a host that is not this computer.
    """
    _only_loopback(host)
    log = _EdgeLog()
    async with contextlib.AsyncExitStack() as parts:
        ports = {}
        ear = Ear(clock, asyncio.get_running_loop())
        for name, instrument in instruments.items():
            outlet = _Outlet(name, instrument, clock, log)
            ports[name] = ear.open(host, outlet.heard, outlet.opened, outlet.closed)
            parts.callback(outlet.close)
        ear.start()
        parts.callback(ear.close)
        truth = await _serve_truth(world, clock, log, host)
        parts.push_async_callback(_close, truth)
        parts.callback(_Tick(world, clock).close)
        return Served(ports, truth.sockets[0].getsockname()[1], parts.pop_all())


def _only_loopback(host: str) -> None:
    with contextlib.suppress(ValueError):
        if host == "localhost" or ipaddress.ip_address(host).is_loopback:
            return
    raise SimulationError(
        f"simulated instruments are served to this computer only, not on {host!r}", remedy="use 127.0.0.1"
    )


async def _close(server: asyncio.Server) -> None:
    server.close()
    await server.wait_closed()


class _EdgeLog:
    """The latest arrivals that moved valves, numbered from 0."""

    def __init__(self) -> None:
        self._edges: deque[Edge] = deque(maxlen=EDGES_KEPT)
        self._count = 0

    def note(self, t: float, name: str, data: bytes) -> None:
        self._edges.append((t, name, data.hex()))
        self._count += 1

    def since(self, number: int) -> dict[str, Any]:
        first = self._count - len(self._edges)
        skipped = min(max(number - first, 0), len(self._edges))
        edges = list(itertools.islice(self._edges, skipped, skipped + EDGES_A_REPLY))
        return {"edges": edges, "next": first + skipped + len(edges)}


class _Outlet:
    """One instrument at its port: feeds it what arrives, and sends what it says when it is due."""

    def __init__(self, name: str, instrument: SimInstrument, clock: Clock, log: _EdgeLog) -> None:
        self._name = name
        self._instrument = instrument
        self._clock = clock
        self._log = log
        self._loop = asyncio.get_running_loop()
        self._connections: set[Connection] = set()
        self._speech: asyncio.TimerHandle | None = None
        self._plan_speech()

    def opened(self, connection: Connection) -> None:
        self._connections.add(connection)

    def closed(self, connection: Connection) -> None:
        self._connections.discard(connection)

    def close(self) -> None:
        if self._speech is not None:
            self._speech.cancel()

    def heard(self, connection: Connection, data: bytes, arrived: float) -> None:
        """Takes bytes that arrived at the instant `arrived`, s on the clock."""
        before = self._instrument.actuations
        replies = self._instrument.feed(data, arrived)
        if self._instrument.actuations != before:
            self._log.note(arrived, self._name, data)
        self._send(replies, arrived, {connection})
        self._plan_speech()

    def _speak(self) -> None:
        now = self._clock.now()
        self._send(self._instrument.speak(now), now, self._connections)
        self._plan_speech()

    def _plan_speech(self) -> None:
        if self._speech is not None:
            self._speech.cancel()
        instant = self._instrument.next_speech
        self._speech = None
        if instant < math.inf:
            self._speech = self._loop.call_later(max(instant - self._clock.now(), 0.0), self._speak)

    def _send(self, replies: Replies, since: float, connections: set[Connection]) -> None:
        for delay, said in replies:
            rest = since + delay - self._clock.now()
            for connection in tuple(connections):
                self._loop.call_later(max(rest, 0.0), connection.send, said)


class _Tick:
    """Takes the world along with the clock, so that no reading has to catch up with hours."""

    def __init__(self, world: World, clock: Clock) -> None:
        self._world = world
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(_TICK, self._tick)

    def _tick(self) -> None:
        self._world.advance(self._clock.now())
        self._timer = self._loop.call_later(_TICK, self._tick)

    def close(self) -> None:
        self._timer.cancel()


async def _serve_truth(world: World, clock: Clock, log: _EdgeLog, host: str) -> asyncio.Server:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                writer.write(_reply(line, world, clock, log))
                await writer.drain()
        except (ValueError, ConnectionError):
            pass  # a line without end, or the asker has gone: nothing is owed to either
        finally:
            writer.close()

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return await asyncio.start_server(answer, host, 0, limit=_LONGEST_REQUEST, family=family)


def _reply(line: bytes, world: World, clock: Clock, log: _EdgeLog) -> bytes:
    word, _, rest = line.decode("latin-1").strip().partition(" ")
    if word == "truth":
        now = clock.now()
        answer = {"t": now, **world.truth(now)}
    elif word == "edges" and (not rest or rest.isdigit()):
        answer = log.since(int(rest or 0))
    else:
        answer = {"error": "ask `truth`, or `edges` with the number of the first"}
    return json.dumps(_plain(answer), allow_nan=False).encode() + b"\n"


def _plain(value: Any) -> Any:
    """Numbers, texts, lists and mappings as JSON knows them; NaN and infinities become null."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, str | bool | int) or value is None:
        return value
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return [_plain(item) for item in value]
