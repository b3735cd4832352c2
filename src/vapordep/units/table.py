"""The table of spellings: factors and offsets to SI.

Exact factors: Torr = 101325/760 Pa, atm, bar, inch, minute (BIPM SI brochure, 9th ed.; NIST SP 811, app. B).
"""

from typing import Final

from vapordep.errors import UnitError
from vapordep.units.dimensions import Dimension, Unit

GAS_CONSTANT: Final = 8.31446261815324
"""Molar gas constant, J/(mol K), exact (CODATA 2018)."""
STANDARD_TEMPERATURE: Final = 273.15
"""Reference temperature of sccm and slm unless a vendor says otherwise, K."""
STANDARD_PRESSURE: Final = 101325.0
"""Reference pressure of sccm and slm, Pa."""


def _standard_litre(reference_temperature: float, reference_pressure: float) -> float:
    """Amount in one litre of ideal gas, mol."""
    return reference_pressure * 1e-3 / (GAS_CONSTANT * reference_temperature)


_TORR = 101325.0 / 760.0
_PSI = 6894.757293168361  # lbf/in2: 0.45359237 kg * 9.80665 m/s2 / (0.0254 m)2
SLM = _standard_litre(STANDARD_TEMPERATURE, STANDARD_PRESSURE) / 60.0
_CFM = 0.3048**3 / 60.0
_RANKINE = 5.0 / 9.0
_D = Dimension

# The first spelling of a dimension is its SI unit. A pair is (factor, offset).
# fmt: off
_TABLE: Final[dict[Dimension, dict[str, float | tuple[float, float]]]] = {
    _D.PRESSURE: {
        "Pa": 1.0, "hPa": 100.0, "kPa": 1e3, "mbar": 100.0, "bar": 1e5, "mTorr": _TORR * 1e-3, "Torr": _TORR,
        "micron": _TORR * 1e-3, "psi": _PSI, "atm": 101325.0,
    },
    _D.TEMPERATURE: {"K": 1.0, "degC": (1.0, 273.15), "degF": (_RANKINE, 459.67 * _RANKINE)},
    _D.TEMPERATURE_DIFFERENCE: {"K": 1.0, "delta_degC": 1.0, "delta_degF": _RANKINE},
    _D.TEMPERATURE_RATE: {
        "K/s": 1.0, "K/min": 1 / 60, "K/h": 1 / 3600, "degC/s": 1.0, "degC/min": 1 / 60, "degC/h": 1 / 3600,
    },
    _D.TIME: {"s": 1.0, "ms": 1e-3, "us": 1e-6, "min": 60.0, "h": 3600.0, "d": 86400.0},
    _D.LENGTH: {"m": 1.0, "cm": 1e-2, "mm": 1e-3, "um": 1e-6, "nm": 1e-9, "angstrom": 1e-10},
    _D.AREA: {"m2": 1.0, "cm2": 1e-4, "mm2": 1e-6},
    _D.VOLUME: {"m3": 1.0, "L": 1e-3, "mL": 1e-6, "cm3": 1e-6},
    _D.VOLUME_FLOW: {"m3/s": 1.0, "m3/h": 1 / 3600, "L/s": 1e-3, "L/min": 1e-3 / 60, "cfm": _CFM},
    _D.MOLAR_FLOW: {"mol/s": 1.0, "sccm": SLM * 1e-3, "slm": SLM},
    _D.AMOUNT: {"mol": 1.0, "mmol": 1e-3, "umol": 1e-6, "nmol": 1e-9},
    _D.AMOUNT_PER_AREA: {"mol/m2": 1.0, "umol/m2": 1e-6, "nmol/cm2": 1e-5},
    _D.MASS: {"kg": 1.0, "g": 1e-3, "mg": 1e-6, "ug": 1e-9, "ng": 1e-12},
    _D.MASS_PER_AREA: {"kg/m2": 1.0, "g/m2": 1e-3, "mg/cm2": 1e-2, "ug/cm2": 1e-5, "ng/cm2": 1e-8},
    _D.DENSITY: {"kg/m3": 1.0, "g/cm3": 1e3},
    _D.MOLAR_MASS: {"kg/mol": 1.0, "g/mol": 1e-3},
    _D.EXPOSURE: {"Pa s": 1.0, "L": _TORR * 1e-6, "langmuir": _TORR * 1e-6, "Torr s": _TORR, "mTorr s": _TORR * 1e-3},
    _D.THROUGHPUT: {"Pa m3/s": 1.0, "Pa L/s": 1e-3, "mbar L/s": 0.1, "Torr L/s": _TORR * 1e-3},
    _D.PRESSURE_RATE: {
        "Pa/s": 1.0, "Pa/min": 1 / 60, "mTorr/s": _TORR * 1e-3, "mTorr/min": _TORR * 1e-3 / 60, "mbar/s": 100.0,
    },
    _D.GROWTH_RATE: {
        "m/s": 1.0, "nm/s": 1e-9, "nm/min": 1e-9 / 60, "nm/h": 1e-9 / 3600, "angstrom/s": 1e-10,
        "um/h": 1e-6 / 3600,
    },
    _D.GROWTH_PER_CYCLE: {"m/cycle": 1.0, "nm/cycle": 1e-9, "angstrom/cycle": 1e-10},
    _D.FRACTION: {"": 1.0, "%": 1e-2, "ppm": 1e-6, "ppb": 1e-9},
    _D.FREQUENCY: {"Hz": 1.0, "mHz": 1e-3, "kHz": 1e3, "MHz": 1e6, "rpm": 1 / 60},
    _D.POWER: {"W": 1.0, "mW": 1e-3, "kW": 1e3},
    _D.ENERGY: {"J": 1.0, "kJ": 1e3, "Wh": 3600.0, "kWh": 3.6e6},
    _D.MOLAR_ENERGY: {"J/mol": 1.0, "kJ/mol": 1e3},
    _D.HEAT_CAPACITY: {"J/K": 1.0, "kJ/K": 1e3},
    _D.THERMAL_CONDUCTANCE: {"W/K": 1.0, "mW/K": 1e-3},
    _D.VOLTAGE: {"V": 1.0, "mV": 1e-3, "kV": 1e3},
    _D.CURRENT: {"A": 1.0, "mA": 1e-3, "uA": 1e-6},
    _D.RESISTANCE: {"ohm": 1.0, "mohm": 1e-3, "kohm": 1e3, "Mohm": 1e6},
    _D.STATE: {"state": 1.0},
}
# fmt: on


