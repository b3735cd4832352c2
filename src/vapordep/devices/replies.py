"""The replies on a line: what belongs to a question among the bytes that arrive, and how a line falls silent."""

from vapordep.clock import Clock
from vapordep.devices.framing import Foreign, Framing
from vapordep.devices.precedence import Precedence
from vapordep.devices.transport import Transport
from vapordep.errors import NoReply, ProtocolError

SLICE = 0.05
"""A reading looks this often, in s, whether an urgent command wants the line."""
LONGEST_DRAIN = 1.0
"""A line that still talks after this many s is babbling, not late."""


class Preempted(NoReply):
    """A reading gave way to a command that must not wait; no fault of the instrument."""


class Replies:
    """What is heard on one wire, kept until it is a whole reply or is dropped."""

    def __init__(self, transport: Transport, clock: Clock, precedence: Precedence) -> None:
        self._transport = transport
        self._clock = clock
        self._precedence = precedence
        self._received = bytearray()

    def forget(self) -> None:
        """Drops what was heard."""
        self._received.clear()

    async def reply(self, sent: bytes, framing: Framing, deadline: float, *, preemptible: bool = False) -> bytes:
        """The payload of the reply to `sent`; what belongs to others is dropped, and waiting goes on.

        Raises NoReply at the deadline (s on the clock), ProtocolError for half a reply, LineLost, and Preempted when
        it is `preemptible` and somebody urgent wants the line.
        """
        heard = self._clock.now()
        while True:
            payload = self._find(sent, framing)
            if payload is not None:
                return payload
            now = self._clock.now()
            settled = framing.settled(bytes(self._received), sent) if self._received else None
            if settled is not None and now >= heard + framing.pause:
                del self._received[: settled.consumed]
                return settled.payload
            if now >= deadline:
                raise self._silence(sent)
            if preemptible and self._precedence.wanted:
                raise Preempted("a reading gave way to an urgent command", where=self._transport.where)
            until = min(deadline, now + SLICE) if preemptible else deadline
            more = await self._transport.receive(until if settled is None else min(until, heard + framing.pause))
            self._received += more
            heard = self._clock.now() if more else heard

    async def last(self, reply: bytes, sent: bytes, framing: Framing, quiet: float) -> bytes:
        """The last of the replies that come until nothing came for `quiet` s: those before it, `reply` too, were late.

        Raises ProtocolError when half a reply is left.
        """
        while True:
            while (later := self._find(sent, framing)) is not None:
                reply = later
            more = await self._transport.receive(self._clock.now() + quiet)
            if not more:
                break
            self._received += more
        if self._received:
            raise self._silence(sent)
        return reply

    async def resynchronise(self, framing: Framing) -> None:
        """After anything went wrong: drains until the line is quiet; raises ProtocolError when it never is."""
        resync = framing.resync()
        if resync:
            self._transport.send(resync)
        if not await self.drain(framing, self._clock.now() + LONGEST_DRAIN):
            raise ProtocolError(
                "the line does not fall silent", where=self._transport.where, remedy="stop the instrument's streaming"
            )

    async def discard(self) -> None:
        """Drops what came unasked: it answers nothing."""
        self._received.clear()
        await self._transport.receive(self._clock.now())

    async def drain(self, framing: Framing, give_up: float) -> bool:
        """Drops what arrives until the line is quiet, True, or until the instant `give_up`, False."""
        while (now := self._clock.now()) < give_up:
            quiet_at = now + framing.quiet_gap
            if not await self._transport.receive(min(quiet_at, give_up)):
                return quiet_at <= give_up
        return False

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
            remedy = "check cable and baud rate"
            if rest.isascii() and rest.endswith((b"\r", b"\n")):
                remedy = "set how it ends its lines at the instrument, or as this driver's option where it has one"
            return ProtocolError(
                f"no whole reply to {sent!r}, only {rest!r}", where=self._transport.where, remedy=remedy
            )
        remedy = "check that the instrument is on and connected"
        return NoReply(f"no reply to {sent!r}", where=self._transport.where, remedy=remedy)
