"""Julabo circulators and recirculating coolers (RS-232/485, 4800 7E1, CR out, LF or CR LF in). Manual: SL series, 12.

An `in` command is answered; an `out` command is not, and is refused without a word: whether it was obeyed tells only
what is asked after it, and why not, the status. After an `out` command it needs 250 ms, after an answer 10 ms. What it
does not know it does not answer either, so the external sensor is asked for only where the reactor file names it.

On RS-485 every message begins with `A`, three digits and `_`. Temperatures must be in degC at its display. Not in the
pages that were at hand: what is told of a sensor that is missing; here dashes count as no value.
"""

import re
from collections.abc import Sequence

from vapordep.devices import Channel, Device, Framing, Identity, Options, Reading, Readings, bad, poll, readback
from vapordep.devices import setpoint as output
from vapordep.devices.framing import Accepted, Foreign
from vapordep.devices.signals import Signal
from vapordep.errors import InstrumentRefused, ProtocolError, ReadbackMismatch, WrongInstrument
from vapordep.units import degC, state

NUMBER = re.compile(r"-?\d+\.\d+")
"""A temperature always has decimals, unlike what another instrument might say."""
NOTHING = re.compile(r"[-.]+")
STATUS = re.compile(r"(-?\d\d) ?(.*)")
"""Number and words: 00 and 01 by hand, 02 and 03 remote, 01 and 03 running; below zero what is wrong."""
VERSION = re.compile(r".*JULABO.*|V(?:ERSION)?\s*\d+\.\d+", re.IGNORECASE)
ADDRESSED = re.compile(rb"A\d{3}_")
CONTROL = ("internal", "external")
"""By in_mode_04: which sensor it controls."""
OBEYING, ANSWERED = 0.25, 0.01
"""s that it needs after a command that it does not answer, and after an answer."""
ROUNDED = 0.051
"""By how much a setpoint may differ that some models round to tenths, K."""
LONGEST = 256
ROOM = 20.0
"""degC."""


class _Lines(Framing):
    """Commands end with CR, answers with LF, of some models with CR LF."""

    text = True
    alike = True
    rest = ANSWERED

    def __init__(self, prefix: bytes, reply_within: float) -> None:
        self.prefix = prefix
        self.reply_within = reply_within
        self._end = b"\n"

    def encode(self, payload: bytes) -> bytes:
        """Address, command, CR."""
        return self.prefix + payload + b"\r"

    def unanswered(self, payload: bytes) -> float | None:
        """What begins with `out_`."""
        return OBEYING if payload.startswith(b"out_") else None

    def asks(self, payload: bytes) -> bool:
        """All else."""
        return self.unanswered(payload) is None

    def after(self, commands: Sequence[bytes], question: bytes, reply: bytes) -> bytes:
        """What was set is told, with as many decimals as before."""
        for command in commands:
            name, value = command.split(b" ")
            if name.removeprefix(b"out_") == question.removeprefix(b"in_"):
                decimals = len(reply.strip().partition(b".")[2])
                reply = b"%.*f" % (decimals, float(value))
        return reply

    def decode(self, received: bytes, sent: bytes) -> Accepted | Foreign | None:
        """One line, of its own address; raises ProtocolError for unprintable bytes and for an endless line."""
        stop = received.find(b"\n")
        if stop < 0:
            if len(received) > LONGEST:
                raise ProtocolError(f"a reply of more than {LONGEST} bytes to {sent!r}")
            return None
        line = received[:stop].removesuffix(b"\r")
        if not line.decode("latin-1").isprintable() or not line.isascii():
            raise ProtocolError(f"unprintable bytes in {line!r}", remedy="check baud rate, parity and shielding")
        if not line.startswith(self.prefix) or (not self.prefix and ADDRESSED.match(line)):
            return Foreign(stop + 1)
        self._end = received[len(line) : stop + 1]
        return Accepted(line.removeprefix(self.prefix), stop + 1)

    def reply_frame(self, sent: bytes, payload: bytes) -> bytes:
        """Address, answer, and the end that it was last seen to use."""
        return self.prefix + payload + self._end


