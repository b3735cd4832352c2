"""A simulated reactor: one plant, and the simulated instruments that feel it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from vapordep.app.instruments import MakeTransport, Wire
from vapordep.app.request import Hot
from vapordep.app.twin.plant import describe, plants
from vapordep.clock import Clock
from vapordep.devices.catalogue import find, names
from vapordep.devices.hub import Hub
from vapordep.devices.transport import Transport
from vapordep.errors import ReactorError
from vapordep.lazy import dataclass
from vapordep.model.instruments import Instrument
from vapordep.model.reactor import Reactor
from vapordep.reactor.table import channel_tags
from vapordep.simulation.instrument import Option, SimInstrument
from vapordep.simulation.predicted import PredictedSampler
from vapordep.simulation.transport import SimulatedTransport
from vapordep.simulation.world import World

if TYPE_CHECKING:
    from vapordep.app.twin.plant import Description


@dataclass(frozen=True, slots=True)
class SimulatedReactor:
    """The world behind the instruments, and the instruments by their names in the reactor file."""

    world: World
    instruments: Mapping[str, SimInstrument]

    def transports(self, clock: Clock) -> MakeTransport:
        """Transports that lead to the simulated instruments; those on one resource share the wire."""

        def make(wire: Wire) -> Transport:
            mine = (self.instruments[instrument.name] for instrument in wire)
            return SimulatedTransport(*mine, clock=clock, where=wire[0].line)

        return make

    def sampler(self, hub: Hub, clock: Clock) -> PredictedSampler:
        """What foretells the readings of these instruments."""
        return PredictedSampler(self.world, self.instruments, hub, clock)


def simulated_reactor(
    reactor: Reactor, substrate: str, seed: int, start: float = 0.0, hot: Hot | None = None, film: Any = None
) -> SimulatedReactor:
    """The simulated reactor at rest at the instant `start` (s on the clock): filled with gas, at room temperature.

    With `hot`, evacuated and heated: a start without the hours before it. With `film`, as a forecast gives it, on a
    substrate that is not bare.
    """
    description = describe(reactor, substrate)
    made_plant = plants().build(description)
    state = made_plant.initial(start, film=film, **({} if hot is None else _evacuated(reactor, hot)))
    world = World(made_plant, seed, state=state, start=start)
    made = {name: _instrument(reactor, item, description, world, seed) for name, item in reactor.instruments.items()}
    if reactor.filament is not None:
        # a throttle valve knows no place before it was switched on, a chiller not which sensor it holds
        for instrument in made.values():
            instrument.power_up(start)
    return SimulatedReactor(world, made)


def _evacuated(reactor: Reactor, hot: Hot) -> dict[str, Any]:
    around = (reactor.stage.surrounded_by, reactor.stage.zone)
    zones = dict(hot) if isinstance(hot, Mapping) else {name: hot for name in around if name}
    return {"pressure": reactor.chamber.ultimate_pressure, "temperatures": zones}


def _instrument(
    reactor: Reactor, instrument: Instrument, description: "Description", world: World, seed: int
) -> SimInstrument:
    if instrument.driver not in names("vapordep.simulators"):
        what = f"the driver {instrument.driver!r} has no simulator, without which nothing can be simulated"
        remedy = "put one of the same name beside it (docs/how-to/add-a-driver.md); until then `check` is all there is"
        raise ReactorError(what, where=instrument.where, remedy=remedy)
    kind = find("vapordep.simulators", instrument.driver, SimInstrument, instrument.where)  # type: ignore[type-abstract]
    points = world.plant.points | set(world.plant.defaults)
    wiring = {key: tag for key, tag in channel_tags(reactor, instrument.name).items() if tag in points}
    options = {**_tuning(wiring, description), **instrument.options, **_framing(instrument)}
    return kind(instrument.name, world, wiring, options, seed)


def _tuning(wiring: Mapping[str, str], description: "Description") -> dict[str, Option]:
    """A heater controller comes tuned to the zone it stands on."""
    zone = description.zones.get(wiring.get("temperature", "").rpartition(".")[0])
    if zone is None:
        return {}
    return {
        "gain": f"{zone.gain} K",
        "time_constant": f"{zone.time_constant} s",
        "dead_time": f"{zone.dead_time + zone.sensor_lag} s",
    }


def _framing(instrument: Instrument) -> dict[str, Option]:
    return {"framing": "tcp"} if instrument.line.startswith("modbus+tcp://") else {}
