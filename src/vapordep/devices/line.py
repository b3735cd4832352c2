"""Lines: one exchange at a time over a transport, with deadlines, resynchronisation, and edges at exact instants."""

from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from math import inf

from vapordep.clock import Clock
from vapordep.devices.claim import Claim, OnClaim
from vapordep.devices.firing import Firing
from vapordep.devices.frames import Edges, Frame, Sent
from vapordep.devices.framing import Framing
from vapordep.devices.precedence import Precedence
from vapordep.devices.recording import note
from vapordep.devices.replies import SLICE, Replies
from vapordep.devices.transport import Transport
from vapordep.errors import NoReply

TYPICAL_EXCHANGE = 0.02
"""First guess of how long an exchange takes, in s, before any was seen."""
LONGEST_TOGETHER = 0.25
"""A pulse up to this long, in s, keeps the line to itself; a longer one leaves it to polls between its edges."""
REMEMBERED = 16
"""So many replies, of more than one round of polls, are compared with one that may be a doubled one."""
_together: ContextVar["Line | None"] = ContextVar("together", default=None)
"""The line of which the turn is taken for several exchanges."""


class Line:
    """One wire, shared by all instruments on it.

    An urgent exchange comes before all readings and interrupts the one that waits for its reply. After a question
    that stayed unanswered, its late reply is never taken for the answer to another one: the next exchange first drains
    the line, then, when a second reply follows the first within the quiet gap, takes the second, its own. So it does
    where replies look alike and this one is, byte by byte, what was just told to another question, and not what this
    question was told before: a gateway may send a frame twice.
    """

    def __init__(self, transport: Transport, clock: Clock) -> None:
        self.transport = transport
        self.clock = clock
        self.where = transport.where
        self.epoch = 0
        """Counts the connections: a higher one means that somebody has connected again."""
        self._precedence = Precedence()
        self._replies = Replies(transport, clock, self._precedence)
        self._owed = False
        self._told: deque[tuple[bytes, bytes]] = deque(maxlen=REMEMBERED)
        """The newest questions whose replies look like others, and their replies."""
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
        self._replies.forget()
        self._told.clear()
        self._owed = False
        self._ahead = None

    async def close(self) -> None:
        """Disconnects."""
        await self.transport.close()

    async def reopen(self, epoch: int) -> None:
        """Connects again, unless somebody else on this line did since it was in `epoch`; raises LineLost."""
        async with self._precedence.in_order():
            if self.epoch == epoch:
                await self.transport.close()
                await self.open()

    @property
    def is_taken(self) -> bool:
        """Whether somebody has the line just now, so that others have to wait for it."""
        return self._precedence.taken

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
                await self._replies.resynchronise(framing)
            return await self._exchange(payload, framing, within or framing.reply_within, preemptible, urgent)
        finally:
            if not held:
                self._precedence.release()

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
            self._precedence.release()

    def send_at_once(self, frame: Frame, framing: Framing) -> Sent | None:
        """Sends a frame here and now, without any await, if the line is free; None where it is not.

        Free is a line that nobody has, which owes no reply and needs no rest. Whoever takes it next waits for the
        reply first, so that there is still one exchange at a time. Raises LineLost.
        """
        now = self.clock.now()
        if self._precedence.taken or self._owed or self._ahead is not None or now < self._ready:
            return None
        if framing.unanswered(frame.payload) is not None:
            return None
        data = framing.encode(frame.payload)
        self._replies.forget()
        self.transport.send(data)
        unheard = NoReply(f"nobody waited for the reply to {data!r}", where=self.where)
        self._ahead = Sent(frame, framing, data, now + framing.reply_within, unheard)
        return self._ahead

    async def obeyed(self, sent: Sent, *, urgent: bool = False) -> None:
        """Returns once the reply to what was sent at once is there; raises as `ask` does, and what `accept` raises."""
        await self._take_turn(urgent)
        self._precedence.release()
        if sent.error is not None:
            raise sent.error

    async def pulse(self, opening: Frame, closing: Frame, framing: Framing, *, at: float, width: float) -> Edges:
        """Sends `opening` at the instant `at` and `closing` `width` s later, and takes both acknowledgements.

        When the line is not free in time both come later, the width stays. The closing goes out whatever happens:
        after a failure or a cancellation at once. Raises as `ask` does, and what `accept` raises.
        """
        async with self._reserved(at, framing):
            start = max(at, self.clock.now())
            firing = Firing(self, framing, (opening, closing), (start, start + width))
            with firing:
                opened = await firing.acknowledged(0)
                if width <= LONGEST_TOGETHER:
                    return await firing.ended(opened)
        with firing:
            async with self._reserved(start + width, framing):
                return await firing.ended(opened)

    def send_unasked(self, data: bytes) -> None:
        """Sends without waiting for the line or a reply: a valve must not stay open. Raises LineLost."""
        self._owed = True
        self.transport.send(data)

    async def reply_to(self, sent: bytes, framing: Framing, deadline: float) -> bytes:
        """The reply to a frame that was sent while the line was reserved; raises as `ask` does."""
        try:
            return await self._replies.reply(sent, framing, deadline)
        except BaseException:
            self._owed = True
            raise

    @asynccontextmanager
    async def _reserved(self, at: float, framing: Framing) -> AsyncIterator[None]:
        """Holds the line for an edge at `at`: from early enough that a reading under way ends or is interrupted."""
        lead = SLICE + framing.quiet_gap + 2 * self._typical
        if self.clock.now() < at - lead:
            await self.clock.sleep_until(at - lead)
        await self._take_turn(urgent=True)
        try:
            if self._owed:
                await self._replies.drain(framing, at - self._typical)
            await self._replies.discard()
            yield
        finally:
            self._precedence.release()

    async def _take_turn(self, urgent: bool) -> None:
        """Takes the line, once what was sent at once has its reply."""
        await self._precedence.take(urgent=urgent)
        if self._ahead is not None:
            try:
                await self._take_reply(self._ahead)
            except BaseException:
                self._precedence.release()
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

    async def _exchange(
        self, payload: bytes, framing: Framing, within: float, preemptible: bool, urgent: bool
    ) -> bytes:  # fmt: skip
        data = framing.encode(payload)
        if self.clock.now() < self._ready:
            await self.clock.sleep_until(self._ready)
        await self._replies.discard()
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
            reply = await self._replies.reply(data, framing, began + within, preemptible=preemptible and not urgent)
            took = self.clock.now() - began
            if doubtful or (framing.alike and not urgent and self._may_be_anothers(data, reply)):
                quiet = max(framing.quiet_gap, 2.0 * self._typical)
                reply = await self._replies.last(reply, data, framing, quiet)
        except BaseException:
            self._owed = True
            raise
        self._owed = False
        if framing.alike:
            self._told.append((data, reply))
        ended = self.clock.now()
        self._typical += 0.1 * (took - self._typical)
        note(self, framing, payload, data, reply, within, ended - began)
        self._ready = ended + framing.rest
        return reply

    def _may_be_anothers(self, question: bytes, reply: bytes) -> bool:
        """Whether just this was told to another question lately, and something else, or nothing, to this one."""
        own = next((told for asked, told in reversed(self._told) if asked == question), None)
        return reply != own and any(reply == told and question != asked for asked, told in self._told)
