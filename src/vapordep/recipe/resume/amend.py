"""Amending: a plan that is under way becomes a new one of the same structure, other counts or longer purges in it."""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from vapordep.errors import InputError, RecipeError
from vapordep.lazy import dataclass
from vapordep.model.amendments import Amendment, CyclesAmendment, PurgeAmendment
from vapordep.model.events import Value
from vapordep.model.place import Cursor
from vapordep.model.plan import Block, Plan
from vapordep.model.steps import Dose, Purge, Step
from vapordep.recipe.schema import LONGEST
from vapordep.units import Dimension, format_si, parse

FORMS = "write `main +20` or `main -5` for cycles, `TMA +20 s` or `TMA x1.5` for the purge after a source"
_FORM = re.compile(r"(?P<name>\S.*?)\s+(?P<change>[-+x*×]\s*\d.*)")
_CYCLES = re.compile(r"(?P<sign>[+-])\s*(?P<count>\d+)")
_FACTOR = re.compile(r"[x*×]\s*(?P<factor>\d+(\.\d+)?)")


@dataclass(frozen=True, slots=True)
class Amended:
    """The new plan, and what changed in it: (what, old value, new value), in words with units."""

    plan: Plan
    changes: tuple[tuple[str, str, str], ...]

    def __str__(self) -> str:
        return "; ".join(f"{what}: {new} instead of {old}" for what, old, new in self.changes)


def amendment_from(text: str) -> Amendment:
    """The amendment that a person wrote, such as `main +20` or `TMA +20 s`; raises InputError for anything else."""
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise InputError(f"{text.strip()!r} is no amendment", remedy=FORMS)
    name, change = found["name"], found["change"]
    if cycles := _CYCLES.fullmatch(change):
        return CyclesAmendment(name, int(cycles["sign"] + cycles["count"]))
    if factor := _FACTOR.fullmatch(change):
        return PurgeAmendment(name, factor=float(factor["factor"]))
    try:
        return PurgeAmendment(name, longer=parse(change.removeprefix("+"), Dimension.TIME))
    except InputError as error:
        raise InputError(f"{change!r} is no change: {error.what}", remedy=FORMS) from None


def told(amendment: Amendment, amended: Amended) -> dict[str, Value]:
    """An amendment as an event keeps it, with the old and the new values in words."""
    old, new = (", ".join(values) for values in list(zip(*amended.changes, strict=True))[1:])
    if isinstance(amendment, CyclesAmendment):
        return {"block": amendment.block, "change": amendment.change, "old": old, "new": new}
    return {
        "source": amendment.source,
        "longer_s": amendment.longer,
        "factor": amendment.factor,
        "old": old,
        "new": new,
    }


def amendment_of(data: Mapping[str, Value]) -> Amendment | None:
    """The amendment that an event tells of; None when it tells of something else, such as a skipped step."""
    if "block" in data:
        return CyclesAmendment(str(data["block"]), int(data["change"] or 0))
    if "source" in data:
        return PurgeAmendment(str(data["source"]), float(data["longer_s"] or 0.0), float(data["factor"] or 1.0))
    return None


def amend(plan: Plan, amendment: Amendment, position: Cursor, *, under_way: bool) -> Amended:
    """The plan amended while a run is at `position`; `under_way`: a cycle that has begun there will be finished.

    Raises RecipeError for what the plan does not have, what is done already, and what would be none.
    """
    if isinstance(amendment, CyclesAmendment):
        return _cycles(plan, amendment, position, under_way=under_way)
    return _purges(plan, amendment)


# --- counts ----------------------------------------------------------------------------------------------------


def _cycles(plan: Plan, asked: CyclesAmendment, position: Cursor, *, under_way: bool) -> Amended:
    known = list(_blocks(plan.steps))
    named = {id(block): (block, path) for block, path in known if block.name == asked.block}
    if not named:
        names = ", ".join(dict.fromkeys(block.name for block, _ in known)) or "none"
        remedy = f"loops of this recipe: {names}"
        if asked.block in _dosed(plan):
            remedy = f"for the purges after this source write a time, such as `{asked.block} +20 s`; {remedy}"
        raise RecipeError(f"there is no loop {asked.block!r}", remedy=remedy)
    if any(block.no_resume for block, _ in named.values()):
        raise RecipeError(f"{asked.block} is done once, and is no loop", remedy="name a loop")
    if any(block.varies or block.turn for block, _ in named.values()):
        what = f"the cycles of {asked.block} differ, so their number is part of the recipe"
        raise RecipeError(what, remedy="stop after a cycle, or make a recipe of its own")
    begun = {key: _begun(plan.steps, path, position, under_way=under_way) for key, (_, path) in named.items()}
    ahead = [key for key, cycles in begun.items() if cycles is not None]
    if not ahead:
        raise RecipeError(f"{asked.block} is done", remedy="make a run of its own for what is still to be added")
    if len(ahead) > 1:
        raise RecipeError(f"{len(ahead)} loops are called {asked.block!r}", remedy="give loops names of their own")
    block, least = named[ahead[0]][0], max(begun[ahead[0]] or 0, 1)
    count = block.count + asked.change
    if asked.change == 0:
        raise RecipeError(f"{asked.block} already has {block.count} cycles", remedy=FORMS)
    if count < least:
        done = "begun or done" if begun[ahead[0]] else "the least a loop has"
        raise RecipeError(
            f"{asked.block} cannot have {count} cycles: {least} is {done}" if least == 1 else
            f"{asked.block} cannot have {count} cycles: {least} are {done}",
            remedy=f"take away {block.count - least} at most",
        )  # fmt: skip
    changed = _rebuilt(plan, lambda found: replace(found, count=count) if found is block else found)
    return Amended(changed, ((asked.block, f"{block.count} cycles", f"{count} cycles"),))


