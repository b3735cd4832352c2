"""The examination of a recipe file: read, compiled for one reactor, and judged; all findings with file and line."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from vapordep.chemistry import Substrate, substrate
from vapordep.errors import InputError, RecipeError
from vapordep.files import Document, read_yaml, refuse_other, validate
from vapordep.lazy import dataclass
from vapordep.model.plan import OnWeak, Plan
from vapordep.model.reactor import Reactor
from vapordep.model.run import CalledRecipe
from vapordep.recipe import schema
from vapordep.recipe.check import judge
from vapordep.recipe.findings import Finding, Severity, of_error
from vapordep.recipe.language.calls import Calls, Find, kept, on_disk
from vapordep.recipe.language.compiler import Compiler
from vapordep.recipe.language.parameters import Setting, unused, with_parameters
from vapordep.recipe.steps import COMPILERS


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
    called: tuple[CalledRecipe, ...] = ()
    """What it calls, as it was read."""


@dataclass(frozen=True, slots=True)
class Examined:
    """A recipe file with everything found about it; `recipe` is None when it could not be compiled."""

    recipe: Recipe | None
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether it may run."""
        return self.recipe is not None and not any(finding.refuses for finding in self.findings)


def read_recipe(source: Path | Document, reactor: Reactor, settings: Mapping[str, str] | None = None) -> Recipe:
    """Reads, checks and compiles a recipe file, or what was read of one; `settings` are texts by parameter name.

    Raises FileError or RecipeError, which gather every finding with file:line, what and what to do.
    """
    recipe, findings = _examine(source, reactor, settings or {})
    refusals = [finding.error() for finding in findings if finding.refuses]
    if refusals:
        raise RecipeError.gather(refusals)
    return recipe


def examine(
    source: Path | Document,
    reactor: Reactor,
    settings: Mapping[str, str] | None = None,
    called: Sequence[CalledRecipe] | None = None,
) -> Examined:
    """The same judgement as `read_recipe`, which is all that a run goes by, told instead of raised.

    `source` is the file, or what was read of it before, such as the copy that a run keeps; with `called`, the recipes
    that it calls are taken from there and not from disk.
    """
    try:
        return Examined(*_examine(source, reactor, settings or {}, on_disk if called is None else kept(called)))
    except InputError as error:
        return Examined(None, of_error(error))


def _examine(
    source: Path | Document, reactor: Reactor, settings: Mapping[str, str], find: Find = on_disk
) -> tuple[Recipe, tuple[Finding, ...]]:
    original = source if isinstance(source, Document) else read_yaml(source)
    refuse_other(original, "recipe", RecipeError)
    document, values = with_parameters(original, settings)
    part = validate(document, schema.RecipePart, kind=RecipeError)
    calls = Calls(original, part, find)
    compiler = Compiler(document, reactor, COMPILERS, calls)
    plan = compiler.plan(part, values)
    if compiler.findings:
        raise RecipeError.gather(compiler.findings)
    coated = _substrate(document, part.substrate)
    plan = replace(plan, on_weak_dose=_on_weak(part, coated), changeover=part.changeover)
    findings = judge(plan, reactor, coated, document.where)
    findings += tuple(_unexpected(part.expect_refusal, findings, document)) + tuple(unused(original, values))
    warnings = tuple(finding for finding in findings if finding.severity is Severity.WARNING)
    recipe = Recipe(
        name=part.name,
        text=original.text,
        sha256=original.sha256,
        file=str(original.path),
        status=part.status if calls.verified else "unverified",
        plan=plan,
        substrate=coated,
        parameters=values,
        warnings=warnings,
        called=tuple(calls.kept),
    )
    return recipe, findings


def _unexpected(expected: str, findings: tuple[Finding, ...], document: Document) -> Iterator[Finding]:
    """A recipe that is kept to be refused may not run because its rule was forgotten."""
    if expected and not any(finding.refuses and finding.code == expected for finding in findings):
        where = document.where(("expect_refusal",))
        what = f"this recipe must be refused by {expected}, and nothing refuses it"
        yield Finding("R-EXPECTED", what, where, "report this: a rule of the check is lost")


def _on_weak(part: schema.RecipePart, coated: Substrate) -> OnWeak:
    """A metal whose bare surface everything attacks gets no half-covered film unless the recipe says so."""
    if part.on_weak_dose is not None:
        return OnWeak(part.on_weak_dose)
    return OnWeak.HOLD if coated.hard else OnWeak.CONTINUE


def _substrate(document: Document, name: str) -> Substrate:
    try:
        return substrate(name)
    except InputError as error:
        raise RecipeError(error.what, where=document.where(("substrate",)), remedy=error.remedy) from None
