"""Guardian, a small engine and simulated reactor, a process each: the plant's own truth is safe in time."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.scenarios.test_dependent_safe_values import CHANGES, changed
from tests.wall import dying_pump
from tests.wall.guardian.boards import soon
from tests.wall.guardian.watched import ring
from tests.wall.processes import Served, served, signalled
from vapordep.app.places import reactor_file
from vapordep.guardian.watch import T_SAFE

pytestmark = [pytest.mark.wall, pytest.mark.skipif(sys.platform == "win32", reason="kill and stop as POSIX knows them")]

ENGINE = Path(__file__).with_name("small_engine.py")


@pytest.fixture(scope="module")
def reactor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(reactor_file("glovebox_ald"), tmp_path_factory.mktemp("served")) as made:
        yield made


@dataclass
class Guarded:
    """A guardian, and where to look for what it and its engine did."""

    process: subprocess.Popen[bytes]
    folder: Path
    reactor: Served

    @property
    def log(self) -> str:
        path = self.folder / "guardian.log"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    @property
    def told(self) -> str:
        return (self.folder / "engine.log").read_text(encoding="utf-8")

    def engines(self) -> list[int]:
        """The process that the guardian has started; none while it waits to start the next."""
        return [
            int(child)
            for child in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        ]

    def engine(self) -> int:
        """The engine under way."""
        return self.engines()[-1]

    def energised(self) -> None:
        """Waits until the reactor is at work: purging, heating."""
        soon(lambda: "\nenergised" in self.told)

    def is_safe(self) -> bool:
        return self.reactor.is_safe()


@contextmanager
def guarded(reactor: Served, folder: Path, what: str) -> Iterator[Guarded]:
    engine = json.dumps([sys.executable, str(ENGINE), str(reactor.file), what])
    argv = ["--folder", str(folder / "own"), "--log", str(folder / "guardian.log"), "--engine", engine]
    with (
        (folder / "engine.log").open("wb") as log,
        subprocess.Popen([sys.executable, "-m", "vapordep.guardian", *argv], stderr=log) as process,
    ):
        made = Guarded(process, folder, reactor)
        try:
            yield made
        finally:
            left = made.engines()
            process.kill()
            for child in left:
                signalled(signal.SIGKILL, child)


def safe_within(rig: Guarded, began: float, within: float) -> float:
    soon(rig.is_safe)
    took = time.monotonic() - began
    assert took < within, (took, rig.log)
    return took


def test_abort_makes_safe_and_the_engine_lives_on(reactor: Served, tmp_path: Path) -> None:
    with guarded(reactor, tmp_path, "dose") as rig:
        rig.energised()
        began = time.monotonic()
        assert ring(tmp_path / "own") == b"ABORTING"
        safe_within(rig, began, T_SAFE)
        soon(lambda: "disarmed: the engine has read back" in rig.log)
        assert "killing" not in rig.log


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_an_engine_that_has_lost_its_guardian_makes_safe(
    reactor: Served, tmp_path: Path, number: signal.Signals
) -> None:
    with guarded(reactor, tmp_path, "dose") as rig:
        rig.energised()
        engine = rig.engine()
        safe_within(rig, signalled(number, rig.process.pid), T_SAFE + 2.0 * (number is signal.SIGSTOP))
        soon(lambda: "order: lost" in rig.told)
        soon(lambda: "ended: True" in rig.told)
        soon(lambda: "event: the guardian was lost" in rig.told)  # an alarm, which is kept
        signalled(signal.SIGCONT, rig.process.pid)
        assert engine


INPUT = {"interlocks:\n": 'inputs: {pump.running: "valves[2]"}\ninterlocks:\n'}
"""Nothing trips when the pump dies: the valves stay as they are until somebody makes safe."""
VALVES = ("pump.valve", "carrier.valve")


@contextmanager
def pumped(folder: Path, changes: dict[str, str]) -> Iterator[Served]:
    """A reactor whose pump and purge valves are to stand open only while the pump runs; it dies at SIGUSR1."""
    file = Path(changed(folder, {**CHANGES, **changes}).file)
    with served(file, folder, program=[sys.executable, dying_pump.__file__]) as made:
        yield made


def stand(reactor: Served) -> list[float]:
    driven = reactor.truth()["driven"]
    return [driven[valve] for valve in VALVES]


def test_a_pump_that_dies_has_the_engine_shut_pump_and_purge(tmp_path: Path) -> None:
    with pumped(tmp_path, {}) as reactor, guarded(reactor, tmp_path, "ramp") as rig:
        rig.energised()
        assert stand(reactor) == [1.0, 1.0]
        reactor.process.send_signal(signal.SIGUSR1)
        soon(lambda: stand(reactor) == [0.0, 0.0])
        soon(lambda: "disarmed: the engine has read back" in rig.log)
        assert "killing" not in rig.log


def test_the_guardian_opens_pump_and_purge_for_a_live_pump_and_shuts_them_for_a_dead_one(tmp_path: Path) -> None:
    with pumped(tmp_path, INPUT) as reactor, guarded(reactor, tmp_path, "ramp") as rig:
        rig.energised()
        signalled(signal.SIGKILL, rig.engine())
        soon(lambda: "the guardian made all safe" in rig.log)
        assert stand(reactor) == [1.0, 1.0]
        soon(lambda: rig.told.count("\nenergised") == 2)
        reactor.process.send_signal(signal.SIGUSR1)
        soon(lambda: reactor.truth()["driven"]["pump.running"] == 0.0)
        signalled(signal.SIGKILL, rig.engine())
        soon(lambda: rig.log.count("the guardian made all safe") == 2)
        assert stand(reactor) == [0.0, 0.0]
