"""The only place that converts: a closed table of the field's unit spellings, to and from SI.

Inside vapordep every number is SI (Pa, K, s, m, W, mol/s). Spellings are exact and case counts: mTorr is
not Mtorr. A temperature is not a temperature difference: 20 degC is 293.15 K, a step of 20 K is 20 K.

Exact factors: Torr = 101325/760 Pa, atm, bar, inch, minute (BIPM SI brochure, 9th ed.; NIST SP 811, app. B).
"""

# ruff: noqa: N816 - units are named as the field spells them

import math
import re
from collections.abc import Iterator
from difflib import get_close_matches
from enum import Enum
from typing import Any, Final, TypeVar, overload

from vapordep.errors import UnitError
from vapordep.lazy import dataclass

GAS_CONSTANT: Final = 8.31446261815324
"""Molar gas constant, J/(mol K), exact (CODATA 2018)."""
STANDARD_TEMPERATURE: Final = 273.15
"""Reference temperature of sccm and slm unless a vendor says otherwise, K."""
STANDARD_PRESSURE: Final = 101325.0
"""Reference pressure of sccm and slm, Pa."""


class Dimension(Enum):
    """What a number measures; the value is its name for people."""

    PRESSURE = "pressure"
    TEMPERATURE = "temperature"
    TEMPERATURE_DIFFERENCE = "temperature difference"
    TEMPERATURE_RATE = "temperature rate"
    TIME = "time"
    LENGTH = "length"
    AREA = "area"
    VOLUME = "volume"
    VOLUME_FLOW = "pumping speed or conductance"
    MOLAR_FLOW = "gas flow"
    AMOUNT = "amount of substance"
    AMOUNT_PER_AREA = "amount per area"
    MASS = "mass"
    MASS_PER_AREA = "mass per area"
    DENSITY = "density"
    MOLAR_MASS = "molar mass"
    EXPOSURE = "exposure"
    THROUGHPUT = "throughput"
    PRESSURE_RATE = "pressure rate"
    GROWTH_RATE = "growth rate"
    GROWTH_PER_CYCLE = "growth per cycle"
    FRACTION = "fraction"
    FREQUENCY = "frequency"
    POWER = "power"
    ENERGY = "energy"
    MOLAR_ENERGY = "molar energy"
    HEAT_CAPACITY = "heat capacity"
    THERMAL_CONDUCTANCE = "thermal conductance"
    VOLTAGE = "voltage"
    CURRENT = "current"
    RESISTANCE = "resistance"
    STATE = "state"
    """Of a valve or a switch: 1 is open or on, 0 is closed or off."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One spelling of one dimension: SI value = number * factor + offset."""

    symbol: str
    dimension: Dimension
    factor: float = 1.0
    offset: float = 0.0

    def __str__(self) -> str:
        return self.symbol


def _standard_litre(reference_temperature: float, reference_pressure: float) -> float:
    """Amount in one litre of ideal gas, mol."""
    return reference_pressure * 1e-3 / (GAS_CONSTANT * reference_temperature)


_TORR = 101325.0 / 760.0
_PSI = 6894.757293168361  # lbf/in2: 0.45359237 kg * 9.80665 m/s2 / (0.0254 m)2
_SLM = _standard_litre(STANDARD_TEMPERATURE, STANDARD_PRESSURE) / 60.0
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
    _D.MOLAR_FLOW: {"mol/s": 1.0, "sccm": _SLM * 1e-3, "slm": _SLM},
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


_UNITS: Final = {
    dimension: {symbol: _unit_of(symbol, dimension, conversion) for symbol, conversion in spellings.items()}
    for dimension, spellings in _TABLE.items()
}

