"""Channels of an MKS 946: gauges with their words for no value, flow controllers, relays; and its error codes."""

import math
from typing import Final

import numpy as np

from vapordep.simulation.display import Display
from vapordep.simulation.plant import Floats
from vapordep.simulation.shown import Shown
from vapordep.simulation.world import World
from vapordep.units import Torr, Unit, from_si, sccm, to_si

ERRORS: Final = {
    150: "WRONG_GAUGE", 151: "NO_GAUGE", 152: "NOT_IONGAUGE", 153: "NOT_HOTCATHODE", 154: "NOT_COLDCATHODE",
    155: "NOT_CAPACITANCE_MANOMETER", 156: "NOT_PIRANI_OR_CTP", 157: "NOT_PR_OR_CM", 158: "NOT_MFC", 159: "NOT_VLV",
    160: "UNRECOGNIZED_MSG", 161: "SET_CMD_LOCK", 162: "RLY_DIR_FIX_FOR_ION", 163: "INVALID_CHANNEL",
    169: "INVALID_ARGUMENT", 172: "VALUE_OUT_OF_RANGE", 175: "CMD_QUERY_BYTE_INVALID",
    179: "SET_POINT_NOT_ENABLED", 199: "PRESSURE_TOO_HIGH_FOR_DEGAS",
}  # fmt: skip
"""Table 9-15 of the 946 manual."""

_RANGE: Final = {
    "PR": (5e-4, 400.0), "CP": (1e-3, 1000.0), "CV": (1e-3, 1000.0), "CC": (1e-11, 1e-2), "HC": (1e-10, 1e-2),
}  # fmt: skip
"""Torr that a kind of gauge measures; a capacitance manometer has its full scale."""
_WAIT: Final = {"CC": 3.0, "HC": 3.0}
"""An ion gauge says WAIT for so long after switching on, s."""
_PROTECT: Final = 5e-3
"""Torr above which an ion gauge switches itself off, as delivered."""


