"""TDK-Lambda Genesys DC supply in its GEN language; from manual 83-530-000 rev G, 7.5 to 7.8, and 83-503-001, 7.11."""

import math
import re
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import Any, Final

from vapordep.simulation.instrument import Option, Replies
from vapordep.simulation.plant import Floats
from vapordep.simulation.shown import Shown
from vapordep.simulation.world import World
from vapordep_simulators.instruments._latched import Latched
from vapordep_simulators.instruments._settings import Wire, whole
from vapordep_simulators.instruments._supply import DcSupply

CV, CC, NO_FAULT, FAULTED, AUTO_RESTART, FOLD_ARMED = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
"""Bits of the status register; 0x80 would be local."""
FOLD, OFF_AT_PANEL = 0x08, 0x40
"""Bits of the fault register."""
OVER = 1.05
"""It takes so much more than it is rated for."""
FOLD_DELAY: Final = 0.25
"""s in the other mode before foldback protection acts."""
WATCH: Final = 0.1
"""How often it looks, s."""
_COMMAND: Final = re.compile(r"([A-Z]+)(\?)?(?: (\S+))?")
_LONGEST: Final = 64
_AS_BUILT: Final = {"MDAV": "1", "MS": "0", "FILTER": "18", "DATE": "2016/09/27"}
"""Multi-drop is there, it leads no other supply, Hz of its low pass, when it was tested last."""
_GLOBAL: Final = {"GRST", "GPV", "GPC", "GOUT", "GSAV", "GRCL"}
"""What every supply of a line obeys, and none answers."""
_Command = Callable[[Any, str, float], str]
_Settings = tuple[dict[str, str], dict[str, float], dict[str, bool], int, str]
_COMMANDS: Final[dict[str, _Command]] = {}


class _Error(Exception):
    """An error message in place of OK."""


def _command(*words: str) -> Callable[[_Command], _Command]:
    def enter(command: _Command) -> _Command:
        _COMMANDS.update(dict.fromkeys(words, command))
        return command

    return enter


