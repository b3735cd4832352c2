"""Julabo circulator or recirculating cooler; from the manuals of SL (chapter 12), FL (11) and Magio (11.1)."""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

import numpy as np

from vapordep.simulation.display import Display
from vapordep.simulation.instrument import Option, Replies, SimInstrument
from vapordep.simulation.plant import Floats
from vapordep.simulation.shown import Shown
from vapordep.simulation.world import World
from vapordep.units import Dimension, degC, from_si, to_si
from vapordep_simulators.instruments._settings import Wire, one_of, quantity, whole

STATES: Final = {0: "MANUAL STOP", 1: "MANUAL START", 2: "REMOTE STOP", 3: "REMOTE START"}
INVALID, NOT_ALLOWED, TOO_SMALL, TOO_LARGE = -8, -9, -10, -11
LOW_LEVEL, EXCESS_TEMPERATURE, SENSOR = -1, -3, -5
WORDS: Final = {
    LOW_LEVEL: "LOW LEVEL ALARM", EXCESS_TEMPERATURE: "EXCESS TEMPERATURE WARNING", SENSOR: "WORKING SENSOR ALARM",
    INVALID: "INVALID COMMAND", NOT_ALLOWED: "COMMAND NOT ALLOWED IN CURRENT OPERATING MODE",
    TOO_SMALL: "VALUE TOO SMALL", TOO_LARGE: "VALUE TOO LARGE",
}  # fmt: skip
_REFRESH: Final = 0.5
_LONGEST: Final = 64
_Command = Callable[[Any, str, float], str | None]
_COMMANDS: Final[dict[str, _Command]] = {}


def _command(word: str) -> Callable[[_Command], _Command]:
    def enter(command: _Command) -> _Command:
        _COMMANDS[word] = command
        return command

    return enter


