"""A DC supply that speaks SCPI, as Keysight N5700; from the command summary of its manual and SCPI 1999."""

import re
from collections import deque
from collections.abc import Collection, Mapping
from typing import Final

from vapordep.simulation.instrument import Option, Replies
from vapordep.simulation.plant import Floats
from vapordep.simulation.shown import Shown
from vapordep.simulation.world import World
from vapordep_simulators.instruments._settings import Wire, whole
from vapordep_simulators.instruments._supply import DcSupply

CV, CC = 1 << 8, 1 << 10
"""Bits of the operation register."""
OVER_VOLTAGE: Final = 1 << 0
"""A bit of the questionable register."""
OVER: Final = 1.05
"""It takes so much more than it is rated for."""
WORDS: Final = {
    "VOLTAGE": "VOLT", "CURRENT": "CURR", "OUTPUT": "OUTP", "MEASURE": "MEAS", "SYSTEM": "SYST", "ERROR": "ERR",
    "STATUS": "STAT", "OPERATION": "OPER", "QUESTIONABLE": "QUES", "CONDITION": "COND", "STATE": "STAT",
}  # fmt: skip
"""Long forms, as SCPI allows them, and the short ones."""
SETTING: Final = re.compile(r"(VOLT|CURR|OUTP)\s+(\S+)")
UNKNOWN, SYNTAX, DATA = (-113, "Undefined header"), (-102, "Syntax error"), (-222, "Data out of range")
_QUEUE: Final = 10
_LONGEST: Final = 256


class ScpiSupply(DcSupply):
    """Beside what every supply has, options: `baud` (0: a network; else bit/s on a serial line)."""

    manual = "Keysight N5700 User's Guide, SCPI command summary; SCPI 1999"

    def __init__(
        self, name: str, world: World, wiring: Mapping[str, str], options: Mapping[str, Option], seed: int
    ) -> None:
        super().__init__(name, world, wiring, options, seed)
        self.errors: deque[tuple[int, str]] = deque(maxlen=_QUEUE)
        self.questionable = 0
        self._heard = bytearray()
        self._wire = Wire(whole(options, "baud", 0, 0, 10_000_000), 0.005)

    # --- bytes ------------------------------------------------------------------------------------------------------

    def feed(self, data: bytes, now: float) -> Replies:
        """Obeys every line; what is wrong with one waits in the queue of errors."""
        self._heard += data.replace(b"\r", b"")
        replies: Replies = []
        while (end := self._heard.find(b"\n")) >= 0:
            message = self._heard[:end].decode("latin-1").strip().upper()
            del self._heard[: end + 1]
            told = self._obey(_short(message), now)
            if told is not None:
                said = told.encode() + b"\n"
                replies.append((self._wire.delay(now, end + 1, len(said)), said))
        if len(self._heard) > _LONGEST:
            self._heard.clear()
        return replies

    def _obey(self, message: str, now: float) -> str | None:
        if message.endswith("?"):
            told = self._answer(message, now)
            if told is None:
                self.errors.append(UNKNOWN)
            return told
        if message == "*CLS":
            self.errors.clear()
        elif message == "*RST":
            self.volts = self.amperes = 0.0
            self.power_up(now)
        elif found := SETTING.fullmatch(message):
            self._set(found[1], found[2], now)
        elif message:
            self.errors.append(UNKNOWN)
        return None

    # --- settings ---------------------------------------------------------------------------------------------------

    def _set(self, word: str, parameter: str, now: float) -> None:
        if word == "OUTP":
            self._switch(parameter, now)
        elif not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)(E[+-]?\d+)?", parameter):
            self.errors.append(SYNTAX)
        elif not 0.0 <= float(parameter) <= OVER * (self.rated_voltage if word == "VOLT" else self.rated_current):
            self.errors.append(DATA)
        else:
            if word == "VOLT":
                self.volts = float(parameter)
            else:
                self.amperes = float(parameter)
            self.drive_output(now)

    def _switch(self, parameter: str, now: float) -> None:
        """While a protection has tripped it takes the command and stays off."""
        if parameter not in ("0", "1", "ON", "OFF"):
            self.errors.append(SYNTAX)
            return
        self.on = parameter in ("1", "ON") and not self.questionable
        self.drive_output(now)

    def trip(self, bits: int, now: float) -> None:
        """A protection trips (0: it is cleared at the panel)."""
        self.questionable = bits
        if bits:
            self.on = False
            self.drive_output(now)

    # --- questions --------------------------------------------------------------------------------------------------

    def _answer(self, message: str, now: float) -> str | None:
        match message:
            case "*IDN?":
                return "KEYSIGHT TECHNOLOGIES,N5745A,US12345678,C.01.00"
            case "MEAS:VOLT?" | "MEAS:CURR?":
                return f"{self.measured('voltage' if 'VOLT' in message else 'current', now):+.5E}"
            case "VOLT?" | "CURR?":
                return f"{self.volts if message == 'VOLT?' else self.amperes:+.5E}"
            case "OUTP?":
                return str(int(self.on))
            case "SYST:ERR?":
                number, words = self.errors.popleft() if self.errors else (0, "No error")
                return f'{number:+d},"{words}"'
            case "STAT:OPER:COND?":
                return f"+{(CC if self.limited(now) else CV) if self.on else 0}"
            case "STAT:QUES:COND?":
                return f"+{self.questionable}"
        return None

    def readings(self, terminals: Collection[str], times: Floats) -> Mapping[str, Shown]:
        """As its questions would tell; six digits show all that its meters do."""
        shown = {**self.outputs_shown(times), "fault": Shown.steady(float(bool(self.questionable)), times)}
        for terminal, value in (("voltage_setpoint", self.volts), ("current_setpoint", self.amperes)):
            shown[terminal] = Shown.steady(float(f"{value:.5E}"), times)
        return {terminal: shown[terminal] for terminal in terminals if terminal in shown}


def _short(message: str) -> str:
    """A message of long forms in short ones, without the colon that may begin it."""
    return re.sub(r"[A-Z]+", lambda word: WORDS.get(word[0], word[0]), message.removeprefix(":"))
