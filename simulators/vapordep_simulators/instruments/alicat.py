"""Alicat MC mass flow controller, ASCII protocol; from the standard devices manual and frames captured from one."""

import math
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from vapordep.simulation.instrument import Option, Replies, SimInstrument
from vapordep.simulation.plant import Floats
from vapordep.simulation.shown import Shown
from vapordep.simulation.world import World
from vapordep.units import from_si, sccm, to_si
from vapordep_simulators.instruments import _alicat_tables as tables
from vapordep_simulators.instruments._alicat_meter import Meter
from vapordep_simulators.instruments._settings import Wire, one_of, whole

_COMMAND: Final = re.compile(r"([A-Z]+|@|\?\?[MDG]\*)? ?(=?.*)")
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")
_LONGEST: Final = 80
"""A command longer than this is noise, bytes."""
_STREAMING: Final = "@"


_Action = Callable[[Any, str, float], list[str]]
_ACTIONS: Final[dict[str, tuple[_Action, int]]] = {}


def _command(*words: str, since: int = 0) -> Callable[[_Action], _Action]:
    """Enters a method as what answers these words, known to firmware `since`; older ones answer `?`."""

    def enter(action: _Action) -> _Action:
        _ACTIONS.update(dict.fromkeys(words, (action, since)))
        return action

    return enter


class _Rejected(Exception):  # noqa: N818 - named by what happened
    """Answered with a lone question mark."""


