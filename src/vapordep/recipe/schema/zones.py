"""Steps that heat and cool zones, and hold them steady."""

from typing import Annotated

from pydantic import ConfigDict, Field

from vapordep.files import FileModel
from vapordep.recipe.schema.gas import ForPart
from vapordep.recipe.schema.quantities import Duration, GasFlow, Temperature, TemperatureBand, TemperatureRate


class StabilisePart(ForPart):
    """A time during which every heated zone stays within a band."""

    within: TemperatureBand = 2.0


class ZonesPart(FileModel):
    """Zones by name beside the step's own keys; their temperatures are read by the compiler, which knows the zones."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Temperature]


class HeatPart(ZonesPart):
    """Temperatures by zone, the rate of heating, and how near counts as there."""

    rate: TemperatureRate = 5.0 / 60.0
    within: TemperatureBand = 2.0
    timeout: Duration | None = None


class CoolPart(ZonesPart):
    """Temperatures by zone, and how long that may take."""

    within: Duration


class ThermalPart(ZonesPart):
    """Temperatures by zone and how long they stay, in which gas; the rate of heating, and how steady."""

    duration: Duration = Field(alias="for")
    rate: TemperatureRate = 5.0 / 60.0
    within: TemperatureBand = 2.0
    flow: Annotated[dict[str, GasFlow], Field(min_length=1)] | None = None
