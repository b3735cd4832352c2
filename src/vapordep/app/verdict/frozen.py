"""What a run was given, put together again from its frozen copy: reactor, substrate, rules, recipe and its findings."""

from collections.abc import Sequence
from dataclasses import replace

from vapordep.chemistry import Substrate, substrate
from vapordep.errors import RecipeError
from vapordep.files import parse_yaml
from vapordep.lazy import dataclass
from vapordep.model.events import Event, Kind
from vapordep.model.reactor import Reactor
from vapordep.model.run import RunHeader
from vapordep.reactor import reactor_of, tag_table
from vapordep.recipe import Finding, Recipe, examine
from vapordep.recipe.resume.broken_off import as_amended, begun_with
from vapordep.safety.protection import Rules


@dataclass(frozen=True, slots=True)
class Frozen:
    """Reactor and rules as they were; `recipe`, its plan as amended, is None when it cannot be compiled any more."""

    reactor: Reactor
    substrate: Substrate
    rules: Rules
    recipe: Recipe | None
    findings: tuple[Finding, ...]
    """What the check says of the recipe; of one that cannot be compiled, why not."""


def thaw(header: RunHeader, events: Sequence[Event]) -> Frozen:
    """Reads the frozen texts again, never the files of today.

    Raises InputError when the reactor, or the recipe's substrate, cannot be read by this vapordep.
    """
    reactor = reactor_of(parse_yaml(header.reactor_text, f"reactor of {header.run_id}"))
    document = parse_yaml(header.recipe_text, _recipe_file(events) or f"recipe of {header.run_id}")
    settings = {name: str(value) for name, value in header.parameters.items()}
    examined = examine(document, reactor, settings, header.called)
    named = document.data.get("substrate")
    if not isinstance(named, str):
        raise RecipeError("the recipe names no substrate", where=document.where(), remedy="see what the run kept of it")
    coated = substrate(named)
    others = frozenset(f"{name}.covered" for name in reactor.substrates if name != coated.name)
    rules = Rules(reactor, coated, tag_table(reactor), lacking=others)
    recipe = examined.recipe
    if recipe is not None:
        recipe = replace(recipe, plan=as_amended(begun_with(recipe.plan, header.notes), events))
    return Frozen(reactor, coated, rules, recipe, examined.findings)


def _recipe_file(events: Sequence[Event]) -> str:
    """Where the recipe lay, as its first step tells; empty before any step."""
    places = (event.data.get("where") for event in events if event.kind is Kind.STEP)
    return next((str(place).rpartition(":")[0] for place in places if place), "")
