"""`vapordep serve` under a service manager that speaks systemd's protocol, and the unit that is shipped."""

import configparser
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.wall.killing import ramp, rig, safe_after
from tests.wall.processes import FLOODED, Served, lives, served, signalled, until
from tests.wall.service_manager import ServiceManager, service_manager
from tests.wall.wounded_program import WOUNDS, cease_to_evaluate
from vapordep.app.places import reactor_file
from vapordep.guardian.watch import BACK_OFF as BACK_OFFS
from vapordep.guardian.watch import GIVE_UP, STOP_WITHIN, T_GUARD, T_SAFE
from vapordep.history.queries import History
from vapordep.model.run import RunState

pytestmark = [pytest.mark.wall, pytest.mark.skipif(sys.platform == "win32", reason="systemd is Linux's")]
UNIT = Path(__file__).parents[2] / "packaging" / "vapordep.service"
SAFE_WITHIN = 3.0
CEASED = next(number for number, wound in WOUNDS.items() if wound is cease_to_evaluate)
START_WITHIN = 15.0
"""s that a fresh engine may take, on a slow computer, to evaluate for the first time."""


@pytest.fixture(params=[False, True], ids=["path", "abstract"])
def manager(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ServiceManager]:
    with service_manager(tmp_path, monkeypatch.setenv, abstract=request.param) as made:
        yield made


@pytest.fixture
def simulated(tmp_path: Path) -> Iterator[Served]:
    with served(reactor_file("glovebox_ald"), tmp_path) as made:
        yield made


def test_it_is_told_when_the_engine_serves_lives_and_ends(
    manager: ServiceManager, simulated: Served, tmp_path: Path
) -> None:
    with rig(simulated, tmp_path) as serving:
        assert len(manager.heard("READY=1")) == 1
        began = time.monotonic()
        manager.hears("WATCHDOG=1", times=8, within=FLOODED)
        assert time.monotonic() - began > 1.0, "not more often than interlocks are evaluated"
        assert manager.heard("STOPPING=1") == []
        serving.leave()
        signalled(signal.SIGTERM, serving.process.pid)
        serving.process.wait(FLOODED)
        assert serving.process.returncode == 0
    assert len(manager.heard("STOPPING=1")) == 1
    assert any("stopping" in text for _, text in manager.told if text.startswith("STATUS="))


@pytest.mark.parametrize("how", [signal.SIGSTOP, CEASED], ids=["stopped", "no evaluation"])
def test_a_disarmed_engine_that_evaluates_nothing_lets_the_watchdog_bite(
    tmp_path: Path, simulated: Served, monkeypatch: pytest.MonkeyPatch, how: signal.Signals
) -> None:  # fmt: skip
    """The guardian leaves it alone, since all is safe; SIGTERM, which the watchdog sends, ends it all the same."""
    with service_manager(tmp_path, monkeypatch.setenv) as manager, rig(simulated, tmp_path) as serving:
        manager.hears("WATCHDOG=1", times=2)
        engine = serving.shown.pid
        serving.leave()
        signalled(how, engine)
        until(lambda: manager.silent("WATCHDOG=1", 0.5), serving.process)  # those under way
        assert manager.silent("WATCHDOG=1", 3.0)
        assert lives(engine)
        signalled(signal.SIGTERM, serving.process.pid)
        serving.process.wait(STOP_WITHIN + T_SAFE + FLOODED)
        assert not lives(engine)


def test_an_armed_engine_that_evaluates_nothing_is_replaced_and_the_pings_go_on(
    tmp_path: Path, simulated: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    with service_manager(tmp_path, monkeypatch.setenv) as manager, rig(simulated, tmp_path) as serving:
        ramp(serving, random.Random(1))  # noqa: S311 - no secrets
        engine = serving.shown.pid
        assert safe_after(serving, signalled(CEASED, engine)) <= SAFE_WITHIN
        serving.meet(not_pid=engine)
        manager.hears("WATCHDOG=1", times=2)
        assert any("made all safe" in text for _, text in manager.told)
        assert len(manager.heard("READY=1")) == 2


def test_a_guardian_that_dies_leaves_the_engine_the_time_to_make_all_safe(simulated: Served, tmp_path: Path) -> None:
    """As systemd does it with KillMode=control-group: when the main process is gone, all others get SIGTERM at once."""
    assert unit()["Service"]["KillMode"] == "control-group"
    with rig(simulated, tmp_path) as serving:
        ramp(serving, random.Random(2))  # noqa: S311 - no secrets
        run, left = serving.shown.run, serving.processes()
        serving.leave()
        died = signalled(signal.SIGKILL, serving.process.pid)
        signalled(signal.SIGTERM, *left)
        assert safe_after(serving, died) <= SAFE_WITHIN
        until(lambda: not any(lives(pid) for pid in left), simulated.process)
    assert run is not None
    assert History(tmp_path / "history").run(run.run_id).state in (RunState.INTERRUPTED, RunState.ABORTED)


@pytest.mark.parametrize("times", [1, 10])
def test_a_stop_of_all_at_once_ends_the_run_with_all_safe(simulated: Served, tmp_path: Path, times: int) -> None:
    with rig(simulated, tmp_path) as serving:
        ramp(serving, random.Random(3))  # noqa: S311 - no secrets
        pids = [serving.process.pid, *serving.processes()]
        serving.leave()
        for _ in range(times):
            stopped = signalled(signal.SIGTERM, *pids)
        assert safe_after(serving, stopped) <= SAFE_WITHIN
        assert serving.process.wait(FLOODED) == 0
        until(lambda: not any(lives(pid) for pid in pids), simulated.process)


# --- the unit ---------------------------------------------------------------------------------------------------------


def unit() -> configparser.ConfigParser:
    """No key of it stands twice."""
    read = configparser.ConfigParser()
    read.optionxform = str  # type: ignore[assignment, method-assign]
    read.read_string(UNIT.read_text(encoding="utf-8"))
    return read


def test_the_watchdog_outlasts_a_guardian_that_replaces_an_engine() -> None:
    """Else systemd would end the guardian in the middle of it."""
    assert float(unit()["Service"]["WatchdogSec"]) > T_GUARD + T_SAFE + max(BACK_OFFS) + START_WITHIN
    assert float(unit()["Service"]["TimeoutStopSec"]) > STOP_WITHIN + T_SAFE + GIVE_UP
    assert unit()["Service"]["NotifyAccess"] == "all", "it is the engine, no main process, that tells of its life"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    """But that the program is not where the example has it."""
    here = tmp_path / UNIT.name
    text = UNIT.read_text(encoding="utf-8").replace("/opt/vapordep/bin/vapordep", sys.executable)
    here.write_text(text, encoding="utf-8")
    verify = ["systemd-analyze", "verify", "--man=no", str(here)]
    done = subprocess.run(verify, capture_output=True, text=True, timeout=60, env={**os.environ, "LANG": "C"})
    assert (done.returncode, done.stderr) == (0, "")
    here.write_text(text.replace("KillMode", "KillMod"), encoding="utf-8")
    done = subprocess.run(verify, capture_output=True, text=True, timeout=60)
    assert "KillMod" in done.stderr, "it looks"