def _blocks(steps: tuple[Step, ...], path: tuple[int, ...] = ()) -> Iterator[tuple[Block, tuple[int, ...]]]:
    """Every block with the indices that lead to it."""
    for index, step in enumerate(steps):
        if isinstance(step, Block):
            yield step, (*path, index)
            yield from _blocks(step.steps, (*path, index))


def _begun(steps: tuple[Step, ...], path: tuple[int, ...], position: Cursor, *, under_way: bool) -> int | None:
    """How many cycles of the block at `path` are done or have begun in its present turn; None when all turns are."""
    again = False
    for depth, index in enumerate(path):
        if depth >= len(position) or index > position[depth].step:
            return 0
        block = steps[index]
        if index < position[depth].step or not isinstance(block, Block):
            return 0 if again else None
        if depth + 1 == len(path):
            return _begun_cycles(position[depth + 1 :], under_way=under_way)
        steps = block.steps
        inside = position[depth + 1 :]
        again = again or (bool(inside) and inside[0].cycle + 1 < block.count)
    return None


def _begun_cycles(inside: Cursor, *, under_way: bool) -> int:
    if not inside:
        return 0
    at_its_beginning = inside[0].step == 0 and len(inside) == 1
    return inside[0].cycle + (0 if at_its_beginning and not under_way else 1)


# --- purges ----------------------------------------------------------------------------------------------------


def _purges(plan: Plan, asked: PurgeAmendment) -> Amended:
    finite = math.isfinite(asked.longer) and math.isfinite(asked.factor)
    if not finite or asked.longer < 0.0 or asked.factor < 1.0:
        raise RecipeError("purges of a running recipe only become longer", remedy=FORMS)
    if asked.longer == 0.0 and asked.factor == 1.0:
        raise RecipeError("that leaves the purges as they are", remedy=FORMS)
    changes: dict[tuple[str, str, str], None] = {}

    def longer(purge: Purge) -> Purge:
        duration = purge.duration * asked.factor + asked.longer
        if duration > LONGEST:
            raise RecipeError(f"a purge of {_time(duration)} is too long", remedy=f"{_time(LONGEST)} is the most")
        changes[f"purge after {asked.source}", _time(purge.duration), _time(duration)] = None
        until = purge.until
        if until is not None:
            until = replace(until, longest=until.longest * asked.factor + asked.longer)
        return replace(purge, duration=duration, until=until)

    def with_longer(block: Block) -> Block:
        return replace(block, steps=_after_source(block.steps, asked.source, longer))

    changed = _rebuilt(plan, with_longer)
    changed = replace(changed, steps=_after_source(changed.steps, asked.source, longer))
    if not changes:
        remedy = f"sources that this recipe doses: {', '.join(_dosed(plan)) or 'none'}"
        if any(block.name == asked.source for block, _ in _blocks(plan.steps)):
            remedy = f"for the cycles of this loop write a number alone, such as `{asked.source} +20`; {remedy}"
        raise RecipeError(f"no purge follows a dose of {asked.source!r}", remedy=remedy)
    return Amended(changed, tuple(changes))


def _dosed(plan: Plan) -> tuple[str, ...]:
    return tuple(dict.fromkeys(step.source for step, _ in plan.leaves() if isinstance(step, Dose)))


def _after_source(steps: tuple[Step, ...], source: str, longer: Callable[[Purge], Purge]) -> tuple[Step, ...]:
    """The steps with each purge right after a dose of the source made longer."""
    before = (None, *steps)
    return tuple(
        longer(step) if isinstance(step, Purge) and isinstance(last, Dose) and last.source == source else step
        for last, step in zip(before, steps, strict=False)
    )


def _time(duration: float) -> str:
    return format_si(duration, Dimension.TIME)


def _rebuilt(plan: Plan, change: Callable[[Block], Block]) -> Plan:
    """The plan with every block changed; what was one block in two places stays one."""
    made: dict[int, Block] = {}

    def rebuilt(block: Block) -> Block:
        if id(block) not in made:
            changed = change(block)
            made[id(block)] = replace(changed, steps=steps(changed.steps))
        return made[id(block)]

    def steps(some: tuple[Step, ...]) -> tuple[Step, ...]:
        return tuple(rebuilt(step) if isinstance(step, Block) else step for step in some)

    prime = rebuilt(plan.prime) if plan.prime is not None else None
    return replace(plan, steps=steps(plan.steps), prime=prime)
