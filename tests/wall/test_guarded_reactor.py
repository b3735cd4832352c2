"""Guardian, engine and simulated reactor, a process each: after any kill, the plant's own truth is safe in time."""

import json
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.wall.processes import Served, served
from tests.wall.test_guardian import ring, soon
from vapordep.app.places import reactor_file
from vapordep.guardian import T_GUARD, T_SAFE

pytestmark = [pytest.mark.wall, pytest.mark.skipif(sys.platform == "win32", reason="kill and stop as POSIX knows them")]

SAFE_FLOW = 20.0 * 101325.0 * 1e-6 / (8.31446261815324 * 273.15 * 60.0)
"""20 sccm in mol/s, which the reactor file gives as the safe flow of its purge."""
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
        driven = self.reactor.truth()["driven"]
        shut = all(driven[valve] == 0.0 for valve in ("TMA.valve", "H2O.valve", "EG.valve"))
        cold = all(driven[f"{zone}.power"] == 0.0 for zone in ("walls", "stage", "lines", "EG"))
        purging = driven["pump.valve"] == 1.0 and driven["carrier.valve"] == 1.0
        return shut and cold and purging and abs(driven["carrier.flow_setpoint"] / SAFE_FLOW - 1.0) < 1e-3


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
                signalled(child, signal.SIGKILL)


def signalled(process: int, number: signal.Signals) -> float:
    """When it was."""
    subprocess.run(["/bin/kill", f"-{number.value}", str(process)], check=False)
    return time.monotonic()


def safe_within(rig: Guarded, began: float, within: float) -> float:
    soon(rig.is_safe)
    took = time.monotonic() - began
    assert took < within, (took, rig.log)
    return took


WAYS: dict[str, tuple[signal.Signals, float]] = {
    "killed": (signal.SIGKILL, T_SAFE),
    "stopped": (signal.SIGSTOP, T_GUARD + T_SAFE),
}


@pytest.mark.parametrize("way", WAYS)
def test_an_engine_lost_while_a_dose_is_open_leaves_the_plant_safe(reactor: Served, tmp_path: Path, way: str) -> None:
    number, within = WAYS[way]
    with guarded(reactor, tmp_path, "dose") as rig:
        rig.energised()
        soon(lambda: reactor.truth()["driven"]["TMA.valve"] == 1.0)
        safe_within(rig, signalled(rig.engine(), number), within)
        soon(lambda: "made all safe" in rig.log)
        made_safe = float(re.findall(r"made all safe in ([\d.]+) s", rig.log)[0])
        assert made_safe < T_SAFE
        assert "is not known to be safe" not in rig.log


def kills(count: int, reactor: Served, tmp_path: Path) -> list[float]:
    """How long it took after each of so many kills, at random instants of arming, ramp, purge and dose."""
    dice = random.Random(7)  # noqa: S311 - no secrets
    found = []
    for number in range(count):
        folder = tmp_path / str(number)
        folder.mkdir()
        with guarded(reactor, folder, dice.choice(["idle", "dose"])) as rig:
            soon(lambda: "armed" in rig.log)
            time.sleep(dice.uniform(0.0, 4.0))
            found.append(safe_within(rig, signalled(rig.engine(), signal.SIGKILL), T_SAFE))
    return found


@pytest.mark.parametrize("count", [2, pytest.param(25, marks=pytest.mark.many)])
def test_kills_at_random_instants(reactor: Served, tmp_path: Path, count: int) -> None:
    """With `-s` it tells how long they took."""
    took = sorted(kills(count, reactor, tmp_path))
    sys.stderr.write(f"\n{count} kills: p50 {took[count // 2]:.2f} s, longest {took[-1]:.2f} s\n")
    assert took[int(0.99 * len(took))] < T_SAFE


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
        safe_within(rig, signalled(rig.process.pid, number), T_SAFE + 2.0 * (number is signal.SIGSTOP))
        soon(lambda: "order: lost" in rig.told)
        soon(lambda: "ended: True" in rig.told)
        signalled(rig.process.pid, signal.SIGCONT)
        assert engine
