"""Foretelling: what a command sends that must not be carried out just now, by its driver before a stand-in of the line.

Questions go to the instrument itself, for they change nothing. Commands go nowhere: they are answered as an instrument
answers that obeys, and what is asked after them is answered as if it had obeyed. What that looks like the framing
knows, for it belongs to the protocol.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import replace

from vapordep.devices.claim import Claim
from vapordep.devices.device import Device
from vapordep.devices.framing import Framing
from vapordep.devices.line import Line
from vapordep.devices.patterns import Act
from vapordep.devices.recording import Exchange, recording, take
from vapordep.errors import NotArmed


class _StandIn:
    """Stands for the line: passes on what only asks, and keeps what commands."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.clock = line.clock
        self.where = line.where
        self.began = line.began
        self.exchanges: list[Exchange] = []
        self._commands: list[bytes] = []

    def claimed(self, *, urgent: bool = False) -> Claim:
        """Polls of the instrument make way for the questions."""
        return self.line.claimed(urgent=urgent)

    @asynccontextmanager
    async def together(self, *, urgent: bool = False) -> AsyncIterator[None]:
        """Questions that belong together are asked together."""
        async with self.line.together(urgent=urgent):
            yield

    async def ask(
        self, payload: bytes, framing: Framing, *, within: float | None = None,
        urgent: bool = False, preemptible: bool = True,
    ) -> bytes:  # fmt: skip
        """The instrument's own reply, or the foretold one; raises NotArmed, and what asking raises."""
        if not framing.asks(payload):
            return self._obeys(payload, framing, within or framing.reply_within)
        with recording() as recorded, take("asked"):
            told = await self.line.ask(payload, framing, within=within, urgent=urgent, preemptible=preemptible)
        reply = framing.after(self._commands, payload, told)
        self.exchanges += [replace(asked, reply=reply) for asked in recorded.takes["asked"]]
        return reply

    def _obeys(self, payload: bytes, framing: Framing, within: float) -> bytes:
        reply = framing.acknowledgement(payload)
        if reply is None:
            raise NotArmed(f"how {payload!r} will be answered on {self.where} cannot be foretold")
        self._commands.append(payload)
        sent = framing.encode(payload)
        self.exchanges.append(Exchange(self.line, framing, payload, sent, reply, within, took=0.0))
        return reply


async def foretold(device: Device, act: Act) -> tuple[Exchange, ...]:
    """The exchanges of what a driver is to do, without any of its commands being sent.

    A command takes as long as the slowest question beside it. Raises NotArmed where the framing does not say how
    its commands are answered, and what the driver raises that is not content with what the instrument tells.
    """
    stand_in = _StandIn(device.line)
    await act(deepcopy(device, {id(device.line): stand_in}))
    slowest = max((each.took for each in stand_in.exchanges), default=0.0)
    return tuple(replace(each, took=_takes(each, slowest)) for each in stand_in.exchanges)


def _takes(exchange: Exchange, slowest: float) -> float:
    if exchange.framing.unanswered(exchange.payload) is not None:
        return 0.0
    return exchange.took or slowest or exchange.within