class Genesys(DcSupply):
    """A supply on a line of several, which speaks once it was addressed.

    Beside what every supply has, options: `address` (6), `serial_number`, `baud` (9600; 0: no time on the wire).
    """

    manual = "TDK-Lambda Genesys User Manual 83-530-000 rev G, 7.5 to 7.8; registers 83-503-001 rev G, 7.11"

    def __init__(
        self, name: str, world: World, wiring: Mapping[str, str], options: Mapping[str, Option], seed: int
    ) -> None:
        super().__init__(name, world, wiring, options, seed)
        self.address = whole(options, "address", 6, 0, 30)
        self.addressed = False
        self.faults = 0
        self.programmed = {"PV": "0", "PC": "0"}
        """As they were sent: the queries give the same characters back."""
        self.limits = {"OVP": 1.1 * self.rated_voltage, "UVL": 0.0}
        self.switches = {"FLD": False, "AST": False}
        self.fold_delay = 0
        self.remote = "REM"
        self.events = {"FE": Latched(), "SE": Latched()}
        """Faults and states that were, by what their commands begin with."""
        self._saved = self._settings()
        self._folding_since = math.inf
        self._last = ""
        self._heard = bytearray()
        self._wire = Wire(whole(options, "baud", 9600, 0, 10_000_000), 0.005)

    # --- bytes ------------------------------------------------------------------------------------------------------

    def feed(self, data: bytes, now: float) -> Replies:
        """Obeys every command that ends with CR, once it was addressed; LF is ignored."""
        self._heard += data.replace(b"\n", b"")
        replies: Replies = []
        while (end := self._heard.find(b"\r")) >= 0:
            message = _without_backspaces(self._heard[:end].decode("latin-1")).upper()
            del self._heard[: end + 1]
            said = self._answer(message, now)
            if said is not None:
                replies.append((self._wire.delay(now, end + 1, len(said) + 1), said.encode() + b"\r"))
        if len(self._heard) > _LONGEST:
            self._heard.clear()
        return replies

    def _answer(self, message: str, now: float) -> str | None:
        """None from a supply that is not the selected one, and to what is meant for all."""
        text, dollar, check = message.partition("$")
        if text.partition(" ")[0] in _GLOBAL:
            with suppress(_Error):
                self._obey(text[1:], now)
            return None
        if text.startswith("ADR") and not self._selects(text):
            return None
        if not self.addressed:
            return None
        if text == "\\":
            text = self._last
        try:
            if dollar and check != f"{sum(text.encode('latin-1')) & 0xFF:02X}":
                raise _Error("C04")
            reply = self._obey(text, now)
        except _Error as error:
            reply = str(error)
        self._last = text
        return f"{reply}${sum(reply.encode()) & 0xFF:02X}" if dollar else reply

    def _selects(self, text: str) -> bool:
        """Another's address makes it silent."""
        parameter = text[3:].strip()
        self.addressed = parameter.isdigit() and int(parameter) == self.address
        return self.addressed

    def _obey(self, text: str, now: float) -> str:
        if not text:
            return "OK"
        found = _COMMAND.fullmatch(text)
        if found is None:
            raise _Error("C01")
        word, query, parameter = found[1], found[2] or "", found[3]
        command = _COMMANDS.get(word + query)
        if command is None:
            raise _Error("C01")
        if query and parameter:
            raise _Error("C03")
        self._observe(now)
        reply = command(self, word if parameter is None else f"{word} {parameter}", now)
        self._observe(now)
        return reply

    # --- settings ---------------------------------------------------------------------------------------------------

    @_command("ADR")
    def _nothing(self, text: str, now: float) -> str:
        return "OK"

    @_command("CLS")
    def _clear(self, text: str, now: float) -> str:
        for events in self.events.values():
            events.read()
        return "OK"

    @_command("FENA", "SENA")
    def _enable(self, text: str, now: float) -> str:
        parameter = _parameter(text)
        if not re.fullmatch(r"[0-9A-F]{1,2}", parameter):
            raise _Error("C03")
        self.events[text[:2]].enabled = int(parameter, 16)
        return "OK"

    @_command("RMT")
    def _set_remote(self, text: str, now: float) -> str:
        words = {"0": "LOC", "LOC": "LOC", "1": "REM", "REM": "REM", "2": "LLO", "LLO": "LLO"}
        self.remote = _among(text, words)
        return "OK"

    @_command("RST")
    def _reset(self, text: str, now: float) -> str:
        """A safe and known state, to be reached from afar."""
        self.remote = "REM"
        self.programmed = {"PV": "0", "PC": "0"}
        self.limits = {"OVP": 1.1 * self.rated_voltage, "UVL": 0.0}
        self.switches = {"FLD": False, "AST": False}
        self._switch(False, now)
        return "OK"

    @_command("SAV")
    def _save(self, text: str, now: float) -> str:
        """What it was told to give, its limits and switches; not whether its output is on."""
        self._saved = self._settings()
        return "OK"

    @_command("RCL")
    def _recall(self, text: str, now: float) -> str:
        programmed, limits, switches, self.fold_delay, self.remote = self._saved
        self.programmed, self.limits, self.switches = dict(programmed), dict(limits), dict(switches)
        self._drive(now)
        self._watch(now)
        return "OK"

    def _settings(self) -> _Settings:
        return dict(self.programmed), dict(self.limits), dict(self.switches), self.fold_delay, self.remote

    @_command("PV", "PC")
    def _program(self, text: str, now: float) -> str:
        word, number = _number(text)
        if word == "PV":
            if number > min(OVER * self.rated_voltage, 0.95 * self.limits["OVP"]):
                raise _Error("E01")
            if number < self.limits["UVL"]:
                raise _Error("E02")
        elif number > OVER * self.rated_current:
            raise _Error("C05")
        self.programmed[word] = text.partition(" ")[2]
        self._drive(now)
        return "OK"

    @_command("OVP", "UVL")
    def _limit(self, text: str, now: float) -> str:
        word, number = _number(text)
        if word == "OVP" and not OVER * float(self.programmed["PV"]) <= number <= 1.1 * self.rated_voltage:
            raise _Error("E04")
        if word == "UVL" and number > 0.95 * float(self.programmed["PV"]):
            raise _Error("E06")
        self.limits[word] = number
        return "OK"

    @_command("OVM")
    def _widest(self, text: str, now: float) -> str:
        self.limits["OVP"] = 1.1 * self.rated_voltage
        return "OK"

    @_command("OUT")
    def _set_output(self, text: str, now: float) -> str:
        """On recovers from foldback; off at its panel it stays off."""
        wanted = _on_off(text)
        if wanted and self.faults & ~FOLD:
            raise _Error("E07")
        if wanted:
            self.faults &= ~FOLD
        self._switch(wanted, now)
        return "OK"

    @_command("FLD", "AST")
    def _set_switch(self, text: str, now: float) -> str:
        self.switches[text.partition(" ")[0]] = _on_off(text)
        self._watch(now)
        return "OK"

    @_command("FBD")
    def _set_delay(self, text: str, now: float) -> str:
        _, number = _number(text)
        if number > 255:
            raise _Error("C05")
        self.fold_delay = int(number)
        return "OK"

    @_command("FBDRST")
    def _reset_delay(self, text: str, now: float) -> str:
        self.fold_delay = 0
        return "OK"

    # --- queries ----------------------------------------------------------------------------------------------------

    @_command("IDN?")
    def _identity(self, text: str, now: float) -> str:
        return f"LAMBDA,GEN{self.rated_voltage:g}-{self.rated_current:g}"

    @_command("REV?")
    def _revision(self, text: str, now: float) -> str:
        return "REV:1U:4.3"

    @_command("SN?")
    def _serial(self, text: str, now: float) -> str:
        return str(self.options.get("serial_number", "508J034-0001"))

    @_command(*(f"{word}?" for word in _AS_BUILT))
    def _tell_as_built(self, text: str, now: float) -> str:
        return _AS_BUILT[text]

    @_command("RMT?")
    def _tell_remote(self, text: str, now: float) -> str:
        return self.remote

    @_command("PV?", "PC?")
    def _tell_programmed(self, text: str, now: float) -> str:
        return self.programmed[text]

    @_command("OVP?", "UVL?")
    def _tell_limit(self, text: str, now: float) -> str:
        return f"{self.limits[text]:.3f}"

    @_command("MV?", "MC?")
    def _measure(self, text: str, now: float) -> str:
        return self._shown(text, now)

    @_command("OUT?")
    def _tell_output(self, text: str, now: float) -> str:
        return "ON" if self.on else "OFF"

    @_command("FLD?", "AST?")
    def _tell_switch(self, text: str, now: float) -> str:
        return "ON" if self.switches[text] else "OFF"

    @_command("FBD?")
    def _tell_delay(self, text: str, now: float) -> str:
        return str(self.fold_delay)

    @_command("MODE?")
    def _mode(self, text: str, now: float) -> str:
        return "OFF" if not self.on else "CC" if self.limited(now) else "CV"

    @_command("DVC?")
    def _display(self, text: str, now: float) -> str:
        """What STT? tells of voltage and current, and the two limits, without names."""
        measured, programmed = (self._shown(word, now) for word in ("MV", "MC")), self.programmed
        (volts, amperes), (over, under) = measured, (self._tell_limit(word, now) for word in ("OVP", "UVL"))
        return f"{volts},{programmed['PV']},{amperes},{programmed['PC']},{over},{under}"

    @_command("STT?")
    def _state(self, text: str, now: float) -> str:
        values = f"MV({self._shown('MV', now)}),PV({self.programmed['PV']}),MC({self._shown('MC', now)})"
        return f"{values},PC({self.programmed['PC']}),SR({self._status(now):02X}),FR({self.faults:02X})"

    @_command("FLT?")
    def _tell_faults(self, text: str, now: float) -> str:
        return f"{self.faults:02X}"

    @_command("STAT?")
    def _tell_status(self, text: str, now: float) -> str:
        return f"{self._status(now):02X}"

    @_command("FENA?", "SENA?")
    def _tell_enabled(self, text: str, now: float) -> str:
        return f"{self.events[text[:2]].enabled:02X}"

    @_command("FEVE?", "SEVE?")
    def _tell_events(self, text: str, now: float) -> str:
        return f"{self.events[text[:2]].read():02X}"

    def _observe(self, now: float) -> None:
        self.events["FE"].observe(self.faults)
        self.events["SE"].observe(self._status(now))

    def _status(self, now: float) -> int:
        mode = 0 if not self.on else CC if self.limited(now) else CV
        health = FAULTED if self.faults else NO_FAULT
        return mode | health | AUTO_RESTART * self.switches["AST"] | FOLD_ARMED * self.switches["FLD"]

    # --- the output -------------------------------------------------------------------------------------------------

    def power_up(self, now: float) -> None:
        """After switching on, in safe-start, the output is off."""
        self._switch(False, now)

    def panel_off(self, now: float) -> None:
        """Somebody presses OUT at its front panel."""
        self.faults |= OFF_AT_PANEL
        self._switch(False, now)

    def speak(self, now: float) -> Replies:
        """Nothing, but it looks whether foldback protection has to act."""
        self._folding_since = min(self._folding_since, now) if self.limited(now) else math.inf
        if now - self._folding_since >= FOLD_DELAY + 0.1 * self.fold_delay:
            self.faults |= FOLD
            self._switch(False, now)
        self._watch(now)
        return []

    def _watch(self, now: float) -> None:
        if not (self.on and self.switches["FLD"]):
            self.next_speech, self._folding_since = math.inf, math.inf
        else:
            self.next_speech = now + WATCH

    def _switch(self, on: bool, now: float) -> None:
        self.on = on
        self._drive(now)
        self._watch(now)

    def _drive(self, now: float) -> None:
        self.volts, self.amperes = float(self.programmed["PV"]), float(self.programmed["PC"])
        self.drive_output(now)

    # --- readings ---------------------------------------------------------------------------------------------------

    def _shown(self, word: str, now: float) -> str:
        terminal = "voltage" if word == "MV" else "current"
        return f"{self.measured(terminal, now):.{self.decimals(terminal)}f}"

    def readings(self, terminals: Collection[str], times: Floats) -> Mapping[str, Shown]:
        """As STT? and OUT? would tell."""
        shown = {
            **self.outputs_shown(times),
            "foldback": Shown.steady(float(self.switches["FLD"]), times),
            "fault": Shown.steady(float(bool(self.faults)), times),
            "local": Shown.steady(0.0, times),
        }
        return {terminal: shown[terminal] for terminal in terminals if terminal in shown}


def _without_backspaces(text: str) -> str:
    while (place := text.find("\b")) >= 0:
        text = text[: max(place - 1, 0)] + text[place + 1 :]
    return text


def _parameter(text: str) -> str:
    parameter = text.partition(" ")[2]
    if not parameter:
        raise _Error("C02")
    return parameter


def _number(text: str) -> tuple[str, float]:
    """The command and its number, of at most twelve characters."""
    parameter = _parameter(text)
    if len(parameter) > 12 or not re.fullmatch(r"\d*\.?\d+|\d+\.", parameter):
        raise _Error("C03")
    return text.partition(" ")[0], float(parameter)


def _among(text: str, words: Mapping[str, str]) -> str:
    parameter = _parameter(text)
    if parameter not in words:
        raise _Error("C03")
    return words[parameter]


def _on_off(text: str) -> bool:
    return _among(text, {"0": "", "OFF": "", "1": "ON", "ON": "ON"}) == "ON"
