"""What a computer may have to do besides: processes that are busy, and a page that is flooded."""

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from bench.live_reactor import PATIENCE, VAPORDEP
from bench.overview import record
from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import Right, Role
from vapordep.app.places import reactor_file

LONGEST = 3600.0
"""Whatever becomes of us, the load ends by itself after so many s."""
BUSY = "import time\nuntil = time.monotonic() + float({seconds})\nwhile time.monotonic() < until: pass"
FLOOD = """
import socket, sys, time
from contextlib import suppress
port, until = int(sys.argv[1]), time.monotonic() + {seconds}
asked = b"GET / HTTP/1.1\\r\\nHost: localhost:%d\\r\\n\\r\\n" % port * 20
while time.monotonic() < until:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2.0) as line:
        line.settimeout(2.0)
        while time.monotonic() < until:
            line.sendall(asked)
            if not line.recv(1 << 20):
                break
"""
FLOODERS = 4
ASK = """
import sys, time, urllib.request
asked = urllib.request.Request(sys.argv[1], headers={{"Authorization": "Bearer " + sys.argv[2]}})
until = time.monotonic() + {seconds}
while time.monotonic() < until:
    with urllib.request.urlopen(asked, timeout=100) as answer:
        while answer.read(1 << 16):
            pass
"""
LARGE = 1_000_000
"""Samples of the run whose CSV is the largest answer that the web process gives."""


@contextmanager
def _processes(commands: list[list[str]]) -> Iterator[None]:
    with ExitStack() as parts:
        for command in commands:
            process = parts.enter_context(subprocess.Popen(command, stdout=subprocess.DEVNULL))
            parts.callback(process.kill)
        yield


@contextmanager
def busy(count: int) -> Iterator[None]:
    """So many processes that never rest."""
    with _processes([[sys.executable, "-c", BUSY.format(seconds=LONGEST)]] * count):
        yield


@contextmanager
def flooded(port: int) -> Iterator[None]:
    """Processes that ask for a page of this computer without end."""
    with _processes([[sys.executable, "-c", FLOOD.format(seconds=LONGEST), str(port)]] * FLOODERS):
        yield


@contextmanager
def flooded_page(file: Path, folder: Path) -> Iterator[None]:
    """`vapordep web` in front of the engine of that reactor, flooded."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [*VAPORDEP, "web", str(file), "--port", str(port)]
    with (folder / "web.log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            answers(port)
            with flooded(port):
                yield
        finally:
            process.kill()


@contextmanager
def serving_its_largest(folder: Path) -> Iterator[int]:
    """`vapordep web` before a long run, and as many who ask for all of its samples as CSV, without end; its bytes."""
    history = folder / "long"
    record(history, LARGE)
    accounts = Accounts.of(history)
    person = accounts.people.add("bench", Role.VIEWER, "a few good words")
    token = accounts.tokens.make(person, "bench", frozenset({Right.READ}), 1.0)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [*VAPORDEP, "web", str(reactor_file(None)), "--history", str(history), "--port", str(port)]
    with (folder / "web.log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            answers(port)
            url = f"http://localhost:{port}/api/runs/last/csv/samples"
            asked = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
            with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:  # noqa: S310
                size = len(answer.read())
            with _processes([[sys.executable, "-c", ASK.format(seconds=LONGEST), url, token]] * FLOODERS):
                yield size
        finally:
            process.kill()


@contextmanager
def awake() -> Iterator[None]:
    """Within it no core sleeps, by Linux' PM QoS: a latency of 0 us is asked for. Raises OSError where we may not."""
    with open("/dev/cpu_dma_latency", "wb", buffering=0) as latency:
        latency.write((0).to_bytes(4, sys.byteorder))
        yield


def answers(port: int) -> None:
    """Waits for a page to be served; raises RuntimeError when none comes."""
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1.0):
            return
        time.sleep(0.1)
    raise RuntimeError("no page is served")
