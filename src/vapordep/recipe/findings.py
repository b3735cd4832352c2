"""Findings: what the check of a recipe has to say, as data: severity, code, place, message, remedy."""

from dataclasses import dataclass
from enum import StrEnum

from vapordep.errors import RecipeError


class Severity(StrEnum):
    """Whether a finding refuses the recipe."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong or doubtful; `code` names the rule, `where` is `file:line`."""

    code: str
    message: str
    where: str
    remedy: str
    severity: Severity = Severity.ERROR

    @property
    def file(self) -> str:
        """The file it is about."""
        return self.where.rpartition(":")[0] or self.where

    @property
    def line(self) -> int | None:
        """The line in the file, from 1; None when it is about the whole file."""
        line = self.where.rpartition(":")[2]
        return int(line) if line.isdecimal() else None

    @property
    def refuses(self) -> bool:
        """Whether the recipe may not run."""
        return self.severity is Severity.ERROR

    def __str__(self) -> str:
        return str(self.error())

    def error(self) -> RecipeError:
        """The finding as an error."""
        return RecipeError(self.message, where=self.where, remedy=self.remedy)
