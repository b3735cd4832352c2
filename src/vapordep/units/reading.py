"""Reading what people write: units by their spelling, quantities, and what was meant where it cannot be read."""

import math
import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Final

from vapordep.errors import UnitError
from vapordep.units.dimensions import Dimension, Unit, to_si
from vapordep.units.table import UNITS

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


def unit(symbol: str, dimension: Dimension | None = None) -> Unit:
    """Return the unit that `symbol` spells.

    K (temperature or difference) and L (litre or langmuir) need the dimension.

    Raises:
        UnitError: unknown spelling, other dimension, or two possible meanings without a dimension.
    """
    spelt = " ".join(symbol.translate(_LIKE).split())
    if dimension is not None:
        found = UNITS[dimension].get(spelt)
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
    if not rest and "" not in UNITS[dimension]:
        raise UnitError(f"the unit is missing in {_clip(text)}", remedy=_write(dimension))
    value = to_si(float(number.group()), unit(rest, dimension))
    if not math.isfinite(value):
        raise UnitError(f"{_clip(text)} is too large", remedy="check the exponent")
    if dimension is Dimension.TEMPERATURE and value < 0.0:
        raise UnitError(f"{_clip(text)} lies below absolute zero", remedy="check the sign and the unit")
    return value


def _meanings(symbol: str) -> Iterator[Unit]:
    return (table[symbol] for table in UNITS.values() if symbol in table)


def _clip(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")


def _listed(dimension: Dimension) -> str:
    return ", ".join(symbol for symbol in UNITS[dimension] if symbol) or "no unit"


def _write(dimension: Dimension) -> str:
    bare = "a bare number or " if "" in UNITS[dimension] else ""
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
    known = [key for table in UNITS.values() for key in table] if dimension is None else list(UNITS[dimension])
    same_letters = [key for key in known if key.casefold() == symbol.casefold() and key]
    if same_letters:
        return f"; upper and lower case differ (m is milli, M is mega): did you mean {same_letters[0]!r}?"
    near = [_MEANT[symbol]] if _MEANT.get(symbol) in known else get_close_matches(symbol[:40], known, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
