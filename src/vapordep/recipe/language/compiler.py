"""The compiler: the lists of steps of a recipe file become the steps of a plan, or findings with file and line."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from vapordep.chemistry import UnknownName, substance
from vapordep.errors import InputError, RecipeError
from vapordep.files import Document, KeyPath, validate
from vapordep.model.plan import Block, Plan, Turn
from vapordep.model.reactor import Reactor
from vapordep.model.sources import SourceLine
from vapordep.model.steps import IfFails, Otherwise, Step
from vapordep.recipe import schema
from vapordep.recipe.language.parameters import Setting
from vapordep.recipe.language.varying import ABSENT, Cycles, cycles_of, filled
from vapordep.units import Dimension, parse

PRIME = "prime"
CALL = "call"
REPEAT = "repeat"
NO_RESUME = "no_resume"
IF_FAILS = "if_fails"
STATES = {"open": 1.0, "closed": 0.0, "on": 1.0}
"""Words for the states of a valve or a switch; `off` is known to every output."""


class Compiler:
    """Compiles the steps of one document; collects what is wrong instead of giving up at the first."""

    def __init__(
        self, document: Document, reactor: Reactor, words: Mapping[str, "CompileWord"], calls: "CompileCall"
    ) -> None:
        self.document = document
        self.reactor = reactor
        self.words = words
        self.calls = calls
        self.findings: list[InputError] = []
        self.prime: Block | None = None
        self.called_prime: Block | None = None
        """The first prime that a called recipe brings with it."""
        self._varied: frozenset[str] = frozenset()
        """Names that vary in the loops around what is compiled just now."""

    def plan(self, part: schema.RecipePart, values: Mapping[str, Setting]) -> Plan:
        """The plan; what could not be compiled is in `findings`."""
        if part.prime:
            steps = self.steps(part.prime, (PRIME,))
            self.prime = Block(where=self.document.where((PRIME,)), name=PRIME, steps=steps)
        steps = self.steps(part.steps, ("steps",))
        cap = self.steps(part.cap, ("cap",))
        last = self.steps(part.last, ("finally",))
        return Plan(
            part.name, part.process, part.substrate, steps, self.prime or self.called_prime, last, values, cap=cap
        )

    def steps(self, items: list[Any], path: KeyPath) -> tuple[Step, ...]:
        """The steps of a list; those that are wrong become findings."""
        done: list[Step] = []
        for index, item in enumerate(items):
            try:
                if item is ABSENT:
                    continue
                if isinstance(item, dict) and list(item) == [CALL]:
                    done += self.calls(self, (*path, index, CALL))
                else:
                    found = self.step(item, (*path, index))
                    done += found if isinstance(found, tuple) else (found,)
            except InputError as error:
                self.findings.extend(error.findings)
        return tuple(done)

    def step(self, item: Any, path: KeyPath) -> Step | tuple[Step, ...]:
        """One step, or those that one word stands for; raises RecipeError."""
        where = self.document.where(path)
        if item == PRIME:
            if self.prime is None:
                raise RecipeError("there is nothing to prime with", where=where, remedy="add a `prime:` section")
            return self.prime
        if isinstance(item, dict) and REPEAT in item:
            return self._repeat(path, where)
        if isinstance(item, dict) and NO_RESUME in item:
            region = self.read(schema.RegionPart, path)
            steps = self.steps(region.steps, (*path, "steps"))
            return Block(where=where, name=region.name, steps=steps, no_resume=region.no_resume)
        if isinstance(item, dict) and len(item) == 2 and IF_FAILS in item:
            return self._failing(item, path, where)
        if not isinstance(item, dict) or len(item) != 1:
            raise RecipeError(
                "a step is one word with what belongs to it",
                where=where,
                remedy="write `- purge: {for: 40 s}`, each step with its own dash",
            )
        word = next(iter(item))
        if word not in self.words:
            known = (*self.words, CALL, REPEAT, NO_RESUME, PRIME)
            near = get_close_matches(f"{word}"[:40], known, n=1)
            remedy = f"did you mean `{near[0]}`?" if near else f"write one of {', '.join(known)}"
            raise RecipeError(f"{word!r} is no step", where=where, remedy=remedy)
        if isinstance(item[word], dict) and IF_FAILS in item[word]:
            what, place = f"`{IF_FAILS}` stands within `{word}`", self.document.where((*path, word, IF_FAILS))
            raise RecipeError(what, where=place, remedy=f"write it beside `{word}`, on a line of its own below it")
        return self.words[word](self, (*path, word), where)

    def _failing(self, item: dict[str, Any], path: KeyPath, where: str) -> Step:
        """A step that says what follows when it fails."""
        [word] = item.keys() - {IF_FAILS}
        step = self.step({word: item[word]}, path)
        if not isinstance(step, Step):
            what = f"`{word}` stands for several steps, of which nobody could tell which one failed"
            raise RecipeError(what, where=where, remedy=f"write the steps themselves, each with its `{IF_FAILS}`")
        return replace(step, if_fails=self._if_fails(item[IF_FAILS], (*path, IF_FAILS)))

    def _if_fails(self, written: Any, path: KeyPath) -> IfFails:
        if isinstance(written, dict):
            part = self.read(schema.IfFailsPart, path)
            again = part.then == "again"
            then = Otherwise.HOLD if again else Otherwise(part.then)
            return IfFails(then, self.steps(part.steps, (*path, "steps")), again)
        if written not in list(Otherwise):
            known = ", ".join(Otherwise)
            what = f"`{IF_FAILS}` cannot be {written!r}"
            remedy = f"write one of {known}, or `{{steps: [...], then: again}}`"
            raise RecipeError(what, where=self.document.where(path), remedy=remedy)
        return IfFails(Otherwise(written))

    def _repeat(self, path: KeyPath, where: str) -> Block:
        part = validate(self.document, schema.RepeatPart, at=path, kind=RecipeError)
        name = part.name or part.layer or REPEAT
        if part.vary:
            return Block(where=where, name=name, steps=self._turns(part, name, path, where), layer=part.layer)
        steps = self.steps(part.steps, (*path, "steps"))
        return Block(where=where, name=name, steps=steps, count=part.repeat, layer=part.layer)

    def _turns(self, part: schema.RepeatPart, name: str, path: KeyPath, where: str) -> tuple[Block, ...]:
        """The cycles of a loop that varies, as a block for each run of equal ones."""
        self._own_names(part, path)
        wrong, turns = len(self.findings), []
        for cycles in cycles_of(part, {vary: self.document.where((*path, "vary", vary)) for vary in part.vary}):
            with self._varying(cycles, path):
                steps = self.steps(self.document.part((*path, "steps")), (*path, "steps"))
            if len(self.findings) > wrong:
                break  # the others would tell the same again
            if not steps:
                what = f"nothing is done in cycle {cycles.first} of {name!r}"
                raise RecipeError(what, where=where, remedy="let a count vary down to 1, or take the cycle out")
            turn = Turn(cycles.first, part.repeat, part.layer)
            turns.append(Block(where=where, name=name, steps=steps, count=cycles.count, turn=turn))
        return tuple(turns)

    @contextmanager
    def _varying(self, cycles: Cycles, path: KeyPath) -> Iterator[None]:
        """The document as it reads in those cycles of the loop at `path`."""
        whole, names = self.document, self._varied
        self.document = replace(whole, data=_with_steps(whole.data, path, cycles.values))
        self._varied = names | cycles.values.keys()
        try:
            yield
        finally:
            self.document, self._varied = whole, names

    def _own_names(self, part: schema.RepeatPart, path: KeyPath) -> None:
        """One name a thing: RecipeError for one that a parameter or a loop around has."""
        taken = self._varied | set(self.document.data.get("parameters") or ())
        for name in part.vary:
            if name in taken:
                place = self.document.where((*path, "vary", name))
                raise RecipeError(f"the name {name!r} is taken", where=place, remedy="vary under another name")

    def read(self, model: type[Any], path: KeyPath) -> Any:
        """What stands at `path`, as `model`; raises RecipeError."""
        return validate(self.document, model, at=path, kind=RecipeError)

    def known(self, name: str, among: Mapping[str, object], what: str, path: KeyPath) -> str:
        """`name` if the reactor has it; raises RecipeError that lists what it has."""
        if name not in among:
            raise RecipeError(
                f"the reactor {self.reactor.name} has no {what} {name!r}",
                where=self.document.where(path),
                remedy=_near(name, among) or f"it has: {', '.join(among) or 'none'}",
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


def _with_steps(data: Any, path: KeyPath, values: Mapping[str, Setting]) -> Any:
    """The data with what varies replaced in the steps of the loop at `path`, and all else as it is."""
    if not path:
        return {**data, "steps": filled(data["steps"], values)}
    changed = _with_steps(data[path[0]], path[1:], values)
    if isinstance(data, list):
        return [changed if index == path[0] else item for index, item in enumerate(data)]
    return {**data, path[0]: changed}


def _near(name: str, among: Mapping[str, object]) -> str:
    """What to write for a source that is called by its substance, or for a misspelt name; nothing where neither is."""
    try:
        meant = substance(name).name
    except UnknownName:
        near = get_close_matches(name, list(among), n=1)
        return f"did you mean {near[0]}?" if near else ""
    sources = {each: one for each, one in among.items() if isinstance(one, SourceLine)}
    alike = [each for each, one in sources.items() if substance(one.substance).name == meant]
    return f"write {alike[0]}, its source of {meant}" if alike else ""


CompileWord = Callable[[Compiler, KeyPath, str], Step | tuple[Step, ...]]
"""Makes a step, or several, of what stands at a path; the text is its `file:line`. Raises RecipeError."""

CompileCall = Callable[[Compiler, KeyPath], tuple[Step, ...]]
"""Gives the steps of the recipe that is called at a path of the compiler's document; raises RecipeError."""