class Julabo(Device):
    """A bath that is heated and chilled, and the pump that sends it round."""

    manual = "Julabo SL heating circulators, chapter 12; FL recirculating coolers, chapter 11; F33-SD, 11.3"

    temperature = readback(degC, low=-100.0, high=400.0, doc="of the bath")
    external_temperature = readback(degC, low=-200.0, high=400.0, doc="of its external Pt100")
    fault = readback(state, low=0.0, high=1.0, doc="an alarm or a warning stands")
    local = readback(state, low=0.0, high=1.0, doc="by hand: it obeys its keys only")
    setpoint = output(degC, low=-95.0, high=400.0, off=ROOM)
    running = output(state, low=0.0, high=1.0, doc="pump and control")

    def make_framing(self) -> Framing:
        """Options `address` on RS-485, and `control` (internal or external), which is compared when connecting."""
        options = Options(self.options, self.name, ("address", "control"))
        self.control = options.word("control", "", among=("", *CONTROL))
        prefix = f"A{options.integer('address', 0, low=0, high=127):03d}_" if "address" in self.options else ""
        return _Lines(prefix.encode(), options.reply_within(0.5))

    async def identify(self) -> Identity:
        """Its version, its status, and the sensor that it controls where the option says which."""
        version = await self._query("version")
        if not VERSION.fullmatch(version):
            raise WrongInstrument(f"version is answered {version!r}, not with JULABO's", where=self.name)
        await self._status()
        if self.control:
            told = await self._query("in_mode_04")
            if told != str(CONTROL.index(self.control)):
                what = f"in_mode_04 is {told!r}: it does not control its {self.control} sensor"
                raise WrongInstrument(what, where=self.name, remedy="set it at the circulator, or correct control")
        return Identity("Julabo", "circulator", firmware=version)

    @poll(every=1.0, stale_after=4.0)
    async def _bath(self) -> Readings:
        """What it measures, and whether it runs."""
        readings: dict[Channel | Signal, Reading] = {self.temperature: await self._temperature("in_pv_00")}
        if self.external_temperature.channel in self.wanted:
            readings[self.external_temperature] = await self._temperature("in_pv_02")
        return {**readings, self.running: float(await self._running())}

    @poll(every=2.0, stale_after=8.0, fills=(setpoint, fault, local))
    async def _state(self) -> Readings:
        """Its setpoint and its status."""
        setpoint = await self._number("in_sp_00")
        number, _ = await self._status()
        return {self.setpoint: setpoint, self.fault: float(number < 0), self.local: float(number in (0, 1))}

    @setpoint.writer
    async def _write_setpoint(self, value: float) -> None:
        await self.ask(f"out_sp_00 {value:.2f}".encode())
        told = await self._number("in_sp_00")
        if abs(told - value) > ROUNDED:
            await self._complain(f"its setpoint is {told:g} degC after {value:g} degC was written")

    @running.writer
    async def _write_running(self, value: float) -> None:
        await self.ask(f"out_mode_05 {value:.0f}".encode())
        told = await self._running()
        if told != bool(value):
            await self._complain(f"it {'runs' if told else 'stands'} after it was told to {'run' if value else 'stop'}")

    async def _complain(self, what: str) -> None:
        """Raises InstrumentRefused with what its status says, or ReadbackMismatch when that says nothing."""
        number, words = await self._status()
        if number < 0 or number in (0, 1):
            remedy = "put it in remote at its keys" if number in (0, 1) else "see its display"
            raise InstrumentRefused(f"{what}: {words} ({number})", where=self.name, remedy=remedy)
        raise ReadbackMismatch(what, where=self.name, remedy="check its limits")

    async def _running(self) -> bool:
        told = await self._query("in_mode_05")
        if told not in ("0", "1"):
            raise ProtocolError(f"in_mode_05 is answered {told!r}, not 0 or 1", where=self.name)
        return told == "1"

    async def _status(self) -> tuple[int, str]:
        told = await self._query("status")
        found = STATUS.fullmatch(told)
        if found is None:
            raise ProtocolError(f"status is answered {told!r}, not a number and words", where=self.name)
        return int(found[1]), found[2]

    async def _temperature(self, question: str) -> Reading:
        told = await self._query(question)
        return bad(f"{told}: no sensor") if NOTHING.fullmatch(told) else self._as_number(question, told)

    async def _number(self, question: str) -> float:
        return self._as_number(question, await self._query(question))

    def _as_number(self, question: str, told: str) -> float:
        if not NUMBER.fullmatch(told):
            raise ProtocolError(f"{question} is answered {told!r}, which is no temperature", where=self.name)
        return float(told)

    async def _query(self, question: str) -> str:
        return (await self.ask(question.encode())).decode().strip()
