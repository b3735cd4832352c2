"""Steps that give doses, and treat with plasma or light."""

from typing import Annotated

from pydantic import Field

from vapordep.files import FileModel, quantity
from vapordep.recipe.schema.quantities import (
    SHORTEST_GAP,
    D,
    Duration,
    GasFlow,
    Pressure,
    PulseWidth,
)
from vapordep.safety.monitors.surface import ONE_DOSE


class DosePart(FileModel):
    """One pulse of one source, or several with short gaps as one dose."""

    source: str
    pulse: PulseWidth
    pulses: Annotated[int, Field(ge=1, le=100)] = 1
    gap: Annotated[float, quantity(D.TIME, low=SHORTEST_GAP, high=ONE_DOSE)] | None = None
    boost: Annotated[float, quantity(D.TIME, low=0.01, high=ONE_DOSE)] | None = None


class ExposePart(DosePart):
    """A dose into the shut chamber: pumped down from all gas, dosed up to a pressure, held, pumped out again."""

    base: Annotated[float, quantity(D.PRESSURE, low=0.0, high=100.0)] = 5.0
    to: Pressure
    hold: Duration
    within: Duration = 600.0
    flow: Annotated[dict[str, GasFlow], Field(min_length=1)]


class TreatPart(FileModel):
    """Power and time of plasma or light, in which gas, and how long until its power must be what it shall be."""

    power: Annotated[float, quantity(D.POWER, low=0.1, high=1e5)]
    duration: Duration = Field(alias="for")
    flow: Annotated[dict[str, GasFlow], Field(min_length=1)] | None = None
    pressure: Annotated[float, quantity(D.PRESSURE, low=1e-3, high=1e5)] | None = None
    warm_up: Duration = 10.0
    within: Annotated[float, quantity(D.FRACTION, low=0.001, high=0.5)] = 0.1
