"""Steps that hold other steps or lead to them: loops, branches, calls, checkpoints."""

from typing import Annotated, Literal

from pydantic import Field, RootModel

from vapordep.files import FileModel
from vapordep.recipe.schema.quantities import (
    Cycles,
)


class CallPart(FileModel):
    """Another recipe by name or path, and values for its parameters."""

    recipe: Annotated[str, Field(min_length=1, max_length=500)]
    settings: dict[str, str | int | float] = Field(default_factory=dict, alias="set")


class SequencePart(RootModel[Annotated[str, Field(min_length=1, max_length=80)]]):
    """The name of a sequence of the reactor."""


class CheckpointPart(RootModel[Annotated[str, Field(min_length=1, max_length=80)]]):
    """The name of a place."""


class PromptPart(RootModel[Annotated[str, Field(min_length=1, max_length=500)]]):
    """The text that is shown."""


class VaryPart(FileModel):
    """A value for each cycle of a loop: from one to another, or one by one."""

    start: str | int | float | None = Field(None, alias="from")
    to: str | int | float | None = None
    shape: Literal["linear", "s_curve"] = "linear"
    step: str | int | float | None = None
    table: Annotated[list[str | int | float], Field(min_length=1)] | None = None


class RepeatPart(FileModel):
    """A loop; its steps are compiled one by one, each with its own line."""

    repeat: Cycles
    name: Annotated[str, Field(min_length=1, max_length=200)] = ""
    layer: Annotated[str, Field(min_length=1, max_length=200)] = ""
    vary: dict[str, VaryPart] = Field(default_factory=dict)
    steps: Annotated[list[object], Field(min_length=1)]


class ParallelPart(
    RootModel[
        Annotated[
            dict[Annotated[str, Field(min_length=1, max_length=40)], Annotated[list[object], Field(min_length=1)]],
            Field(min_length=2, max_length=8),
        ]
    ]
):
    """Branches by name."""


class IfFailsPart(FileModel):
    """Steps that mend what failed, and what comes then."""

    steps: Annotated[list[object], Field(min_length=1)]
    then: Literal["again", "hold", "continue", "stop", "cap", "abort"] = "again"


class RegionPart(FileModel):
    """Steps within which no run that broke off is taken up again, and why."""

    no_resume: Annotated[str, Field(min_length=1, max_length=200)]
    name: str = "no_resume"
    steps: Annotated[list[object], Field(min_length=1)]