class Julabo(SimInstrument):
    """What it is told; bath and pump are the plant's.

    Terminals: `temperature` and `external_temperature` (K) are read; `setpoint` (K) and `running` (0, 1) are driven.
    Options: `address` (none: RS-232), `control` internal | external: an external one drives `<part>.external` to 1, the
    part being what stands before the point of `running`; `remote` (true; else by hand), `lowest` (-30 degC) and
    `highest` (200 degC) setpoint, `ending` crlf | lf, `noise` (0.005 K), `baud` (4800; 0: no time on the wire).
    """

    manual = "Julabo SL heating circulators, chapter 12; FL recirculating coolers, chapter 11; Magio MX, 11.1"

    def __init__(
        self, name: str, world: World, wiring: Mapping[str, str], options: Mapping[str, Option], seed: int
    ) -> None:
        super().__init__(name, world, wiring, options, seed)
        self._prefix = f"A{whole(options, 'address', 0, 0, 127):03d}_" if "address" in options else ""
        self._end = {"crlf": "\r\n", "lf": "\n"}[one_of(options, "ending", "crlf", ("crlf", "lf"))]
        self.external = one_of(options, "control", "internal", ("internal", "external")) == "external"
        self.remote = bool(options.get("remote", True))
        self._lowest = from_si(quantity(options, "lowest", 243.15, Dimension.TEMPERATURE), degC)
        self._highest = from_si(quantity(options, "highest", 473.15, Dimension.TEMPERATURE), degC)
        self.setpoint = 20.0
        """degC."""
        self.running = False
        self.alarm = 0
        """Below zero while something is wrong."""
        self._complaint = 0
        noise = quantity(options, "noise", 0.005, Dimension.TEMPERATURE_DIFFERENCE)
        self._displays = {
            terminal: Display(seed, f"{name}.{terminal}", degC, _REFRESH, noise=noise, decimals=2)
            for terminal in ("temperature", "external_temperature")
        }
        self._heard = bytearray()
        self._wire = Wire(whole(options, "baud", 4800, 0, 10_000_000), 0.01)

    # --- bytes ------------------------------------------------------------------------------------------------------

    def feed(self, data: bytes, now: float) -> Replies:
        """Obeys what ends with CR and bears its address; answers only questions that it knows."""
        self._heard += data
        replies: Replies = []
        while (end := self._heard.find(b"\r")) >= 0:
            message = self._heard[:end].decode("latin-1").lstrip("\n")
            del self._heard[: end + 1]
            if not message.startswith(self._prefix):
                continue
            told = self._obey(message.removeprefix(self._prefix), now)
            if told is not None:
                said = f"{self._prefix}{told}{self._end}".encode()
                replies.append((self._wire.delay(now, end + 1, len(said)), said))
        if len(self._heard) > _LONGEST:
            self._heard.clear()
        return replies

    def _obey(self, message: str, now: float) -> str | None:
        word, _, parameter = message.strip().partition(" ")
        command = _COMMANDS.get(word.lower())
        if command is None:
            self._complaint = INVALID
            return None
        return command(self, parameter.strip(), now)

    # --- questions --------------------------------------------------------------------------------------------------

    @_command("version")
    def _version(self, parameter: str, now: float) -> str:
        return "JULABO FL601 VERSION 1.4"

    @_command("status")
    def _status(self, parameter: str, now: float) -> str:
        """A complaint about a command is told once, an alarm as long as it stands."""
        number, self._complaint = self._complaint or self.alarm, 0
        if number < 0:
            return f"{number:03d} {WORDS[number]}"
        number = 2 * self.remote + self.running
        return f"{number:02d} {STATES[number]}"

    @_command("in_pv_00")
    def _bath(self, parameter: str, now: float) -> str:
        return self._shown("temperature", now)

    @_command("in_pv_02")
    def _external(self, parameter: str, now: float) -> str:
        return self._shown("external_temperature", now)

    @_command("in_sp_00")
    def _setpoint(self, parameter: str, now: float) -> str:
        return f"{self.setpoint:.2f}"

    @_command("in_mode_04")
    def _control(self, parameter: str, now: float) -> str:
        return str(int(self.external))

    @_command("in_mode_05")
    def _running(self, parameter: str, now: float) -> str:
        return str(int(self.running))

    # --- commands ---------------------------------------------------------------------------------------------------

    @_command("out_sp_00")
    def _set_setpoint(self, parameter: str, now: float) -> None:
        if not re.fullmatch(r"[+-]?\d+(\.\d*)?", parameter):
            self._complaint = INVALID
            return
        value = round(float(parameter), 2)
        self._complaint = (
            NOT_ALLOWED
            if not self.remote
            else TOO_SMALL
            if value < self._lowest
            else TOO_LARGE
            if value > self._highest
            else 0
        )
        if not self._complaint:
            self.setpoint = value
            self._drive(now)

    @_command("out_mode_05")
    def _run(self, parameter: str, now: float) -> None:
        """An alarm keeps it from starting, never from stopping."""
        if parameter not in ("0", "1"):
            self._complaint = INVALID
        elif not self.remote or (parameter == "1" and self.alarm in (LOW_LEVEL, SENSOR)):
            self._complaint = NOT_ALLOWED
        else:
            self.running = parameter == "1"
            self._drive(now)

    # --- the plant --------------------------------------------------------------------------------------------------

    def power_up(self, now: float) -> None:
        """After switching on it stands."""
        self.running = False
        self._drive(now)
        if self.external and "running" in self.wiring:
            part = self.wiring["running"].rpartition(".")[0]
            self.world.drive(f"{part}.external", 1.0, now)

    def raise_alarm(self, number: int, now: float) -> None:
        """Something is wrong (0: no longer); what is an alarm stops it, a warning does not."""
        self.alarm = number
        if number in (LOW_LEVEL, SENSOR):
            self.running = False
            self._drive(now)

    def _drive(self, now: float) -> None:
        values = {"setpoint": to_si(self.setpoint, degC), "running": float(self.running)}
        for terminal, value in values.items():
            if terminal in self.wiring:
                self.world.drive(self.wiring[terminal], value, now)

    def _shown(self, terminal: str, now: float) -> str:
        point = self.wiring.get(terminal)
        truth = float("nan") if point is None else self.world.read(point, now)
        return f"{self._displays[terminal].show(truth, now):.2f}" if truth == truth else "---.--"

    def readings(self, terminals: Collection[str], times: Floats) -> Mapping[str, Shown]:
        """As its answers would tell, by way of degC."""
        shown = {
            "setpoint": Shown.steady(to_si(self.setpoint, degC), times),
            "running": Shown.steady(float(self.running), times),
            "fault": Shown.steady(float(self.alarm < 0), times),
            "local": Shown.steady(float(not self.remote and not self.alarm), times),
        }
        for terminal, display in self._displays.items():
            point = self.wiring.get(terminal)
            truth = np.full(len(times), np.nan) if point is None else self.world.values((point,), times)[point]
            shown[terminal] = Shown.of(to_si(display.show(truth, times), degC))
        return {terminal: shown[terminal] for terminal in terminals if terminal in shown}
