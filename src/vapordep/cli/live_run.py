"""The command `run start`: a recipe on the wall clock, with this process as the engine."""

import getpass
import sys
from pathlib import Path

from rich.console import Console

from vapordep.app.live_run import live_run
from vapordep.app.places import reactor_file, recipe_file
from vapordep.app.request import Request, samples, settings
from vapordep.cli.dry_run import finish, outside
from vapordep.errors import InputError
from vapordep.history.folder import check_folder, default_folder
from vapordep.model.reactor import Reactor
from vapordep.reactor import read_reactor
from vapordep.recipe import Recipe, read_recipe

def start(
    recipe: str, reactor: str, set_: list[str], plot: Path | None, operator: str | None, sample: list[str],
    history: Path | None, yes: bool, as_json: bool,
) -> None:  # fmt: skip
    """Checks, asks before arming, runs, prints the report; exit status 1 when the run did not complete."""
    request = Request(
        recipe=recipe_file(recipe),
        reactor=reactor_file(reactor),
        settings=settings(set_),
        history=history or default_folder(),
        operator=operator or getpass.getuser(),
        samples=samples(sample),
    )
    found = read_reactor(request.reactor)
    read = read_recipe(request.recipe, found, request.settings)
    check_folder(request.history)
    if not yes:
        _confirm(found, read)
    with outside(request.recipe.stem, quiet=as_json, confirm=not yes) as told:
        report = live_run(request, found, read, told)
    finish(report, request.history, plot, as_json)


def _confirm(reactor: Reactor, recipe: Recipe) -> None:
    """Names what will happen, and asks; without a terminal there is nobody to ask."""
    if not sys.stdin.isatty():
        raise InputError("nobody can confirm the arming here", remedy="add --yes if you are sure")
    console = Console(stderr=True, highlight=False)
    kind = "simulated instruments" if reactor.simulated else "REAL GAS AND HEAT"
    console.print(f"{recipe.name} on {reactor.name}: {kind}. Arming drives every output to its safe value.")
    console.print("vapordep is basic process control, not a safety system: see SAFETY.md.")
    if console.input("Type the reactor's name to arm: ").strip() != reactor.name:
        raise InputError("not armed: that is not the reactor's name", remedy=f"type {reactor.name}, or add --yes")
