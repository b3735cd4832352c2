"""A laboratory for tests of pages: a simulated reactor at many times its pace, engine and web server as processes."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.wall.killing import INTERLOCK, TIGHT
from tests.wall.processes import FLOODED, PATIENCE, VAPORDEP, answers, free_port, until
from vapordep.app.places import reactor_file
from vapordep.cli.operate.demo import _simulated
from vapordep.errors import NoEngine
from vapordep.link.client import Client, found
from vapordep.link.news import EngineShown, Snapshot
from vapordep.link.orders import ChangeLimit, TakeSnapshot
from vapordep.reactor import read_reactor

PACE = 30
"""s of the reactor a second."""
COOL, HOT = "0 degC", "240 degC"
"""Limits of the walls: one that trips however long they have cooled since a safe state, one that does not."""
UNENDING = "- purge: {for: 5 min}", "- purge: {for: 5 h}"
"""A sequence that still goes on when a slow machine has found the button that stops it."""


@dataclass(frozen=True)
class Lab:
    """Where its pages are, and where its history lies."""

    address: str
    history: Path
    client: Client

    def limit(self, value: str) -> None:
        """What somebody at the computer changes: the limit of the walls' temperature."""
        self.client.call(ChangeLimit(TIGHT, "walls.temperature", value, "Ada", "a test"), PATIENCE)

    @property
    def shown(self) -> EngineShown:
        """The engine as it is now."""
        return self._snapshot().engine

    def value(self, tag: str) -> float:
        """What it reads now, SI; a moment passes meanwhile."""
        after = self._snapshot().number
        while (now := self._snapshot()).number <= after + 4:
            pass
        return next(value.value for value in now.values if value.tag == tag)

    def _snapshot(self) -> Snapshot:
        told = self.client.call(TakeSnapshot(), PATIENCE).snapshot
        assert told is not None
        return told


@contextmanager
def lab(folder: Path) -> Iterator[Lab]:
    """Nobody has an account yet."""
    history, port, file = folder / "history", free_port(), folder / "glovebox_ald.yaml"
    real = reactor_file("glovebox_ald").read_text(encoding="utf-8")
    file.write_text(real.replace("\nsimulation:", INTERLOCK, 1).replace(*UNENDING), encoding="utf-8")
    file.write_text(_simulated(read_reactor(file)), encoding="utf-8")
    here = [str(file), "--history", str(history)]
    with (
        _begun([*here, "--pace", str(PACE)], "engine", folder) as engine,
        _begun([*here, "--port", str(port), "--accounts", str(history)], "web", folder) as web,
    ):
        until(_heard, engine, FLOODED)
        until(lambda: answers(port), web, FLOODED)
        client = Client(found())
        try:
            yield Lab(f"http://localhost:{port}/", history, client)
        finally:
            client.close()


@contextmanager
def _begun(words: list[str], name: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A command that ends with its standard input."""
    with (
        (folder / f"{name}.log").open("wb") as log,
        subprocess.Popen([*VAPORDEP, name, *words], stdin=subprocess.PIPE, stdout=log, stderr=log) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


def _heard() -> bool:
    try:
        Client(found()).close()
    except NoEngine:
        return False
    return True
