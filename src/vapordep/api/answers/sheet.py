"""The coverage sheet as an answer: what stands against each hazard as one thing after the other fails."""

from pydantic import Field

from vapordep.api.answers.answer import Answer


class Cell(Answer):
    """Whether anything stands against a hazard in one failure, and what."""

    covered: bool
    by: list[str]


class HazardRow(Answer):
    """One hazard: the outputs that bring it about, and a cell for each failure."""

    hazard: str
    outputs: list[str]
    vapordep_lives: Cell
    engine_dead: Cell
    pc_dead: Cell
    communication_lost: Cell
    stuck: Cell = Field(description="A welded relay, a valve that does not shut.")


class NotCovered(Answer):
    """An interlock whose sensor the reactor lacks."""

    id: str
    require: list[str]
    protects: str


class CoverageSheet(Answer):
    """The whole sheet; `guardian` says whether a second process guards the run."""

    reactor: str
    guardian: bool
    hazards: list[HazardRow]
    interlocks_not_covered: list[NotCovered]
