"""MKS 651 pressure controllers with a throttle valve (RS-232, 9600 8N1, CR LF). Manual: 115605-P1 (651C), appendix F.

A request (R…) is answered; a command is not: whether it was obeyed tells the system status (R37) after it. In local
its key switch makes it deaf to commands. Pressures are told and set in percent of the sensor's full scale, positions in
percent open. Of its five set points two are used: A must be a position and B a pressure, which is looked up when
connecting (R26, R27).

Controllers of the 600 family are spoken to likewise. One that does not know R37 tells by R7 what it does, and not
whether it is local; software (R38) and checksum (R52) may be missing as well.

Not in the pages that were at hand: which letter stands before the code of the sensor's range (R33), and how long a 651
needs for a command; 50 ms are left to it, twice what the manual of the T3B says.
"""

import re

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
from vapordep.errors import InstrumentRefused, NoReply, ProtocolError, ReadbackMismatch, WrongInstrument
from vapordep.units import Pa, Torr, from_si, kPa, mbar, micron, state
from vapordep_drivers._throttle import Throttle

OBEYING = 0.05
"""s that it needs for a command."""
ENDS = {"crlf": b"\r\n", "cr": b"\r"}
REPLIES = {
    "R1": "S1", "R2": "S2", "R5": "P", "R6": "V", "R7": "M", "R26": "T1", "R27": "T2", "R33": "", "R37": "M",
    "R38": "H", "R52": "CS",
}  # fmt: skip
"""What stands before the value in the reply to each request."""
NUMBER = re.compile(r"[+-]?\d+(?:\.\d*)?")
STATUS = re.compile(r"([01])([0-2])([0-8])")
"""Local or remote, learning, and what it does."""
OPEN, CLOSED, STOPPED, POSITION, PRESSURE, ANALOG = "0", "1", "2", "3", "4", "8"
"""Set point A, the position, is 3, and B, the pressure, 4."""
STATUS_7 = re.compile(r"([0-5])([0-4])[01]")
"""The active set point, 0 for the analog one; what the valve does, 0 for following it; whether above 10 % of range."""
BY_R7 = {"2": OPEN, "4": CLOSED}
"""Anything else counts as stopped: what is told then is not in the pages that were at hand."""
UNTOLD = bad("it does not tell")
RANGES = (
    0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 50.0, 100.0, 500.0, 1000.0, 5000.0, 10000.0, 1.33, 2.66, 13.33, 133.3, 1333.0,
    6666.0, 13332.0,
)  # fmt: skip
"""Full scale by the code of R33, in the unit that its display is set to."""
UNITS = (Torr, mbar, Pa, kPa, micron)


class _Requests(Terminator):
    """Requests begin with R and are answered; nothing else is."""

    def unanswered(self, payload: bytes) -> float | None:
        """How long a command takes."""
        return None if payload.startswith(b"R") else OBEYING


