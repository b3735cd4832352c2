"""TDK-Lambda Genesys DC supplies (RS-232/485, 9600 8N1, CR, GEN language). Manual: 83-530-000 (10 kW), 7.5 to 7.8.

Several may share a line: a supply is selected by `ADR n`, answers `OK`, and from then on is the only one that speaks.
No reply tells whose it is, so each exchange selects its supply anew, and nothing comes between.

It holds the programmed voltage or the programmed current, whichever limits; `constant_current` tells which. The status
registers are those of STT?: SR bit 0 constant voltage, 1 constant current, 5 foldback armed, 7 local; any bit of FR is
a fault. Its checksum is not used: the safe state is played without this driver, and measured values in a reply vary.

Whether a supply in local mode takes a setting is not in the pages that were at hand; `local` tells of it.
"""

import re
from collections.abc import Mapping

from vapordep.devices import Channel, Device, Framing, Identity, Options, Readings, poll, readback
from vapordep.devices import setpoint as output_setpoint
from vapordep.devices.framings import Terminator
from vapordep.errors import InstrumentRefused, ProtocolError, WrongInstrument
from vapordep.units import A, Dimension, V, state

_NUMBER = r"(\d+(?:\.\d*)?)"
STATUS = re.compile(
    rf"MV\({_NUMBER}\),PV\({_NUMBER}\),MC\({_NUMBER}\),PC\({_NUMBER}\),SR\(([0-9A-F]{{2}})\),FR\(([0-9A-F]{{2}})\)"
)
CONSTANT_CURRENT, FOLDBACK, LOCAL = 1 << 1, 1 << 5, 1 << 7
"""Bits of the status register."""
FAULTS = {
    1: "no mains", 2: "too hot", 3: "foldback", 4: "over-voltage", 5: "shut off (J1)", 6: "off at its front panel",
    7: "not enabled (J1)",
}  # fmt: skip
"""By the bit of the fault register."""
ERRORS = {
    "E01": "the voltage is above its range, or too near to its over-voltage protection",
    "E02": "the voltage is below its under-voltage limit", "E04": "over-voltage protection too low",
    "E06": "under-voltage limit above the voltage", "E07": "it was shut down by a fault that stands",
    "C01": "unknown command", "C02": "a parameter is missing", "C03": "illegal parameter", "C04": "checksum",
    "C05": "out of range",
}  # fmt: skip
MODEL = re.compile(r"(?:TDK-|NEMIC-)?LAMBDA, ?(G(?:EN)?H?(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?).*)")
REPLIES: Mapping[str, re.Pattern[str]] = {
    "STT?": re.compile(r"MV\(.*\)"), "OUT?": re.compile("ON|OFF"), "IDN?": re.compile(".*LAMBDA,.*"),
    "REV?": re.compile(".+"), "SN?": re.compile(".+"),
}  # fmt: skip
"""What a reply to each question looks like; commands are answered OK."""
_OK, _ERROR = re.compile("OK"), re.compile(r"[CE]\d\d")


