"""An engine for demonstrations: a simulated reactor whose time runs some times as fast, served like any other."""

from vapordep.app.request import Hot
from vapordep.app.running.execute import Surroundings
from vapordep.app.served.broadcast import PERIOD
from vapordep.app.served.engine_process import Left, Serving, serve_on
from vapordep.app.twin.simulated import simulated_reactor
from vapordep.clock import VirtualClock, run_virtual
from vapordep.errors import InputError
from vapordep.link.locks import reactor_lock
from vapordep.model.run import Mode
from vapordep.simulation.plant import Truth


def serve_paced(serving: Serving, pace: float, hot: Hot | None = None, seed: int = 0) -> None:
    """Serves until a signal ends it, at most `pace` s of the reactor a second; with `hot` it is evacuated and heated.

    Nothing outlives it but the records of its runs. Raises InputError for a reactor file that is not of a simulation:
    no real reactor may be mistaken for this one.
    """
    reactor = serving.reactor
    if not reactor.simulated:
        raise InputError("only a simulated reactor has a pace", where=reactor.file, remedy="write `simulated: true`")

    async def perform(clock: VirtualClock) -> None:
        simulated = simulated_reactor(reactor, reactor.substrates[0], seed, hot=hot)
        clock.loop.world = simulated.world

        async def probe() -> Truth:
            return simulated.world.truth(clock.now())

        around = Surroundings(Mode.DRY_RUN, simulated.transports(clock), probe, lambda recorder: recorder)
        await serve_on(serving, clock, around, Left(), PERIOD * pace)

    with reactor_lock(reactor, "a demonstration"):
        run_virtual(perform, pace=pace)
