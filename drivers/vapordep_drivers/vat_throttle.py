"""VAT throttle valves with controller PM-5, PM-7 or IC, series 61x, 64x and 65x. Manual: 963283EA (series 65), 4.11.

RS-232, 9600 or 38400 baud, 7E1, CR LF; on RS-485 every message begins with `#` and the unit's number. The valve has
its own pressure sensor and controller. It knows neither pascal nor percent: positions and pressures are counts of the
ranges of its communication range (i:21), which is asked when connecting; what the sensor's full scale is, the reactor
file says.

In an isolating valve to be closed is more than the position 0.

Which codes its refusals carry is printed for the older protocol only (PM-V2, 4.12.5); others are told as they come.
"""

import re
from contextlib import suppress

from vapordep.devices import (
    Framing,
    Identity,
    Options,
    Reading,
    Readings,
    bad,
    poll,
    readback,
    uncertain,
)
from vapordep.devices.framings import Terminator
from vapordep.errors import InstrumentRefused, ProtocolError, ReadbackMismatch, WrongInstrument
from vapordep.units import state
from vapordep_drivers._throttle import Throttle

POSITIONS = {"0": 1_000, "1": 10_000, "2": 100_000}
"""Counts of the whole stroke, by the first digit of i:21."""
ASSEMBLY = r"i:76(\d{6})([0-])(\d{7})([0-2])([0-9CDE])([01])"
"""Position, sign and counts of the pressure, access mode, control mode, warning."""
PLACE, GAUGE, STATUS = r"A:(\d{6})", r"P:([0-]?)(\d+)", r"i:30([0-2])([0-9CDE])([01]?).*"
"""The same in three replies, for firmware that does not know i:76."""
POSITION, CLOSED, OPEN, PRESSURE, HOLD = "2", "3", "4", "5", "6"
"""Control modes in which a position or a pressure is wanted."""
MODES = {
    "0": "initialisation", "1": "synchronisation", "7": "LEARN is running", "8": "interlock open",
    "9": "interlock closed", "C": "power failure", "D": "safety mode", "E": "error: see its display, or ask i:50",
}  # fmt: skip
"""The others."""
FAULTS = "89CDE"
NOWHERE = "999999"
"""What it tells as long as it does not know where its blade is."""
REFUSALS = {
    "000001": "parity error", "000002": "CR or LF is missing", "000003": "the colon is missing",
    "000004": "unknown command", "000005": "wrong number of digits", "000006": "the value is too large",
    "000007": "it has no sensor", "000008": "not in this mode: it is local, or an interlock or an error stands",
}  # fmt: skip


