"""Eurotherm 3200 and 2000 series temperature controllers, Modbus; from HA028651 section 15.5 and the 2000 handbook."""

import math
import struct
from collections.abc import Collection, Mapping
from typing import Any, Final, overload

import numpy as np

from vapordep.errors import SimulationError
from vapordep.simulation.display import Display
from vapordep.simulation.instrument import Option
from vapordep.simulation.plant import Floats
from vapordep.simulation.shown import Shown
from vapordep.simulation.world import World
from vapordep.units import Dimension, K, K_per_min, Unit, degC, degF, from_si, percent, to_si
from vapordep_simulators.instruments import _modbus
from vapordep_simulators.instruments._eurotherm_parameters import CONFIGURATION, FLASH, PARAMETERS, Scale, Status
from vapordep_simulators.instruments._modbus import ILLEGAL_ADDRESS, ILLEGAL_FUNCTION, ILLEGAL_VALUE, Refused
from vapordep_simulators.instruments._pid import REMOTE_HOLDS, Loop, Ramp, Tuning, simc
from vapordep_simulators.instruments._settings import one_of, quantity, whole

UNITS: Final = (degC, degF, K)
IEEE: Final = 0x8000
"""Parameter n as a float lies at this plus 2 n, in two words."""
ABSENT: Final = 0x8000
"""What a block read holds at addresses between parameters."""
MOST_WORDS: Final = 125
LOOPBACK: Final = 0
"""The one diagnosis of FC08 that it knows."""
_REFRESH: Final = 0.25
_REST: Final = 273.15


