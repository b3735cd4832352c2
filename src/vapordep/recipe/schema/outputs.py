"""Steps that set one output, ramp it, or wait for a condition."""

from typing import Literal

from vapordep.files import FileModel
from vapordep.recipe.schema.quantities import Duration


class SetPart(FileModel):
    """One output by its tag, and a value with its unit, or open, closed, off."""

    output: str
    value: str | int | float


class RampPart(FileModel):
    """One output by its tag, brought to a value linearly."""

    output: str
    to: str | int | float
    over: Duration


class WaitPart(FileModel):
    """A condition, and how long to wait for it."""

    until: str
    within: Duration
    otherwise: Literal["hold", "continue", "stop", "abort"] = "hold"