def _unit_of(symbol: str, dimension: Dimension, conversion: float | tuple[float, float]) -> Unit:
    factor, offset = conversion if isinstance(conversion, tuple) else (conversion, 0.0)
    return Unit(symbol, dimension, factor, offset)


UNITS: Final = {
    dimension: {symbol: _unit_of(symbol, dimension, conversion) for symbol, conversion in spellings.items()}
    for dimension, spellings in _TABLE.items()
}


def si_unit(dimension: Dimension) -> Unit:
    """Return the unit in which vapordep holds this dimension."""
    return next(iter(UNITS[dimension].values()))


def spellings(dimension: Dimension) -> tuple[str, ...]:
    """Return every spelling that `dimension` takes, its SI unit first ("" stands for a bare number)."""
    return tuple(UNITS[dimension])


def standard_flow(
    symbol: str = "sccm",
    *,
    reference_temperature: float = STANDARD_TEMPERATURE,
    reference_pressure: float = STANDARD_PRESSURE,
) -> Unit:
    """Return sccm or slm of a vendor whose standard state differs from 0 degC and 101325 Pa.

    Args:
        symbol: "sccm" or "slm".
        reference_temperature: K, such as 298.15 for Alicat's 25 degC.
        reference_pressure: Pa.
    """
    per_minute = {"sccm": 1e-3, "slm": 1.0}
    if symbol not in per_minute:
        raise UnitError(f"{symbol!r} is not a standard flow", remedy="use sccm or slm")
    litre = _standard_litre(reference_temperature, reference_pressure)
    return Unit(symbol, Dimension.MOLAR_FLOW, per_minute[symbol] * litre / 60.0)
