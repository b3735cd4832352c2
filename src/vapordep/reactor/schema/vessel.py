"""The form of what a reactor file says of the vessel: chamber, instruments, pump, lines, throttle."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from vapordep.files import FileModel
from vapordep.reactor.schema.quantities import (
    Area,
    CellRef,
    Duration,
    Fraction,
    GasFlow,
    Name,
    Pressure,
    PumpingSpeed,
    TemperatureDifference,
    ValveState,
    Volume,
)


class DependentState(FileModel):
    """A valve's safe state that depends on states: `{open_if: pump.running, else: closed}`, or a list of them."""

    open_if: str | Annotated[list[str], Field(min_length=1)]
    otherwise: ValveState = Field(alias="else")


SafeValve = ValveState | Literal["leave"] | DependentState


class SurfacePart(FileModel):
    """A wall or window on which vapour might condense: as warm as its zone, and `offset` warmer or colder."""

    zone: Name
    area: Area = Field(gt=0)
    offset: TemperatureDifference = 0.0


class ChamberPart(FileModel):
    """The vessel and its gauges, the one to be believed first in front."""

    volume: Volume = Field(gt=0)
    wall_area: Area = Field(gt=0)
    pumping_speed: PumpingSpeed = Field(gt=0)
    ultimate_pressure: Pressure = Field(ge=0)
    gauges: list[CellRef] = Field(min_length=1)
    surroundings: dict[Name, str] = Field(default_factory=dict)
    walls: Name | None = None
    stage_area: Area | None = Field(default=None, gt=0)
    surfaces: dict[Name, SurfacePart] = Field(default_factory=dict)


class InstrumentPart(FileModel):
    """Driver and line; what else stands here are the driver's own options, which the driver judges."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, str | bool | int | float]

    driver: str
    line: str
    watchdog: Duration | None = Field(default=None, gt=0)


class SafePump(FileModel):
    """Where the valves to the pump go in the safe state."""

    valve: SafeValve | None = None
    soft_valve: SafeValve | None = None


class TurboPart(FileModel):
    """A turbo pump behind the main valve: the relay that starts it, and how long it takes to its speed."""

    power: CellRef
    spin_up: Duration = Field(gt=0, le=3600.0)
    safe: Literal["on", "off", "leave"] | None = None


class PumpPart(FileModel):
    """The way to the pump; a soft valve pumps slowly until the main valve may open."""

    valve: CellRef
    soft_valve: CellRef | None = None
    soft_until: Pressure = Field(default=1000.0, gt=0)
    soft_speed: PumpingSpeed | None = Field(default=None, gt=0)
    turbo: TurboPart | None = None
    safe: SafePump = Field(default_factory=SafePump)


class SafeLine(FileModel):
    """What a gas line does in the safe state."""

    flow: GasFlow = Field(ge=0)
    valve: SafeValve | None = None


class LinePart(FileModel):
    """A gas behind a flow controller, and the valve that shuts it off."""

    gas: str
    flow: Name
    valve: CellRef | None = None
    safe: SafeLine | None = None


class ThrottlePart(FileModel):
    """The valve that holds the pressure, and its place in the safe state: open unless that harms."""

    valve: Name
    safe: Literal["open", "closed"] | Fraction | None = None