# What people write for what the table spells otherwise, where likeness of letters would not find it.
# fmt: off
_MEANT: Final = {
    "C": "degC", "F": "degF", "celsius": "degC", "Celsius": "degC", "kelvin": "K", "Kelvin": "K",
    "sec": "s", "secs": "s", "second": "s", "seconds": "s", "mins": "min", "minutes": "min",
    "hr": "h", "hour": "h", "hours": "h", "days": "d", "ml": "mL", "cc": "cm3",
    "slpm": "slm", "SLPM": "slm", "SLM": "slm", "lpm": "L/min", "m3/hr": "m3/h", "m^2": "m2", "m^3": "m3",
    "microns": "um", "percent": "%", "Ω": "ohm",
}
# fmt: on
_LIKE: Final = str.maketrans({"µ": "u", "μ": "u", "²": "2", "³": "3", "·": " ", "°": "deg", "Å": "angstrom"})
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_DECIMAL_COMMA: Final = re.compile(r"[+-]?[0-9]*,[0-9]")
_NOT_A_NUMBER: Final = re.compile(r"[+-]?\.?(nan|inf)", re.IGNORECASE)

ArrayT = TypeVar("ArrayT")


@overload
def to_si(x: float, unit: Unit) -> float: ...
@overload
def to_si(x: ArrayT, unit: Unit) -> ArrayT: ...
def to_si(x: Any, unit: Unit) -> Any:
    """Convert a number or a float array given in `unit` to SI."""
    return x * unit.factor + unit.offset


@overload
def from_si(x: float, unit: Unit) -> float: ...
@overload
def from_si(x: ArrayT, unit: Unit) -> ArrayT: ...
def from_si(x: Any, unit: Unit) -> Any:
    """Convert an SI number or float array to `unit`."""
    return (x - unit.offset) / unit.factor


def spellings(dimension: Dimension) -> tuple[str, ...]:
    """Return every spelling that `dimension` takes, its SI unit first ("" stands for a bare number)."""
    return tuple(_UNITS[dimension])


def si_unit(dimension: Dimension) -> Unit:
    """Return the unit in which vapordep holds this dimension."""
    return next(iter(_UNITS[dimension].values()))


def unit(symbol: str, dimension: Dimension | None = None) -> Unit:
    """Return the unit that `symbol` spells.

    K (temperature or difference) and L (litre or langmuir) need the dimension.

    Raises:
        UnitError: unknown spelling, other dimension, or two possible meanings without a dimension.
    """
    spelt = " ".join(symbol.translate(_LIKE).split())
    if dimension is not None:
        found = _UNITS[dimension].get(spelt)
        return found if found is not None else _refuse_unit(spelt, dimension)
    meanings = list(_meanings(spelt))
    if len(meanings) > 1:
        names = " or ".join(meaning.dimension.value for meaning in meanings)
        raise UnitError(f"{spelt!r} is a unit of {names}", remedy="name the dimension that is meant")
    return meanings[0] if meanings else _refuse_unit(spelt, None)


def parse(text: str, dimension: Dimension) -> float:
    """Return the SI value of a quantity written as "<number> <unit>", such as "50 ms" or "20degC".

    Raises:
        UnitError: no unit, unknown unit, unit of another dimension, decimal comma, NaN or infinity,
            or a temperature below absolute zero. Bounds other than that are the caller's.
    """
    stripped = text.strip()
    number = _NUMBER.match(stripped)
    rest = stripped[number.end() :].strip() if number else ""
    if number is None or _DECIMAL_COMMA.match(stripped):
        raise _refuse_number(stripped, dimension)
    if not rest and "" not in _UNITS[dimension]:
        raise UnitError(f"the unit is missing in {_clip(text)}", remedy=_write(dimension))
    value = to_si(float(number.group()), unit(rest, dimension))
    if not math.isfinite(value):
        raise UnitError(f"{_clip(text)} is too large", remedy="check the exponent")
    if dimension is Dimension.TEMPERATURE and value < 0.0:
        raise UnitError(f"{_clip(text)} lies below absolute zero", remedy="check the sign and the unit")
    return value


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
    _D.MOLAR_FLOW: ((0.0, "sccm"), (1e4 * _SLM * 1e-3, "slm")),
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
    return _UNITS[dimension][symbol]


