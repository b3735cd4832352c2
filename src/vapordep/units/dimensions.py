"""What numbers measure, and the units they are written in."""

from enum import Enum
from typing import Any, TypeVar, overload

from vapordep.lazy import dataclass

ArrayT = TypeVar("ArrayT")


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
