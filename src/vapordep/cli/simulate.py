"""The command `simulate`: a reactor's instruments on loopback ports, in real time."""

import signal
import sys
from pathlib import Path

from vapordep.app.places import reactor_file
from vapordep.app.serving import Serving, serve_simulation
from vapordep.chemistry import substrate as known_substrate
from vapordep.cli.output import write_json
from vapordep.clock import run_wall
from vapordep.errors import InputError
from vapordep.files import atomic_write
from vapordep.reactor import read_reactor
from vapordep.units import Dimension, parse

STATES = ("cold", "hot")


def simulate(
    reactor: str | None, state: str, stage: str, substrate: str, seed: int, output: Path | None,
    lasting: float | None, *, as_json: bool,
) -> None:  # fmt: skip
    """Serves until Ctrl-C, SIGTERM or `lasting` s; the reactor file goes to `output` or to the output stream."""
    if state not in STATES:
        raise InputError(f"the plant cannot start {state!r}", remedy=f"use --state {' or --state '.join(STATES)}")
    serving = Serving(
        reactor=read_reactor(reactor_file(reactor)),
        substrate=known_substrate(substrate).name,
        seed=seed,
        hot=parse(stage, Dimension.TEMPERATURE) if state == "hot" else None,
        lasting=lasting,
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        run_wall(lambda clock: serve_simulation(serving, clock, lambda text: _tell(text, output, as_json=as_json)))
    except KeyboardInterrupt:
        sys.stderr.write("the simulated reactor is gone\n")


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
