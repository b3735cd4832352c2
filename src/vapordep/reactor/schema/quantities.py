"""The quantities, names and references in a reactor file, each in the form in which it is written."""

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from vapordep.files import finding, quantity
from vapordep.units import Dimension

D = Dimension
Pressure = Annotated[float, quantity(D.PRESSURE)]
Temperature = Annotated[float, quantity(D.TEMPERATURE)]
TemperatureDifference = Annotated[float, quantity(D.TEMPERATURE_DIFFERENCE)]
FoilOffset = Annotated[float, quantity(D.TEMPERATURE_DIFFERENCE, low=-50.0, high=50.0)]
"""A greater offset is none: the foil does not touch the stage."""
SourceTemperature = Annotated[float, quantity(D.TEMPERATURE, low=200.0, high=700.0)]
TemperatureRate = Annotated[float, quantity(D.TEMPERATURE_RATE)]
Duration = Annotated[float, quantity(D.TIME)]
PulseWidth = Annotated[float, quantity(D.TIME, low=1e-3, high=60.0)]
GasFlow = Annotated[float, quantity(D.MOLAR_FLOW)]
Volume = Annotated[float, quantity(D.VOLUME)]
Area = Annotated[float, quantity(D.AREA)]
PumpingSpeed = Annotated[float, quantity(D.VOLUME_FLOW)]
Mass = Annotated[float, quantity(D.MASS)]
Throughput = Annotated[float, quantity(D.THROUGHPUT)]
Fraction = Annotated[float, quantity(D.FRACTION)]
Part = Annotated[float, quantity(D.FRACTION, low=0.0, high=1.0)]
Voltage = Annotated[float, quantity(D.VOLTAGE)]
Power = Annotated[float, quantity(D.POWER)]
Current = Annotated[float, quantity(D.CURRENT)]
Resistance = Annotated[float, quantity(D.RESISTANCE)]

CELL = re.compile(r"(?P<instrument>[A-Za-z]\w*)\[(?P<index>\d{1,4})\]", re.ASCII)
NAME = re.compile(r"[A-Za-z]\w*", re.ASCII)
TAG = re.compile(r"[A-Za-z]\w*\.[A-Za-z]\w*", re.ASCII)


def _name(text: str) -> str:
    if not NAME.fullmatch(text):
        raise finding(f"{text!r} is not a name", "use letters, digits and _, beginning with a letter")
    return text


def _cell(text: str) -> str:
    if not CELL.fullmatch(text):
        raise finding(f"{text!r} does not say which channel", "write instrument[number], such as valves[0]")
    return text


def _tag(text: str) -> str:
    if not TAG.fullmatch(text):
        raise finding(f"{text!r} is not a tag", "write <thing>.<quantity>, such as pump.running")
    return text


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise finding(f"{text!r} is no day", "write one such as 2026-10-01") from None


Day = Annotated[str, AfterValidator(_day)]
Name = Annotated[str, AfterValidator(_name)]
CellRef = Annotated[str, AfterValidator(_cell)]
TagName = Annotated[str, AfterValidator(_tag)]
Text = Annotated[str, Field(min_length=1)]
ValveState = Literal["open", "closed"]
