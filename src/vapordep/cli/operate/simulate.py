"""The command `simulate`: a reactor's instruments on loopback ports, in real time."""

import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from vapordep.app.places import reactor_file
from vapordep.app.request import settings
from vapordep.app.twin.serving import Serving, serve_simulation
from vapordep.chemistry import substrate as known_substrate
from vapordep.cli.terminal.output import write_json
from vapordep.clock import run_wall
from vapordep.errors import InputError
from vapordep.files import atomic_write
from vapordep.model.reactor import Reactor
from vapordep.reactor import read_reactor
from vapordep.units import Dimension, parse

STATES = ("cold", "hot")


def simulate(
    reactor: str | None, state: str, stage: str, zones: Sequence[str], substrate: str, seed: int, output: Path | None,
    lasting: float | None, *, as_json: bool,
) -> None:  # fmt: skip
    """Serves until Ctrl-C, SIGTERM or `lasting` s; the reactor file goes to `output` or to the output stream."""
    if state not in STATES:
        raise InputError(f"the plant cannot start {state!r}", remedy=f"use --state {' or --state '.join(STATES)}")
    if zones and state != "hot":
        raise InputError("--zone says nothing of a cold plant", remedy="write --state hot as well")
    known = read_reactor(reactor_file(reactor))
    serving = Serving(
        reactor=known,
        substrate=known_substrate(substrate).name,
        seed=seed,
        hot=_warm(known, stage, zones) if state == "hot" else None,
        lasting=lasting,
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        run_wall(lambda clock: serve_simulation(serving, clock, lambda text: _tell(text, output, as_json=as_json)))
    except KeyboardInterrupt:
        sys.stderr.write("the simulated reactor is gone\n")


def _warm(reactor: Reactor, stage: str, zones: Sequence[str]) -> dict[str, float]:
    """Kelvin by zone: stage and the walls around it, and those that are named."""
    kelvin = parse(stage, Dimension.TEMPERATURE)
    found = {name: kelvin for name in (reactor.stage.surrounded_by, reactor.stage.zone) if name}
    for name, written in settings(zones, "--zone").items():
        if name not in reactor.zones:
            raise InputError(f"no zone is called {name!r}", remedy=f"zones: {', '.join(reactor.zones)}")
        found[name] = parse(written, Dimension.TEMPERATURE)
    return found


def _tell(text: str, output: Path | None, *, as_json: bool) -> None:
    if as_json:
        write_json({"reactor_file": str(output.resolve()) if output else None, "text": text})
    elif output is None:
        sys.stdout.write(text)
        sys.stdout.flush()
    if output is not None:
        atomic_write(output, text)
        sys.stderr.write(f"reactor file: {output.resolve()}\nTry: vapordep run start RECIPE --reactor {output}\n")
    sys.stderr.write("The simulated instruments are served until Ctrl-C.\n")
