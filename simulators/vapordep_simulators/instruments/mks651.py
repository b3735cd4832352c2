"""MKS 651 pressure controller with its throttle valve; from manual 115605-P1 (651C), appendix F."""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

import numpy as np

from vapordep.errors import SimulationError
from vapordep.simulation.display import Display
from vapordep.simulation.instrument import Option, Replies
from vapordep.simulation.plant import Floats
from vapordep.simulation.shown import Shown
from vapordep.simulation.world import World
from vapordep.units import Dimension, Torr, Unit, from_si, percent, to_si
from vapordep_simulators.instruments._settings import Wire, one_of, whole
from vapordep_simulators.instruments._throttle import ThrottleValve

OPEN, CLOSED, STOPPED = 0, 1, 2
"""Third digit of the status; 3 to 7 are the set points A to E."""
FIRST: Final = 3
SET_POINTS: Final = 5
AS_POSITION, AS_PRESSURE = 0, 1
CODES: Final = {
    0.1: 0, 0.2: 1, 0.5: 2, 1.0: 3, 2.0: 4, 5.0: 5, 10.0: 6, 50.0: 7, 100.0: 8, 500.0: 9, 1000.0: 10, 5000.0: 11,
    10000.0: 12,
}  # fmt: skip
"""Of the sensor's range in Torr."""
LEVELS, TYPES = (1, 2, 3, 4, 10), (26, 27, 28, 29, 30)
"""Requests for level and type of the set points A to E."""
OLDER: Final = (37, 38, 52)
"""Requests that the 600 family does not know."""
MOST, LEAST = 110.0, -14.0
"""What its converter can give, % of full scale; it gives the least of a sensor that is not there."""
_NOISE: Final = 2e-5
_REFRESH: Final = 0.05
_LONGEST: Final = 64
_COMMAND: Final = re.compile(r"([A-Z])(\d?)([+-]?\d*\.?\d*)")
_Command = Callable[[Any, int, str, float], None]
_COMMANDS: Final[dict[str, _Command]] = {}
_Request = Callable[[Any, float], str]
_REQUESTS: Final[dict[int, _Request]] = {}


def _command(letter: str) -> Callable[[_Command], _Command]:
    def enter(command: _Command) -> _Command:
        _COMMANDS[letter] = command
        return command

    return enter


def _request(*numbers: int) -> Callable[[_Request], _Request]:
    def enter(request: _Request) -> _Request:
        _REQUESTS.update(dict.fromkeys(numbers, request))
        return request

    return enter


