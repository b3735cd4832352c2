"""A whole recipe file: what stands beside its steps."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from vapordep.files import FileModel, finding
from vapordep.files.document import clip


class ParameterPart(FileModel):
    """A number, bare or with its unit, that may be set for one run within its bounds."""

    default: str | int | float
    low: str | int | float
    high: str | int | float


TOGETHER = " + "
"""Between the processes of a recipe that has several."""


def _version(written: object) -> object:
    """Refuses all that is not the number 1, also what is equal to it, such as `true` and 1.0."""
    if type(written) is not int or written != 1:
        what = f"the version of the language is the number 1, not {clip(written)}"
        raise finding(what, "write `recipe: 1`; what the recipe is called stands in `name`")
    return written


class RecipePart(FileModel):
    """A whole recipe file; steps are judged one by one."""

    recipe: Annotated[Literal[1], BeforeValidator(_version)]
    """The version of the language."""
    name: Annotated[str, Field(min_length=1, max_length=200)]
    process: Literal["ALD", "MLD", "iCVD", "ALD + iCVD", "MLD + iCVD", "ALD + MLD + iCVD"]
    substrate: str
    reactor: str = ""
    """The reactor it is written for, a file beside it or a shipped one: taken where a person names none."""
    status: Literal["unverified", "verified"] = "unverified"
    parameters: dict[str, ParameterPart] = Field(default_factory=dict)
    prime: list[object] = Field(default_factory=list)
    steps: Annotated[list[object], Field(min_length=1)]
    cap: list[object] = Field(default_factory=list)
    last: list[object] = Field(default_factory=list, alias="finally")
    on_weak_dose: Literal["hold", "extend", "continue"] | None = None
    """What three weak doses of a source in a row lead to; by itself hold on a substrate that must not get warm."""
    changeover: bool = False
    """Whether the walls count as bare once it is complete, whatever has coated them before."""
    expect_refusal: str = ""
    """The code of the finding that must refuse this recipe: it is kept as a warning to others."""
