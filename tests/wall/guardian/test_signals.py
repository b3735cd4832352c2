"""Signals to the guardian: it stops in order, makes safe what dies meanwhile, and bounds its patience."""

import signal
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.wall.guardian.boards import PATIENCE, Board, line, safe, soon, tape
from tests.wall.guardian.watched import HOLD, ORDERLY, POSIX, process
from vapordep.guardian import watch

pytestmark = POSIX


@pytest.mark.parametrize("times", [1, 10])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_stop_in_order(heater: Board, tmp_path: Path, times: int, number: signal.Signals) -> None:
    log = tmp_path / "guardian.log"
    with process(ORDERLY, tape(line(heater.port, *safe("heater"))), tmp_path / "own", log) as made:
        soon(lambda: log.exists() and "armed" in log.read_text())
        for _ in range(times):
            made.send_signal(number)
        assert made.wait(PATIENCE) == 0
    assert heater.heard == []
    assert "with status 0" in log.read_text()


def test_an_engine_that_dies_on_a_signal_is_made_safe_by_the_guardian(heater: Board, tmp_path: Path) -> None:
    log = tmp_path / "guardian.log"
    code = "arm(); in_thread(beats); hear(); os.abort()"
    with process(code, tape(line(heater.port, *safe("heater"))), tmp_path / "own", log) as made:
        soon(lambda: log.exists() and "armed" in log.read_text())
        made.send_signal(signal.SIGTERM)
        assert made.wait(PATIENCE) == 0
    assert heater.state == {"heater": 0}


def test_an_engine_that_does_not_stop_is_aborted_then_killed(watched: Any, heater: Board, monkeypatch: Any) -> None:
    monkeypatch.setattr(watch, "STOP_WITHIN", 0.3)
    monkeypatch.setattr(watch, "T_SAFE", 0.3)
    made = watched(HOLD, tape(line(heater.port, *safe("heater"))))
    made.until("armed")
    made.guardian.inbox.put(("signal", 15))
    made.until("did not stop within 0.3 s")
    assert made.end() == 0
    assert heater.state == {"heater": 0}


def test_a_signal_ends_it_while_no_engine_runs(watched: Any) -> None:
    made = watched("say(beat=1); sys.exit(1)", tape())
    made.until("the engine ended")
    made.guardian.inbox.put(("signal", 2))
    assert made.end() == 0


def test_a_signal_bounds_a_tape_that_fails(watched: Any, heater: Board, monkeypatch: Any) -> None:
    monkeypatch.setattr(watch, "GIVE_UP", 0.5)
    monkeypatch.setattr(watch, "AGAIN", 0.1)
    heater.answer = lambda reply: "garbage\n"
    made = watched("arm(); beats(1, 0.2); os.abort()", tape(line(heater.port, *safe("heater"))))
    threading.Timer(1.0, lambda: made.guardian.inbox.put(("signal", 15))).start()
    assert made.end() == watch.UNSAFE


def test_a_second_signal_finds_the_end_under_way(watched: Any, heater: Board) -> None:
    made = watched(ORDERLY, tape(line(heater.port, *safe("heater"))))
    made.until("armed")
    for number in (2, 15, 1):
        made.guardian.inbox.put(("signal", number))
    assert made.end() == 0
    assert sum("stopping" in text for text in made.logged) == 1
    assert heater.heard == [], "nor is it killed for it"
