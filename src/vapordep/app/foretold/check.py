"""The check of a file as a person asks for it: what is found, how long it takes, what it gives; nothing is executed."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from pathlib import Path

from vapordep.app.foretold.expected import Expected, expect
from vapordep.app.plain import film_as_json, number
from vapordep.app.remembered.bottles import doubts, stocked
from vapordep.app.request import Request
from vapordep.errors import HistoryError, InputError
from vapordep.files import Document
from vapordep.lazy import dataclass
from vapordep.model.plan import Block, Plan
from vapordep.model.reactor import Reactor
from vapordep.model.steps import Dose, Step
from vapordep.reactor import read_reactor
from vapordep.recipe import Finding, Recipe, estimate, examine, of_error
from vapordep.recipe.language.sequences import of_sequences
from vapordep.recipe.steps import COMPILERS
from vapordep.safety.coverage import Coverage


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be said of a recipe in one reactor; `recipe` and all that follows from it lack when it cannot be read.

    `duration` in s; `expected` only of what may run.
    """

    ok: bool
    findings: tuple[Finding, ...]
    reactor: Reactor | None = None
    recipe: Recipe | None = None
    duration: float | None = None
    cycles: int | None = None
    pulses: Mapping[str, int] = field(default_factory=dict)
    expected: Expected | None = None
    coverage: Coverage | None = None
    """Of a reactor file by itself, for a run without a guardian."""
    guarded: Coverage | None = None
    """The same for a run under `vapordep serve`."""

    def as_json(self) -> dict[str, object]:
        """Plain data in SI; what is not known is null."""
        film = self.expected.film if self.expected else None
        return {
            "ok": self.ok,
            "recipe": self.recipe.name if self.recipe else None,
            "reactor": self.reactor.name if self.reactor else None,
            "substrate": self.recipe.substrate.name if self.recipe else None,
            "status": self.recipe.status if self.recipe else None,
            "parameters": dict(self.recipe.parameters) if self.recipe else {},
            "findings": [finding_as_json(finding) for finding in self.findings],
            "duration_s": number(self.duration),
            "cycles": self.cycles,
            "doses": sum(self.pulses.values()),
            "pulses": dict(self.pulses),
            "expected_thickness_m": number(film.thickness) if film else None,
            "film": film_as_json(film) if film else None,
            "precursor_use_mol": dict(self.expected.precursor_use) if self.expected else {},
            "conversion": dict(self.expected.conversion) if self.expected else {},
            "coverage": self.coverage.as_json() if self.coverage else None,
            "coverage_guarded": self.guarded.as_json() if self.guarded else None,
        }


def finding_as_json(finding: Finding) -> dict[str, object]:
    """One finding as plain data."""
    return {
        "severity": finding.severity.value,
        "code": finding.code,
        "file": finding.file,
        "line": finding.line,
        "message": finding.message,
        "remedy": finding.remedy,
    }


def check(request: Request) -> Verdict:
    """Judges a recipe as a run would, and says what it would give; never raises InputError."""
    try:
        reactor = stocked(read_reactor(request.reactor), request.history)
    except InputError as error:
        return Verdict(False, of_error(error))
    except HistoryError as error:
        return Verdict(False, (Finding("R-BOTTLE", error.what, error.where, error.remedy),))
    return checked(request.recipe, reactor, request.settings, request.history)


def checked(source: Path | Document, reactor: Reactor, settings: Mapping[str, str], history: Path) -> Verdict:
    """The same of a file, or of what was read of one, in a reactor that was read before."""
    examined = examine(source, reactor, settings)
    if examined.recipe is None:
        return Verdict(False, examined.findings, reactor)
    plan = examined.recipe.plan
    expected = expect(plan, reactor) if examined.ok else None
    return Verdict(
        examined.ok,
        (*examined.findings, *(expected.findings if expected else ()), *doubts(reactor, history)),
        reactor,
        examined.recipe,
        estimate(plan, reactor).total,
        _cycles(plan),
        _pulses(plan),
        expected,
    )


def refused(error: InputError) -> Verdict:
    """Of what could not be read."""
    return Verdict(False, of_error(error))


def check_reactor(path: Path) -> Verdict:
    """Judges a reactor file by itself; never raises InputError."""
    from vapordep.app.coverage import coverage_of_file  # a recipe's check does not wait for the gate and the alarms

    try:
        reactor = read_reactor(path)
        findings = of_sequences(reactor, COMPILERS)
        alone, guarded = (coverage_of_file(reactor, guardian=guardian) for guardian in (False, True))
        return Verdict(not findings, findings, reactor, coverage=alone, guarded=guarded)
    except InputError as error:
        return Verdict(False, of_error(error))


def is_reactor(path: Path) -> bool:
    """Whether a file's first key says that it describes a reactor; False for what cannot be read.

    Looked at as text: the file is parsed once, by the check that it is for.
    """
    if not path.is_file():
        return False
    try:
        with path.open(encoding="utf-8") as lines:
            first = next((line for line in lines if not _PREAMBLE.match(line)), "")
    except (OSError, UnicodeDecodeError):
        return False
    return _REACTOR.match(first) is not None


_PREAMBLE = re.compile(r"\ufeff?\s*(#|$|---\s*(#|$)|%)")
_REACTOR = re.compile(r"""\ufeff?(---)?\s*(reactor|"reactor"|'reactor')\s*:(\s|$)""")


def _pulses(plan: Plan) -> Counter[str]:
    """How many pulses each source gives."""
    found = Counter[str]()
    for step, times in plan.leaves():
        if isinstance(step, Dose):
            found[step.source] += times * step.pulses
    return found


def _cycles(plan: Plan) -> int:
    """How many cycles deposit a layer; where no layer is named, how many give doses, the prime left out."""
    steps = tuple(step for step in plan.steps if step is not plan.prime)
    return sum(_counts(steps, lambda block: bool(block.layer))) or sum(_counts(steps, _doses))


def _doses(block: Block) -> bool:
    return any(isinstance(step, Dose) for step in block.steps)


def _counts(steps: tuple[Step, ...], wanted: Callable[[Block], bool], times: int = 1) -> Iterator[int]:
    """How often each wanted block is done in all; what lies within one is not looked at."""
    for step in steps:
        if isinstance(step, Block) and wanted(step):
            yield times * step.cycles
        elif isinstance(step, Block):
            yield from _counts(step.steps, wanted, times * step.count)
