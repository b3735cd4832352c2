"""VAT throttle valve with its pressure controller, IC protocol on RS-232; from manual 963283EA (series 65), 4.11."""

import math
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

import numpy as np

from vapordep.simulation.display import Display
from vapordep.simulation.instrument import Option, Replies
from vapordep.simulation.plant import Floats
from vapordep.simulation.shown import Shown
from vapordep.simulation.world import World
from vapordep.units import Dimension, Unit, percent, to_si
from vapordep_simulators.instruments._settings import Wire, one_of, whole
from vapordep_simulators.instruments._throttle import ThrottleValve

INITIALISING: Final = 0
POSITION, CLOSE, OPEN, PRESSURE, HOLD = 2, 3, 4, 5, 6
INTERLOCK_OPEN, INTERLOCK_CLOSED = 8, 9
LOCAL, REMOTE, LOCKED = 0, 1, 2
SYNTAX, UNKNOWN, DIGITS, TOO_LARGE, NO_SENSOR, NOT_NOW = 3, 4, 5, 6, 7, 8
"""Error messages, 4.12.5; those of the IC protocol are not in the pages that were at hand."""
UNPLUGGED: Final = -0.14
"""What the converter gives of a sensor that is not there, as a part of full scale."""
_REFRESH: Final = 0.01
_NOISE: Final = 2e-5
_END: Final = b"\r\n"
_LONGEST: Final = 64
_Command = Callable[[Any, str, float], str]
_COMMANDS: Final[dict[str, tuple[_Command, bool]]] = {}


