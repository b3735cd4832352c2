"""A DC supply that speaks SCPI, as Keysight N5700; from the command summary of its manual, SCPI 1999 and IEEE 488.2."""

import math
import re
from collections import deque
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from vapordep.simulation.instrument import Option, Replies
from vapordep.simulation.plant import Floats
from vapordep.simulation.shown import Shown
from vapordep.simulation.world import World
from vapordep_simulators.instruments import _scpi as scpi
from vapordep_simulators.instruments._scpi import ScpiError
from vapordep_simulators.instruments._settings import Wire, whole
from vapordep_simulators.instruments._supply import DcSupply

CV, CC = 1 << 8, 1 << 10
"""Bits of the operation register."""
OVER_VOLTAGE, OVER_CURRENT = 1 << 0, 1 << 1
"""Bits of the questionable register."""
PROTECTED: Final = 1.1
"""Its over-voltage protection goes up to so much of what it is rated for; it stands there at first."""
WATCH: Final = 0.1
"""How often it looks whether the current limits, s, where that is to trip it."""
OPERATION_COMPLETE, POWER_ON = 1 << 0, 1 << 7
"""Bits of the standard event register; the others go by the hundred of an error's number."""
ERROR_BITS: Final = {1: 1 << 5, 2: 1 << 4, 3: 1 << 3, 4: 1 << 2}
ERROR_THERE, EVENT_THERE, SERVICE = 1 << 2, 1 << 5, 1 << 6
"""Bits of the status byte; the last is the sum of those that its mask lets through."""
MASKS: Final = ("*ESE", "*SRE")
"""Which of their bits count: of the standard events, and of the status byte."""
OVER: Final = 1.05
"""It takes so much more than it is rated for."""
_QUEUE: Final = 10
_LONGEST: Final = 256
_Unit = Callable[[Any, str, float], str | None]
_UNITS: Final[list[tuple[re.Pattern[str], bool, _Unit]]] = []


def _unit(*forms: str, question: bool = False) -> Callable[[_Unit], _Unit]:
    """Enters a method as what obeys these headers, or answers them; it is given the parameter, and the instant."""

    def enter(unit: _Unit) -> _Unit:
        _UNITS.extend((_header(form), question, unit) for form in forms)
        return unit

    return enter


def _header(form: str) -> re.Pattern[str]:
    return re.compile(re.escape(form)) if form.startswith("*") else scpi.header(form)


