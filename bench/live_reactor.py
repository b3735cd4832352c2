"""A simulated reactor in a process of its own, and what its sockets tell of the frames that moved valves."""

import contextlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 30.0
"""How long the simulating process may take to begin, and its truth port to answer, in s."""
VAPORDEP = [sys.executable, "-c", "from vapordep.cli import main; main()"]
FRAME = re.compile(r"[0-9a-f]{12}0105(?P<relay>[0-9a-f]{4})(?P<state>ff00|0000)")
"""One Modbus TCP frame that writes one relay, in hex: header of 7 bytes with unit 1, function 5, relay, state."""
INSTRUMENTS = 20
"""Priority of SCHED_FIFO of simulated instruments, where it is permitted: below that of what is measured."""
LENGTH = 24
"""Of such a frame in hex."""


@dataclass(frozen=True)
class LiveReactor:
    """Where a `vapordep simulate` process is to be found: its reactor file, and the relays' port."""

    file: Path
    relays: int


def redirected(text: str, name: str, port: int) -> str:
    """A reactor file of which one instrument is reached at another port."""
    text, changed = re.subn(rf"(^ *{name}: *{{.*?line: [^,}}]*:)\d+", rf"\g<1>{port}", text, flags=re.MULTILINE)
    if changed != 1:
        raise RuntimeError(f"the reactor file has no line of {name}")
    return text


@contextlib.contextmanager
def own_core(priority: int) -> Iterator[None]:
    """What is started within it has SCHED_FIFO of that priority: instruments are not slowed by what a computer does."""
    if priority:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))
    try:
        yield
    finally:
        if priority:
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


@contextlib.contextmanager
def simulated(folder: Path, lasting: float) -> Iterator[LiveReactor]:
    """Serves the shipped reactor hot, with silicon on its stage, for `lasting` s at most."""
    file = folder / "reactor.yaml"
    file.unlink(missing_ok=True)  # of another time: its ports lead nowhere
    options = ["--state", "hot", "--substrate", "silicon", "--output", str(file), "--for", f"{lasting:.0f}"]
    with (
        (folder / "simulate.log").open("w") as log,
        subprocess.Popen([*VAPORDEP, "simulate", *options], stdout=log, stderr=log) as process,
    ):
        try:
            yield _found(file, process)
        finally:
            process.kill()


def _found(file: Path, process: subprocess.Popen[bytes]) -> LiveReactor:
    give_up = time.monotonic() + PATIENCE
    while not file.exists():
        if process.poll() is not None or time.monotonic() > give_up:
            raise RuntimeError(f"vapordep simulate did not begin: see {file.with_name('simulate.log')}")
        time.sleep(0.05)
    text = file.read_text(encoding="utf-8")
    relays = re.search(r"modbus\+tcp://127\.0\.0\.1:(\d+)[^\n]*", text[text.index("valves:") :])
    if relays is None:
        raise RuntimeError(f"{file} does not lead to a simulation")
    return LiveReactor(file, int(relays[1]))


def pulses_of(edges: list[tuple[float, str]], relay: int) -> list[tuple[float, float]]:
    """(opened, closed) of every pulse of one relay, s; closings without an opening are those of arming.

    NaN stands for the instant of a frame that was still unread when the next one came: where the receiver could not run
    within a pulse, only the last frame's instant is known. Raises RuntimeError for other bytes,
    and for a relay that is opened twice or stays open.
    """
    pulses: list[tuple[float, float]] = []
    opened: float | None = None
    for at, state in _states(edges, relay):
        if state == "ff00":
            if opened is not None:
                raise RuntimeError(f"relay {relay} was opened twice")
            opened = at
        elif opened is not None:
            pulses.append((opened, at))
            opened = None
    if opened is not None:
        raise RuntimeError(f"relay {relay} stays open")
    return pulses


def _states(edges: list[tuple[float, str]], relay: int) -> Iterator[tuple[float, str]]:
    for at, read in edges:
        frames = [read[start : start + LENGTH] for start in range(0, len(read), LENGTH)]
        for number, frame in enumerate(frames):
            match = FRAME.fullmatch(frame)
            if match is None:
                raise RuntimeError(f"this is no frame for a relay: {frame}")
            if int(match["relay"], 16) == relay:
                yield at if number == len(frames) - 1 else float("nan"), match["state"]
