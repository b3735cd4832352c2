"""Parameters of a Eurotherm 3200 by Modbus address, with scale, range and what a write does; from HA028651, 15.5."""

from enum import Enum
from typing import Final

from vapordep.lazy import dataclass

LOWEST: Final = -200.0
HIGHEST: Final = 1372.0
"""Range of a type K thermocouple, degC."""
FLASH: Final = frozenset({2, 24, 25})
"""Setpoints in memory that is good for 100 000 writes."""


class Scale(Enum):
    """How the number of a parameter becomes a word."""

    DISPLAY = "as many decimals as the display has"
    OUTPUT = "one decimal"
    WHOLE = "none"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One address: `default`, `low` and `high` in its own unit; temperatures here in degC, outputs in percent."""

    scale: Scale = Scale.WHOLE
    default: float = 0.0
    low: float = 0.0
    high: float = 0.0
    writable: bool = True
    temperature: bool = False


def _temperature(default: float, *, writable: bool = True) -> Parameter:
    return Parameter(Scale.DISPLAY, default, LOWEST, HIGHEST, writable, temperature=True)


def _output(default: float, *, low: float = 0.0, writable: bool = True) -> Parameter:
    return Parameter(Scale.OUTPUT, default, low, 100.0, writable)


def _choice(last: int) -> Parameter:
    return Parameter(high=float(last))


def _told(default: float = 0.0) -> Parameter:
    return Parameter(default=default, writable=False)


PARAMETERS: Final = {
    1: _temperature(0.0, writable=False),  # process value
    2: _temperature(0.0),  # target setpoint: the selected one of 24 and 25
    3: _output(0.0),  # manual output
    4: _output(0.0, writable=False),  # working output
    5: _temperature(0.0, writable=False),  # working setpoint
    6: Parameter(Scale.DISPLAY, 20.0, 0.1, 3000.0),  # proportional band, display units
    8: Parameter(Scale.WHOLE, 360.0, 0.0, 9999.0),  # integral time, s; 0: none
    9: Parameter(Scale.WHOLE, 0.0, 0.0, 9999.0),  # derivative time, s; 0: none
    11: _temperature(LOWEST, writable=False),  # range low limit
    12: _temperature(HIGHEST, writable=False),  # range high limit
    13: _temperature(HIGHEST),  # alarm 1, full-scale high
    14: _temperature(HIGHEST),  # alarm 2, full-scale high
    15: _choice(1),  # setpoint 1 or 2
    23: _choice(3),  # timer: reset, run, hold, end
    24: _temperature(0.0),  # setpoint 1
    25: _temperature(0.0),  # setpoint 2
    26: _temperature(0.0),  # remote setpoint, not kept in memory
    30: _output(100.0),  # output high limit
    31: _output(0.0),  # output low limit
    35: Parameter(Scale.DISPLAY, 0.0, 0.0, 3000.0),  # setpoint rate limit, display units a minute; 0: none
    37: Parameter(Scale.OUTPUT, 0.0, 0.0, 100.0),  # output rate limit, % a second; 0: none
    75: _told(),  # instrument status
    76: _told(),  # the same, inverted
    111: _temperature(HIGHEST),  # setpoint high limit
    112: _temperature(LOWEST),  # setpoint low limit
    199: _choice(2),  # instrument mode: operating, standby, configuration
    203: _temperature(0.0),  # process value from the line; read back only
    270: _choice(1),  # self-tune
    273: _choice(2),  # automatic, manual, off
    276: _choice(1),  # local or remote setpoint
    516: _choice(2),  # display units: degC, degF, K; only in configuration mode
    525: _choice(2),  # decimals; only in configuration mode
}
CONFIGURATION: Final = frozenset({516, 525})


class Status:
    """Bits of the instrument status."""

    ALARM_1: Final = 1 << 0
    ALARM_2: Final = 1 << 1
    MANUAL: Final = 1 << 4
    SENSOR_BREAK: Final = 1 << 5
    OVER_RANGE: Final = 1 << 10
    NEW_ALARM: Final = 1 << 12
    RAMPING: Final = 1 << 13
    REMOTE_FAIL: Final = 1 << 14
    TUNING: Final = 1 << 15
