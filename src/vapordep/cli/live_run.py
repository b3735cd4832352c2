"""The command `run start`: a recipe on the wall clock, with this process as the engine."""

import sys
from pathlib import Path

from vapordep.app.coverage import coverage_of
from vapordep.app.live_run import live_run
from vapordep.app.outside import confirmed
from vapordep.app.request import Request
from vapordep.cli.coverage import print_sheet
from vapordep.cli.dry_run import check_places, finish, outside
from vapordep.cli.output import console, plain, tell
from vapordep.errors import InputError
from vapordep.model.reactor import Reactor
from vapordep.reactor import read_reactor
from vapordep.recipe import Recipe, read_recipe


def start(asked: Request, plot: Path | None, *, yes: bool, as_json: bool) -> None:
    """Checks, asks before arming, runs, prints the report; exit status 1 when the run did not complete."""
    reactor = read_reactor(asked.reactor)
    recipe = read_recipe(asked.recipe, reactor, asked.settings)
    check_places(asked, plot)
    for warning in recipe.warnings:
        tell(f"warning: {warning}")
    if not yes:
        confirm(reactor, recipe)
    with outside(asked.recipe.stem, quiet=as_json, otherwise=confirmed, confirm=not yes, person=asked.operator) as told:
        report = live_run(asked, reactor, recipe, told)
    finish(report, asked.history, plot, as_json=as_json)


def confirm(reactor: Reactor, recipe: Recipe) -> None:
    """Names what will happen, and asks; without a terminal there is nobody to ask."""
    if not sys.stdin.isatty():
        raise InputError("nobody can confirm the arming here", remedy="add --yes if you are sure")
    asking = console(error=True)
    kind = "simulated instruments" if reactor.simulated else "REAL GAS AND HEAT"
    asking.print(plain(f"{recipe.name} on {reactor.name}: {kind}. Arming drives every output to its safe value."))
    asking.print("vapordep is basic process control, not a safety system: see SAFETY.md.")
    print_sheet(asking, coverage_of(reactor, (recipe.substrate,), guardian=False).as_json())
    if asking.input("Type the reactor's name to arm: ").strip() != reactor.name:
        raise InputError("not armed: that is not the reactor's name", remedy=f"type {reactor.name}, or add --yes")