def _meanings(symbol: str) -> Iterator[Unit]:
    return (table[symbol] for table in _UNITS.values() if symbol in table)


def _clip(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")


def _listed(dimension: Dimension) -> str:
    return ", ".join(symbol for symbol in _UNITS[dimension] if symbol) or "no unit"


def _write(dimension: Dimension) -> str:
    bare = "a bare number or " if "" in _UNITS[dimension] else ""
    return f"write {bare}a number and a unit of {dimension.value}: {_listed(dimension)}"


def _refuse_number(text: str, dimension: Dimension) -> UnitError:
    if _DECIMAL_COMMA.match(text):
        return UnitError(f"{_clip(text)} has a comma in its number", remedy="write the decimal sign as a point: 0.05")
    if _NOT_A_NUMBER.match(text):
        return UnitError(f"{_clip(text)} is not a finite number", remedy=_write(dimension))
    return UnitError(f"{_clip(text)} does not begin with a number", remedy=_write(dimension))


def _refuse_unit(symbol: str, dimension: Dimension | None) -> Unit:
    """Raise the UnitError that tells best what was meant by `symbol`."""
    other = next(_meanings(symbol), None)
    if dimension is not None and other is not None:
        what = f"{symbol!r} is a unit of {other.dimension.value}, but {dimension.value} is expected"
        raise UnitError(what, remedy=_write(dimension))
    raise UnitError(f"unknown unit {_clip(symbol)}{_hint(symbol, dimension)}", remedy=_advice(dimension))


def _advice(dimension: Dimension | None) -> str:
    return "use a spelling of the table in vapordep.units" if dimension is None else _write(dimension)


def _hint(symbol: str, dimension: Dimension | None) -> str:
    known = [key for table in _UNITS.values() for key in table] if dimension is None else list(_UNITS[dimension])
    same_letters = [key for key in known if key.casefold() == symbol.casefold() and key]
    if same_letters:
        return f"; upper and lower case differ (m is milli, M is mega): did you mean {same_letters[0]!r}?"
    near = [_MEANT[symbol]] if _MEANT.get(symbol) in known else get_close_matches(symbol[:40], known, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


Pa, hPa, kPa = (unit(symbol) for symbol in ("Pa", "hPa", "kPa"))
mbar, bar, mTorr, Torr = (unit(symbol) for symbol in ("mbar", "bar", "mTorr", "Torr"))
micron, psi, atm = (unit(symbol) for symbol in ("micron", "psi", "atm"))
K = unit("K", Dimension.TEMPERATURE)
degC, degF = unit("degC"), unit("degF")
delta_K = unit("K", Dimension.TEMPERATURE_DIFFERENCE)
K_per_s, K_per_min = unit("K/s"), unit("K/min")
us, ms, s, minute, hour = (unit(symbol) for symbol in ("us", "ms", "s", "min", "h"))
m, cm, mm, um, nm, angstrom = (unit(symbol) for symbol in ("m", "cm", "mm", "um", "nm", "angstrom"))
m2, cm2 = unit("m2"), unit("cm2")
m3, cm3, mL = unit("m3"), unit("cm3"), unit("mL")
L = unit("L", Dimension.VOLUME)
m3_per_s, m3_per_h, L_per_s, L_per_min = (unit(symbol) for symbol in ("m3/s", "m3/h", "L/s", "L/min"))
mol_per_s, sccm, slm = unit("mol/s"), unit("sccm"), unit("slm")
mol, kg, g, mg = (unit(symbol) for symbol in ("mol", "kg", "g", "mg"))
kg_per_m2, ng_per_cm2 = unit("kg/m2"), unit("ng/cm2")
Pa_s, langmuir = unit("Pa s"), unit("langmuir")
one, percent = unit("", Dimension.FRACTION), unit("%")
Hz, W, V, mV, A, mA, ohm = (unit(symbol) for symbol in ("Hz", "W", "V", "mV", "A", "mA", "ohm"))
state = unit("state")
