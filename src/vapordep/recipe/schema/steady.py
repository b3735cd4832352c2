"""Steps of a steady deposition, and of what measures its flows and films."""

from typing import Annotated, Literal

from pydantic import Field, RootModel

from vapordep.files import FileModel, quantity
from vapordep.recipe.schema.quantities import (
    D,
    Duration,
    Temperature,
    TemperatureBand,
)


class VapourPart(RootModel[Annotated[dict[str, str], Field(min_length=1)]]):
    """Steady sources by name: open, closed, or a flow."""


class ThrottlePart(FileModel):
    """A pressure that the throttle holds, and when it counts as steady; or a place."""

    pressure: Annotated[float, quantity(D.PRESSURE, low=1e-3, high=1e5)] | None = None
    position: Annotated[float, quantity(D.FRACTION, low=0.0, high=1.0)] | Literal["open", "closed"] | None = None
    within: Annotated[float, quantity(D.FRACTION, low=0.001, high=0.5)] = 0.05
    steady: Annotated[float, quantity(D.TIME, low=0.0, high=3600.0)] = 30.0
    timeout: Duration = 600.0


class FilamentPart(FileModel):
    """A temperature or a voltage, how fast to go there, and how near counts as there."""

    temperature: Temperature | None = None
    voltage: Annotated[float, quantity(D.VOLTAGE, low=0.1, high=1000.0)] | None = None
    ramp: Annotated[float, quantity(D.TIME, low=0.0, high=3600.0)] = 10.0
    within: TemperatureBand = 5.0
    timeout: Duration = 300.0


class LegPart(FileModel):
    """A time, and over it the way to other flows, or to other shares of the same total."""

    duration: Duration = Field(alias="for")
    flows: dict[str, Annotated[float, quantity(D.MOLAR_FLOW, low=0.0), Field(gt=0)]] = Field(default_factory=dict)
    shares: dict[str, Annotated[float, quantity(D.FRACTION, low=0.0, high=1.0), Field(gt=0)]] = Field(
        default_factory=dict
    )
    shape: Literal["linear", "s_curve"] = "linear"


class DepositPart(FileModel):
    """A time, or a thickness and the longest time that it may take; with legs, that of all of them unless it says."""

    duration: Duration | None = Field(None, alias="for")
    legs: Annotated[list[LegPart], Field(max_length=100)] = Field(default_factory=list)
    until: Annotated[float, quantity(D.LENGTH, low=1e-10, high=1e-3)] | None = None
    blind: Literal["time", "hold", "stop"] = "time"


class ZeroPart(RootModel[Literal["crystal"]]):
    """What is zeroed."""


class FlowCheckPart(FileModel):
    """The flow of a line or of a steady source, and how far it may lie from the rate of rise; a needle has its own."""

    line: str | None = None
    source: str | None = None
    flow: Annotated[float, quantity(D.MOLAR_FLOW, low=0.0), Field(gt=0)] | None = None
    within: Annotated[float, quantity(D.FRACTION, low=0.001, high=0.5)] = 0.1
    duration: Duration = Field(alias="for")
