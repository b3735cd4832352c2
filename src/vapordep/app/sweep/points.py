"""The points of a sweep: each is checked before anything runs, and what its plan gives in a cycle is looked up."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace

from vapordep.app.request import Request
from vapordep.errors import InputError, RecipeError
from vapordep.lazy import dataclass
from vapordep.model.plan import Block, Plan
from vapordep.model.reactor import Reactor
from vapordep.model.steps import Dose, Purge, Step
from vapordep.recipe import Finding, Recipe, examine


@dataclass(frozen=True, slots=True)
class Planned:
    """What a cycle of the plan gives: of each source the time its valve is open, and the purge after it, in s."""

    pulses: Mapping[str, float] = field(default_factory=dict)
    purges: Mapping[str, float] = field(default_factory=dict)
    layers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Point:
    """One point: what is set, and the checked recipe, or why it is refused."""

    number: int
    request: Request
    recipe: Recipe | None
    refusals: tuple[Finding, ...]
    planned: Planned = Planned()


def checked(asked: Request, reactor: Reactor, settings: Sequence[Mapping[str, str]]) -> tuple[Point, ...]:
    """Every point with what the check says of it; RecipeError with the first one's findings when none may run."""
    points = tuple(_point(number, asked, reactor, each) for number, each in enumerate(settings, 1))
    if not any(point.recipe for point in points):
        raise RecipeError.gather([finding.error() for finding in points[0].refusals])
    return points


def _point(number: int, asked: Request, reactor: Reactor, settings: Mapping[str, str]) -> Point:
    request = replace(asked, settings=settings)
    examined = examine(request.recipe, reactor, settings)
    if not examined.ok or examined.recipe is None:
        return Point(number, request, None, tuple(finding for finding in examined.findings if finding.refuses))
    return Point(number, request, examined.recipe, (), planned(examined.recipe.plan))


def planned(plan: Plan) -> Planned:
    """The cycle of a plan: the first loop that names a layer, else the first one that doses."""
    blocks = [block for block in _blocks(plan.steps) if block is not plan.prime]
    cycle = next((b for b in blocks if b.layer), None) or next((b for b in blocks if _doses(b.steps)), None)
    pulses: dict[str, float] = {}
    purges: dict[str, float] = {}
    last = ""
    for step in cycle.steps if cycle else ():
        match step:
            case Dose(source=source, width=width, pulses=times):
                pulses[source] = pulses.get(source, 0.0) + width * times
                last = source
            case Purge(duration=duration) if last:
                purges[last] = duration
    return Planned(pulses, purges, tuple(dict.fromkeys(block.layer for block in blocks if block.layer)))


def _blocks(steps: Sequence[Step]) -> Iterator[Block]:
    for step in steps:
        if isinstance(step, Block):
            yield step
            yield from _blocks(step.steps)


def _doses(steps: Sequence[Step]) -> bool:
    return any(isinstance(step, Dose) for step in steps)


def differing(points: Sequence[Point], of: str) -> tuple[str, ...]:
    """The sources whose `pulses` or `purges` differ between the points that may run."""
    ways = [getattr(point.planned, of) for point in points if point.recipe]
    names = dict.fromkeys(name for way in ways for name in way)
    return tuple(name for name in names if len({way.get(name) for way in ways}) > 1)


def check_fit(points: Sequence[Point]) -> None:
    """Raises InputError when nothing that differs between the points can be fitted."""
    doses, purges = differing(points, "pulses"), differing(points, "purges")
    layers = {point.planned.layers for point in points if point.recipe}
    if any(len(names) > 1 for names in layers):
        raise InputError("a fit takes a recipe with one layer", remedy="leave the other layers out, or --fit")
    if not doses and not purges:
        what = "there is nothing to fit: what is swept changes no pulse and no purge of a cycle"
        raise InputError(what, remedy="sweep a parameter that is a pulse or a purge, or leave --fit out")
    if len(doses) + len(purges) > 2 or (doses and purges):
        what = f"{' and '.join([*doses, *(f'the purge after {name}' for name in purges)])} change in one sweep"
        raise InputError(what, remedy="a fit takes one pulse, two pulses, or one purge: sweep one after the other")
    if len(purges) > 1:
        raise InputError("two purges change in one sweep", remedy="sweep one after the other")
