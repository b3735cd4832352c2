"""Lines: one exchange at a time over a transport, with deadlines, resynchronisation, and edges at exact instants."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from math import inf
from typing import NamedTuple, Protocol

from vapordep.clock import Clock, Edge
from vapordep.devices.framing import Foreign, Framing
from vapordep.devices.recording import note
from vapordep.devices.transport import Transport
from vapordep.errors import LineLost, NoReply, ProtocolError
from vapordep.lazy import dataclass

SLICE = 0.05
"""A reading looks this often, in s, whether an urgent command wants the line."""
TYPICAL_EXCHANGE = 0.02
"""First guess of how long an exchange takes, in s, before any was seen."""
LONGEST_TOGETHER = 0.25
"""A pulse up to this long, in s, keeps the line to itself; a longer one leaves it to polls between its edges."""
LONGEST_DRAIN = 1.0
"""A line that still talks after this many s is babbling, not late."""
_together: ContextVar["Line | None"] = ContextVar("together", default=None)
"""The line of which the turn is taken for several exchanges."""


class OnClaim(Protocol):
    """Is told before somebody uses a line who is no poller."""

    def __call__(self, *, urgent: bool) -> float:
        """Until when polls under way, which go over no wire, keep the line busy, s on the clock."""
        ...


class Frame(NamedTuple):
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


@dataclass(slots=True)
class Sent:
    """A frame that was sent at once, and what came of it once somebody has waited for its reply."""

    frame: Frame
    framing: Framing
    data: bytes
    deadline: float
    """Until when its reply is waited for, s on the clock."""
    error: Exception | None
    """Why the instrument is not known to have obeyed."""


class Preempted(NoReply):
    """A reading gave way to a command that must not wait; no fault of the instrument."""


class Line:
    """One wire, shared by all instruments on it.

    An urgent exchange comes before all readings and interrupts the one that waits for its reply. After a question
    that stayed unanswered, its late reply is never taken for the answer to another one: the next exchange first drains
    the line, then, when a second reply follows the first within the quiet gap, takes the second, its own.
    """

    def __init__(self, transport: Transport, clock: Clock) -> None:
        self.transport = transport
        self.clock = clock
        self.where = transport.where
        self.epoch = 0
        """Counts the connections: a higher one means that somebody has connected again."""
        self._lock = asyncio.Lock()
        self._urgent = 0
        self._calm = asyncio.Event()
        self._received = bytearray()
        self._owed = False
        self._ahead: Sent | None = None
        """What was sent at once, as long as nobody has waited for its reply."""
        self._ready = 0.0
        self._typical = TYPICAL_EXCHANGE
        self.began = -inf
        """When the last exchange began, s on the clock."""
        self.claims = 0
        """How many use the line just now who are no pollers."""
        self.on_claim: OnClaim = lambda *, urgent: -inf

    async def open(self) -> None:
        """Connects without writing; raises LineLost."""
        await self.transport.open()
        self.epoch += 1
        self._received.clear()
        self._owed = False
        self._ahead = None

    async def close(self) -> None:
        """Disconnects."""
        await self.transport.close()

    async def reopen(self, epoch: int) -> None:
        """Connects again, unless somebody else on this line did since it was in `epoch`; raises LineLost."""
        async with self._lock:
            if self.epoch == epoch:
                await self.transport.close()
                await self.open()

    def claimed(self, *, urgent: bool = False) -> "Claim":
        """Within it somebody uses the line who is no poller: who foretells polls must let them come back to it."""
        return Claim(self, urgent)

    async def ask(
        self,
        payload: bytes,
        framing: Framing,
        *,
        within: float | None = None,
        urgent: bool = False,
        preemptible: bool = True,
    ) -> bytes:
        """Sends `payload` and gives the payload of its reply, `within` s (else the framing's own patience).

        Raises NoReply at the deadline, ProtocolError for garbage, LineLost when the wire is gone, and Preempted when
        it is `preemptible` and an urgent one came; what writes is carried through.
        """
        held = _together.get() is self
        if not held:
            await self._take_turn(urgent)
        try:
            if self._owed and not urgent:
                await self._resynchronise(framing)
            return await self._exchange(payload, framing, within or framing.reply_within, preemptible and not urgent)
        finally:
            if not held:
                self._lock.release()

    @asynccontextmanager
    async def together(self, *, urgent: bool = False) -> AsyncIterator[None]:
        """Within it no other exchange comes between those of this task: one instrument is selected, then asked."""
        if _together.get() is self:
            yield
            return
        await self._take_turn(urgent)
        before = _together.set(self)
        try:
            yield
        finally:
            _together.reset(before)
            self._lock.release()

    def send_at_once(self, frame: Frame, framing: Framing) -> Sent | None:
        """Sends a frame here and now, without any await, if the line is free; None where it is not.

        Free is a line that nobody has, which owes no reply and needs no rest. Whoever takes it next waits for the
        reply first, so that there is still one exchange at a time. Raises LineLost.
        """
        now = self.clock.now()
        if self._lock.locked() or self._owed or self._ahead is not None or now < self._ready:
            return None
        if framing.unanswered(frame.payload) is not None:
            return None
        data = framing.encode(frame.payload)
        self._received.clear()
        self.transport.send(data)
        unheard = NoReply(f"nobody waited for the reply to {data!r}", where=self.where)
        self._ahead = Sent(frame, framing, data, now + framing.reply_within, unheard)
        return self._ahead

    async def obeyed(self, sent: Sent, *, urgent: bool = False) -> None:
        """Returns once the reply to what was sent at once is there; raises as `ask` does, and what `accept` raises."""
        await self._take_turn(urgent)
        self._lock.release()
        if sent.error is not None:
            raise sent.error

    async def pulse(self, opening: Frame, closing: Frame, framing: Framing, *, at: float, width: float) -> Edges:
        """Sends `opening` at the instant `at` and `closing` `width` s later, and takes both acknowledgements.

        When the line is not free in time both come later, the width stays. The closing goes out whatever happens:
        after a failure or a cancellation at once. Raises as `ask` does, and what `accept` raises.
        """
        async with self._reserved(at, framing):
            start = max(at, self.clock.now())
            firing = _Firing(self, framing, (opening, closing), (start, start + width))
            with firing:
                opened = await firing.acknowledged(0)
                if width <= LONGEST_TOGETHER:
                    return await firing.ended(opened)
        with firing:
            async with self._reserved(start + width, framing):
                return await firing.ended(opened)

    @asynccontextmanager
    async def _reserved(self, at: float, framing: Framing) -> AsyncIterator[None]:
        """Holds the line for an edge at `at`: from early enough that a reading under way ends or is interrupted."""
        lead = SLICE + framing.quiet_gap + 2 * self._typical
        if self.clock.now() < at - lead:
            await self.clock.sleep_until(at - lead)
        await self._take_turn(urgent=True)
        try:
            if self._owed:
                await self._drain(framing, at - self._typical)
            await self._discard()
            yield
        finally:
            self._lock.release()

    async def _take_turn(self, urgent: bool) -> None:
        """Takes the line, once what was sent at once has its reply."""
        await self._take_lock(urgent)
        if self._ahead is not None:
            try:
                await self._take_reply(self._ahead)
            except BaseException:
                self._lock.release()
                raise

    async def _take_reply(self, sent: Sent) -> None:
        """What came of it is told to who asks: it must not keep others from the line."""
        self._ahead = None
        try:
            sent.frame.accept(await self.reply_to(sent.data, sent.framing, sent.deadline))
        except Exception as error:
            sent.error = error
        else:
            sent.error = None

    async def _take_lock(self, urgent: bool) -> None:
        """Readings let urgent ones pass, however long the queue."""
        if not urgent:
            await self._lock.acquire()
            while self._urgent:
                self._lock.release()
                await self._calm.wait()
                await self._lock.acquire()
            return
        self._urgent += 1
        self._calm.clear()
        try:
            await self._lock.acquire()
        finally:
            self._urgent -= 1
            if not self._urgent:
                self._calm.set()

    def send_unasked(self, data: bytes) -> None:
        """Sends without waiting for the line or a reply: a valve must not stay open. Raises LineLost."""
        self._owed = True
        self.transport.send(data)

    async def reply_to(self, sent: bytes, framing: Framing, deadline: float) -> bytes:
        """The reply to a frame that was sent while the line was reserved; raises as `ask` does."""
        try:
            return await self._reply(sent, framing, deadline)
        except BaseException:
            self._owed = True
            raise

    async def _exchange(self, payload: bytes, framing: Framing, within: float, preemptible: bool) -> bytes:
        data = framing.encode(payload)
        if self.clock.now() < self._ready:
            await self.clock.sleep_until(self._ready)
        await self._discard()
        began = self.began = self.clock.now()
        doubtful = self._owed and not framing.numbered
        unanswered = framing.unanswered(payload)
        if unanswered is not None:
            self.transport.send(data)
            self._ready = began + unanswered
            note(self, framing, payload, data, b"", within, 0.0)
            return b""
        try:
            self.transport.send(data)
            reply = await self._reply(data, framing, began + within, preemptible=preemptible)
            if doubtful:
                reply = await self._last_reply(reply, data, framing)
        except BaseException:
            self._owed = True
            raise
        self._owed = False
        ended = self.clock.now()
        self._typical += 0.1 * (ended - began - self._typical)
        note(self, framing, payload, data, reply, within, ended - began)
        self._ready = ended + framing.rest
        return reply

    async def _reply(self, sent: bytes, framing: Framing, deadline: float, *, preemptible: bool = False) -> bytes:
        """The payload of the reply to `sent`; what belongs to others is dropped, and waiting goes on."""
        heard = self.clock.now()
        while True:
            payload = self._find(sent, framing)
            if payload is not None:
                return payload
            now = self.clock.now()
            settled = framing.settled(bytes(self._received), sent) if self._received else None
            if settled is not None and now >= heard + framing.pause:
                del self._received[: settled.consumed]
                return settled.payload
            if now >= deadline:
                raise self._silence(sent)
            if preemptible and self._urgent:
                raise Preempted("a reading gave way to an urgent command", where=self.where)
            until = min(deadline, now + SLICE) if preemptible else deadline
            more = await self.transport.receive(until if settled is None else min(until, heard + framing.pause))
            self._received += more
            heard = self.clock.now() if more else heard

    def _find(self, sent: bytes, framing: Framing) -> bytes | None:
        while self._received:
            found = framing.decode(bytes(self._received), sent)
            if found is None:
                return None
            del self._received[: found.consumed]
            if not isinstance(found, Foreign):
                return found.payload
        return None

    async def _last_reply(self, reply: bytes, sent: bytes, framing: Framing) -> bytes:
        """The last of the replies that come until the line is quiet: those before it were late ones."""
        while True:
            while (later := self._find(sent, framing)) is not None:
                reply = later
            more = await self.transport.receive(self.clock.now() + framing.quiet_gap)
            if not more:
                break
            self._received += more
        if self._received:
            raise self._silence(sent)
        return reply

    def _silence(self, sent: bytes) -> NoReply | ProtocolError:
        if self._received:
            rest = bytes(self._received[:256])
            return ProtocolError(
                f"no whole reply to {sent!r}, only {rest!r}", where=self.where, remedy="check cable and baud rate"
            )
        remedy = "check that the instrument is on and connected"
        return NoReply(f"no reply to {sent!r}", where=self.where, remedy=remedy)

    async def _resynchronise(self, framing: Framing) -> None:
        """After anything went wrong: drain until the line is quiet."""
        resync = framing.resync()
        if resync:
            self.transport.send(resync)
        if not await self._drain(framing, self.clock.now() + LONGEST_DRAIN):
            raise ProtocolError(
                "the line does not fall silent", where=self.where, remedy="stop the instrument's streaming"
            )

    async def _discard(self) -> None:
        """Drops what came unasked: it answers nothing."""
        self._received.clear()
        await self.transport.receive(self.clock.now())

    async def _drain(self, framing: Framing, give_up: float) -> bool:
        """Drops what arrives until the line is quiet, True, or until the instant `give_up`, False."""
        while (now := self.clock.now()) < give_up:
            quiet_at = now + framing.quiet_gap
            if not await self.transport.receive(min(quiet_at, give_up)):
                return quiet_at <= give_up
        return False


class Claim:
    """A use of a line; a plain class, for every command makes several."""

    __slots__ = ("line", "urgent")

    def __init__(self, line: Line, urgent: bool) -> None:
        self.line = line
        self.urgent = urgent

    async def __aenter__(self) -> None:
        line = self.line
        line.claims += 1
        if line.claims > 1:  # its polls have come back to it already
            return
        try:
            free_at = line.on_claim(urgent=self.urgent)
            if free_at > line.clock.now():
                await line.clock.sleep_until(free_at)
        except BaseException:
            line.claims -= 1
            raise

    async def __aexit__(self, *_: object) -> None:
        self.line.claims -= 1


class _Firing:
    """The two edges of one pulse under way; leaving its block by an error closes the valve at once."""

    def __init__(
        self, line: Line, framing: Framing, frames: tuple[Frame, Frame], instants: tuple[float, float]
    ) -> None:
        self.line = line
        self.framing = framing
        self.frames = frames
        self.instants = instants
        self._sent = [framing.encode(frame.payload) for frame in frames]
        self._failed = False
        self._lost: LineLost | None = None
        opening = Edge(instants[0], lambda: self._send(0), cancellable=True)
        self._play = line.clock.edges([opening, Edge(instants[1], lambda: self._send(1))])

    def _send(self, edge: int) -> None:
        """Runs at the edge's instant, maybe in another thread; after a failure the closing has gone out before."""
        try:
            if not self._failed:
                self.line.transport.send(self._sent[edge])
        except LineLost as lost:
            self._lost = lost

    async def acknowledged(self, edge: int) -> float:
        """Waits for the edge, then for its reply; the instant of the reply, in s."""
        at = self.instants[edge]
        await self.line.clock.sleep_until(at)
        if self._lost is not None:
            raise self._lost
        taken = await self.line.reply_to(self._sent[edge], self.framing, at + self.framing.reply_within)
        self.frames[edge].accept(taken)
        return self.line.clock.now()

    async def ended(self, opened: float) -> Edges:
        """Waits for the closing and its reply."""
        closed = await self.acknowledged(1)
        commanded = await self._play
        return Edges(commanded[0], commanded[1], opened, closed)

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None:
            return
        self._failed = True
        self._play.cancel()
        try:
            self.line.send_unasked(self._sent[1])
        except LineLost:
            error.add_note("the closing of a valve could not be sent: the line is lost")
