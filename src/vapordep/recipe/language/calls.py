"""Calls: the steps of other recipes, compiled in their place; what is called is kept for the record."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path, PureWindowsPath

from vapordep.errors import RecipeError
from vapordep.files import Document, KeyPath, data_folder, parse_yaml, read_yaml, validate
from vapordep.model.plan import Call, Plan
from vapordep.model.run import CalledRecipe
from vapordep.model.steps import Step
from vapordep.recipe import schema
from vapordep.recipe.language.compiler import Compiler
from vapordep.recipe.language.parameters import Setting, with_parameters

DEEPEST = 5
"""So many calls may lie within each other."""
BESIDE = "copy the file beside this one, and call it by its name"
MOST = 100
"""So many calls a recipe may make in all: one that calls another often enough could fill any memory."""

Find = Callable[[str, Document], Document]
"""The recipe of that name, or path, as a document calls it; raises RecipeError without a place, and FileError."""


def on_disk(name: str, caller: Document) -> Document:
    """A file beside the one that calls it, or in a folder there, with or without `.yaml`, else a shipped recipe.

    Nothing else is ever opened: a recipe that comes from elsewhere must not read what its reader may.
    """
    given = Path(name)
    if _leads_out(name):
        raise RecipeError(f"{name!r} leads out of the folder of this recipe", remedy=BESIDE)
    beside = [caller.path.parent / given, caller.path.parent / f"{name}.yaml"]
    shipped = [data_folder("recipes") / f"{given.stem}.yaml"] if given.parent == Path() else []
    for path in (*beside, *shipped):
        if not _is_file(path):
            continue
        if path in beside and not path.resolve().is_relative_to(caller.path.parent.resolve()):
            raise RecipeError(f"{name!r} is a link that leads out of the folder of this recipe", remedy=BESIDE)
        return read_yaml(path)
    known = ", ".join(sorted(path.stem for path in data_folder("recipes").glob("*.yaml")))
    raise RecipeError(
        f"there is no recipe {name!r}", remedy=f"name a file beside this one, or a shipped recipe: {known}"
    )


def _leads_out(name: str) -> bool:
    """Whether a path has another beginning than the folder it is in, or goes up, as any system reads it."""
    read = PureWindowsPath(name)  # takes both kinds of slashes
    return bool(read.anchor) or ".." in read.parts


def _is_file(path: Path) -> bool:
    """False too for what can be no name here, such as one that is too long."""
    with suppress(OSError, ValueError):
        return path.is_file()
    return False


def kept(called: Sequence[CalledRecipe]) -> Find:
    """The recipes as a run keeps them, whatever has become of their files."""
    texts = {recipe.asked: recipe for recipe in called}

    def find(name: str, caller: Document) -> Document:
        if name not in texts:
            raise RecipeError(f"the record holds no recipe {name!r}", remedy="it was not called when the run started")
        return parse_yaml(texts[name].text, texts[name].file)

    return find


class Calls:
    """Compiles what one recipe calls, directly or through others; `kept` is each text once."""

    def __init__(self, root: Document, part: schema.RecipePart, find: Find) -> None:
        self.kept: list[CalledRecipe] = []
        self.verified = True
        """Whether every recipe that was called is verified."""
        self._part = part
        self._find = find
        self._stack = [root.path]
        self._made = 0

    def __call__(self, compiler: Compiler, path: KeyPath) -> tuple[Step, ...]:
        """The steps of the recipe called at `path`, after a step that says so. Raises RecipeError."""
        where = compiler.document.where(path)
        wanted = compiler.read(schema.CallPart, path)
        document = self._document(wanted.recipe, compiler.document, where)
        self._bound(document.path, where)
        filled, values = _filled(document, wanted.settings, where)
        part = validate(filled, schema.RecipePart, kind=RecipeError)
        self._fits(part, where)
        plan = self._plan(filled, part, values, compiler)
        self._keep(wanted.recipe, part, document, values, where)
        if plan.prime in plan.steps:
            compiler.called_prime = compiler.called_prime or plan.prime
        return (Call(where=where, recipe=part.name, sha256=document.sha256), *plan.steps)

    def _plan(
        self, document: Document, part: schema.RecipePart, values: Mapping[str, Setting], outer: Compiler
    ) -> Plan:
        inner = Compiler(document, outer.reactor, outer.words, self)
        self._stack.append(document.path)
        try:
            plan = inner.plan(part, values)
        finally:
            self._stack.pop()
        outer.findings.extend(inner.findings)
        return plan

    def _document(self, name: str, caller: Document, where: str) -> Document:
        try:
            return self._find(name, caller)
        except RecipeError as error:
            raise RecipeError(error.what, where=where, remedy=error.remedy) from None

    def _bound(self, path: Path, where: str) -> None:
        self._made += 1
        if path.resolve() in (outer.resolve() for outer in self._stack):
            way = " -> ".join(outer.name for outer in (*self._stack, path))
            raise RecipeError(f"this recipe calls itself: {way}", where=where, remedy="use `repeat` for what recurs")
        if len(self._stack) > DEEPEST:
            way = " -> ".join(outer.name for outer in self._stack)
            what = f"calls within calls are deeper than {DEEPEST}: {way}"
            raise RecipeError(what, where=where, remedy="write the innermost steps where they are called")
        if self._made > MOST:
            what = f"more than {MOST} calls in one recipe"
            raise RecipeError(what, where=where, remedy="put the call into a `repeat`")

    def _fits(self, part: schema.RecipePart, where: str) -> None:
        """A recipe is checked for one process on one substrate; another's temperatures and gases say nothing of it."""
        for key in ("process", "substrate"):
            mine, other = getattr(self._part, key), getattr(part, key)
            if mine != other:
                what = f"{part.name!r} is a recipe for {other}, this one is for {mine}"
                raise RecipeError(what, where=where, remedy=f"call a recipe with `{key}: {mine}`")
        if part.expect_refusal:
            what = f"{part.name!r} is kept to be refused ({part.expect_refusal})"
            raise RecipeError(what, where=where, remedy="call another recipe")
        self.verified = self.verified and part.status == "verified"

    def _keep(
        self, asked: str, part: schema.RecipePart, document: Document, values: Mapping[str, Setting], where: str
    ) -> None:
        if any(other.asked == asked and other.sha256 != document.sha256 for other in self.kept):
            what = f"two different recipes are called by the name {asked!r}"
            raise RecipeError(what, where=where, remedy="give one of the files another name")
        found = CalledRecipe(asked, part.name, str(document.path), document.text, document.sha256, dict(values))
        if found not in self.kept:
            self.kept.append(found)


def _filled(document: Document, settings: Mapping[str, Setting], where: str) -> tuple[Document, dict[str, Setting]]:
    """With the values of the call; what is wrong with those is said where the call stands."""
    try:
        return with_parameters(document, {name: str(value) for name, value in settings.items()})
    except RecipeError as error:
        what = f"{error.what} (called recipe, {error.where})"
        raise RecipeError(what, where=where, remedy=error.remedy) from None