class VatThrottle(Throttle):
    """A throttle valve that holds a position, or a pressure by itself."""

    manual = "VAT 963283EA, series 65, RS232 IC protocol 4.11; series 612 and 650 manuals for PM-5"

    fault = readback(state, low=0.0, high=1.0, doc="an interlock, a power failure, the safety mode or an error")
    warning = readback(state, low=0.0, high=1.0, doc="service is due, or it has not learned")
    learn_needed = readback(state, low=0.0, high=1.0, doc="without LEARN it does not control pressure")

    def make_framing(self) -> Framing:
        """CR LF; options `full_scale` of the sensor and, on RS-485, `address`."""
        options = Options(self.options, self.name, ("address", "full_scale"))
        self._prefix = f"#{options.integer('address', 0, low=0, high=999):03d}" if "address" in self.options else ""
        self.full_scale = self.full_scale_of(options)
        self._positions, self._pressures = 0, 0
        self._knows_assembly = True
        prefix = len(self._prefix)

        def mine(line: bytes, question: bytes) -> bool:
            """A refusal, or what begins as the question does: with a letter, a colon and its number if it has one.

            The question itself is the line's echo, but for commands of two bytes, which are acknowledged so.
            """
            if line == question and len(line) > prefix + 2:
                return False
            asked = question[prefix:].decode()
            head = asked[: 4 if asked[0] in "isc" else 2]
            told = line.decode()
            return told.startswith((self._prefix + head, f"{self._prefix}E:"))

        return Terminator(b"\r\n", mine=mine, headed=True, reply_within=options.reply_within(0.5))

    async def identify(self) -> Identity:
        """Firmware (i:82) and identification (i:83) where it tells them; its communication range is asked anew."""
        self._positions, self._knows_assembly = 0, await self._tells_assembly()
        firmware, identification = await self._told("i:82"), await self._told("i:83")
        await self._counts()
        return Identity("VAT", "throttle valve", identification, firmware)

    async def _tells_assembly(self) -> bool:
        """Whether it knows i:76 in the form of the manual that was at hand; else all is asked one by one."""
        try:
            return re.fullmatch(ASSEMBLY, await self._query("i:76")) is not None
        except InstrumentRefused:
            return False

    @poll(every=0.2, stale_after=1.0)
    async def _assembly(self) -> Readings:
        """Position, pressure and state, in one exchange if it can, then what is wanted: a position or a pressure."""
        positions, pressures = await self._counts()
        position, sign, counts, _, mode, warning = await self._state()
        wanted = int(await self._value("i:38", r"i:38(\d{8})"))
        here: Reading = (
            bad("it does not know its position") if position == NOWHERE else 100.0 * int(position) / positions
        )
        return {
            self.position: here,
            self.pressure: self._pressure(int(f"{sign}{counts}"), pressures),
            self.fault: float(mode in FAULTS),
            self.warning: float(warning == "1"),
            self.position_setpoint: _wanted_position(mode, 100.0 * wanted / positions, here),
            self.pressure_setpoint: wanted * self.full_scale / pressures if mode == PRESSURE else 0.0,
        }

    @poll(every=5.0, stale_after=15.0, fills=(learn_needed,))
    async def _learn(self) -> Readings:
        """Whether there are data of a LEARN (second digit of i:32)."""
        try:
            needed: Reading = float(await self._value("i:32", r"i:32[01]([01])\d{6}"))
        except InstrumentRefused:
            needed = bad("it does not tell")
        return {self.learn_needed: needed}

    async def move(self, position: float) -> None:
        """Closes, opens, or moves to a place between."""
        positions, _ = await self._counts()
        counts = round(position / 100.0 * positions)
        await self._command("C:" if position == 0.0 else "O:" if position == 100.0 else f"R:{counts:06d}")

    async def control(self, pressure: float) -> None:
        """Holds a pressure, in steps of its counts."""
        _, pressures = await self._counts()
        counts = round(pressure / self.full_scale * pressures)
        if counts == 0:
            raise self.finer(pressure, self.full_scale / pressures)
        await self._command(f"S:{counts:08d}")

    async def leave_pressure_control(self) -> None:
        """Holds only where it must: a blade that is on its way to a position must not stop before it."""
        if (await self._state())[4] != PRESSURE:
            return
        await self._command("H:")
        if (await self._state())[4] == PRESSURE:
            remedy = "close or open it by position_setpoint"
            raise ReadbackMismatch("it still controls pressure after H:", where=self.name, remedy=remedy)

    def _pressure(self, counts: int, most: int) -> Reading:
        return self.judged(counts * self.full_scale / most, 100.0 * counts / most)

    async def _counts(self) -> tuple[int, int]:
        """How many counts the stroke and the sensor's full scale have."""
        if not self._positions:
            configured = await self._value("i:21", r"i:21([0-2]\d{7})")
            self._positions, self._pressures = POSITIONS[configured[0]], int(configured[1:])
            if not 1_000 <= self._pressures <= 1_000_000:
                self._positions = 0
                what = f"its pressure range is {self._pressures} counts, not 1000 to 1000000"
                raise WrongInstrument(what, where=self.name, remedy="set its communication range (s:21)")
        return self._positions, self._pressures

    async def _state(self) -> tuple[str, ...]:
        """The groups of ASSEMBLY; asked one by one of firmware that refuses i:76, until it is identified anew."""
        if self._knows_assembly:
            with suppress(InstrumentRefused):
                return await self._groups("i:76", ASSEMBLY)
        state = await self._state_in_parts()
        self._knows_assembly = False
        return state

    async def _state_in_parts(self) -> tuple[str, ...]:
        (position,), (sign, counts) = await self._groups("A:", PLACE), await self._groups("P:", GAUGE)
        access, mode, warning = await self._groups("i:30", STATUS)
        return position, sign, counts, access, mode, warning or "0"

    async def _value(self, question: str, form: str) -> str:
        """The one group of a reply of this form."""
        return (await self._groups(question, form))[0]

    async def _groups(self, question: str, form: str) -> tuple[str, ...]:
        """The groups of a reply of this form."""
        reply = await self._query(question)
        found = re.fullmatch(form, reply)
        if found is None:
            raise ProtocolError(f"{question} is answered {reply!r}", where=self.name)
        return found.groups()

    async def _told(self, question: str) -> str:
        """What it tells of itself, or nothing where its firmware does not know the question."""
        try:
            return (await self._query(question)).removeprefix(question).strip()
        except InstrumentRefused:
            return ""

    async def _command(self, command: str) -> None:
        """It acknowledges with the letter and the colon."""
        reply = await self._query(command)
        if reply != command[:2]:
            raise ProtocolError(f"{command} is answered {reply!r}, not {command[:2]!r}", where=self.name)

    async def _query(self, question: str) -> str:
        """One exchange; raises InstrumentRefused with what its code means."""
        reply = (await self.ask(f"{self._prefix}{question}".encode())).decode().removeprefix(self._prefix)
        if reply.startswith("E:"):
            why = REFUSALS.get(reply[2:], "see its manual, error messages")
            remedy = "put it in remote (c:0101), and see its display"
            raise InstrumentRefused(f"{question} is refused with {reply}: {why}", where=self.name, remedy=remedy)
        return reply


def _wanted_position(mode: str, wanted: float, here: Reading) -> Reading:
    """Where the blade is told to be, %; in a mode in which nothing is wanted, where it is, doubtfully."""
    if mode in (CLOSED, OPEN):
        return 0.0 if mode == CLOSED else 100.0
    if mode == POSITION:
        return wanted
    if mode == HOLD or not isinstance(here, float):
        return here
    return uncertain(here, MODES.get(mode, "pressure control"))
