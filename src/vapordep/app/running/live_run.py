"""A run on the wall clock: through the reactor's own lines, with this process as the engine."""

import asyncio

from vapordep.app.instruments import real_transport
from vapordep.app.request import Request
from vapordep.app.running.execute import Surroundings, execute
from vapordep.app.running.outside import Outside
from vapordep.app.running.report import RunReport
from vapordep.app.twin.film import Probe
from vapordep.app.twin.truth import ask_truth
from vapordep.clock import WallClock, ask_for_fifo, run_wall
from vapordep.errors import SimulationError
from vapordep.history.recordings.live import RecorderThread
from vapordep.model.reactor import Reactor
from vapordep.model.run import Mode
from vapordep.recipe import Recipe
from vapordep.simulation.plant import Truth

CONTROL = 40
"""Priority of SCHED_FIFO where the system permits it: below that of edges, before all that is no control. All threads
of the engine have it: one without would keep the interpreter from the others while something else has its core."""


def live_run(request: Request, reactor: Reactor, recipe: Recipe, outside: Outside) -> RunReport:
    """Runs a recipe on a reactor, and records it; a reactor of simulated instruments gives a dry run for ever."""

    async def perform(clock: WallClock) -> RunReport:
        surroundings = live_surroundings(reactor, clock)
        return await execute(request, reactor, recipe, clock, surroundings, outside)

    ask_for_fifo(CONTROL)
    return run_wall(perform)


def live_surroundings(reactor: Reactor, clock: WallClock) -> Surroundings:
    """Where a run on the wall clock takes place: at the reactor's own lines."""
    mode = Mode.DRY_RUN if reactor.simulated else Mode.RUN
    return Surroundings(
        mode, real_transport(clock), _probe(reactor), RecorderThread, remembers=True, aside=asyncio.to_thread
    )


def _probe(reactor: Reactor) -> Probe:
    """Asks the process that simulates the reactor; a real one has no ground truth."""

    async def probe() -> Truth | None:
        """None as well where nobody answers any more: a report must not hide how the run itself ended."""
        try:
            return await ask_truth(reactor.truth) if reactor.truth else None
        except SimulationError:
            return None

    return probe