class Mks651(ThrottleValve):
    """Five set points, each a position or a pressure, of which one is active, or the valve is open, closed or stopped.

    Beside what every throttle valve has, options: `types` ("0,1,1,1,1": a position is 0, a pressure 1), `key` remote |
    local, `ending` crlf | cr, `family` 651 | 600 (does not know R37, R38, R52), `baud` (9600; 0: no time on the wire).
    Commands are not answered.
    """

    manual = "MKS Type 651C Pressure Controller 115605-P1, appendix F"

    def __init__(
        self, name: str, world: World, wiring: Mapping[str, str], options: Mapping[str, Option], seed: int
    ) -> None:
        super().__init__(name, world, wiring, options, seed)
        self.types = _types(str(options.get("types", "0,1,1,1,1")))
        self.levels = [0.0] * SET_POINTS
        """% of full scale, or % open."""
        self.doing = CLOSED
        self.remote = one_of(options, "key", "remote", ("remote", "local")) == "remote"
        self._unknown = OLDER if one_of(options, "family", "651", ("651", "600")) == "600" else ()
        self._end = {"crlf": b"\r\n", "cr": b"\r"}[one_of(options, "ending", "crlf", ("crlf", "cr"))]
        self._heard = bytearray()
        self._wire = Wire(whole(options, "baud", 9600, 0, 10_000_000), 0.005)
        part = Unit("% of full scale", Dimension.PRESSURE, self.full_scale / 100.0)
        noise = _NOISE * self.full_scale
        self._display = Display(seed, f"{name}.pressure", part, _REFRESH, noise=noise, low=LEAST, high=MOST, decimals=5)

    # --- bytes ------------------------------------------------------------------------------------------------------

    def feed(self, data: bytes, now: float) -> Replies:
        """Obeys what ends with CR, whatever LF stands about; only requests are answered."""
        self._heard += data.replace(b"\n", b"")
        replies: Replies = []
        while (end := self._heard.find(b"\r")) >= 0:
            message = self._heard[:end].decode("latin-1").upper().replace(" ", "")
            del self._heard[: end + 1]
            told = self._obey(message, now)
            if told is not None:
                said = told.encode() + self._end
                replies.append((self._wire.delay(now, end + 2, len(said)), said))
        if len(self._heard) > _LONGEST:
            self._heard.clear()
        return replies

    def _obey(self, message: str, now: float) -> str | None:
        """What it does not know it ignores; so does its key, unless it is at remote."""
        if message[:1] == "R":
            number = int(message[1:]) if message[1:].isdecimal() and message.isascii() else -1
            if number in self._unknown:
                return None
            request = _REQUESTS.get(number)
            return request(self, now) if request else self._set_point_of(number)
        found = _COMMAND.fullmatch(message)
        command = _COMMANDS.get(found[1]) if found else None
        if found and command and self.remote:
            command(self, int(found[2] or 0), found[3], now)
        return None

    # --- commands ---------------------------------------------------------------------------------------------------

    @_command("O")
    def _open(self, number: int, parameter: str, now: float) -> None:
        self._do(OPEN, now)

    @_command("C")
    def _close(self, number: int, parameter: str, now: float) -> None:
        self._do(CLOSED, now)

    @_command("H")
    def _hold(self, number: int, parameter: str, now: float) -> None:
        self._do(STOPPED, now)

    @_command("D")
    def _activate(self, number: int, parameter: str, now: float) -> None:
        if 1 <= number <= SET_POINTS:
            self._do(FIRST + number - 1, now)

    @_command("S")
    def _set_level(self, number: int, parameter: str, now: float) -> None:
        """Another level of the active set point acts at once."""
        if 1 <= number <= SET_POINTS and _is_number(parameter) and 0.0 <= float(parameter) <= 100.0:
            self.levels[number - 1] = float(parameter)
            if self.doing == FIRST + number - 1:
                self._do(self.doing, now)

    @_command("T")
    def _set_type(self, number: int, parameter: str, now: float) -> None:
        if 1 <= number <= SET_POINTS and parameter in ("0", "1"):
            self.types[number - 1] = int(parameter)

    # --- requests ---------------------------------------------------------------------------------------------------

    @_request(5)
    def _pressure(self, now: float) -> str:
        return f"P{self._part_of(now):+.5f}"

    @_request(6)
    def _position(self, now: float) -> str:
        return f"V{100.0 * self.here(now):+.2f}"

    @_request(7)
    def _status_7(self, now: float) -> str:
        """What it says of a valve that was stopped is not in the pages that were at hand: taken as 3."""
        active = self.doing - FIRST + 1 if self.doing >= FIRST else 1
        valve = {OPEN: 2, CLOSED: 4, STOPPED: 3}.get(self.doing, 0)
        return f"M{active}{valve}{int(self._part_of(now) > 10.0)}"

    def _set_point_of(self, request: int) -> str | None:
        """Level or type of one of the five; None for another request."""
        if request in LEVELS:
            number = LEVELS.index(request)
            return f"S{number + 1}{self.levels[number]:+.3f}"
        if request in TYPES:
            number = TYPES.index(request)
            return f"T{number + 1}{self.types[number]}"
        return None

    @_request(33)
    def _range(self, now: float) -> str:
        torr = round(from_si(self.full_scale, Torr), 3)
        return f"E{CODES.get(torr, 6):02d}"

    @_request(37)
    def _status(self, now: float) -> str:
        return f"M{int(self.remote)}0{self.doing}"

    @_request(38)
    def _version(self, now: float) -> str:
        return "H5.10"

    @_request(52)
    def _checksum(self, now: float) -> str:
        return "CS0"

    # --- the blade --------------------------------------------------------------------------------------------------

    def power_up(self, now: float) -> None:
        """After switching on it is closed."""
        self._do(CLOSED, now)

    def _do(self, doing: int, now: float) -> None:
        self.doing = doing
        if doing < FIRST:
            self.go({OPEN: 1.0, CLOSED: 0.0, STOPPED: self.here(now)}[doing], now)
            return
        level = self.levels[doing - FIRST]
        if self.types[doing - FIRST] == AS_POSITION:
            self.go(level / 100.0, now)
        else:
            self.hold_pressure(level / 100.0 * self.full_scale, now)

    # --- readings ---------------------------------------------------------------------------------------------------

    def _part_of(self, now: float) -> float:
        """The pressure, % of full scale."""
        if self._pressure_point is None:
            return LEAST
        truth = self.world.read(self._pressure_point, now)
        return self._display.show(truth, now) if truth == truth else LEAST

    def readings(self, terminals: Collection[str], times: Floats) -> Mapping[str, Shown]:
        """As R5, R6, R37 and the set points would tell, by way of % and Pa."""
        truth = self.truth(times)
        position = to_si(np.rint(truth[self._position_point] * 100.0 * 100.0) / 100.0, percent)
        following = self.doing == FIRST + 1
        shown = {
            "position": Shown.of(position),
            "pressure": self._pressures_shown(truth, times),
            "local": self._told(float(not self.remote), 37, times),
            "learning": self._told(0.0, 37, times),
            "fault": self._told(0.0, 52, times),
            "pressure_setpoint": Shown.steady(
                round(self.levels[1], 3) / 100.0 * self.full_scale if following else 0.0, times
            ),
            "position_setpoint": self._positions_wanted(position, times),
        }
        return {terminal: shown[terminal] for terminal in terminals if terminal in shown}

    def _told(self, value: float, request: int, times: Floats) -> Shown:
        return Shown.nothing(times) if request in self._unknown else Shown.steady(value, times)

    def _pressures_shown(self, truth: Mapping[str, Floats], times: Floats) -> Shown:
        if self._pressure_point is None:
            return Shown.nothing(times)
        part = self._display.show(truth[self._pressure_point], times)
        return Shown.of(part / 100.0 * self.full_scale, bad=(part >= 100.0) | (part < -2.0))

    def _positions_wanted(self, position: Floats, times: Floats) -> Shown:
        known = {OPEN: 100.0, CLOSED: 0.0, FIRST: round(self.levels[0], 3)}
        if self.doing in known:
            return Shown.steady(to_si(known[self.doing], percent), times)
        return Shown.of(position, doubtful=self.doing != STOPPED)


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", text))


def _types(text: str) -> list[int]:
    found = [part.strip() for part in text.split(",")]
    if len(found) != SET_POINTS or any(part not in ("0", "1") for part in found):
        raise SimulationError(f"types are {text!r}", remedy="give five numbers, 0 for a position and 1 for a pressure")
    return [int(part) for part in found]