class Alicat(SimInstrument):
    """Holds a mass flow: setpoint by serial line (both syntaxes) or analog, gas select, streaming, holds and locks.

    Terminals: `flow` (mol/s) is read, `flow_setpoint` (mol/s) driven, `pressure` (Pa, in its body) and `temperature`
    (K) read. Options: `unit` (A), `full_scale` (500 sccm), `gas` (Ar, selected at first and what really flows),
    `standard_temperature` (0 degC), `setpoint_source` S | A, `analog_setpoint` (0 sccm), `kind` controller | meter,
    `model`, `serial_number`, `firmware` (10v20.0-R24), `baud` (19200; 0 means no time on the wire).
    """

    manual = "Alicat Standard Devices User Manual, January 2023, p. 32; captures of an MC-500SCCM-D, 10v20.0-R24"

    def __init__(
        self, name: str, world: World, wiring: Mapping[str, str], options: Mapping[str, Option], seed: int
    ) -> None:
        super().__init__(name, world, wiring, options, seed)
        self.unit = str(options.get("unit", "A")).upper()
        self.firmware = str(options.get("firmware", "10v20.0-R24"))
        self.version = int(self.firmware.upper().removeprefix("GP-").split("V")[0])
        self.is_meter = one_of(options, "kind", "controller", ("controller", "meter")) == "meter"
        self.meter = Meter(name, world, wiring, options, seed)
        self.source = one_of(options, "setpoint_source", "S", ("S", "A", "U"))
        self.analog = self.meter.option("analog_setpoint", 0.0)
        self.requested = 0.0
        self.hold: float | None = None
        self.locked = False
        self.interval = 0.05
        self._streams_as = ""
        self._heard = bytearray()
        self._wire = Wire(whole(options, "baud", 19200, 0, 10_000_000), 0.004)

    # --- bytes ------------------------------------------------------------------------------------------------------

    def power_up(self, now: float) -> None:
        """After switching on it holds its first setpoint: 0, or the analog one."""
        self._drive(now)

    def feed(self, data: bytes, now: float) -> Replies:
        """Answers every command that ends with CR and begins with its letter, in any case."""
        self._heard += data
        replies: Replies = []
        while (end := self._heard.find(b"\r")) >= 0:
            command = self._heard[:end].decode("latin-1").strip().upper()
            del self._heard[: end + 1]
            if command[:1] == (_STREAMING if self._streams_as else self.unit):
                for line in self._obey(command[1:].strip(), now):
                    said = line.encode("latin-1") + b"\r"
                    replies.append((self._wire.delay(now, end + 1, len(said)), said))
        if len(self._heard) > _LONGEST:
            self._heard.clear()
        return replies

    def speak(self, now: float) -> Replies:
        """One frame of the stream; the next comes an interval later."""
        if not self._streams_as:
            self.next_speech = math.inf
            return []
        due = self.next_speech + self.interval
        self.next_speech = due if due > now else now + self.interval
        said = self._frame(now).encode() + b"\r"
        return [(self._wire.delay(now, 0, len(said)), said)]

    def readings(self, terminals: Collection[str], times: Floats) -> Mapping[str, Shown] | None:
        """The columns of its data frame; a meter has no setpoint to tell, and who streams does not answer."""
        if self.is_meter or self._streams_as:
            return None
        found = self.meter.readings(terminals, times)
        if "flow_setpoint" in terminals:
            setpoint = to_si(float(self.meter.text(self.setpoint)), self.meter.sccm)
            value = to_si(from_si(setpoint, sccm), sccm)
            found["flow_setpoint"] = Shown.steady(value, times, doubtful=self.hold is not None)
        return found

    def _obey(self, command: str, now: float) -> list[str]:
        if not command:
            return [self._frame(now)]
        parsed = _COMMAND.fullmatch(command.removeprefix("$$"))
        word, rest = (parsed[1] or "", parsed[2].strip()) if parsed else ("", command)
        try:
            action, since = _ACTIONS.get(word, (None, 0))
            if action is None or self.version < since:
                raise _Rejected
            return action(self, rest.removeprefix("=").strip(), now)
        except _Rejected:
            return ["?"]

    def _frame(self, now: float) -> str:
        """Unit, pressure, temperature, volume and mass flow, setpoint, gas, and tokens when there are any."""
        shown, text = self.meter.show(now), self.meter.text
        unit = _STREAMING if self._streams_as else self.unit
        measured = f"{shown.pressure:+07.2f} {shown.temperature:+07.2f}"
        flows = f"{text(shown.volume_flow)} {text(shown.mass_flow)}"
        setpoint = "" if self.is_meter else f" {self._setpoint_text()}"
        tokens = [*shown.tokens, *(["HLD"] if self.hold is not None else []), *(["LCK"] if self.locked else [])]
        return " ".join([f"{unit} {measured} {flows}{setpoint} {self.meter.gas.short:>6}", *tokens])

    def _setpoint_text(self) -> str:
        """Firmware before 8v writes it without a sign."""
        signed = self.meter.text(self.setpoint)
        return signed if self.version >= 8 else signed[1:]

    # --- what it does -----------------------------------------------------------------------------------------------

    @property
    def setpoint(self) -> float:
        """The setpoint in effect, sccm."""
        return self.analog if self.source == "A" else self.requested

    def _drive(self, now: float) -> None:
        """Tells the plant the flow that the valve shall let through; at zero it is shut, whatever the zero is."""
        point = self.wiring.get("flow_setpoint")
        wanted = self.setpoint if self.hold is None else self.hold
        if point is not None and not self.is_meter:
            self.world.drive(point, max(self.meter.true_flow(wanted), 0.0) if wanted > 0.0 else 0.0, now)

    def _command_setpoint(self, text: str) -> None:
        """Takes over a setpoint; with the analog source it is silently ignored, as on the instrument."""
        if self.is_meter or not _NUMBER.fullmatch(text):
            raise _Rejected
        value = float(text)
        if not 0.0 <= value <= self.meter.full_scale:
            raise _Rejected
        if self.source != "A":
            self.requested = value

    @_command("S")
    def _legacy_setpoint(self, rest: str, now: float) -> list[str]:
        self._command_setpoint(rest)
        self._drive(now)
        return [self._frame(now)]

    @_command("LS", since=9)
    def _loop_setpoint(self, rest: str, now: float) -> list[str]:
        """LS: the setpoint in effect before the command, and the requested one."""
        if self.is_meter:
            raise _Rejected
        before = self.setpoint
        if rest:
            self._command_setpoint(rest.split()[0])
            self._drive(now)
        return [f"{self.unit} {self.meter.text(before)} {self.meter.text(self.requested)} 12 SCCM"]

    @_command("")
    def _integer_setpoint(self, rest: str, now: float) -> list[str]:
        """The oldest syntax: a whole number, 64000 stands for full scale."""
        if not rest.isdigit():
            raise _Rejected
        return self._legacy_setpoint(f"{int(rest) / 64000 * self.meter.full_scale:.6f}", now)

    @_command("LSS", since=10)
    def _setpoint_source(self, rest: str, now: float) -> list[str]:
        if self.is_meter or rest not in ("", "S", "A", "U"):
            raise _Rejected
        if rest:
            self.source = rest
            self._drive(now)
        return [f"{self.unit} {self.source}"]

    @_command("HC")
    def _hold_closed(self, rest: str, now: float) -> list[str]:
        return self._hold(0.0, now)

    @_command("HP", "H")
    def _hold_position(self, rest: str, now: float) -> list[str]:
        return self._hold(from_si(self.meter.indicated(now), self.meter.sccm), now)

    @_command("C")
    def _cancel_hold(self, rest: str, now: float) -> list[str]:
        return self._hold(None, now)

    def _hold(self, flow: float | None, now: float) -> list[str]:
        if self.is_meter:
            raise _Rejected
        self.hold = flow
        self._drive(now)
        return [self._frame(now)]

    @_command("V", "T")
    def _tare(self, rest: str, now: float) -> list[str]:
        self.meter.tare(now)
        return [self._frame(now)]

    @_command("L")
    def _lock(self, rest: str, now: float) -> list[str]:
        self.locked = True
        return [self._frame(now)]

    @_command("U")
    def _unlock(self, rest: str, now: float) -> list[str]:
        self.locked = False
        return [self._frame(now)]

    def _select_gas(self, rest: str, now: float) -> None:
        if not rest.isdigit() or int(rest) not in tables.GASES:
            raise _Rejected
        self.meter.gas_number = int(rest)
        self._drive(now)

    @_command("G")
    def _legacy_gas(self, rest: str, now: float) -> list[str]:
        self._select_gas(rest, now)
        return [self._frame(now)]

    @_command("GS", since=10)
    def _active_gas(self, rest: str, now: float) -> list[str]:
        if rest:
            self._select_gas(rest.split()[0], now)
        gas = self.meter.gas
        return [f"{self.unit} {self.meter.gas_number} {gas.short} {gas.name}"]

    # --- what it tells ----------------------------------------------------------------------------------------------

    @_command("VE")
    def _version(self, rest: str, now: float) -> list[str]:
        return [f"{self.unit}   {self.firmware} Jan  9 2025,15:04:07"]

    @_command("??M*")
    def _manufacturer(self, rest: str, now: float) -> list[str]:
        scale = f"{self.meter.full_scale:g}SCCM"
        model = self.options.get("model", f"{'M' if self.is_meter else 'MC'}-{scale}-D")
        rows = tables.manufacturer(str(model), str(self.options.get("serial_number", "521641")), self.firmware)
        return [f"{self.unit}  M{number:02d} {row}" for number, row in enumerate(rows)]

    @_command("??D*")
    def _frame_rows(self, rest: str, now: float) -> list[str]:
        rows = tables.frame_rows(self.meter.decimals, meter=self.is_meter)
        return [f"{self.unit} D{number:02d} {row}" for number, row in enumerate(rows)]

    @_command("??G*")
    def _gas_list(self, rest: str, now: float) -> list[str]:
        return [f"{self.unit} G{number:02d} {gas.short:>8}" for number, gas in tables.GASES.items()]

    @_command("LV", since=9)
    def _loop_variable(self, rest: str, now: float) -> list[str]:
        if self.is_meter or rest not in ("", "37"):
            raise _Rejected
        return [f"{self.unit} 37"]

    @_command("DCU", since=10)
    def _engineering_units(self, rest: str, now: float) -> list[str]:
        return [f"{self.unit} {tables.unit_of(rest) or self._reject()}"]

    @_command("FPF", since=6)
    def _full_scale(self, rest: str, now: float) -> list[str]:
        unit = tables.unit_of(rest) or self._reject()
        value = {"2": "+160.00", "3": "+060.00"}.get(rest, self.meter.text(self.meter.full_scale))
        return [f"{self.unit} {value} {unit}"]

    @staticmethod
    def _reject() -> str:
        raise _Rejected

    @_command("DV", since=6)
    def _request_data(self, rest: str, now: float) -> list[str]:
        """DV: averaging time in ms and statistics; the one reply without the unit letter."""
        window, *statistics = rest.split() or [""]
        if not window.isdigit() or int(window) < 1 or not statistics:
            raise _Rejected
        state = self.meter.show(now)
        shown = {
            "2": f"{state.pressure:+07.2f}", "3": f"{state.temperature:+07.2f}",
            "4": self.meter.text(state.volume_flow), "5": self.meter.text(state.mass_flow),
        }  # fmt: skip
        if not self.is_meter:
            shown["37"] = self.meter.text(self.setpoint)
        return [" ".join(shown.get(statistic.lstrip("0"), "--") for statistic in statistics)]

    @_command("R")
    def _register(self, rest: str, now: float) -> list[str]:
        """R: the registers that others ask for; W writes them."""
        values = {"46": self.meter.gas_number, "91": round(self.interval * 1000), "122": 37}
        if rest not in values:
            raise _Rejected
        return [f"{self.unit}   {int(rest):03d} = {values[rest]}"]

    @_command("W")
    def _write_register(self, rest: str, now: float) -> list[str]:
        number, _, value = rest.partition("=")
        if number == "46":
            return self._legacy_gas(value, now)
        if number == "91":
            self._stream_interval(value, now)
        elif (number, value) != ("122", "37"):
            raise _Rejected
        return self._register(number, now)

    @_command("NCS", since=10)
    def _stream_interval(self, rest: str, now: float) -> list[str]:
        if rest:
            if not rest.isdigit() or not 1 <= int(rest) <= 65535:
                raise _Rejected
            self.interval = int(rest) / 1000
        return [f"{self.unit} {round(self.interval * 1000)}"]

    @_command("NCB", since=10)
    def _baud(self, rest: str, now: float) -> list[str]:
        baud = self.options.get("baud", 19200)
        if rest not in ("", str(baud)):
            raise _Rejected  # another rate would need another port here
        return [f"{self.unit} {baud}"]

    @_command("@")
    def _rename(self, rest: str, now: float) -> list[str]:
        """`A@ B` gives it another letter, `A@ @` makes it stream, `@@ A` ends that."""
        if rest == _STREAMING:
            self._streams_as = self._streams_as or self.unit
            self.next_speech = now + self.interval
            return []
        if not ("A" <= rest <= "Z" and len(rest) == 1):
            raise _Rejected
        self.unit, self._streams_as, self.next_speech = rest, "", math.inf
        return [self._frame(now)]
