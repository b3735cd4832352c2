"""Alicat mass flow controllers MC, MCR, MCS (ASCII, 19200 8N1, CR). Manual: Standard Devices, serial commands; 6v on.

Both ways to command a flow are spoken: `ALS 20.00`, answered with the setpoint, from firmware 9v on, and `AS 20.00`,
answered with a data frame, before. Where it does not know a question, which it says by a question mark or by silence,
the data frame must do: its fixed form for the layout, its column of the setpoint for what was taken. Flows are sccm at
0 degC, whatever the instrument counts in: the temperature to which its own refer is the option `standard_temperature`
(many are set up for 25 degC). The last setpoint is kept in memory that wears when it changes more often than every few
minutes, unless the setpoint source is U (LSS).
"""

import re
from typing import ClassVar

from vapordep.devices import (
    Channel,
    Device,
    Doubt,
    Framing,
    Identity,
    Options,
    Reading,
    Readings,
    bad,
    poll,
    readback,
    setpoint,
)
from vapordep.devices.framings import Terminator
from vapordep.devices.replies import Preempted
from vapordep.errors import (
    InstrumentRefused,
    NoReply,
    ProtocolError,
    ReactorError,
    ReadbackMismatch,
    WrongInstrument,
)
from vapordep.units import STANDARD_TEMPERATURE, Dimension, Unit, degC, from_si, psi, sccm, standard_flow, to_si
from vapordep_drivers._alicat_frame import MASS_FLOW, PRESSURE, SETPOINT, TEMPERATURE, TOKENS, Layout, shown

FLOWS = {"SCCM": "sccm", "SLPM": "slm"}
DIGITAL = ("S", "U")
"""Setpoint sources that obey the line: saved and unsaved; A is the analog input."""
ROWS = (("04", "Model Number"), ("05", "Serial Number"), ("09", "Software Revision"))
"""Rows of ??M* that identify it."""
UNKNOWN = "unknown"
FIRST_WITH_LS = 9
"""Firmware."""
SEVERAL_LINES = 1.5
"""How long a reply of several lines may take, in s, unless the option `reply_within` is longer."""
BEYOND = 1.5
"""No instrument measures so many times its full scale: such a number is none."""
_FIRMWARE = re.compile(r"(?:GP-)?(\d+)v\d+\S*", re.IGNORECASE)
_SETPOINT = re.compile(r". [+-]?[\d.]+ ([+-]?\d+\.?\d*) \d+ \S+")
_FULL_SCALE = re.compile(r". ([+-]?\d+\.?\d*) \d+ (\S+)")


