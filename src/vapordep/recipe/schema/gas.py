"""Steps that pump, vent and let gas flow."""

from typing import Annotated, Literal

from pydantic import Field, RootModel

from vapordep.files import FileModel, quantity
from vapordep.recipe.schema.quantities import (
    D,
    Duration,
    GasFlow,
    Pressure,
    Residue,
)


class PumpPart(FileModel):
    """Down to a pressure; `soft` goes through the soft valve first."""

    to: Pressure
    within: Duration = 1800.0
    soft: bool = False


class PumpPurgePart(FileModel):
    """Filled with purge gas to one pressure and pumped to another, several times."""

    cycles: Annotated[int, Field(ge=1, le=100)]
    high: Pressure = Field(alias="from")
    low: Pressure = Field(alias="to")
    within: Duration = 600.0


class ForPart(FileModel):
    """What only takes a time."""

    duration: Duration = Field(alias="for")


class PurgePart(FileModel):
    """A time, or until the last dose is cleared: how far, and between which times."""

    duration: Duration | None = Field(None, alias="for")
    until: Literal["cleared"] | None = None
    residue: Residue = 1e-4
    least: Duration | None = Field(None, alias="min")
    longest: Duration | None = Field(None, alias="max")
    otherwise: Literal["hold", "continue", "stop", "abort"] = "hold"


class FlowPart(RootModel[Annotated[dict[str, GasFlow], Field(min_length=1)]]):
    """Flows by line."""


class VentPart(FileModel):
    """Up to a pressure, never above the atmosphere."""

    to: Annotated[float, quantity(D.PRESSURE, low=5e4, high=101325.0)] = 100e3
    within: Duration


class LoadPart(FileModel):
    """How long a person may take."""

    within: Duration
