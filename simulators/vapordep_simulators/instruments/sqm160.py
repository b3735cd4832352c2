"""Inficon SQM-160 quartz crystal monitor; from manual 074-511-P1, chapter 8, and its published check values."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np

from vapordep.simulation.display import Display
from vapordep.simulation.instrument import Option, Replies, SimInstrument
from vapordep.simulation.plant import Floats
from vapordep.simulation.shown import Shown
from vapordep.simulation.world import World
from vapordep.units import Dimension, Hz, angstrom, percent, to_si, unit
from vapordep_simulators.instruments._crystal import Crystal, Film
from vapordep_simulators.instruments._settings import Wire, quantity, whole

SYNC: Final = 0x21
BIAS_IN, BIAS_OUT, BIAS_CHECK = 34, 35, 34
SENSORS: Final = 6
FILMS: Final = 99
NOISE: Final = 0.03
"""Hz of a crystal of 6 MHz, ten times a second."""
_REFRESH: Final = 0.1
_ANGSTROM_PER_S: Final = unit("angstrom/s", Dimension.GROWTH_RATE)
_Command = Callable[[Any, str, float], str]
_COMMANDS: Final[dict[str, _Command]] = {}


class _BadError(Exception):
    """The status letter in place of A: C for a command, D for data."""


def _command(letter: str) -> Callable[[_Command], _Command]:
    def enter(command: _Command) -> _Command:
        _COMMANDS[letter] = command
        return command

    return enter


def check(counted: bytes) -> bytes:
    """Two check bytes over length and message: 14 bits, each half above the sync character."""
    value = 0x3FFF
    for byte in counted:
        value ^= byte
        for _ in range(8):
            odd, value = value & 1, value >> 1
            if odd:
                value ^= 0x2001
    return bytes((value % 128 + BIAS_CHECK, value // 128 + BIAS_CHECK))


class Sqm160(SimInstrument):
    """Six sensors, of which one has a crystal.

    Terminals: `frequency` (Hz) of that crystal, NaN when it no longer oscillates; `shutter` is driven. Options:
    `sensor` (1), `sensors` (6, or 2), `film` (1) that is active, its `density` (1 g/cm3), `tooling` (100 %) and
    `z_ratio` (1), `lowest_frequency` (5 MHz) and `highest_frequency` (6.1 MHz) of a good crystal, `display` (0:
    angstrom), `baud` (19200; 0: no time on the wire).
    """

    manual = "Inficon SQM-160 Operating Manual 074-511-P1, chapter 8"

    def __init__(
        self, name: str, world: World, wiring: Mapping[str, str], options: Mapping[str, Option], seed: int
    ) -> None:
        super().__init__(name, world, wiring, options, seed)
        self.sensor = whole(options, "sensor", 1, 1, SENSORS)
        self.film = whole(options, "film", 1, 1, FILMS)
        self.sensors = whole(options, "sensors", SENSORS, 1, SENSORS)
        self.display = whole(options, "display", 0, 0, 3)
        self.films = {
            self.film: Film(
                density=quantity(options, "density", 1000.0, Dimension.DENSITY),
                tooling=quantity(options, "tooling", 1.0, Dimension.FRACTION),
                z_ratio=float(options.get("z_ratio", 1.0)),
            )
        }
        self.shutter = False
        self.powered_up = True
        self.crystal: Crystal | None = None
        if "frequency" in wiring:
            shown = Display(seed, f"{name}.frequency", Hz, _REFRESH, noise=NOISE, decimals=2)
            self.crystal = Crystal(
                world, wiring["frequency"], shown,
                lowest=quantity(options, "lowest_frequency", 5.0e6, Dimension.FREQUENCY),
                highest=quantity(options, "highest_frequency", 6.1e6, Dimension.FREQUENCY),
            )  # fmt: skip
        self._heard = bytearray()
        self._wire = Wire(whole(options, "baud", 19200, 0, 10_000_000), 0.002)

    # --- bytes ------------------------------------------------------------------------------------------------------

    def feed(self, data: bytes, now: float) -> Replies:
        """Answers every message whose check bytes are right; a sync character always begins another one."""
        self._heard += data
        replies: Replies = []
        while (message := self._next()) is not None:
            status = "A"
            try:
                told = self._obey(message.decode("latin-1"), now)
            except _BadError as bad:
                status, told = str(bad), ""
            counted = bytes((len(told) + 1 + BIAS_OUT,)) + f"{status}{told}".encode("latin-1")
            said = bytes((SYNC,)) + counted + check(counted)
            replies.append((self._wire.delay(now, len(message) + 4, len(said)), said))
        return replies

    def _next(self) -> bytes | None:
        """The next whole and right message that was heard."""
        while True:
            start = self._heard.find(SYNC)
            del self._heard[: start if start >= 0 else len(self._heard)]
            if len(self._heard) < 2:
                return None
            end = self._heard[1] - BIAS_IN + 4
            again = self._heard.find(SYNC, 1)
            if 0 < again < max(end, 4):
                del self._heard[:again]
                continue
            if len(self._heard) < max(end, 4):
                return None
            counted, told = bytes(self._heard[1 : end - 2]), bytes(self._heard[end - 2 : end])
            right = end > 4 and check(counted) == told
            del self._heard[: end if right else 1]
            if right:
                return counted[1:]

    def _obey(self, text: str, now: float) -> str:
        command = _COMMANDS.get(text[0])
        if command is None:
            raise _BadError("C")
        return command(self, text[1:], now)

    # --- the monitor ------------------------------------------------------------------------------------------------

    @_command("@")
    def _version(self, rest: str, now: float) -> str:
        return _nothing(rest) + "MON Ver 4.13"

    @_command("J")
    def _channels(self, rest: str, now: float) -> str:
        return _nothing(rest) + str(self.sensors)

    @_command("Y")
    def _power_flag(self, rest: str, now: float) -> str:
        """It forgets what it has told."""
        told, self.powered_up = self.powered_up, False
        return _nothing(rest) + str(int(told))

    @_command("A")
    def _film(self, rest: str, now: float) -> str:
        """Asked with a question mark; set with eight characters of name and seven numbers."""
        found = re.fullmatch(r"(\d{1,2})(\?|.{8}.*)", rest)
        if found is None or not 1 <= int(found[1]) <= FILMS:
            raise _BadError("D")
        number = int(found[1])
        if found[2] != "?":
            self.films[number] = _parsed(found[2])
            return ""
        film = self.films.get(number, Film(f"FILM{number}"))
        numbers = f"{film.density / 1000.0:.2f} {100.0 * film.tooling:.0f} {film.z_ratio:.3f}"
        return f"{film.name:8.8s}{numbers} 0.500 0.000 0 {1 << (self.sensor - 1)}"

    @_command("B")
    def _system_1(self, rest: str, now: float) -> str:
        if rest != "?":
            raise _BadError("D")
        return f"0.25 0 {self.display} 0 8 " + " ".join(["100"] * SENSORS)

    @_command("C")
    def _system_2(self, rest: str, now: float) -> str:
        if rest != "?":
            raise _BadError("D")
        low, high = (self.crystal.lowest, self.crystal.highest) if self.crystal else (5e6, 6.1e6)
        return f"{low / 1e6:.3f} {high / 1e6:.3f} 0.000 0.000 0.000 0.000 0"

    @_command("D")
    def _select(self, rest: str, now: float) -> str:
        if not rest.isdigit() or not 1 <= int(rest) <= FILMS:
            raise _BadError("D")
        self.film = int(rest)
        return ""

    @_command("S")
    def _zero(self, rest: str, now: float) -> str:
        self.zero(now)
        return _nothing(rest)

    @_command("T")
    def _zero_time(self, rest: str, now: float) -> str:
        return _nothing(rest)

    @_command("U")
    def _shutter(self, rest: str, now: float) -> str:
        if rest == "?":
            return str(int(self.shutter))
        if rest not in ("0", "1"):
            raise _BadError("D")
        self.shutter = rest == "1"
        self._drive(now)
        return ""

    # --- the sensors ------------------------------------------------------------------------------------------------

    @_command("P")
    def _frequency(self, rest: str, now: float) -> str:
        return f"{self._shown_of(rest, 'frequency', now):.2f}"

    @_command("L")
    def _rate(self, rest: str, now: float) -> str:
        return f"{self._shown_of(rest.removesuffix('?'), 'rate', now): .2f} "

    @_command("N")
    def _thickness(self, rest: str, now: float) -> str:
        return f"{self._shown_of(rest, 'thickness', now): .3f} "

    @_command("R")
    def _life(self, rest: str, now: float) -> str:
        return f"{self._shown_of(rest, 'life', now): .0f} "

    @_command("M")
    def _average_rate(self, rest: str, now: float) -> str:
        return self._rate(_nothing(rest) + str(self.sensor), now)

    @_command("O")
    def _average_thickness(self, rest: str, now: float) -> str:
        return self._thickness(_nothing(rest) + str(self.sensor), now)

    @_command("W")
    def _all(self, rest: str, now: float) -> str:
        told = [_nothing(rest) + "00.00"]
        for sensor in map(str, range(1, self.sensors + 1)):
            told += [self._rate(sensor, now), self._thickness(sensor, now), self._frequency(sensor, now)]
        return " ".join(" ".join(told).split())

    def _shown_of(self, sensor: str, what: str, now: float) -> float:
        """One number of a sensor; of one without a crystal, or with a failed one, it is 0."""
        if not sensor.isdigit() or not 1 <= int(sensor) <= self.sensors:
            raise _BadError("D")
        if int(sensor) != self.sensor or self.crystal is None:
            return 0.0
        return float(np.nan_to_num(self._numbers(what, now)))

    # --- readings ---------------------------------------------------------------------------------------------------

    def _numbers(self, what: str, when: Any) -> Any:
        """As its digits show them at an instant, or at instants (P,): Hz, kA, A/s, %; NaN of a failed crystal."""
        assert self.crystal is not None  # noqa: S101 - for the type checker
        crystal, film = self.crystal, self.films.get(self.film, Film())
        frequency = crystal.measured(when)
        frequency = np.where(crystal.good(frequency), frequency, np.nan)
        if what == "frequency":
            return _rounded(frequency, 2)
        if what == "thickness":
            return _rounded(crystal.thickness(frequency, film) / 1e-7, 3)
        if what == "rate":
            return _rounded(crystal.rate(frequency, when, film) / 1e-10, 2)
        return _rounded(100.0 * crystal.life(frequency), 0)

    def readings(self, terminals: Collection[str], times: Floats) -> Mapping[str, Shown]:
        """As P, N, L, R and U would tell, in SI."""
        shown = {"shutter": Shown.steady(float(self.shutter), times)}
        for what in ("frequency", "thickness", "rate", "life"):
            if what in terminals:
                shown[what] = self._reading(what, times)
        return {terminal: shown[terminal] for terminal in terminals if terminal in shown}

    def _reading(self, what: str, times: Floats) -> Shown:
        if self.crystal is None:
            return Shown.steady(0.0, times) if what == "life" else Shown.nothing(times)
        numbers = self._numbers(what, times)
        if what == "thickness":
            return Shown.of(to_si(1000.0 * numbers, angstrom))
        if what == "rate":
            return Shown.of(to_si(numbers, _ANGSTROM_PER_S))
        return Shown.of(numbers) if what == "frequency" else Shown.of(to_si(numbers, percent))

    # --- what it drives ---------------------------------------------------------------------------------------------

    def power_up(self, now: float) -> None:
        """After switching on its shutter is closed, and what lies on the crystal counts as nothing."""
        self.shutter = False
        self._drive(now)
        self.zero(now)

    def zero(self, now: float) -> None:
        """From now on what lies on the crystal counts as nothing; a failed one cannot be zeroed."""
        if self.crystal is None:
            return
        frequency = self.crystal.measured(now)
        if self.crystal.good(frequency):
            self.crystal = replace(self.crystal, zero=frequency, since=now)

    def _drive(self, now: float) -> None:
        if "shutter" in self.wiring:
            self.world.drive(self.wiring["shutter"], float(self.shutter), now)


def _rounded(numbers: Any, decimals: int) -> Any:
    power = 10.0**decimals
    return np.rint(numbers * power) / power + 0.0


def _nothing(rest: str) -> str:
    if rest:
        raise _BadError("D")
    return ""


def _parsed(text: str) -> Film:
    fields = text[8:].split()
    try:
        numbers = [float(field) for field in fields]
    except ValueError:
        raise _BadError("D") from None
    if len(numbers) != 7 or not 0.4 < numbers[0] < 100.0 or not 10 <= numbers[1] <= 400:
        raise _BadError("D")
    return Film(text[:8].rstrip(), 1000.0 * numbers[0], numbers[1] / 100.0, numbers[2])
