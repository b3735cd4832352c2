"""DC supplies that speak SCPI, as Keysight N5700 and its likes (LAN port 5025, USB, RS-232; LF). Manual: N5700 guide.

Only words that most supplies share are used: VOLT, CURR, OUTP, MEAS:VOLT?, MEAS:CURR?, SYST:ERR? and the condition
registers. A command is not answered; whether it was taken tells SYST:ERR? right after it, which also forgets what it
tells: what stood there before is told away when connecting.

Taken from general knowledge of SCPI and not from a manual's page: LF at the end of every line, the form of SYST:ERR?,
and the bits of the registers (constant current is bit 10 of the operation register; any bit of the questionable one is
a fault). Try them on your supply before you rely on `constant_current` or `fault`.
"""

import re

from vapordep.devices import Channel, Device, Framing, Identity, Options, Reading, Readings, bad, poll, readback
from vapordep.devices import setpoint as output_setpoint
from vapordep.devices.framings import Terminator
from vapordep.errors import InstrumentRefused, ProtocolError, ReadbackMismatch, WrongInstrument
from vapordep.units import A, Dimension, V, state

OBEYING = 0.02
"""s until the next message after a command."""
CONSTANT_CURRENT = 1 << 10
NUMBER = re.compile(r"[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?")
ERROR = re.compile(r"([+-]?\d+),\s*\"(.*)\"")
NOT_A_NUMBER = 9e37
"""SCPI tells 9.91E37 for no number, and 9.9E37 for infinity."""
MOST_ERRORS = 30
"""No queue of errors is longer."""
ON = {"0": 0.0, "1": 1.0, "OFF": 0.0, "ON": 1.0}


class _Scpi(Terminator):
    """What has a question mark is answered."""

    def unanswered(self, payload: bytes) -> float | None:
        """How long a command takes."""
        return None if b"?" in payload else OBEYING


class ScpiSupply(Device):
    """A DC supply with limits for voltage and current, and an output that is on or off."""

    manual = "Keysight N5700 User's Guide, SCPI command summary; SCPI 1999"

    voltage = readback(V, low=0.0, high=600.0)
    current = readback(A, low=0.0, high=1000.0)
    constant_current = readback(state, low=0.0, high=1.0)
    fault = readback(state, low=0.0, high=1.0, doc="any bit of its questionable status")
    voltage_setpoint = output_setpoint(V, low=0.0, high=600.0)
    current_setpoint = output_setpoint(A, low=0.0, high=1000.0)
    output = output_setpoint(state, low=0.0, high=1.0)

    def make_framing(self) -> Framing:
        """LF; options `rated_voltage` (40 V) and `rated_current` (38 A), beyond which nothing is asked for."""
        options = Options(self.options, self.name, ("rated_voltage", "rated_current"))
        self.rated_voltage = options.size("rated_voltage", Dimension.VOLTAGE, 40.0)
        self.rated_current = options.size("rated_current", Dimension.CURRENT, 38.0)
        return _Scpi(b"\n", mine=_no_echo, alike=True, reply_within=options.reply_within(0.5))

    def range(self, channel: Channel) -> tuple[float, float]:
        """What its model can give."""
        rated = {"voltage_setpoint": self.rated_voltage, "current_setpoint": self.rated_current}
        return 0.0, rated.get(channel.name, 1.0)

    async def identify(self) -> Identity:
        """*IDN?, and that it tells whether its output is on; what its queue of errors holds is told away."""
        told = await self._told("*IDN?")
        words = [word.strip() for word in told.split(",", 3)]  # a firmware may have commas of its own
        if len(words) < 2 or not all(words[:2]):
            what = f"*IDN? is answered {told!r}, not with maker, model, serial number and firmware"
            raise WrongInstrument(what, where=self.name)
        await self._on()
        for _ in range(MOST_ERRORS):
            if not (await self._error())[0]:
                break
        return Identity(*words)

    @poll(every=0.5, stale_after=2.0)
    async def _measured(self) -> Readings:
        """What it gives, and what it is told to give."""
        return {
            self.voltage: await self._number("MEAS:VOLT?"),
            self.current: await self._number("MEAS:CURR?"),
            self.output: await self._on(),
            self.voltage_setpoint: await self._number("VOLT?"),
            self.current_setpoint: await self._number("CURR?"),
        }

    @poll(every=1.0, stale_after=4.0, fills=(constant_current, fault))
    async def _condition(self) -> Readings:
        operation, questionable = await self._register("STAT:OPER:COND?"), await self._register("STAT:QUES:COND?")
        return {
            self.constant_current: float(bool(operation & CONSTANT_CURRENT)),
            self.fault: float(bool(questionable)),
        }

    @voltage_setpoint.writer
    async def _write_voltage(self, value: float) -> None:
        await self._command(f"VOLT {value:.4f}")

    @current_setpoint.writer
    async def _write_current(self, value: float) -> None:
        await self._command(f"CURR {value:.4f}")

    @output.writer
    async def _write_output(self, value: float) -> None:
        """What it says of itself counts, since a supply in a fault may take the command and stay off."""
        await self._command(f"OUTP {value:.0f}")
        if await self._on() != value:
            what = f"its output is {'off' if value else 'on'} after OUTP {value:.0f}"
            raise ReadbackMismatch(what, where=self.name, remedy="see its display")

    async def _command(self, command: str) -> None:
        await self.ask(command.encode())
        number, words = await self._error()
        if number:
            raise InstrumentRefused(f"{command} is refused: {number}, {words}", where=self.name)

    async def _error(self) -> tuple[int, str]:
        told = await self._told("SYST:ERR?")
        found = ERROR.fullmatch(told)
        if found is None:
            raise ProtocolError(f"SYST:ERR? is answered {told!r}, not 0,'No error' or the like", where=self.name)
        return int(found[1]), found[2]

    async def _on(self) -> float:
        told = (await self._told("OUTP?")).upper()
        if told not in ON:
            raise ProtocolError(f"OUTP? is answered {told!r}, not 0 or 1", where=self.name)
        return ON[told]

    async def _register(self, question: str) -> int:
        told = await self._told(question)
        if not re.fullmatch(r"\+?\d+", told):
            raise ProtocolError(f"{question} is answered {told!r}, which is no register", where=self.name)
        return int(told)

    async def _number(self, question: str) -> Reading:
        told = await self._told(question)
        if not NUMBER.fullmatch(told):
            raise ProtocolError(f"{question} is answered {told!r}, which is no number", where=self.name)
        return bad(told) if abs(float(told)) > NOT_A_NUMBER else float(told)

    async def _told(self, question: str) -> str:
        return (await self.ask(question.encode())).decode().strip()


def _no_echo(line: bytes, question: bytes) -> bool:
    """No question is its own answer: that is a line which echoes."""
    return line != question