class Mks651(Throttle):
    """A throttle valve that its controller moves to a position, or so that it holds a pressure."""

    manual = "MKS Type 651C Pressure Controller 115605-P1, appendix F; 651D 118965-P1; T3B for timing"

    local = readback(state, low=0.0, high=1.0, doc="its key is not at remote: it obeys nobody else")
    learning = readback(state, low=0.0, high=1.0)
    fault = readback(state, low=0.0, high=1.0, doc="the checksum of its calibration is wrong")

    def make_framing(self) -> Framing:
        """Lines that end as the option `ending` says (crlf); option `full_scale` of the sensor."""
        options = Options(self.options, self.name, ("full_scale", "ending"))
        end = ENDS[options.word("ending", "crlf", among=ENDS)]
        self.full_scale = self.full_scale_of(options)
        self._knows = dict.fromkeys(("R37", "R38", "R52"), True)
        return _Requests(end, mine=_mine, headed=True, reply_within=options.reply_within(0.5))

    async def identify(self) -> Identity:
        """That its set points A and B are a position and a pressure; then what it knows, and its software (R38)."""
        for request, wanted, what in (("R26", "0", "A is no position"), ("R27", "1", "B is no pressure")):
            if await self._told(request) != wanted:
                remedy = f"make it one at its panel, or by {REPLIES[request]}{wanted}"
                raise WrongInstrument(f"its set point {what}", where=self.name, remedy=remedy)
        for request in self._knows:
            self._knows[request] = bool(await self._perhaps(request) or await self._perhaps(request))
        version = await self._told("R38") if self._knows["R38"] else ""
        return Identity("MKS", "651" if self._knows["R37"] else "600", firmware=version)

    async def check_units(self) -> None:
        """Compares its sensor's range, which it tells without a unit (R33), with `full_scale` in each of its units."""
        code = re.sub(r"^[A-Z]+", "", await self._told("R33"))
        if not code.isdigit() or int(code) >= len(RANGES):
            raise WrongInstrument(f"R33 is answered {code!r}, which is no range", where=self.name)
        range_ = RANGES[int(code)]
        if not any(abs(from_si(self.full_scale, unit) / range_ - 1.0) < 0.005 for unit in UNITS):
            what = (
                f"its sensor's range is {range_:g} of its unit, and full_scale {self.full_scale:g} Pa in none of them"
            )
            raise WrongInstrument(what, where=self.name, remedy="correct full_scale, with its unit")

    @poll(every=0.5, stale_after=2.0)
    async def _state(self) -> Readings:
        """Pressure, position and status, and then the set point that it follows."""
        pressure, position = await self._number("R5"), await self._number("R6")
        local, learning, doing = await self._status()
        return {
            self.pressure: self.judged(pressure / 100.0 * self.full_scale, pressure),
            self.position: position,
            self.local: float(local == "0") if local else UNTOLD,
            self.learning: float(learning != "0") if learning else UNTOLD,
            self.position_setpoint: await self._wanted_position(doing, position),
            self.pressure_setpoint: await self._wanted_pressure() if doing == PRESSURE else 0.0,
        }

    @poll(every=5.0, stale_after=15.0, fills=(fault,))
    async def _health(self) -> Readings:
        return {self.fault: float(await self._told("R52") != "0") if self._knows["R52"] else UNTOLD}

    async def move(self, position: float) -> None:
        """Closes, opens, or moves to a place between."""
        commands, wanted = [f"S1{position:.2f}", "D1"], POSITION
        if position in (0.0, 100.0):
            commands, wanted = (["C"], CLOSED) if position == 0.0 else (["O"], OPEN)
        await self._command(commands, wanted)

    async def control(self, pressure: float) -> None:
        """Holds a pressure, in steps of 0.001 % of its full scale."""
        part = f"{100.0 * pressure / self.full_scale:.3f}"
        if float(part) == 0.0:
            raise self.finer(pressure, 1e-5 * self.full_scale)
        await self._command([f"S2{part}", "D2"], PRESSURE)

    async def leave_pressure_control(self) -> None:
        """Stops only where it must: a blade that is on its way to a position must not stop before it."""
        if (await self._status())[2] == PRESSURE:
            await self._command(["H"], STOPPED)

    async def _command(self, commands: list[str], wanted: str) -> None:
        """Sends what is not answered, then asks whether it does what it was told."""
        for command in commands:
            await self.ask(command.encode())
        local, learning, doing = await self._status()
        if local == "0":
            remedy = "turn its key to remote"
            raise InstrumentRefused(f"it is local and does not hear {commands[-1]}", where=self.name, remedy=remedy)
        if doing != wanted:
            what = f"its status is {local}{learning}{doing} after {', '.join(commands)}, not {wanted} at the end"
            raise ReadbackMismatch(what, where=self.name, remedy="see its display; a digital input may override it")

    async def _wanted_position(self, doing: str, position: float) -> Reading:
        """Where the blade is told to be, %; while it follows a pressure, where it is, doubtfully."""
        if doing in (OPEN, CLOSED):
            return 100.0 if doing == OPEN else 0.0
        if doing == POSITION:
            return await self._number("R1")
        return position if doing == STOPPED else uncertain(position, "pressure control")

    async def _wanted_pressure(self) -> float:
        return await self._number("R2") / 100.0 * self.full_scale

    async def _status(self) -> tuple[str, str, str]:
        """Local or remote, learning, and what it does; the first two are empty where it does not tell."""
        request, pattern = ("R37", STATUS) if self._knows["R37"] else ("R7", STATUS_7)
        told = await self._told(request)
        found = pattern.fullmatch(told)
        if found is None:
            raise ProtocolError(f"{request} is answered 'M{told}', not M and three digits", where=self.name)
        if pattern is STATUS:
            return found[1], found[2], found[3]
        follows = str(int(POSITION) + int(found[1]) - 1) if found[1] != "0" else ANALOG
        return "", "", follows if found[2] == "0" else BY_R7.get(found[2], STOPPED)

    async def _number(self, request: str) -> float:
        told = await self._told(request)
        if not NUMBER.fullmatch(told):
            raise ProtocolError(f"{request} is answered {told!r}, which is no number", where=self.name)
        return float(told)

    async def _perhaps(self, request: str) -> str:
        """What it tells, or nothing where it does not know the request: it ignores such."""
        try:
            return await self._told(request)
        except NoReply:
            return ""

    async def _told(self, request: str) -> str:
        """What stands behind the letters of the reply."""
        return (await self.ask(request.encode())).decode().removeprefix(REPLIES[request]).strip()


def _mine(line: bytes, question: bytes) -> bool:
    """A reply begins with letters that tell what was asked."""
    return line.decode().startswith(REPLIES.get(question.decode(), "?"))
