"""The compiler: a recipe file becomes a plan for one reactor, or a list of findings with file and line."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vapordep.chemistry import Substrate, substrate
from vapordep.errors import InputError, RecipeError
from vapordep.files import Document, KeyPath, read_yaml, validate
from vapordep.model.plan import (
    WORDS,
    Block,
    Cool,
    Dose,
    Flow,
    Heat,
    LeakCheck,
    Plan,
    Prompt,
    Pump,
    PumpPurge,
    Purge,
    Ramp,
    Set,
    Stabilise,
    Step,
    Wait,
)
from vapordep.model.reactor import Reactor
from vapordep.recipe import schema
from vapordep.recipe.check import judge
from vapordep.recipe.findings import Finding, Severity, of_error
from vapordep.recipe.parameters import Setting, with_parameters
from vapordep.recipe.situation import ROOM
from vapordep.units import Dimension, parse

PRIME = "prime"
REPEAT = "repeat"
STATES = {"open": 1.0, "closed": 0.0, "on": 1.0}
"""Words for the states of a valve or a switch; `off` is known to every output."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """A recipe file read, checked and compiled for one reactor."""

    name: str
    text: str
    sha256: str
    file: str
    status: str
    plan: Plan
    substrate: Substrate
    parameters: Mapping[str, Setting]
    warnings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Examined:
    """A recipe file with everything found about it; `recipe` is None when it could not be compiled."""

    recipe: Recipe | None
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether it may run."""
        return self.recipe is not None and not any(finding.refuses for finding in self.findings)


def read_recipe(path: Path, reactor: Reactor, settings: Mapping[str, str] | None = None) -> Recipe:
    """Reads, checks and compiles a recipe file; `settings` are texts by parameter name.

    Raises FileError or RecipeError, which gather every finding with file:line, what and what to do.
    """
    recipe, findings = _examine(path, reactor, settings or {})
    refusals = [finding.error() for finding in findings if finding.refuses]
    if refusals:
        raise RecipeError.gather(refusals)
    return recipe


def examine(path: Path, reactor: Reactor, settings: Mapping[str, str] | None = None) -> Examined:
    """The same judgement as `read_recipe`, which is all that a run goes by, told instead of raised."""
    try:
        return Examined(*_examine(path, reactor, settings or {}))
    except InputError as error:
        return Examined(None, of_error(error))


def _examine(path: Path, reactor: Reactor, settings: Mapping[str, str]) -> tuple[Recipe, tuple[Finding, ...]]:
    original = read_yaml(path)
    document, values = with_parameters(original, settings)
    part = validate(document, schema.RecipePart, kind=RecipeError)
    compiler = Compiler(document, reactor)
    plan = compiler.plan(part, values)
    if compiler.findings:
        raise RecipeError.gather(compiler.findings)
    coated = _substrate(document, part.substrate)
    findings = judge(plan, reactor, coated, document.where)
    findings += tuple(_unexpected(part.expect_refusal, findings, document))
    warnings = tuple(finding for finding in findings if finding.severity is Severity.WARNING)
    recipe = Recipe(part.name, original.text, original.sha256, str(path), part.status, plan, coated, values, warnings)
    return recipe, findings


def _unexpected(expected: str, findings: tuple[Finding, ...], document: Document) -> Iterator[Finding]:
    """A recipe that is kept to be refused may not run because its rule was forgotten."""
    if expected and not any(finding.refuses and finding.code == expected for finding in findings):
        where = document.where(("expect_refusal",))
        what = f"this recipe must be refused by {expected}, and nothing refuses it"
        yield Finding("R-EXPECTED", what, where, "report this: a rule of the check is lost")


def _substrate(document: Document, name: str) -> Substrate:
    try:
        return substrate(name)
    except InputError as error:
        raise RecipeError(error.what, where=document.where(("substrate",)), remedy=error.remedy) from None


