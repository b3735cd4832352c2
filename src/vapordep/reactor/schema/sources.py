"""The form of what a reactor file says of its sources."""

from typing import Annotated, Literal

from pydantic import Field

from vapordep.files import FileModel, quantity
from vapordep.reactor.schema.quantities import (
    CellRef,
    Day,
    Duration,
    GasFlow,
    Mass,
    Name,
    Part,
    Pressure,
    PulseWidth,
    SourceTemperature,
)
from vapordep.units import Dimension

D = Dimension


class MeasuredPressurePart(FileModel):
    """What a rise in the closed chamber said of a bottle's vapour pressure, over that of its fit."""

    factor: Annotated[float, Field(gt=0.0, lt=100.0)]
    uncertainty: Annotated[float, quantity(D.FRACTION, low=0.0, high=0.95)]
    measured: Day


class BoostPart(FileModel):
    """Inert gas that is let into a bottle before a dose, behind its vapour."""

    valve: CellRef
    gas: str
    pressure: Pressure = Field(gt=0, le=2e5)


class SourcePart(FileModel):
    """A bottle: what is in it, how it gives its vapour, which valve lets it in.

    A `vapour_draw` gives pulses, not shorter than `shortest_pulse`. A `needle` gives a steady `flow` `against` the
    chamber's pressure, as a flow check has `proven`; it has no setpoint. A `motor_needle` did so `at` a place of its
    `motor`, and has that as its setpoint. A `vapour_mfc` has a flow `controller`. Of a `bubbler` the gas of the line
    `through` carries the vapour away, at the `pressure` in the bottle: in pulses, or without a `shortest_pulse` in a
    steady flow; a `boosted` bottle is pushed by gas (`boost`).
    A `gas` has a regulator's `pressure` and gives pulses, or a flow `controller`. A `generator` makes a mass
    `fraction` of the gas `through`, `warm_up` after its `power` is on.
    """

    substance: str
    delivery: Literal["vapour_draw", "needle", "motor_needle", "bubbler", "boosted", "vapour_mfc", "gas", "generator"]
    valve: CellRef
    shortest_pulse: PulseWidth | None = None
    flow: GasFlow | None = Field(default=None, gt=0)
    against: Pressure | None = Field(default=None, ge=0)
    proven: Day | None = None
    controller: Name | None = None
    pressure: Pressure | None = Field(default=None, gt=0)
    through: Name | None = None
    boost: BoostPart | None = None
    fraction: Part | None = Field(default=None, gt=0, lt=1)
    power: CellRef | None = None
    warm_up: Duration | None = Field(default=None, gt=0, le=3600.0)
    motor: Name | None = None
    at: Part | None = Field(default=None, gt=0)
    line: Name | None = None
    vapour_pressure: MeasuredPressurePart | None = None
    temperature: SourceTemperature
    zone: Name | None = None
    content: Mass | None = Field(default=None, gt=0)
    pressure_set: str = ""
    pulse: Literal["engine", "instrument"] = "engine"
    safe: Literal["closed"] | None = None
