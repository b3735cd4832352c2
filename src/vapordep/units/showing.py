"""Showing SI values to people, in a unit of their size."""

import math
from typing import Final

from vapordep.units.dimensions import Dimension, Unit, from_si
from vapordep.units.table import SLM, UNITS, si_unit

_D = Dimension

# From which SI magnitude on a person is shown which unit; a dimension not listed is shown in SI.
_SHOWN: Final[dict[Dimension, tuple[tuple[float, str], ...]]] = {
    _D.PRESSURE: ((0.0, "Pa"), (1e3, "kPa")),
    _D.TEMPERATURE: ((0.0, "degC"),),
    _D.TEMPERATURE_RATE: ((0.0, "K/min"),),
    _D.TIME: ((0.0, "us"), (1e-3, "ms"), (1.0, "s"), (120.0, "min"), (7200.0, "h"), (172800.0, "d")),
    _D.LENGTH: ((0.0, "nm"), (1e-6, "um"), (1e-3, "mm"), (1.0, "m")),
    _D.AREA: ((0.0, "mm2"), (1e-4, "cm2"), (0.1, "m2")),
    _D.VOLUME: ((0.0, "mL"), (1e-3, "L"), (1.0, "m3")),
    _D.VOLUME_FLOW: ((0.0, "L/s"), (1.0, "m3/s")),
    _D.MOLAR_FLOW: ((0.0, "sccm"), (1e4 * SLM * 1e-3, "slm")),
    _D.AMOUNT: ((0.0, "nmol"), (1e-6, "umol"), (1e-3, "mmol"), (1.0, "mol")),
    _D.AMOUNT_PER_AREA: ((0.0, "umol/m2"), (1.0, "mol/m2")),
    _D.MASS: ((0.0, "ng"), (1e-9, "ug"), (1e-6, "mg"), (1e-3, "g"), (1.0, "kg")),
    _D.MASS_PER_AREA: ((0.0, "ng/cm2"), (1e-5, "ug/cm2"), (1e-2, "mg/cm2"), (1.0, "kg/m2")),
    _D.DENSITY: ((0.0, "g/cm3"),),
    _D.MOLAR_MASS: ((0.0, "g/mol"),),
    _D.GROWTH_RATE: ((0.0, "nm/min"), (1e-6, "m/s")),
    _D.GROWTH_PER_CYCLE: ((0.0, "nm/cycle"),),
    _D.FRACTION: ((0.0, "ppm"), (1e-3, "%"), (1.0, "")),
    _D.FREQUENCY: ((0.0, "Hz"), (1e3, "kHz"), (1e6, "MHz")),
    _D.POWER: ((0.0, "mW"), (1.0, "W"), (1e3, "kW")),
    _D.ENERGY: ((0.0, "J"), (1e3, "kJ")),
    _D.MOLAR_ENERGY: ((0.0, "kJ/mol"),),
    _D.VOLTAGE: ((0.0, "mV"), (1.0, "V"), (1e3, "kV")),
    _D.CURRENT: ((0.0, "uA"), (1e-3, "mA"), (1.0, "A")),
    _D.RESISTANCE: ((0.0, "mohm"), (1.0, "ohm"), (1e3, "kohm"), (1e6, "Mohm")),
}


def format_si(value: float, dimension: Dimension) -> str:
    """Write an SI value for a person, in a unit of its size, to four digits ("50 ms", "100 degC")."""
    if math.isnan(value):
        return "no value"
    shown = _shown_unit(abs(value), dimension)
    return f"{figures(from_si(value, shown))} {shown.symbol}".rstrip()


def figures(value: float, count: int = 4) -> str:
    """A number with so many significant figures, and an exponent only from a million on: `16570`, not `1.657e+04`."""
    text = f"{value:.{count}g}"
    return f"{float(text):.0f}" if "e+" in text and abs(value) < 1e6 else text


def _shown_unit(magnitude: float, dimension: Dimension) -> Unit:
    si = si_unit(dimension)
    steps = _SHOWN.get(dimension, ((0.0, si.symbol),))
    if magnitude == 0.0 and any(symbol == si.symbol for _, symbol in steps):
        return si
    rounded = magnitude * (1.0 + 5e-5)  # what prints as 1000 ms is shown as 1 s
    symbol = next(symbol for start, symbol in reversed(steps) if rounded >= start)
    return UNITS[dimension][symbol]
