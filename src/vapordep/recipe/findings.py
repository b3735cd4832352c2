"""Findings: what the check of a recipe has to say, as data: severity, code, place, message, remedy.

Codes name the interlock that a run would meet where there is one, else the part of the recipe that is wrong:

    T1 hotter than the substrate bears      T6 a line or a surface too cold for a vapour   T7 a bottle too hot
    P3 no vacuum                            F1 no purge gas                                I5 above saturation
    C1 incompatible sources open together   C2 too short a purge between them              C3 bare substrate attacked
    C5 metal alkyl and what polymers are made of in one chamber, without a changeover
    an id of the reactor file               a permissive that would refuse the dose
    R-FILE R-FORM R-UNIT                    what cannot be read
    R-PROCESS R-SUBSTRATE R-GAS             what the reactor or the substrate excludes
    R-RANGE R-RATE R-PULSE R-VALVE          an output beyond what it can do
    R-DOSE                                  a dose that leaves sites empty
    R-DEPOSIT                               a deposition in which nothing would grow, or less than it shall
    R-SOURCE R-BOTTLE                       a bottle that cannot give what is asked
    R-WAIT R-PRIME R-LOOP R-TIME            the course of the plan
    R-CHANGE                                a changeover that asks nobody
    R-TREAT                                 plasma or light that substrate, vapour or chamber do not bear
    R-PARALLEL                              branches that command the same, or hold what does not stand in one
    R-FAILS R-RESUME                        what follows a step that fails; where no run can go on
    R-EXPOSE                                a chamber shut for so long that too much air may leak in
    R-PURGE                                 a purge until cleared that could not end by itself
    R-VENT R-LOAD R-FLOW                    filling, venting, opening, gas lines: what must have come before
    P4                                      a dose after the lid was opened, without a leak check
    R-CHECKPOINT                            a place from which no run can be continued
    R-DATA                                  a number of chemistry that nobody has measured
    R-EXPECTED                              the recipe says that it must be refused, and nothing refuses it
"""

import re
from enum import StrEnum

from vapordep.errors import FileError, InputError, RecipeError, UnitError
from vapordep.lazy import dataclass

_PLACE = re.compile(r"(?P<file>.+?):(?P<line>\d+)(:\d+)?$")
_UNIT = re.compile(r"\bunit\b|with its unit|lies below absolute zero")


class Severity(StrEnum):
    """Whether a finding refuses the recipe, doubts it, or only tells something."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


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
        found = _PLACE.match(self.where)
        return found["file"] if found else self.where

    @property
    def line(self) -> int | None:
        """The line in the file, from 1; None when it is about the whole file."""
        found = _PLACE.match(self.where)
        return int(found["line"]) if found else None

    @property
    def refuses(self) -> bool:
        """Whether the recipe may not run."""
        return self.severity is Severity.ERROR

    def __str__(self) -> str:
        return str(self.error())

    def error(self) -> RecipeError:
        """The finding as an error."""
        return RecipeError(self.message, where=self.where, remedy=self.remedy)


def of_error(error: InputError) -> tuple[Finding, ...]:
    """Each finding of what could not be read, or not be compiled."""
    return tuple(Finding(_code(one), one.what, one.where, one.remedy) for one in error.findings)


def _code(error: InputError) -> str:
    if isinstance(error, FileError):
        return "R-FILE"
    return "R-UNIT" if isinstance(error, UnitError) or _UNIT.search(error.what) else "R-FORM"