class Compiler:
    """Compiles the steps of one document; collects what is wrong instead of giving up at the first."""

    def __init__(self, document: Document, reactor: Reactor) -> None:
        self.document = document
        self.reactor = reactor
        self.findings: list[InputError] = []
        self.prime: Block | None = None

    def plan(self, part: schema.RecipePart, values: Mapping[str, Setting]) -> Plan:
        """The plan; what could not be compiled is in `findings`."""
        if part.prime:
            steps = self.steps(part.prime, (PRIME,))
            self.prime = Block(where=self.document.where((PRIME,)), name=PRIME, steps=steps)
        steps = self.steps(part.steps, ("steps",))
        last = self.steps(part.last, ("finally",))
        return Plan(part.name, part.process, part.substrate, steps, self.prime, last, values)

    def steps(self, items: list[Any], path: KeyPath) -> tuple[Step, ...]:
        """The steps of a list; those that are wrong become findings."""
        done = []
        for index, item in enumerate(items):
            try:
                done.append(self.step(item, (*path, index)))
            except InputError as error:
                self.findings.extend(error.findings)
        return tuple(done)

    def step(self, item: Any, path: KeyPath) -> Step:
        """One step; raises RecipeError."""
        where = self.document.where(path)
        if item == PRIME:
            if self.prime is None:
                raise RecipeError("there is nothing to prime with", where=where, remedy="add a `prime:` section")
            return self.prime
        if isinstance(item, dict) and REPEAT in item:
            return self._repeat(path, where)
        if not isinstance(item, dict) or len(item) != 1:
            raise RecipeError(
                "a step is one word with what belongs to it",
                where=where,
                remedy="write `- purge: {for: 40 s}`, each step with its own dash",
            )
        word = next(iter(item))
        if word not in COMPILERS:
            known = ", ".join((*COMPILERS, REPEAT, PRIME))
            raise RecipeError(f"{word!r} is no step", where=where, remedy=f"steps: {known}")
        return COMPILERS[word](self, (*path, word), where)

    def _repeat(self, path: KeyPath, where: str) -> Block:
        part = validate(self.document, schema.RepeatPart, at=path, kind=RecipeError)
        steps = self.steps(part.steps, (*path, "steps"))
        name = part.name or part.layer or REPEAT
        return Block(where=where, name=name, steps=steps, count=part.repeat, layer=part.layer)

    def read(self, model: type[Any], path: KeyPath) -> Any:
        """What stands at `path`, as `model`; raises RecipeError."""
        return validate(self.document, model, at=path, kind=RecipeError)

    def known(self, name: str, among: Mapping[str, object], what: str, path: KeyPath) -> str:
        """`name` if the reactor has it; raises RecipeError that lists what it has."""
        if name not in among:
            raise RecipeError(
                f"the reactor {self.reactor.name} has no {what} {name!r}",
                where=self.document.where(path),
                remedy=f"it has: {', '.join(among) or 'none'}",
            )
        return name

    def zones(self, part: schema.ZonesPart, path: KeyPath) -> dict[str, float]:
        """Temperatures in K by zone."""
        targets: dict[str, float] = dict(part.model_extra or {})
        if not targets:
            raise RecipeError(
                "no zone is named", where=self.document.where(path), remedy=f"zones: {', '.join(self.reactor.zones)}"
            )
        return {self.known(zone, self.reactor.zones, "zone", (*path, zone)): value for zone, value in targets.items()}

    def output(self, tag: str, written: str | int | float, path: KeyPath) -> float:
        """The value of an output in SI, from a quantity with its unit, `open`, `closed`, or `off`."""
        output = self.reactor.outputs[self.known(tag, self.reactor.outputs, "output", (*path, "output"))]
        if written == "off":
            return output.off
        if output.unit.dimension is Dimension.STATE:
            return self._state(tag, written, path)
        try:
            return parse(str(written), output.unit.dimension)
        except InputError as error:
            raise RecipeError(error.what, where=self.document.where(path), remedy=error.remedy) from None

    def _state(self, tag: str, written: str | int | float, path: KeyPath) -> float:
        if written not in STATES:
            what = f"{tag} cannot be {written!r}"
            raise RecipeError(what, where=self.document.where(path), remedy=f"write {' or '.join(STATES)}")
        return STATES[str(written)]


