"""The guardian of engines that die, hang, lie or stand still: the board behind them ends up safe."""

import signal
import time
from typing import Any

import pytest

from tests.wall.guardian.boards import PATIENCE, Board, line, safe, soon, tape
from tests.wall.guardian.watched import HOLD, POSIX
from vapordep.guardian import watch
from vapordep.guardian.clocks import clocks

pytestmark = POSIX


@pytest.mark.parametrize("seed", range(3))
def test_an_engine_that_is_killed_leaves_all_safe(watched: Any, heater: Board, seed: int) -> None:
    killed_at = 0.2 + 0.37 * seed
    made = watched(HOLD, tape(line(heater.port, *safe("heater"))))
    made.until("armed")
    began = time.monotonic()
    while time.monotonic() < began + killed_at:
        made.guardian.look()
    made.guardian.engine.process.send_signal(signal.SIGKILL)
    killed = time.monotonic()
    made.until("made all safe")
    assert heater.state == {"heater": 0}
    assert heater.heard[-1][0] - killed < watch.T_SAFE
    assert "the engine died: killing the engine and playing the tape" in made.logged


HANGS = {
    "stopped": "arm(); in_thread(beats); time.sleep(0.5); os.kill(os.getpid(), signal.SIGSTOP)",
    "gil": "arm(); in_thread(beats); time.sleep(0.5); sys.setswitchinterval(1e9); exec('while True: pass')",
    "stagnant": "arm(); beats(1, 0.5); beats(7, rise=0, every=0.002)",
    "silent": "arm(); time.sleep(60)",
    "backwards": "arm(); beats(100, 0.5); beats(5)",
    "nonsense": """arm(); beats(1, 0.5)
for n in range(600):
    print("[1, 2"); print(5); print("[" * 5000); say(beat="x"); say(odd=1); time.sleep(0.1)
""",
}


@pytest.mark.parametrize("how", HANGS)
def test_an_engine_that_does_not_evaluate_is_dead(watched: Any, heater: Board, how: str) -> None:
    made = watched(HANGS[how], tape(line(heater.port, *safe("heater"))))
    made.until("no interlock was evaluated for 1.")
    made.until("made all safe")
    assert heater.state == {"heater": 0}


def test_an_engine_that_lets_go_of_its_pipe_is_dead(watched: Any, heater: Board) -> None:
    made = watched("arm(); os.close(1); sys.stdout = None; time.sleep(60)", tape(line(heater.port, *safe("heater"))))
    made.until("the engine died")
    made.until("made all safe")
    assert heater.state == {"heater": 0}


@pytest.mark.parametrize("stall", [1.1, 16.0, 60.0, 600.0])
def test_a_computer_that_stood_still_is_a_loss_however_long(watched: Any, heater: Board, stall: float) -> None:
    made = watched(HOLD, tape(line(heater.port, *safe("heater"))))
    made.until("armed")
    made.ahead = stall
    made.until("this computer stood still")
    made.until("made all safe")
    assert heater.state == {"heater": 0}


@pytest.mark.parametrize("slept", [0.6, 600.0])
def test_a_computer_that_slept_is_a_loss(watched: Any, heater: Board, slept: float) -> None:
    made = watched(HOLD, tape(line(heater.port, *safe("heater"))))
    made.until("armed")
    made.slept = slept
    made.until("this computer stood still")
    assert heater.state == {"heater": 0}


def test_the_clock_that_goes_on_in_sleep_is_read(monkeypatch: Any) -> None:
    monkeypatch.setattr(time, "clock_gettime", {time.CLOCK_BOOTTIME: 7000.0}.__getitem__)
    awake, risen = clocks()
    assert risen == 7000.0
    assert awake == pytest.approx(time.monotonic(), abs=PATIENCE)


def test_a_disarmed_engine_may_stand_still(watched: Any, heater: Board) -> None:
    made = watched("say(beat=1); beats(2)", tape(line(heater.port, *safe("heater"))))
    soon(lambda: made.guardian.look() or made.guardian.count > 0)
    made.ahead = 600.0
    for _ in range(5):
        made.guardian.look()
    assert made.logged == []
    assert heater.heard == []
