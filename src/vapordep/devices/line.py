"""Lines: one exchange at a time over a transport, with deadlines, resynchronisation, and edges at exact instants."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from vapordep.clock import Clock, Edge
from vapordep.devices.framing import Foreign, Framing
from vapordep.devices.transport import Transport
from vapordep.errors import LineLost, NoReply, ProtocolError

SLICE = 0.05
"""A reading looks this often, in s, whether an urgent command wants the line."""
TYPICAL_EXCHANGE = 0.02
"""First guess of how long an exchange takes, in s, before any was seen."""
LONGEST_TOGETHER = 0.25
"""A pulse up to this long, in s, keeps the line to itself; a longer one leaves it to polls between its edges."""
LONGEST_DRAIN = 1.0
"""A line that still talks after this many s is babbling, not late."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A request made beforehand, and the judge of its reply: `accept` raises when the instrument did not obey."""

    payload: bytes
    accept: Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class Edges:
    """When a pulse was commanded and acknowledged, in s on the clock."""

    commanded_open: float
    commanded_close: float
    acknowledged_open: float
    acknowledged_close: float


class Preempted(NoReply):
    """A reading gave way to a command that must not wait; no fault of the instrument."""


class Line:
    """One wire, shared by all instruments on it.

    After a time-out the next exchange first drains the line until it is quiet, so that a late reply is never taken
    for the answer to another question. An urgent exchange interrupts a reading that waits for its reply.
    """

    def __init__(self, transport: Transport, clock: Clock) -> None:
        self.transport = transport
        self.clock = clock
        self.where = transport.where
        self._lock = asyncio.Lock()
        self._received = bytearray()
        self._out_of_step = False
        self._urgent = 0
        self._edge_at: float | None = None
        self._edge_done = asyncio.Event()
        self._typical = TYPICAL_EXCHANGE

    async def open(self) -> None:
        """Connects without writing; raises LineLost."""
        await self.transport.open()
        self._received.clear()
        self._out_of_step = False

    async def close(self) -> None:
        """Disconnects."""
        await self.transport.close()

    async def ask(self, payload: bytes, framing: Framing, *, within: float | None = None, urgent: bool = False) -> bytes:
        """Sends `payload` and gives the payload of its reply.

        Raises NoReply at the deadline, ProtocolError for garbage, LineLost when the wire is gone.
        """
        if urgent:
            self._urgent += 1
        else:
            await self._give_way()
        try:
            async with self._lock:
                await self._resynchronise(framing)
                return await self._exchange(payload, framing, within or framing.reply_within, urgent)
        finally:
            if urgent:
                self._urgent -= 1

    async def pulse(self, opening: Frame, closing: Frame, framing: Framing, *, at: float, width: float) -> Edges:
        """Sends `opening` at the instant `at` and `closing` `width` s later, and takes both acknowledgements.

        The closing goes out whatever happens after the opening did. Raises as `ask` does, and what `accept` raises.
        """
        if width > LONGEST_TOGETHER:
            return await self._long_pulse(opening, closing, framing, at, width)
        frames = (framing.encode(opening.payload), framing.encode(closing.payload))
        async with _Reservation(self, framing, at):
            sent, taken = await self._fire(frames, (opening, closing), framing, (at, at + width))
        return Edges(sent[0], sent[1], taken[0], taken[1])

    async def _long_pulse(self, opening: Frame, closing: Frame, framing: Framing, at: float, width: float) -> Edges:
        try:
            async with _Reservation(self, framing, at):
                first, first_taken = await self._fire((framing.encode(opening.payload),), (opening,), framing, (at,))
            async with _Reservation(self, framing, at + width):
                frame = framing.encode(closing.payload)
                last, last_taken = await self._fire((frame,), (closing,), framing, (at + width,))
        except BaseException:
            self._send_anyway(framing.encode(closing.payload))
            raise
        return Edges(first[0], last[0], first_taken[0], last_taken[0])

    async def _fire(
        self, encoded: tuple[bytes, ...], frames: tuple[Frame, ...], framing: Framing, instants: tuple[float, ...]
    ) -> tuple[list[float], list[float]]:
        """Sends each encoded frame at its instant; gives the instants of sending and of acknowledgement, in s."""
        play = self.clock.edges([
            Edge(at, lambda data=data: self.transport.send(data), cancellable=first)  # type: ignore[misc]
            for at, data, first in zip(instants, encoded, (True, False), strict=False)
        ])
        try:
            taken = []
            for at, data, frame in zip(instants, encoded, frames, strict=True):
                reply = await self._reply(data, framing, at + framing.reply_within)
                taken.append(self.clock.now())
                frame.accept(reply)
            return await play, taken
        except BaseException:
            self._out_of_step = True
            play.cancel()
            if len(encoded) > 1:
                self._send_anyway(encoded[-1])
            raise

    def _send_anyway(self, data: bytes) -> None:
        """Closes now: leaving early must not leave a valve open. A dead wire cannot be helped from here."""
        self._out_of_step = True
        try:
            self.transport.send(data)
        except LineLost as lost:
            lost.add_note("the closing of a valve could not be sent")

    async def _give_way(self) -> None:
        """Polls wait while an edge is so near that they could not end before it."""
        while self._edge_at is not None and self.clock.now() + 2 * self._typical >= self._edge_at:
            await self._edge_done.wait()

    async def _exchange(self, payload: bytes, framing: Framing, within: float, urgent: bool) -> bytes:
        data = framing.encode(payload)
        began = self.clock.now()
        try:
            self.transport.send(data)
            reply = await self._reply(data, framing, began + within, preemptible=not urgent)
        except BaseException:
            self._out_of_step = True
            raise
        self._typical += 0.1 * (self.clock.now() - began - self._typical)
        return reply

    async def _reply(self, sent: bytes, framing: Framing, deadline: float, *, preemptible: bool = False) -> bytes:
        """The payload of the reply to `sent`; what belongs to others is dropped, and waiting goes on."""
        while True:
            payload = self._find(sent, framing)
            if payload is not None:
                return payload
            now = self.clock.now()
            if now >= deadline:
                raise self._silence(sent)
            if preemptible and self._urgent:
                raise Preempted("a reading gave way to an urgent command", where=self.where)
            self._received += await self.transport.receive(min(deadline, now + SLICE) if preemptible else deadline)

    def _find(self, sent: bytes, framing: Framing) -> bytes | None:
        while self._received:
            found = framing.decode(bytes(self._received), sent)
            if found is None:
                return None
            del self._received[: found.consumed]
            if not isinstance(found, Foreign):
                return found.payload
        return None

    def _silence(self, sent: bytes) -> NoReply | ProtocolError:
        if self._received:
            rest = bytes(self._received[:256])
            return ProtocolError(f"half a reply to {sent!r}: {rest!r}", where=self.where, remedy="check cable and baud rate")
        return NoReply(f"no reply to {sent!r}", where=self.where, remedy="check that the instrument is on and connected")

    async def _resynchronise(self, framing: Framing) -> None:
        """After anything went wrong: drain until the line is quiet, so that the next reply is the next answer."""
        if not self._out_of_step:
            return
        self._received.clear()
        resync = framing.resync()
        if resync:
            self.transport.send(resync)
        give_up = self.clock.now() + LONGEST_DRAIN
        while await self.transport.receive(self.clock.now() + framing.quiet_gap):
            if self.clock.now() > give_up:
                raise ProtocolError("the line does not fall silent", where=self.where, remedy="stop the instrument's streaming")
        self._out_of_step = False


class _Reservation:
    """Holds a line for an edge: polls stay away, the wire is in step, and all of it ends with the block."""

    def __init__(self, line: Line, framing: Framing, at: float) -> None:
        self.line = line
        self.framing = framing
        self.at = at

    async def __aenter__(self) -> None:
        line = self.line
        line._edge_at = self.at
        line._edge_done.clear()
        try:
            await line.clock.sleep_until(self.at - 2 * line._typical)
            await line._lock.acquire()
        except BaseException:
            self._end()
            raise
        try:
            await line._resynchronise(self.framing)
        except BaseException:
            line._lock.release()
            self._end()
            raise

    async def __aexit__(self, *exc: object) -> None:
        self.line._lock.release()
        self._end()

    def _end(self) -> None:
        self.line._edge_at = None
        self.line._edge_done.set()