class _Error(Exception):
    """The reply E: with this number."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def _command(head: str, *, moves: bool = False) -> Callable[[_Command], _Command]:
    """Enters a method as what answers this head; what `moves` the blade is obeyed in remote only."""

    def enter(command: _Command) -> _Command:
        _COMMANDS[head] = (command, moves)
        return command

    return enter


class VatThrottle(ThrottleValve):
    """A blade between closed and open, moved to a position or by the pressure controller, which the plant executes.

    Beside what every throttle valve has, options: `positions` (100000: counts of the stroke) and `pressures` (1000000:
    counts of full scale), `power_up` closed | open, `learned` (true), `address` (none: RS-232), `baud` (9600; 0: no
    time on the wire).
    """

    manual = "VAT Installation, Operating & Maintenance Instructions 963283EA (series 65), 4.11 and 4.12.5"

    def __init__(
        self, name: str, world: World, wiring: Mapping[str, str], options: Mapping[str, Option], seed: int
    ) -> None:
        super().__init__(name, world, wiring, options, seed)
        self._prefix = f"#{whole(options, 'address', 0, 0, 999):03d}" if "address" in options else ""
        self.positions = int(one_of(options, "positions", "100000", ("1000", "10000", "100000")))
        self.pressures = whole(options, "pressures", 1_000_000, 1_000, 1_000_000)
        self.learned = bool(options.get("learned", True))
        self.access = REMOTE
        self.mode = INITIALISING
        self.position = 0.0
        """The wanted position, in counts of the stroke."""
        self.setpoint = 0
        """The wanted pressure, in counts of full scale."""
        self._wire = Wire(whole(options, "baud", 9600, 0, 10_000_000), 0.005)
        self._heard = bytearray()
        self._make_display()

    def _make_display(self) -> None:
        counts = Unit("counts", Dimension.PRESSURE, self.full_scale / self.pressures)
        self._display = Display(
            self.seed, f"{self.name}.pressure", counts, _REFRESH, noise=_NOISE * self.full_scale,
            low=UNPLUGGED * self.pressures, high=self.pressures, decimals=0,
        )  # fmt: skip

    # --- bytes ------------------------------------------------------------------------------------------------------

    def feed(self, data: bytes, now: float) -> Replies:
        """Answers every message that ends with CR LF and, on RS-485, begins with its number."""
        self._heard += data
        replies: Replies = []
        while (end := self._heard.find(_END)) >= 0:
            message = self._heard[:end].decode("latin-1")
            del self._heard[: end + len(_END)]
            if message.startswith(self._prefix):
                said = f"{self._prefix}{self._answer(message.removeprefix(self._prefix), now)}".encode() + _END
                replies.append((self._wire.delay(now, end + len(_END), len(said)), said))
        if len(self._heard) > _LONGEST:
            self._heard.clear()
        return replies

    def _answer(self, message: str, now: float) -> str:
        try:
            return self._obey(message, now)
        except _Error as error:
            return f"E:{error.number:06d}"

    def _obey(self, message: str, now: float) -> str:
        letter, colon, _ = message.partition(":")
        if not colon:
            raise _Error(SYNTAX)
        head = message[:4] if letter in ("i", "s", "c") else message[:2]
        command, moves = _COMMANDS.get(head, (None, False))
        if command is None:
            raise _Error(UNKNOWN)
        if moves and (self.access == LOCAL or self.mode in (INITIALISING, INTERLOCK_OPEN, INTERLOCK_CLOSED)):
            raise _Error(NOT_NOW)
        return head + command(self, message[len(head) :], now)

    # --- commands ---------------------------------------------------------------------------------------------------

    @_command("C:", moves=True)
    def _close(self, rest: str, now: float) -> str:
        self._move(CLOSE, 0, now)
        return _nothing(rest)

    @_command("O:", moves=True)
    def _open(self, rest: str, now: float) -> str:
        self._move(OPEN, self.positions, now)
        return _nothing(rest)

    @_command("H:", moves=True)
    def _hold(self, rest: str, now: float) -> str:
        """Where the blade is just now."""
        self._move(HOLD, self.here(now) * self.positions, now)
        return _nothing(rest)

    @_command("R:", moves=True)
    def _go(self, rest: str, now: float) -> str:
        counts = _number(rest, 6)
        if counts > self.positions:
            raise _Error(TOO_LARGE)
        self._move(POSITION, counts, now)
        return ""

    @_command("S:", moves=True)
    def _control(self, rest: str, now: float) -> str:
        """Without a LEARN it says so in its warnings and leaves the blade where it is."""
        counts = _number(rest, 8)
        if counts > self.pressures:
            raise _Error(TOO_LARGE)
        if self._pressure_point is None:
            raise _Error(NO_SENSOR)
        self.mode, self.setpoint = PRESSURE, counts
        self._drive(now)
        return ""

    @_command("c:01")
    def _set_access(self, rest: str, now: float) -> str:
        access = _number(rest, 2)
        if access > LOCKED:
            raise _Error(TOO_LARGE)
        self.access = access
        return ""

    @_command("s:21")
    def _configure(self, rest: str, now: float) -> str:
        _number(rest, 8)
        if int(rest[0]) > 2 or not 1_000 <= int(rest[1:]) <= 1_000_000:
            raise _Error(TOO_LARGE)
        self.positions, self.pressures = 10 ** (3 + int(rest[0])), int(rest[1:])
        self._make_display()
        return ""

    # --- inquiries --------------------------------------------------------------------------------------------------

    @_command("A:")
    def _position(self, rest: str, now: float) -> str:
        return _nothing(rest) + self._position_text(now)

    @_command("P:")
    def _pressure(self, rest: str, now: float) -> str:
        return _nothing(rest) + self._pressure_text(now)

    @_command("i:21")
    def _configuration(self, rest: str, now: float) -> str:
        return _nothing(rest) + f"{round(math.log10(self.positions)) - 3}{self.pressures:07d}"

    @_command("i:30")
    def _status(self, rest: str, now: float) -> str:
        return _nothing(rest) + f"{self.access}{self.mode:X}{self._warns}00000"

    @_command("i:32")
    def _learn_status(self, rest: str, now: float) -> str:
        return _nothing(rest) + f"0{0 if self.learned else 1}000000"

    @_command("i:36")
    def _control_status(self, rest: str, now: float) -> str:
        """1 while it controls a pressure; that its loop has another range close to the setpoint is not told apart."""
        return _nothing(rest) + f"{1 if self.mode == PRESSURE else 0}0000000"

    @_command("i:38")
    def _wanted(self, rest: str, now: float) -> str:
        """A pressure while it controls one, else a position."""
        return _nothing(rest) + f"{self.setpoint if self.mode == PRESSURE else round(self.position):08d}"

    @_command("i:50")
    def _error_status(self, rest: str, now: float) -> str:
        return _nothing(rest) + "000"

    @_command("i:51")
    def _warnings(self, rest: str, now: float) -> str:
        return _nothing(rest) + f"0{self._warns}000000"

    @_command("i:52")
    def _errors(self, rest: str, now: float) -> str:
        return _nothing(rest) + "00000000"

    @_command("i:64")
    def _sensor_1(self, rest: str, now: float) -> str:
        return _nothing(rest) + self._pressure_text(now)

    @_command("i:65")
    def _sensor_2(self, rest: str, now: float) -> str:
        """Nothing is plugged in there; what a real one tells then is not known."""
        return _nothing(rest) + "00000000"

    @_command("i:76")
    def _assembly(self, rest: str, now: float) -> str:
        state = f"{self.access}{self.mode:X}{self._warns}"
        return _nothing(rest) + self._position_text(now) + self._pressure_text(now) + state

    @_command("i:82")
    def _firmware(self, rest: str, now: float) -> str:
        return _nothing(rest) + "600P1G0002"

    @_command("i:83")
    def _identification(self, rest: str, now: float) -> str:
        return _nothing(rest) + "612PM-28EG-ABV10042 "

    # --- the blade --------------------------------------------------------------------------------------------------

    def power_up(self, now: float) -> None:
        """After switching on, or when its interlock is released, it goes where its configuration says."""
        if one_of(self.options, "power_up", "closed", ("closed", "open")) == "closed":
            self._move(CLOSE, 0, now)
        else:
            self._move(OPEN, self.positions, now)

    def interlock(self, mode: int, now: float) -> None:
        """A digital input forces the blade open or closed, whatever it is told."""
        self._move(mode, self.positions if mode == INTERLOCK_OPEN else 0, now)

    def _move(self, mode: int, position: float, now: float) -> None:
        self.mode, self.position = mode, position
        self._drive(now)

    def _drive(self, now: float) -> None:
        """Moves the blade as it is told now; without a LEARN no pressure is held."""
        if self.mode == PRESSURE and self.learned:
            self.hold_pressure(self.setpoint * self.full_scale / self.pressures, now)
        else:
            self.go(self.here(now) if self.mode == PRESSURE else self.position / self.positions, now)

    # --- readings ---------------------------------------------------------------------------------------------------

    @property
    def _warns(self) -> int:
        return 0 if self.learned else 1

    def _position_text(self, now: float) -> str:
        return f"{round(self.here(now) * self.positions):06d}"

    def _pressure_text(self, now: float) -> str:
        truth = math.nan if self._pressure_point is None else self.world.read(self._pressure_point, now)
        counts = self._display.show(truth, now) if truth == truth else round(UNPLUGGED * self.pressures)
        return f"{'-' if counts < 0 else '0'}{abs(round(counts)):07d}"

    def readings(self, terminals: Collection[str], times: Floats) -> Mapping[str, Shown]:
        """As i:76, i:38 and i:32 would tell: counts, and from them SI by way of the units they are read in."""
        truth = self.truth(times)
        position = to_si(100.0 * np.rint(truth[self._position_point] * self.positions) / self.positions, percent)
        shown = {
            "position": Shown.of(position),
            "pressure": self._pressures_shown(truth, times),
            "fault": Shown.steady(float(self.mode in (INTERLOCK_OPEN, INTERLOCK_CLOSED)), times),
            "warning": Shown.steady(float(self._warns), times),
            "learn_needed": Shown.steady(float(not self.learned), times),
            "position_setpoint": self._positions_wanted(position, times),
            "pressure_setpoint": Shown.steady(
                self.setpoint * self.full_scale / self.pressures if self.mode == PRESSURE else 0.0, times
            ),
        }
        return {terminal: shown[terminal] for terminal in terminals if terminal in shown}

    def _pressures_shown(self, truth: Mapping[str, Floats], times: Floats) -> Shown:
        if self._pressure_point is None:
            return Shown.nothing(times)
        counts = self._display.show(truth[self._pressure_point], times)
        absent = (counts >= self.pressures) | (counts < -0.02 * self.pressures)
        return Shown.of(counts * self.full_scale / self.pressures, bad=absent)

    def _positions_wanted(self, position: Floats, times: Floats) -> Shown:
        if self.mode in (POSITION, CLOSE, OPEN):
            return Shown.steady(to_si(100.0 * round(self.position) / self.positions, percent), times)
        return Shown.of(position, doubtful=self.mode != HOLD)


def _nothing(rest: str) -> str:
    """A command without a parameter has none."""
    if rest:
        raise _Error(DIGITS)
    return ""


def _number(text: str, digits: int) -> int:
    if not re.fullmatch(rf"\d{{{digits}}}", text):
        raise _Error(DIGITS)
    return int(text)
