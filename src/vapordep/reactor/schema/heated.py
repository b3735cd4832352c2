"""The form of what a reactor file says of zones, stage, filament, treatments and microbalance."""

from typing import Annotated, Literal

from pydantic import Field

from vapordep.files import FileModel
from vapordep.reactor.schema.quantities import (
    Current,
    FoilOffset,
    Name,
    Power,
    Resistance,
    Temperature,
    TemperatureDifference,
    TemperatureRate,
    Voltage,
)


class ZonePart(FileModel):
    """A heated part, its controller, how fast and how hot it may become."""

    heater: Name
    max_temperature: Temperature | None = None
    max_rate: TemperatureRate = Field(gt=0)
    safe: Literal["off", "leave", "until_cold"] | Temperature | None = None
    safe_running: Literal["on", "off", "leave"] | None = None
    """Of a chiller: whether its bath circulates in the safe state."""
    carries: list[Name] = Field(default_factory=list)


class StagePart(ZonePart):
    """The heated part on which the substrate lies, and how the foil's temperature follows from its reading."""

    surrounded_by: Name | None = None
    foil_offset: FoilOffset
    uncertainty: TemperatureDifference = Field(ge=0)
    sensor_error: TemperatureDifference = Field(ge=0)
    overshoot: TemperatureDifference = Field(ge=0)
    measured: str
    method: str


class HotPart(FileModel):
    """What was measured once: this voltage makes this temperature, in vacuum with gas flowing."""

    voltage: Voltage = Field(gt=0)
    temperature: Temperature = Field(gt=320.0, lt=1300.0)


class FilamentPart(FileModel):
    """The wires, their supply, and the instrument that reads their thermocouple."""

    supply: Name
    thermometer: Name | None = None
    resistance: Resistance = Field(gt=0)
    coefficient: float = Field(default=1e-4, ge=0.0, le=0.01)
    """Change of the resistance, as a part of it, a K: 1e-4 for nickel-chromium."""
    hot: HotPart
    max_voltage: Voltage = Field(gt=0)
    max_current: Current = Field(gt=0)
    safe: Literal["off"] | None = None


class FullPart(FileModel):
    """What was measured once: this voltage makes this power."""

    voltage: Voltage = Field(gt=0)
    power: Power = Field(gt=0)


class TreatmentPart(FileModel):
    """A plasma electrode or a lamp: its supply, its highest power, and the substrates that bear it."""

    supply: Name
    full: FullPart
    max_power: Power = Field(gt=0)
    substrates: list[str] = Field(min_length=1)
    safe: Literal["off"] | None = None


class MicrobalancePart(FileModel):
    """A quartz crystal beside the substrate."""

    instrument: Name
    tooling: Annotated[float, Field(gt=0.0, le=100.0)] = 1.0