def _pump(c: Compiler, path: KeyPath, where: str) -> Step:
    part = c.read(schema.PumpPart, path)
    return Pump(where=where, to=part.to, within=part.within, soft=part.soft)


def _pump_purge(c: Compiler, path: KeyPath, where: str) -> Step:
    part = c.read(schema.PumpPurgePart, path)
    return PumpPurge(where=where, cycles=part.cycles, high=part.high, low=part.low, within=part.within)


def _leak_check(c: Compiler, path: KeyPath, where: str) -> Step:
    return LeakCheck(where=where, duration=c.read(schema.ForPart, path).duration)


def _flow(c: Compiler, path: KeyPath, where: str) -> Step:
    flows = c.read(schema.FlowPart, path).root
    for line in flows:
        c.known(line, c.reactor.lines, "line", (*path, line))
    return Flow(where=where, flows=flows)


def _heat(c: Compiler, path: KeyPath, where: str) -> Step:
    part = c.read(schema.HeatPart, path)
    targets = c.zones(part, path)
    timeout = part.timeout if part.timeout is not None else _patience(targets, part.rate)
    return Heat(where=where, targets=targets, rate=part.rate, tolerance=part.within, timeout=timeout)


def _cool(c: Compiler, path: KeyPath, where: str) -> Step:
    part = c.read(schema.CoolPart, path)
    return Cool(where=where, targets=c.zones(part, path), within=part.within)


def _stabilise(c: Compiler, path: KeyPath, where: str) -> Step:
    part = c.read(schema.StabilisePart, path)
    return Stabilise(where=where, duration=part.duration, tolerance=part.within)


def _dose(c: Compiler, path: KeyPath, where: str) -> Step:
    part = c.read(schema.DosePart, path)
    source = c.known(part.source, c.reactor.sources, "source", (*path, "source"))
    return Dose(where=where, source=source, width=part.pulse)


def _purge(c: Compiler, path: KeyPath, where: str) -> Step:
    return Purge(where=where, duration=c.read(schema.ForPart, path).duration)


def _set(c: Compiler, path: KeyPath, where: str) -> Step:
    part = c.read(schema.SetPart, path)
    return Set(where=where, output=part.output, value=c.output(part.output, part.value, path))


def _ramp(c: Compiler, path: KeyPath, where: str) -> Step:
    part = c.read(schema.RampPart, path)
    return Ramp(where=where, output=part.output, to=c.output(part.output, part.to, path), duration=part.over)


def _wait(c: Compiler, path: KeyPath, where: str) -> Step:
    part = c.read(schema.WaitPart, path)
    return Wait(where=where, until=part.until, within=part.within)


def _prompt(c: Compiler, path: KeyPath, where: str) -> Step:
    return Prompt(where=where, text=c.read(schema.PromptPart, path).root)


COMPILERS: Mapping[str, Callable[[Compiler, KeyPath, str], Step]] = {
    WORDS[kind]: compiler
    for kind, compiler in (
        (Pump, _pump), (PumpPurge, _pump_purge), (LeakCheck, _leak_check), (Flow, _flow), (Heat, _heat),
        (Cool, _cool), (Stabilise, _stabilise), (Dose, _dose), (Purge, _purge), (Set, _set), (Ramp, _ramp),
        (Wait, _wait), (Prompt, _prompt),
    )
}  # fmt: skip


def _patience(targets: Mapping[str, float], rate: float) -> float:
    """How long heating may take in s when nobody says: twice the ramp from room temperature, and an hour."""
    return 2 * max(abs(target - ROOM) for target in targets.values()) / rate + 3600.0
