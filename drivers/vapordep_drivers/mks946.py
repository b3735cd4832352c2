"""MKS 946 and 937B vacuum gauge controllers (9600 8N1, `;FF`). Manual: 100018121 and 100016467, chapters on RS-232.

Slot A holds the channels 1 and 2, B 3 and 4, C 5 and 6; `pressure[n-1]` is channel n. The controller's unit is the
option `units` and is compared with the instrument's; readings are converted to Pa here.
"""

import re

from vapordep.devices import Device, Framing, Identity, Options, Reading, Readings, bad, poll, readback, uncertain
from vapordep.devices.framings import Terminator
from vapordep.errors import InstrumentRefused, ProtocolError, WrongInstrument
from vapordep.units import Dimension, Pa, Torr, from_si, mbar, micron, to_si

UNITS = {"TORR": Torr, "MBAR": mbar, "PASCAL": Pa, "MICRON": micron}
MODULES = ("CC", "HC", "PR", "CP", "CM", "CV", "FC", "T1", "WC", "NC")
ANYBODY = 254
CHANNELS = 6
NO_VALUE = ("OFF", "RP_OFF", "WAIT", "CTRL_OFF", "PROT_OFF", "NOGAUGE", "MISCONN", "ATM", "OVER", "HI", "LO")
"""What is told instead of a pressure; words that begin with NOT as well, and `>` with the end of the range."""
ERRORS = {
    150: "WRONG_GAUGE", 151: "NO_GAUGE", 152: "NOT_IONGAUGE", 153: "NOT_HOTCATHODE", 154: "NOT_COLDCATHODE",
    155: "NOT_CAPACITANCE_MANOMETER", 156: "NOT_PIRANI_OR_CTP", 157: "NOT_PR_OR_CM", 158: "NOT_MFC", 159: "NOT_VLV",
    160: "UNRECOGNIZED_MSG", 161: "SET_CMD_LOCK", 162: "RLY_DIR_FIX_FOR_ION", 163: "INVALID_CHANNEL", 164: "DIFF_CM",
    165: "INVALID_PID_PARAM", 166: "PID_IN_PROGRESS", 167: "INVALID_RATIO_PARAM", 168: "NOT_IN_DEGAS",
    169: "INVALID_ARGUMENT", 172: "VALUE_OUT_OF_RANGE", 173: "INVALID_CTRL_CHAN", 175: "CMD_QUERY_BYTE_INVALID",
    176: "NO_GAS_TYPE", 177: "NOT_485", 178: "CAL_DISABLED", 179: "SET_POINT_NOT_ENABLED",
}  # fmt: skip
_REPLY = re.compile(r"@?(\d{3})(ACK|NAK)(.*)")
_NUMBER = re.compile(r"-?\d+\.\d+E[+-]?\d{1,2}")
_ABOVE = re.compile(r"(?:HI)?>(\d+\.\d+)?E([+-]?\d{1,2})")
_BELOW = re.compile(r"(?:LO)?<(\d+\.\d+)?E([+-]?\d{1,2})")


class Mks946(Device):
    """Up to six gauges behind one controller; nothing here writes to it."""

    manual = "MKS Series 946 manual 100018121 and 937B manual 100016467, serial communication"

    pressure = readback(Pa, low=0.0, high=2e5, count=CHANNELS)

    def make_framing(self) -> Framing:
        """`;FF` at both ends; replies carry the address."""
        options = Options(self.options, self.name, ("address", "units", "modules", "full_scale"))
        self.address = options.integer("address", 253, low=1, high=ANYBODY)
        self.units = options.word("units", "TORR", among=UNITS)
        self.modules = options.words("modules", "", among=MODULES)
        options.quantity("full_scale", Dimension.PRESSURE)  # of its manometers; nothing here depends on it
        return Terminator(b";FF", mine=_mine, headed=True, alike=True, reply_within=options.reply_within(0.5))

    async def identify(self) -> Identity:
        """The modules in its slots, which must be those of the option `modules`, and firmware and serial number."""
        modules = tuple(module.strip().upper() for module in (await self._query("MT?")).split(","))
        if not all(re.fullmatch(r"[A-Z][A-Z0-9]", module) for module in modules):
            raise WrongInstrument(f"MT? is answered {modules}", where=self.name)
        if self.modules and _fitted(self.modules) != _fitted(modules):
            remedy = f"write modules: {','.join(modules)}"
            raise WrongInstrument(f"its slots hold {','.join(modules)}", where=self.name, remedy=remedy)
        firmware, serial = await self._told("FV6?"), await self._told("SN?")
        return Identity("MKS", f"946/937B with {','.join(modules)}", serial, firmware)

    async def check_units(self) -> None:
        """Compares the unit it is set to with the option `units`."""
        units = await self._query("U?")
        if units != self.units:
            remedy = "set it at the front panel, or correct units"
            raise WrongInstrument(f"it counts in {units}, not in {self.units}", where=self.name, remedy=remedy)

    @poll(every=0.2, stale_after=2.0)
    async def _pressures(self) -> Readings:
        """One exchange a gauge that somebody reads; stale late enough that slow replies of three do not flap."""
        return {
            channel: await self._gauge(number)
            for number, channel in enumerate(self.pressure.channels(), 1)
            if channel in self.wanted
        }

    async def _gauge(self, number: int) -> Reading:
        """One channel; what is refused (no gauge there) costs the others nothing."""
        try:
            return self._reading(await self._query(f"PR{number}?"))
        except InstrumentRefused as refusal:
            return bad(refusal.what)

    def _reading(self, text: str) -> Reading:
        """The pressure in Pa, an upper bound that is UNCERTAIN, or BAD with the instrument's own word.

        A lower bound is BAD: who asks whether the pressure is low enough must not take it for the pressure.
        """
        word = text.upper()
        if _NUMBER.fullmatch(word):
            return self._pascal(word)
        below = _BELOW.fullmatch(word)
        if below is not None:
            return uncertain(self._pascal(f"{below[1] or '1'}E{below[2]}"), text)
        if word in NO_VALUE or word.startswith("NOT") or _ABOVE.fullmatch(word):
            return bad(text)
        raise ProtocolError(f"{text!r} is no pressure", where=self.name)

    def _pascal(self, number: str) -> float:
        return from_si(to_si(float(number), UNITS[self.units]), Pa)

    async def _told(self, query: str) -> str:
        """What it tells, or nothing where it does not know the question."""
        try:
            return await self._query(query)
        except InstrumentRefused:
            return ""

    async def _query(self, query: str) -> str:
        """One exchange; raises InstrumentRefused with the name of its error."""
        reply = (await self.ask(f"@{self.address:03d}{query}".encode())).decode()
        found = _REPLY.fullmatch(reply)
        if found is None:
            raise ProtocolError(f"{query} is answered {reply!r}", where=self.name)
        if found[2] == "ACK":
            return found[3].strip()
        told = found[3].strip()
        raise InstrumentRefused(
            f"{query} is refused: {ERRORS.get(int(told), told) if told.isdigit() else told}", where=self.name
        )


def _mine(line: bytes, question: bytes) -> bool:
    """Firmware before 2012 leaves out the @ of the reply; address 254 asks anybody."""
    found = _REPLY.fullmatch(line.decode())
    return found is not None and (found[1].encode() == question[1:4] or question[1:4] == b"254")


def _fitted(modules: tuple[str, ...]) -> tuple[str, ...]:
    """Without the empty slots at the end."""
    while modules and modules[-1] == "NC":
        modules = modules[:-1]
    return modules