class ScpiSupply(DcSupply):
    """Beside what every supply has, options: `baud` (0: a network; else bit/s on a serial line)."""

    manual = "Keysight N5700 User's Guide, SCPI command summary; SCPI 1999; IEEE 488.2"

    def __init__(
        self, name: str, world: World, wiring: Mapping[str, str], options: Mapping[str, Option], seed: int
    ) -> None:
        super().__init__(name, world, wiring, options, seed)
        self.errors: deque[tuple[int, str]] = deque()
        self.questionable = 0
        self.events = POWER_ON
        self.enabled = dict.fromkeys(MASKS, 0)
        self.protection, self.lowest, self.trips_limited = PROTECTED * self.rated_voltage, 0.0, False
        """Over-voltage protection and least voltage in V; whether it goes off where the current limits."""
        self._heard = bytearray()
        self._wire = Wire(whole(options, "baud", 0, 0, 10_000_000), 0.005)

    # --- bytes ------------------------------------------------------------------------------------------------------

    def feed(self, data: bytes, now: float) -> Replies:
        """Obeys every line; what is wrong with one waits in the queue of errors."""
        self._heard += data.replace(b"\r", b"")
        replies: Replies = []
        while (end := self._heard.find(b"\n")) >= 0:
            message = self._heard[:end].decode("latin-1")
            del self._heard[: end + 1]
            told = self._obey(message, now)
            if told:
                said = ";".join(told).encode() + b"\n"
                replies.append((self._wire.delay(now, end + 1, len(said)), said))
        if len(self._heard) > _LONGEST:
            self._heard.clear()
        return replies

    def _obey(self, message: str, now: float) -> list[str]:
        """What it answers to the questions of a line; after what it cannot read the rest of the line is passed over."""
        told: list[str] = []
        try:
            for unit in scpi.units(message):
                answer = self._act(unit, now)
                if answer is not None:
                    told.append(answer)
        except ScpiError as wrong:
            self._complain(wrong.error)
        return told

    def _act(self, unit: scpi.Unit, now: float) -> str | None:
        for form, question, act in _UNITS:
            if question == unit.question and form.fullmatch(unit.header):
                return act(self, unit.parameter, now)
        raise ScpiError(scpi.UNDEFINED)

    def _complain(self, error: tuple[int, str]) -> None:
        self.events |= ERROR_BITS.get(-error[0] // 100, 0)
        if len(self.errors) == _QUEUE:
            self.errors[-1] = scpi.OVERFLOW
        else:
            self.errors.append(error)

    # --- what every instrument has ----------------------------------------------------------------------------------

    @_unit("*IDN", question=True)
    def _identity(self, parameter: str, now: float) -> str:
        return _alone(parameter) + "KEYSIGHT TECHNOLOGIES,N5745A,US12345678,C.01.00"

    @_unit("*CLS")
    def _clear(self, parameter: str, now: float) -> None:
        _alone(parameter)
        self.errors.clear()
        self.events = 0

    @_unit("*RST")
    def _reset(self, parameter: str, now: float) -> None:
        _alone(parameter)
        self.volts = self.amperes = 0.0
        self.protection, self.lowest, self.trips_limited = PROTECTED * self.rated_voltage, 0.0, False
        self.power_up(now)

    @_unit("*OPC")
    def _complete(self, parameter: str, now: float) -> None:
        """Nothing it is told takes time."""
        _alone(parameter)
        self.events |= OPERATION_COMPLETE

    @_unit("*WAI")
    def _wait(self, parameter: str, now: float) -> None:
        _alone(parameter)

    @_unit("*OPC", question=True)
    def _is_complete(self, parameter: str, now: float) -> str:
        return _alone(parameter) + "1"

    @_unit("*TST", question=True)
    def _self_test(self, parameter: str, now: float) -> str:
        return _alone(parameter) + "0"

    @_unit("*ESR", question=True)
    def _tell_events(self, parameter: str, now: float) -> str:
        """It forgets what it has told."""
        told, self.events = self.events, 0
        return _alone(parameter) + f"+{told}"

    @_unit("*STB", question=True)
    def _status_byte(self, parameter: str, now: float) -> str:
        event = EVENT_THERE if self.events & self.enabled["*ESE"] else 0
        status = event | (ERROR_THERE if self.errors else 0)
        return _alone(parameter) + f"+{status | (SERVICE if status & self.enabled['*SRE'] else 0)}"

    @_unit("SYSTem:ERRor[:NEXT]", question=True)
    def _next_error(self, parameter: str, now: float) -> str:
        number, words = self.errors.popleft() if self.errors else scpi.NO_ERROR
        return _alone(parameter) + f'{number:+d},"{words}"'

    @_unit("SYSTem:VERSion", question=True)
    def _version(self, parameter: str, now: float) -> str:
        return _alone(parameter) + "1999.0"

    # --- what it gives ----------------------------------------------------------------------------------------------

    @_unit("[SOURce:]VOLTage[:LEVel][:IMMediate][:AMPLitude]")
    def _set_voltage(self, parameter: str, now: float) -> None:
        volts = _level(parameter, "V", OVER * self.rated_voltage)
        _agree(self.lowest, volts, self.protection)
        self.volts = volts
        self.drive_output(now)

    @_unit("[SOURce:]VOLTage:PROTection[:LEVel]")
    def _set_protection(self, parameter: str, now: float) -> None:
        level = _level(parameter, "V", PROTECTED * self.rated_voltage)
        _agree(self.volts, level)
        self.protection = level

    @_unit("[SOURce:]VOLTage:LIMit:LOW")
    def _set_lowest(self, parameter: str, now: float) -> None:
        level = _level(parameter, "V", OVER * self.rated_voltage)
        _agree(level, self.volts)
        self.lowest = level

    @_unit("[SOURce:]CURRent:PROTection:STATe")
    def _trip_where_limited(self, parameter: str, now: float) -> None:
        self.trips_limited = _on_off(parameter)
        self._watch(now)

    @_unit("[SOURce:]VOLTage:PROTection[:LEVel]", question=True)
    def _tell_protection(self, parameter: str, now: float) -> str:
        return _told(parameter, self.protection, PROTECTED * self.rated_voltage)

    @_unit("[SOURce:]VOLTage:LIMit:LOW", question=True)
    def _tell_lowest(self, parameter: str, now: float) -> str:
        return _told(parameter, self.lowest, OVER * self.rated_voltage)

    @_unit("[SOURce:]CURRent:PROTection:STATe", question=True)
    def _tell_trip(self, parameter: str, now: float) -> str:
        return _alone(parameter) + str(int(self.trips_limited))

    @_unit("[SOURce:]CURRent[:LEVel][:IMMediate][:AMPLitude]")
    def _set_current(self, parameter: str, now: float) -> None:
        self.amperes = _level(parameter, "A", OVER * self.rated_current)
        self.drive_output(now)

    @_unit("[SOURce:]VOLTage[:LEVel][:IMMediate][:AMPLitude]", question=True)
    def _tell_voltage(self, parameter: str, now: float) -> str:
        return _told(parameter, self.volts, OVER * self.rated_voltage)

    @_unit("[SOURce:]CURRent[:LEVel][:IMMediate][:AMPLitude]", question=True)
    def _tell_current(self, parameter: str, now: float) -> str:
        return _told(parameter, self.amperes, OVER * self.rated_current)

    @_unit("OUTPut[:STATe]")
    def _switch(self, parameter: str, now: float) -> None:
        """While a protection has tripped it takes the command and stays off."""
        self.on = _on_off(parameter) and not self.questionable
        self.drive_output(now)
        self._watch(now)

    @_unit("OUTPut[:STATe]", question=True)
    def _tell_output(self, parameter: str, now: float) -> str:
        return _alone(parameter) + str(int(self.on))

    @_unit("OUTPut:PROTection:CLEar")
    def _clear_protection(self, parameter: str, now: float) -> None:
        _alone(parameter)
        self.trip(0, now)

    @_unit("MEASure[:SCALar]:VOLTage[:DC]", question=True)
    def _measure_voltage(self, parameter: str, now: float) -> str:
        return _alone(parameter) + f"{self.measured('voltage', now):+.5E}"

    @_unit("MEASure[:SCALar]:CURRent[:DC]", question=True)
    def _measure_current(self, parameter: str, now: float) -> str:
        return _alone(parameter) + f"{self.measured('current', now):+.5E}"

    @_unit("STATus:OPERation:CONDition", question=True)
    def _operation(self, parameter: str, now: float) -> str:
        return _alone(parameter) + f"+{(CC if self.limited(now) else CV) if self.on else 0}"

    @_unit("STATus:QUEStionable:CONDition", question=True)
    def _doubts(self, parameter: str, now: float) -> str:
        return _alone(parameter) + f"+{self.questionable}"

    def trip(self, bits: int, now: float) -> None:
        """A protection trips (0: it is cleared)."""
        self.questionable = bits
        if bits:
            self.on = False
            self.drive_output(now)

    def speak(self, now: float) -> Replies:
        """Nothing, but it goes off where the current limits and that is to trip it."""
        if self.limited(now):
            self.trip(OVER_CURRENT, now)
        self._watch(now)
        return []

    def _watch(self, now: float) -> None:
        self.next_speech = now + WATCH if self.on and self.trips_limited else math.inf

    def readings(self, terminals: Collection[str], times: Floats) -> Mapping[str, Shown]:
        """As its questions would tell; six digits show all that its meters do."""
        shown = {**self.outputs_shown(times), "fault": Shown.steady(float(bool(self.questionable)), times)}
        for terminal, value in (("voltage_setpoint", self.volts), ("current_setpoint", self.amperes)):
            shown[terminal] = Shown.steady(float(f"{value:.5E}"), times)
        return {terminal: shown[terminal] for terminal in terminals if terminal in shown}


def _alone(parameter: str) -> str:
    """Nothing stands behind this header."""
    if parameter:
        raise ScpiError(scpi.NOT_ALLOWED)
    return ""


def _agree(*rising: float) -> None:
    """The voltage and its bounds do not cross; which number the real one gives the error is from memory."""
    if list(rising) != sorted(rising):
        raise ScpiError(scpi.CONFLICT)


def _on_off(parameter: str) -> bool:
    if not parameter:
        raise ScpiError(scpi.MISSING)
    if parameter not in ("0", "1", "ON", "OFF"):
        raise ScpiError(scpi.ILLEGAL)
    return parameter in ("1", "ON")


def _level(parameter: str, letter: str, most: float) -> float:
    """A level from 0 to `most`, which has a name of its own."""
    if not parameter:
        raise ScpiError(scpi.MISSING)
    named = {"MIN": 0.0, "MINIMUM": 0.0, "MAX": most, "MAXIMUM": most}
    value = named[parameter] if parameter in named else scpi.number(parameter, letter)
    if not 0.0 <= value <= most:
        raise ScpiError(scpi.OUT_OF_RANGE)
    return value


def _told(parameter: str, value: float, most: float) -> str:
    """The level, or its bounds."""
    known = {"": value, "MIN": 0.0, "MINIMUM": 0.0, "MAX": most, "MAXIMUM": most}
    if parameter not in known:
        raise ScpiError(scpi.ILLEGAL)
    return f"{known[parameter]:+.5E}"


def _byte(parameter: str) -> int:
    if not parameter:
        raise ScpiError(scpi.MISSING)
    if not parameter.isdecimal():
        raise ScpiError(scpi.DATA_TYPE)
    if int(parameter) > 255:
        raise ScpiError(scpi.OUT_OF_RANGE)
    return int(parameter)


def _mask(header: str) -> None:
    """Enters a mask: it is set, and told."""

    def set_to(supply: ScpiSupply, parameter: str, now: float) -> None:
        supply.enabled[header] = _byte(parameter)

    def tell(supply: ScpiSupply, parameter: str, now: float) -> str:
        return _alone(parameter) + f"+{supply.enabled[header]}"

    _unit(header)(set_to)
    _unit(header, question=True)(tell)


for _each in MASKS:
    _mask(_each)