class Genesys(Device):
    """A DC supply with limits for voltage and current, and an output that is on or off."""

    manual = "TDK-Lambda Genesys 10 kW/15 kW User Manual 83-530-000 rev G, 7.5 to 7.8"

    voltage = readback(V, low=0.0, high=600.0)
    current = readback(A, low=0.0, high=1000.0)
    constant_current = readback(state, low=0.0, high=1.0)
    foldback = readback(state, low=0.0, high=1.0, doc="armed: the output goes off when it changes its mode")
    fault = readback(state, low=0.0, high=1.0)
    local = readback(state, low=0.0, high=1.0)
    voltage_setpoint = output_setpoint(V, low=0.0, high=600.0)
    current_setpoint = output_setpoint(A, low=0.0, high=1000.0)
    output = output_setpoint(state, low=0.0, high=1.0)

    def make_framing(self) -> Framing:
        """CR; options `address` (6), `rated_voltage` (40 V) and `rated_current` (38 A)."""
        options = Options(self.options, self.name, ("address", "rated_voltage", "rated_current"))
        self.address = options.integer("address", 6, low=0, high=30)
        self.rated_voltage = options.size("rated_voltage", Dimension.VOLTAGE, 40.0)
        self.rated_current = options.size("rated_current", Dimension.CURRENT, 38.0)
        return Terminator(b"\r", mine=_mine, reply_within=options.reply_within(0.5))

    def range(self, channel: Channel) -> tuple[float, float]:
        """What its model can give."""
        rated = {"voltage_setpoint": self.rated_voltage, "current_setpoint": self.rated_current}
        return 0.0, rated.get(channel.name, 1.0)

    async def identify(self) -> Identity:
        """IDN?, and REV? and SN? where it knows them."""
        model = await self._model()
        firmware, serial = await self._perhaps("REV?"), await self._perhaps("SN?")
        return Identity("TDK-Lambda", model[1], serial, firmware)

    async def check_units(self) -> None:
        """Compares the ratings in its model's name with the options: they are the ranges of its setpoints."""
        model = await self._model()
        if (float(model[2]), float(model[3])) != (self.rated_voltage, self.rated_current):
            remedy = f"write rated_voltage: {model[2]} V, rated_current: {model[3]} A"
            told = f"it is a {model[1]}, not one of {self.rated_voltage:g} V and {self.rated_current:g} A"
            raise WrongInstrument(told, where=self.name, remedy=remedy)

    @poll(every=0.5, stale_after=2.0)
    async def _status(self) -> Readings:
        """Measured and programmed values with both registers, then whether the output is on."""
        async with self.together():
            await self._select()
            reply = await self._told("STT?")
            on = await self._told("OUT?")
        found = STATUS.fullmatch(reply)
        if found is None:
            raise ProtocolError(
                f"STT? is answered {reply!r}, not 'MV(…),PV(…),MC(…),PC(…),SR(..),FR(..)'", where=self.name
            )
        status, fault = (int(register, 16) for register in found.groups()[4:])
        return {
            self.voltage: float(found[1]),
            self.voltage_setpoint: float(found[2]),
            self.current: float(found[3]),
            self.current_setpoint: float(found[4]),
            self.output: float(on == "ON"),
            self.constant_current: float(bool(status & CONSTANT_CURRENT)),
            self.foldback: float(bool(status & FOLDBACK)),
            self.local: float(bool(status & LOCAL)),
            self.fault: float(bool(fault)),
        }

    @voltage_setpoint.writer
    async def _write_voltage(self, value: float) -> None:
        await self._query(f"PV {value:.4f}")

    @current_setpoint.writer
    async def _write_current(self, value: float) -> None:
        await self._query(f"PC {value:.4f}")

    @output.writer
    async def _write_output(self, value: float) -> None:
        await self._query(f"OUT {value:.0f}")

    async def _model(self) -> re.Match[str]:
        reply = await self._query("IDN?")
        found = MODEL.fullmatch(reply)
        if found is None:
            what = f"IDN? is answered {reply!r}, not LAMBDA,GEN<V>-<A>"
            raise WrongInstrument(what, where=self.name, remedy="check line, address, and that its language is GEN")
        return found

    async def _perhaps(self, question: str) -> str:
        """What it tells, or nothing where it does not know the question."""
        try:
            return await self._query(question)
        except InstrumentRefused:
            return ""

    async def _query(self, question: str) -> str:
        """One exchange with the selected supply."""
        async with self.together():
            await self._select()
            return await self._told(question)

    async def _select(self) -> None:
        """From now on it, and no other supply on its line, answers."""
        await self._told(f"ADR {self.address}")

    async def _told(self, question: str) -> str:
        reply = (await self.ask(question.encode())).decode().strip()
        if not _ERROR.fullmatch(reply):
            return reply
        why = ERRORS.get(reply, "see its manual")
        if reply == "E07":
            why += f": {await self._faults()}"
        raise InstrumentRefused(f"{question} is refused with {reply}: {why}", where=self.name)

    async def _faults(self) -> str:
        """What stands in its fault register, in words."""
        found = STATUS.fullmatch((await self.ask(b"STT?")).decode())
        register = int(found[6], 16) if found else 0
        return ", ".join(word for bit, word in FAULTS.items() if register >> bit & 1) or "see its display"


def _mine(line: bytes, question: bytes) -> bool:
    """A reply tells neither whose nor what it is: it must at least look like one to this question."""
    reply = line.decode().strip()
    form = REPLIES.get(question.decode(), _OK)
    return bool(form.fullmatch(reply) or _ERROR.fullmatch(reply))