class Alicat(Device):
    """Holds one gas flow; closes its valve when told zero."""

    manual = "Alicat Standard Devices User Manual, serial commands; frames captured from 6v21, 7v09, 8v17, 8v30, 10v20"

    flow = readback(sccm, low=-500_000.0, high=500_000.0)
    pressure = readback(psi, low=0.0, high=320.0)
    temperature = readback(degC, low=-30.0, high=120.0)
    flow_setpoint = setpoint(sccm, low=0.0, high=500_000.0)

    statistics: ClassVar = {PRESSURE: pressure, TEMPERATURE: temperature, MASS_FLOW: flow, SETPOINT: flow_setpoint}

    def make_framing(self) -> Framing:
        """CR at both ends; replies begin with the unit letter."""
        options = Options(self.options, self.name, ("unit", "full_scale", "standard_temperature"))
        self.letter = options.word("unit", "A", among="ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        reference = options.quantity("standard_temperature", Dimension.TEMPERATURE) or STANDARD_TEMPERATURE
        if not 270.0 < reference < 300.0:
            remedy = "give 0 degC, 20 degC or 25 degC"
            raise ReactorError("standard_temperature is none", where=self.name, remedy=remedy)
        self._flows = {label: standard_flow(kind, reference_temperature=reference) for label, kind in FLOWS.items()}
        rated = options.quantity("full_scale", Dimension.MOLAR_FLOW)
        self.full_scale = None if rated is None else to_si(from_si(rated, sccm), self._flows["SCCM"])
        self._scale = self.full_scale
        """Full scale in SI as the reactor file or else the instrument tells it; None while neither does."""
        self._layout: Layout | None = None
        self._layout_doubted = False
        self._frame_spoilt = False
        self._forget()
        patience = options.reply_within(0.5)
        return Terminator(
            b"\r",
            mine=_mine,
            last=_last,
            open_ended=_asks_layout,
            asides=tuple(TOKENS),
            headed=True,
            reply_within=patience,
        )

    def _forget(self) -> None:
        """What it knows must be found out: another one may answer."""
        self._firmware = ""
        self._knows = {"??D*": True, "LS": True, "LSS": True}
        self._layout_doubted = True

    def range(self, channel: Channel) -> tuple[float, float]:
        """From zero to the full scale that the reactor file tells."""
        low, high = super().range(channel)
        return low, high if self.full_scale is None else from_si(self.full_scale, sccm)

    async def identify(self) -> Identity:
        """Model, serial number and firmware, from the rows M04, M05 and M09."""
        reply = await self._say("??M*", within=SEVERAL_LINES)
        rows = [re.search(rf"M{row} {label} +(\S+)", reply) for row, label in ROWS]
        model, serial, firmware = (found[1] if found else "" for found in rows)
        if not (model and serial and _FIRMWARE.fullmatch(firmware)):
            told = f"model {model!r}, number {serial!r}, firmware {firmware!r}"
            raise WrongInstrument(f"??M* tells {told}", where=self.name)
        self._forget()
        self._firmware = firmware
        return Identity("Alicat", model, serial, firmware)

    async def check_units(self) -> None:
        """Reads the units of the data frame, and compares the full scale (told from firmware 10v05 on)."""
        await self._read_layout()
        reply = await self._perhaps(f"FPF {int(MASS_FLOW)}")
        if not reply:
            return
        found = _FULL_SCALE.fullmatch(reply)
        told = to_si(float(found[1]), self._flows[found[2]]) if found and found[2] in self._flows else 0.0
        if self.full_scale is None:
            self._scale = told or None
        elif abs(told / self.full_scale - 1.0) > 0.01:
            raise WrongInstrument(f"its full scale is {reply!r}", where=self.name, remedy="correct full_scale")

    @poll(every=0.25, stale_after=1.0)
    async def _frame(self) -> Readings:
        """One data frame: pressure, temperature, flow and setpoint."""
        layout = self._layout
        if layout is None or self._layout_doubted:
            layout = await self._read_layout()
        try:
            readings = layout.readings(await self._say(""))
        except ProtocolError:
            self._layout_doubted = self._frame_spoilt  # once is noise; twice, it may have been set up anew
            self._frame_spoilt = True
            raise
        self._frame_spoilt = False
        readings[MASS_FLOW] = self._believable(readings[MASS_FLOW])
        return {self.statistics[code]: each for code, each in readings.items()}

    def _believable(self, flow: Reading) -> Reading:
        """The flow (sccm), unless it is far beyond full scale: a frame has no checksum."""
        value = flow.value if isinstance(flow, Doubt) else flow
        if self._scale is not None and abs(value) > BEYOND * from_si(self._scale, sccm):
            return bad(f"more than {BEYOND:g} times its full scale")
        return flow

    async def _read_layout(self) -> Layout:
        self._layout = await self._told_layout() or Layout.fixed(await self._say(""), await self._flow_unit())
        self._layout_doubted = False
        return self._layout

    async def _told_layout(self) -> Layout | None:
        """As ??D* tells it; None where it does not know that. Nothing marks its end but LCK, which older ones lack."""
        if not self._knows["??D*"]:
            return None
        rows = await self._perhaps("??D*", within=SEVERAL_LINES) or await self._perhaps("??D*", within=SEVERAL_LINES)
        if not rows:
            return None
        if not _ends_layout(rows) and await self._say("??D*", within=SEVERAL_LINES) != rows:
            raise ProtocolError("??D* is answered differently each time", where=self.name)
        return Layout.told(rows, self._flows)

    async def _flow_unit(self) -> Unit:
        """In what it counts flows where no layout tells it: by its unit, by its full scale, or by its model's name."""
        self._knows["??D*"] = False
        statistic = int(MASS_FLOW)
        told = await self._perhaps(f"DCU {statistic}") or await self._perhaps(f"FPF {statistic}")
        told = told or await self._perhaps("??M*", within=SEVERAL_LINES)
        for label, unit in self._flows.items():
            if label in told:
                return unit
        raise WrongInstrument("it tells neither its data frame nor its unit of flow", where=self.name)

    @flow_setpoint.writer
    async def _write_flow_setpoint(self, value: float) -> None:
        """Sends the setpoint, makes sure that the instrument listens to the line, and compares what it took."""
        layout = self._layout or await self._read_layout()
        _, column = layout.column(SETPOINT)
        text = shown(to_si(value, sccm), column)
        taken = await self._taken(text, layout)
        if not await self._tells_source():
            taken = layout.text(await self._say(""), SETPOINT)
        if taken == "--" or float(taken) != float(text):
            what = f"setpoint {text} was taken as {taken}"
            raise ReadbackMismatch(what, where=self.name, remedy="check its full scale")

    async def _taken(self, text: str, layout: Layout) -> str:
        """What it takes the setpoint for, by LS, or by the older S where it does not take that."""
        if await self._knows_ls():
            try:
                return await self._loop_setpoint(text)
            except InstrumentRefused:
                taken = layout.text(await self._say(f"S {text}"), SETPOINT)
                self._knows["LS"] = False
                return taken
        return layout.text(await self._say(f"S {text}"), SETPOINT)

    async def _loop_setpoint(self, text: str) -> str:
        reply = await self._say(f"LS {text}")
        found = _SETPOINT.fullmatch(reply)
        if found is None:
            raise ProtocolError(f"LS is answered {reply!r}", where=self.name)
        return found[1]

    async def _tells_source(self) -> bool:
        """Whether it tells from where it takes setpoints; raises InstrumentRefused when that is not the line."""
        told = await self._perhaps("LSS") if self._knows["LSS"] else ""
        self._knows["LSS"] = bool(told)
        source = told.split()[-1] if told else ""
        if told and source not in DIGITAL:
            remedy = "set its setpoint source to S or U: it ignores setpoints from the line"
            raise InstrumentRefused(f"its setpoint source is {source}", where=self.name, remedy=remedy)
        return bool(told)

    async def _knows_ls(self) -> bool:
        """By its firmware; one that does not tell that is tried."""
        if self._knows["LS"] and not self._firmware:
            self._firmware = next(iter((await self._perhaps("VE")).split()[1:]), "") or UNKNOWN
        found = _FIRMWARE.fullmatch(self._firmware)
        return self._knows["LS"] and (found is None or int(found[1]) >= FIRST_WITH_LS)

    async def _perhaps(self, command: str, *, within: float | None = None) -> str:
        """What it answers; nothing where it does not know the command, and says so or is silent."""
        try:
            return await self._say(command, within=within)
        except Preempted:
            raise
        except (InstrumentRefused, NoReply):
            return ""

    async def _say(self, command: str, *, within: float | None = None) -> str:
        """One exchange; raises InstrumentRefused for its lone question mark."""
        patience = None if within is None else max(within, self.framing.reply_within)
        reply = (await self.ask((self.letter + command).encode(), within=patience)).decode()
        if reply == "?":
            raise InstrumentRefused(f"it does not take {command!r}", where=self.name)
        return reply


def _mine(line: bytes, question: bytes) -> bool:
    """Replies begin with the unit letter and a space; a refusal is a lone question mark."""
    return line[:2] == question[:1] + b" " or line == b"?"


def _last(line: bytes, question: bytes) -> bool:
    """Nothing marks the end of several lines: M09 is the last of ??M*, the row of the token LCK mostly that of ??D*."""
    if line == b"?":
        return True
    if question.endswith(b"??M*"):
        return b" M09 " in line
    return not _asks_layout(question) or _ends_layout(line.decode())


def _asks_layout(question: bytes) -> bool:
    return question.endswith(b"??D*")


def _ends_layout(rows: str) -> bool:
    return rows.rstrip().endswith("LCK")