class Nak(Exception):  # noqa: N818 - named by what is said
    """The reply NAK with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(ERRORS[code])
        self.code = code


def number(value: float, places: int) -> str:
    """A number as the instrument writes it: 7.602E+2, with as few digits of the exponent as it takes."""
    mantissa, exponent = f"{value:.{places}E}".split("E")
    return f"{mantissa}E{int(exponent):+d}"


class GaugeChannel:
    """One gauge: power, waiting time, protection, and what stands in place of a number."""

    display: Display

    def __init__(self, kind: str, point: str, full_scale: float, unit: Unit) -> None:
        self.kind = kind
        self.point = point
        self.unit = unit
        self.on = kind not in _WAIT
        self.tripped = False
        self.degas = False
        self.misconnected = False
        self.protect = to_si(_PROTECT, Torr)
        self._waits_until = -math.inf
        capacitance = kind == "CM"
        low, high = (-math.inf, 1.05 * full_scale) if capacitance else (to_si(x, Torr) for x in _RANGE[kind])
        self.low, self.high = low, high
        self.noise = 1e-5 * full_scale if capacitance else 0.0
        self.relative_noise = 1e-4 if capacitance else 5e-3

    def switch(self, on: bool, now: float) -> None:
        """Switches its power (PR, CP, HC) or high voltage (CC)."""
        if on and not self.on:
            self._waits_until = now + _WAIT.get(self.kind, 0.0)
        self.on, self.tripped, self.degas = on, False, False

    def text(self, pressure: float, now: float) -> str:
        """The reply to PR at a true pressure in Pa: a number in the unit that is set, or a word."""
        word = self._word(pressure, now)
        if word:
            return word
        measured = self.display.measure(pressure, now)
        low, high = self._limits
        if measured > high:
            return "OVER" if self.kind == "CM" else "HI" if self.kind in _WAIT else "ATM"
        if measured < low:
            return f"LO<E{self._decade:+03d}"
        return number(self.display.round(measured), 3)

    def readings(self, pressures: Floats, times: Floats) -> Shown:
        """What stands in `text` at true pressures (P,) in Pa at instants (P,), of a gauge that never switches itself.

        The words for no value are BAD; below its range it tells a bound, which is doubtful.
        """
        if self.misconnected or not self.on:
            return Shown.nothing(times)
        measured = self.display.measure(pressures, times)
        low, high = self._limits
        below = measured < low
        shown = self.display.round(measured)
        if below.any():
            shown = np.where(below, float(f"1E{self._decade:+03d}"), shown)
        return Shown.of(to_si(shown, self.unit), doubtful=below, bad=measured > high)

    @property
    def _limits(self) -> tuple[float, float]:
        """Its range in the unit that is set."""
        return from_si(self.low, self.unit), from_si(self.high, self.unit)

    @property
    def _decade(self) -> int:
        """The power of ten that it names when it measures less than it can."""
        return math.floor(math.log10(self._limits[0]))

    def valid(self, pressure: float, now: float) -> float:
        """The pressure in Pa that its relays act on: NaN without a value, beyond its range the end of it."""
        if self._word(pressure, now):
            return math.nan
        measured = to_si(self.display.measure(pressure, now), self.unit)
        return min(max(measured, self.low), self.high)

    def letter(self, now: float) -> str:
        """The reply to T of an ion gauge."""
        if self.tripped:
            return "P"
        if not self.on:
            return "O"
        return "W" if now < self._waits_until else "D" if self.degas else "G"

    def _word(self, pressure: float, now: float) -> str:
        if self.misconnected or math.isnan(pressure):
            return "MISCONN"
        if self.kind in _WAIT and self.on and pressure > self.protect:
            self.on, self.tripped, self.degas = False, True, False
        if self.tripped:
            return "PROT_OFF"
        if not self.on:
            return "OFF"
        return "WAIT" if now < self._waits_until else ""


class FlowChannel:
    """One mass flow controller on a channel: setpoint and range in sccm, mode, scale factor of its gas, zero."""

    def __init__(self, point: str, setpoint_point: str | None, most: float, display: Display) -> None:
        self.point = point
        self.range = most
        self.setpoint = 0.0
        self.mode = "CLOSE"
        self.scale = 1.0
        self._driven = setpoint_point
        self._display = display
        self._zero = 0.0

    def drive(self, world: World, now: float) -> None:
        """Tells the plant the flow that the mode and the setpoint ask for."""
        wanted = {"CLOSE": 0.0, "OPEN": self.range, "SETPOINT": self.setpoint}[self.mode]
        if self._driven is not None:
            world.drive(self._driven, to_si(wanted, sccm) / self.scale, now)

    def show(self, flow: float, now: float) -> float:
        """What it shows of a true flow in mol/s, in sccm."""
        return self._display.show((flow - self._zero) * self.scale, now)

    def take_zero(self, flow: float) -> None:
        """Calls this true flow in mol/s zero."""
        self._zero = flow


class Relay:
    """A setpoint relay; pressures in Pa. A new setpoint puts its hysteresis 10 % beyond it."""

    def __init__(self) -> None:
        self.direction = "BELOW"
        self.enabled = "CLEAR"
        self._set = False
        self.set_point(to_si(1e-2, Torr))

    def set_point(self, pressure: float) -> None:
        """Takes a setpoint over, and resets the hysteresis."""
        self.setpoint = pressure
        self.hysteresis = pressure * (1.1 if self.direction == "BELOW" else 0.9)

    def set_hysteresis(self, pressure: float) -> None:
        """Takes over at which pressure it lets go. Raises Nak on the wrong side of the setpoint."""
        beyond = pressure >= self.setpoint if self.direction == "BELOW" else pressure <= self.setpoint
        if not beyond:
            raise Nak(172)
        self.hysteresis = pressure

    def set_direction(self, direction: str) -> None:
        """ABOVE or BELOW the setpoint it is energised; resets the hysteresis."""
        self.direction = direction
        self.set_point(self.setpoint)

    def energised(self, pressure: float) -> bool:
        """Whether it is energised at this pressure; without a value it lets go."""
        if self.enabled != "ENABLE":
            return self.enabled == "SET"
        sign = 1.0 if self.direction == "BELOW" else -1.0
        threshold = self.hysteresis if self._set else self.setpoint
        self._set = sign * pressure < sign * threshold
        return self._set
