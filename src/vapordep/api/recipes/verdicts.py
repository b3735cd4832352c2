"""What the check of a recipe answers: findings with their places, and what the recipe would do. SI."""

from typing import Literal

from pydantic import Field

from vapordep.api.answers.answer import Answer, Metres
from vapordep.api.answers.sheet import CoverageSheet
from vapordep.api.review.run_answers import FilmTold


class FindingTold(Answer):
    """One thing that is wrong or doubtful: where, what, and what to do; lines and columns from 1."""

    severity: Literal["error", "warning", "note"]
    code: str = Field(description="The interlock that a run would meet, or the part of the recipe that is wrong.")
    file: str
    line: int | None
    column: int | None
    message: str
    remedy: str


class Checked(Answer):
    """The verdict of a check; what follows from a recipe lacks where it cannot be read."""

    ok: bool
    recipe: str | None
    reactor: str | None
    substrate: str | None
    status: str | None
    parameters: dict[str, float | int | str]
    findings: list[FindingTold]
    duration_s: float | None
    cycles: int | None
    doses: int
    pulses: dict[str, int] = Field(description="How many of each source.")
    expected_thickness_m: Metres
    film: FilmTold | None
    precursor_use_mol: dict[str, float | None]
    conversion: dict[str, float | None]
    coverage: CoverageSheet | None
    coverage_guarded: CoverageSheet | None
