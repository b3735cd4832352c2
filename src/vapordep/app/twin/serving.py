"""Serving a simulated reactor in real time: instruments on loopback ports, and a reactor file that points at them."""

import io
from collections.abc import Callable, Mapping

from ruamel.yaml import YAML

from vapordep.app.request import Hot
from vapordep.app.twin.simulated import simulated_reactor
from vapordep.clock import Clock
from vapordep.lazy import dataclass
from vapordep.model.reactor import Reactor
from vapordep.simulation.server import serve

FOREVER = 10 * 365 * 86400.0


@dataclass(frozen=True, slots=True)
class Serving:
    """What is served: `hot` says in K, by zone, how warm a plant is that starts evacuated and heated."""

    reactor: Reactor
    substrate: str
    seed: int
    hot: Hot | None = None
    lasting: float | None = None
    """End by itself after so many s."""


async def serve_simulation(serving: Serving, clock: Clock, tell: Callable[[str], None]) -> None:
    """Serves until cancelled, or for `lasting` s; `tell` takes the reactor file that leads to it."""
    made = simulated_reactor(serving.reactor, serving.substrate, serving.seed, clock.now(), serving.hot)
    served = await serve(made.instruments, made.world, clock)
    try:
        tell(pointing(serving.reactor, served.ports, served.truth_port))
        await clock.sleep(serving.lasting if serving.lasting is not None else FOREVER)
    finally:
        await served.close()


def pointing(reactor: Reactor, ports: Mapping[str, int], truth_port: int, host: str = "127.0.0.1") -> str:
    """The text of a reactor file like `reactor`'s own, comments and all, whose lines lead to `ports`."""
    yaml = YAML()
    yaml.width = 200
    data = yaml.load(reactor.text)
    for name, port in ports.items():
        scheme = "modbus+tcp" if reactor.instruments[name].line.startswith("modbus+tcp://") else "tcp"
        data["instruments"][name]["line"] = f"{scheme}://{host}:{port}"
    data["simulated"] = True
    data["truth"] = f"{host}:{truth_port}"
    written = io.StringIO()
    yaml.dump(data, written)
    return written.getvalue()
