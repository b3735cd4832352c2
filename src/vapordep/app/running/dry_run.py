"""A dry run: everything on simulated instruments in virtual time, with the same drivers, gate and sequencer."""

from typing import Any

from vapordep.app.remembered.bottles import stocked
from vapordep.app.request import Request
from vapordep.app.running.execute import Surroundings, execute
from vapordep.app.running.outside import Outside
from vapordep.app.running.report import RunReport
from vapordep.app.running.sampling import polling, predicted
from vapordep.app.twin.simulated import simulated_reactor
from vapordep.clock import VirtualClock, run_virtual
from vapordep.model.reactor import Reactor
from vapordep.model.run import Mode
from vapordep.reactor import read_reactor
from vapordep.recipe import Recipe, read_recipe
from vapordep.simulation.plant import Truth


def dry_run(request: Request, outside: Outside, pace: float | None = None, *, wire: bool = False) -> RunReport:
    """Reads and checks everything, runs it in virtual time, and records it as a dry run for ever.

    `pace` bounds the simulated seconds a wall second. With `wire`, and always at a pace, every reading goes as bytes
    over a simulated line; without, instruments foretell their readings in arrays, which is quicker.

    Raises InputError before anything is written; what goes wrong later is in the report.
    """
    reactor = stocked(read_reactor(request.reactor), request.history)
    recipe = read_recipe(request.recipe, reactor, request.settings)
    return dry_run_of(request, reactor, recipe, outside, pace, wire=wire)


def dry_run_of(
    request: Request, reactor: Reactor, recipe: Recipe, outside: Outside, pace: float | None = None,
    *, wire: bool = False, film: Any = None,
) -> RunReport:  # fmt: skip
    """The same with what was read before; with `film`, as a forecast gives it, on a substrate that is not bare."""
    for finding in recipe.warnings:
        outside.warn(str(finding))

    async def perform(clock: VirtualClock) -> RunReport:
        simulated = simulated_reactor(reactor, recipe.substrate.name, request.seed, hot=request.hot, film=film)
        clock.loop.world = simulated.world

        async def probe() -> Truth:
            return simulated.world.truth(clock.now())

        ahead = predicted(simulated.sampler, clock) if pace is None and not wire else polling
        surroundings = Surroundings(Mode.DRY_RUN, simulated.transports(clock), probe, lambda recorder: recorder, ahead)
        return await execute(request, reactor, recipe, clock, surroundings, outside)

    return run_virtual(perform, pace=pace)