class Eurotherm(_modbus.ModbusInstrument):
    """One loop: it measures, ramps its working setpoint, and gives the plant the controller of its zone.

    Terminals: `temperature` (K) is read; `power` (0..1) is read, and unless wired is `<zone>.power`, the zone being
    the part before the point of `temperature`; `<zone>.controller` is driven. Options: `address` (1), `framing` rtu |
    tcp, `baud` (9600), `decimals` (1), `units` C | F | K, `rate_limit` (0 K/s: none), `noise` and `sensor_error` (K),
    `floats` (the IEEE area of the 2000 series), `watch_remote` (a remote setpoint not renewed for 5 s falls back), and
    the zone that it was tuned on: `gain` (K at full power), `time_constant`, `dead_time`.
    """

    manual = "Eurotherm 3200 Series Engineering Handbook HA028651 issue 7, section 15.5; 2000 Series comms 026230"
    think = 0.02

    def __init__(
        self, name: str, world: World, wiring: Mapping[str, str], options: Mapping[str, Option], seed: int
    ) -> None:
        super().__init__(name, world, wiring, options, seed)
        self.values = {number: parameter.default for number, parameter in PARAMETERS.items()}
        self.values[525] = float(whole(options, "decimals", 1, 0, 2))
        self.nonvolatile_writes = 0
        """Writes to memory that is good for 100 000."""
        point = wiring.get("temperature")
        if point is None:
            raise SimulationError("its temperature is not wired", where=name, remedy="wire `temperature` to a point")
        self._point = point
        self.zone = point.rpartition(".")[0]
        self._power_point = wiring.get("power", f"{self.zone}.power")
        self._tune()
        self._change_units(("C", "F", "K").index(one_of(options, "units", "C", ("C", "F", "K"))))
        noise = quantity(options, "noise", 0.03, Dimension.TEMPERATURE_DIFFERENCE)
        self._sensor_error = quantity(options, "sensor_error", 0.0, Dimension.TEMPERATURE_DIFFERENCE)
        self._display = Display(seed, f"{name}.temperature", K, _REFRESH, noise=noise)
        self._ramp = Ramp(_REST)
        self._remote_until = math.inf
        self._alarms = 0

    def _tune(self) -> None:
        """As after a good self-tune on the zone."""
        tuning = simc(
            quantity(self.options, "gain", 120.0, Dimension.TEMPERATURE_DIFFERENCE),
            quantity(self.options, "time_constant", 150.0, Dimension.TIME),
            quantity(self.options, "dead_time", 7.0, Dimension.TIME),
        )
        self._ramp_power = tuning.ramp_power
        self.values[6], self.values[8], self.values[9] = 1.0 / tuning.gain, round(tuning.integral), tuning.derivative
        self.values[35] = 60.0 * quantity(self.options, "rate_limit", 0.0, Dimension.TEMPERATURE_RATE)

    # --- requests ---------------------------------------------------------------------------------------------------

    def obey(self, function: int, body: bytes, now: float) -> bytes:
        """FC03 and FC04 read words or floats, FC06 writes a word, FC16 words or floats, FC08 gives back what came."""
        match function:
            case 0x03 | 0x04:
                data = self._read_words(*_modbus.span(body, MOST_WORDS), now)
                return bytes((len(data),)) + data
            case 0x06:
                address, word = _modbus.pair(body)
                self._write([(address, self._from_word(self._known(address), word))], now)
                return body
            case 0x08:
                if _modbus.pair(body)[0] != LOOPBACK:
                    raise Refused(ILLEGAL_VALUE)
                return body
            case 0x10:
                self._write(self._writes(*_modbus.block(body, MOST_WORDS, bits=False)), now)
                return body[:4]
        raise Refused(ILLEGAL_FUNCTION)

    def readings(self, terminals: Collection[str], times: Floats) -> Mapping[str, Shown]:
        """Its parameters as words, in SI: BAD where its status says so, or the word is at an end of what it can tell.

        Setpoints are doubtful while by hand.
        """
        manual = bool(self.values[273])
        wired = {"temperature": self._point, "power": self._power_point}
        points = {point for terminal, point in wired.items() if terminal in terminals}
        truth = self.world.values(points, times) if points else {}
        found = {}
        if "temperature" in terminals:
            felt = truth[self._point] + self._sensor_error
            measured = from_si(self._display.measure(felt, times), self.unit)
            well = measured <= self._over_range  # which a broken sensor's NaN is not
            words = self._words(1, measured)
            found["temperature"] = Shown.of(self._degrees(words), bad=~(well & (words > -0x8000) & (words < 0x7FFF)))
        if "power" in terminals:
            found["power"] = Shown.of(to_si(self._words(4, 100.0 * truth[self._power_point]) / 10.0, percent))
        if "working_setpoint" in terminals:
            found["working_setpoint"] = self._working(times, doubtful=manual)
        if "setpoint" in terminals:
            target = self._degrees(self._word(2, self.values[self._target_number()]))
            found["setpoint"] = Shown.steady(target, times, doubtful=manual)
        if "rate" in terminals:
            rate = self._word(35, self.values[35]) / self._power_of_ten(35)
            found["rate"] = Shown.steady(to_si(rate * self.unit.factor, K_per_min), times)
        return found

    def _working(self, times: Floats, *, doubtful: bool) -> Shown:
        """The working setpoint at instants (P,), rising."""
        if len(times) and self._expires() == math.inf and self._ramp.over(times.item(0)):
            still = self._degrees(self._word(5, from_si(self._ramp.target, self.unit)))
            return Shown.steady(still, times, doubtful=doubtful)
        working = self._ramp.at_all(times)
        if self._expires() < math.inf:
            working = np.where(times < self._expires(), working, self._local())
        return Shown.of(self._degrees(self._words(5, from_si(working, self.unit))), doubtful=doubtful)

    def _words(self, number: int, values: Floats) -> Floats:
        """`_to_word` of a parameter that is signed, at instants (P,), as the numbers that stand in the words.

        NaN, which stands there as the largest, stays NaN: it is never read as a value.
        """
        scaled = np.rint(values * self._power_of_ten(number))
        return np.minimum(np.maximum(scaled, -0x8000, out=scaled), 0x7FFF, out=scaled)

    def _word(self, number: int, value: float) -> float:
        """`_words` of a finite number."""
        return float(min(max(round(value * self._power_of_ten(number)), -0x8000), 0x7FFF))

    @overload
    def _degrees(self, words: float) -> float: ...
    @overload
    def _degrees(self, words: Floats) -> Floats: ...
    def _degrees(self, words: Any) -> Any:
        """Words of a temperature in K, by way of degC, in which it is read."""
        shown = to_si(words / self._power_of_ten(1), self.unit)
        return to_si(from_si(shown, degC), degC)

    def _known(self, number: int) -> int:
        if number not in PARAMETERS:
            raise Refused(ILLEGAL_ADDRESS)
        return number

    def _read_words(self, first: int, count: int, now: float) -> bytes:
        if first >= IEEE:
            return b"".join(struct.pack(">f", self.read(n, now)) for n in self._float_numbers(first, count))
        self._known(first)
        numbers = range(first, first + count)
        words = [self._to_word(n, self.read(n, now)) if n in PARAMETERS else ABSENT for n in numbers]
        return struct.pack(f">{count}H", *words)

    def _float_numbers(self, first: int, count: int) -> list[int]:
        if not self.options.get("floats", True) or first % 2 or count % 2:
            raise Refused(ILLEGAL_ADDRESS)
        return [self._known((first - IEEE) // 2 + n) for n in range(count // 2)]

    def _writes(self, first: int, count: int, data: bytes) -> list[tuple[int, float]]:
        if first >= IEEE:
            numbers = self._float_numbers(first, count)
            return list(zip(numbers, struct.unpack(f">{count // 2}f", data), strict=True))
        words = struct.unpack(f">{count}H", data)
        return [(n, self._from_word(self._known(n), word)) for n, word in enumerate(words, first)]

    def _power_of_ten(self, number: int) -> float:
        scale = PARAMETERS[number].scale
        return 10.0 ** (self.values[525] if scale is Scale.DISPLAY else 1 if scale is Scale.OUTPUT else 0)

    def _to_word(self, number: int, value: float) -> int:
        """A signed integer with the decimals implied; status words are not signed."""
        if math.isnan(value):
            return 0x7FFF
        scaled = round(value * self._power_of_ten(number))
        return scaled if number in (75, 76) else min(max(scaled, -0x8000), 0x7FFF) & 0xFFFF

    def _from_word(self, number: int, word: int) -> float:
        return (word - 0x10000 if word >= 0x8000 else word) / self._power_of_ten(number)

    # --- parameters -------------------------------------------------------------------------------------------------

    @property
    def unit(self) -> Unit:
        """The temperature unit of the display."""
        return UNITS[int(self.values[516])]

    def read(self, number: int, now: float) -> float:
        """One parameter in its own unit; NaN for a process value that a broken sensor gives."""
        match number:
            case 1:
                return from_si(self._measured(now), self.unit)
            case 2:
                return self.values[self._target_number()]
            case 4:
                return 100.0 * self._power(now)
            case 5:
                return from_si(self._working_setpoint(now), self.unit)
            case 75:
                return self._status(now)
            case 76:
                return 0xFFFF - self._status(now)
        return self.values[number]

    def _write(self, writes: list[tuple[int, float]], now: float) -> None:
        """All or none: everything is judged before anything is done."""
        for number, value in writes:
            self._judge(number, value)
        for number, value in writes:
            self._take(number, value, now)
        self._drive(now)

    def _judge(self, number: int, value: float) -> None:
        parameter = PARAMETERS[number]
        if not parameter.writable or (number in CONFIGURATION and self.values[199] != 2):
            raise Refused(ILLEGAL_ADDRESS)
        low, high = parameter.low, parameter.high
        if parameter.temperature:
            low, high = (from_si(to_si(limit, degC), self.unit) for limit in (low, high))
        if number in (2, 24, 25, 26):
            low, high = max(low, self.values[112]), min(high, self.values[111])
        if not low <= value <= high:
            raise Refused(ILLEGAL_VALUE)

    def _take(self, number: int, value: float, now: float) -> None:
        if number in FLASH:
            self.nonvolatile_writes += 1
        if number == 516:
            self._change_units(int(value))
        elif number == 2:
            self.values[25 if self.values[15] else 24] = value
        else:
            self.values[number] = value
        if number in (26, 276) and self.options.get("watch_remote"):
            self._remote_until = now + REMOTE_HOLDS

    def _change_units(self, units: int) -> None:
        """Every temperature, and every difference of them, becomes another number."""
        old, new = self.unit, UNITS[units]
        for number, parameter in PARAMETERS.items():
            if parameter.temperature:
                self.values[number] = from_si(to_si(self.values[number], old), new)
        for number in (6, 35):
            self.values[number] *= old.factor / new.factor
        self.values[516] = float(units)

    # --- the loop ---------------------------------------------------------------------------------------------------

    def _target_number(self) -> int:
        return 26 if self.values[276] else 25 if self.values[15] else 24

    def _local(self) -> float:
        return to_si(self.values[25 if self.values[15] else 24], self.unit)

    def _measured(self, now: float) -> float:
        """What the sensor gives, K: NaN when it is broken."""
        return self._display.measure(self.world.read(self._point, now) + self._sensor_error, now)

    def _power(self, now: float) -> float:
        return self.world.read(self._power_point, now)

    def _working_setpoint(self, now: float) -> float:
        return self._ramp.at(now) if now < self._expires() else self._local()

    def _expires(self) -> float:
        return self._remote_until if self.values[276] else math.inf

    def _set_ramp(self, now: float) -> None:
        """Another target: on from the working setpoint while it ramps, else from the process value."""
        target = to_si(self.values[self._target_number()], self.unit)
        rate = self.values[35] * self.unit.factor / 60.0
        if (target, rate) == (self._ramp.target, self._ramp.rate):
            return
        start = self._ramp.at(now) if self._ramp.slope(now) else self.world.read(self._point, now)
        self._ramp = Ramp(target, target if math.isnan(start) else start, now, rate)

    def _drive(self, now: float) -> None:
        """Gives the plant the loop as the parameters now make it."""
        self._set_ramp(now)
        values = self.values
        tuning = Tuning(1.0 / (values[6] * self.unit.factor), values[8], values[9], self._ramp_power)
        off = values[199] != 0 or values[273] == 2
        loop = Loop(
            tuning,
            self._ramp,
            low=0.0 if off else values[31] / 100.0,
            high=values[30] / 100.0,
            slew=values[37] / 100.0 if values[37] else math.inf,
            manual=0.0 if off else values[3] / 100.0 if values[273] else None,
            oscillating=bool(values[270]),
            expires=self._expires(),
            fallback=self._local(),
            first_power=self._power(now),
        )
        self.world.drive(f"{self.zone}.controller", loop, now)

    def power_up(self, now: float) -> None:
        """After switching on it controls to setpoint 1, without a ramp under way."""
        self._drive(now)

    @property
    def _over_range(self) -> float:
        """Above this process value, in the display's unit, it says that it is over range."""
        return self.values[12] + 0.05 * (self.values[12] - self.values[11])

    def _status(self, now: float) -> int:
        measured = self.read(1, now)
        alarms = (Status.ALARM_1 if measured > self.values[13] else 0) | (
            Status.ALARM_2 if measured > self.values[14] else 0
        )
        new, self._alarms = alarms & ~self._alarms, alarms
        bits = {
            Status.NEW_ALARM: bool(new),
            Status.MANUAL: bool(self.values[273]),
            Status.SENSOR_BREAK: math.isnan(measured),
            Status.OVER_RANGE: measured > self._over_range,
            Status.RAMPING: bool(self._ramp.slope(now)),
            Status.REMOTE_FAIL: now >= self._expires(),
            Status.TUNING: bool(self.values[270]),
        }
        return alarms | sum(bit for bit, on in bits.items() if on)
