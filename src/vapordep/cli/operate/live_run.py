"""The command `run start`: a recipe on the wall clock, by the engine that serves the reactor, else by this process."""

from pathlib import Path

from vapordep.app.coverage import coverage_of
from vapordep.app.remembered.bottles import stocked
from vapordep.app.request import Request
from vapordep.app.running.live_run import live_run
from vapordep.app.running.memory import set_aside
from vapordep.app.running.outside import confirmed
from vapordep.cli.operate.orders import bypass_line, confirm_arming, hand_over, serving, sheet_of
from vapordep.cli.recipes.dry_run import check_places, finish, outside
from vapordep.cli.terminal.output import tell
from vapordep.clock import WallClock
from vapordep.errors import InputError
from vapordep.link.locks import reactor_lock
from vapordep.link.place import Address
from vapordep.model.reactor import Reactor
from vapordep.reactor import read_reactor
from vapordep.recipe import Recipe, read_recipe


def start(asked: Request, plot: Path | None, *, yes: bool, as_json: bool) -> None:
    """Checks, asks before arming, runs, prints the report; exit status 1 when the run did not complete.

    Where an engine serves the reactor, it is given the run instead.
    """
    reactor = stocked(read_reactor(asked.reactor), asked.history)
    recipe = read_recipe(asked.recipe, reactor, asked.settings)
    served = serving(reactor)
    if served is not None and plot is not None:
        raise InputError("the engine draws no plot", remedy="use `vapordep runs show --plot FILE` once the run is over")
    check_places(asked, plot)
    for warning in recipe.warnings:
        tell(f"warning: {warning}")
    if not yes:
        confirm(reactor, recipe, asked.history, served)
    if served is not None:
        hand_over(served, asked, reactor, as_json=as_json)
        return
    with (
        reactor_lock(reactor, "`vapordep run start`"),
        outside(asked.recipe.stem, quiet=as_json, otherwise=confirmed, confirm=not yes, person=asked.operator) as told,
    ):
        report = live_run(asked, reactor, recipe, told)
    finish(report, asked.history, plot, as_json=as_json)


def confirm(reactor: Reactor, recipe: Recipe, history: Path, served: Address | None = None) -> None:
    """Names what will happen, and what stands against each hazard, and asks; raises InputError for no."""
    kind = "simulated instruments" if reactor.simulated else "REAL GAS AND HEAT"
    what = f"{recipe.name} on {reactor.name}: {kind}. Arming drives every output to its safe value."
    if served is not None:
        confirm_arming(reactor.name, what, *sheet_of(served, recipe.substrate.name))
    else:
        aside, now = set_aside(history, reactor.name), WallClock().now()
        sheet = coverage_of(reactor, (recipe.substrate,), guardian=False, bypassed=[bypass.id for bypass in aside])
        confirm_arming(reactor.name, what, sheet.as_json(), [bypass_line(bypass, now) for bypass in aside])
