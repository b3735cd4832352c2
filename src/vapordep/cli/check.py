"""The command `check`: a recipe against reactor, substrate and chemistry; nothing is executed, nothing is written."""

from collections import Counter
from typing import Any

from vapordep.app.request import Request
from vapordep.cli.output import console, plain, write_json
from vapordep.cli.words import clock_time, count
from vapordep.model.plan import Dose
from vapordep.model.reactor import Reactor
from vapordep.reactor import read_reactor
from vapordep.recipe import Recipe, estimate, read_recipe


def check(asked: Request, *, as_json: bool) -> None:
    """Says what the recipe would do and what is doubtful about it; raises InputError with all that refuses it."""
    reactor = read_reactor(asked.reactor)
    recipe = read_recipe(asked.recipe, reactor, asked.settings)
    found = _found(recipe, reactor)
    if as_json:
        write_json(found)
    else:
        _print(recipe, found)


def _found(recipe: Recipe, reactor: Reactor) -> dict[str, Any]:
    pulses = Counter[str]()
    for step, times in recipe.plan.leaves():
        if isinstance(step, Dose):
            pulses[step.source] += times
    return {
        "recipe": recipe.name,
        "reactor": reactor.name,
        "substrate": recipe.substrate.name,
        "status": recipe.status,
        "accepted": True,
        "parameters": dict(recipe.parameters),
        "estimate_s": estimate(recipe.plan, reactor).total,
        "doses": recipe.plan.pulses,
        "pulses": dict(pulses),
        "warnings": [
            {"code": w.code, "message": w.message, "where": w.where, "remedy": w.remedy} for w in recipe.warnings
        ],
    }


def _print(recipe: Recipe, found: dict[str, Any]) -> None:
    out = console()
    out.print(plain(f"{recipe.name} on {found['reactor']}: accepted", style="bold"))
    each = ", ".join(f"{source} {times}" for source, times in found["pulses"].items())
    doses = count(found["doses"], "pulse") + (f" ({each})" if each else "")
    out.print(plain(f"about {clock_time(found['estimate_s'])}, {doses}, on {found['substrate']}, {recipe.status}"))
    if recipe.parameters:
        out.print(plain("parameters: " + ", ".join(f"{name} = {value}" for name, value in recipe.parameters.items())))
    for warning in recipe.warnings:
        out.print(plain(f"warning: {warning}", style="yellow"))
