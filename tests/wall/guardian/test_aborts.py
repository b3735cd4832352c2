"""ABORT by the guardian: told to the engine, and done by the tape when that does not report all safe."""

import socket
import threading
from contextlib import suppress
from math import inf
from pathlib import Path
from typing import Any

import pytest

from tests.wall.guardian.boards import PATIENCE, Board, line, safe, soon, tape
from tests.wall.guardian.watched import HOLD, POSIX, ring
from vapordep.guardian import bell, watch
from vapordep.guardian.bell import Bell
from vapordep.link.bell import ring as vapordep_rings

pytestmark = POSIX

ABORTS = {
    "obeys": "arm(); in_thread(beats); hear(); time.sleep(0.2); say(safe=True); time.sleep(60)",
    "ignores": "arm(); beats()",
}


@pytest.mark.parametrize("how", ABORTS)
def test_abort_is_told_and_three_seconds_later_done(
    watched: Any, heater: Board, how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "T_SAFE", 0.6 if how == "ignores" else PATIENCE)
    made = watched(ABORTS[how], tape(line(heater.port, *safe("heater"))))
    Bell(tmp_path / "own", lambda who: made.guardian.inbox.put(("abort", who)))
    made.until("armed")
    assert ring(tmp_path / "own") == b"ABORTING"
    made.until("telling the engine")
    assert made.guardian.abort_by <= made.guardian.now + watch.T_SAFE
    done = threading.Event()

    def go_on_ringing() -> None:
        while not done.wait(0.1):
            ring(tmp_path / "own")

    others = threading.Thread(target=go_on_ringing)
    others.start()  # which gives the engine no more time
    made.until("disarmed: " if how == "obeys" else "did not report all safe")
    done.set()
    others.join()
    if how == "ignores":
        made.until("made all safe")
    for _ in range(8):
        made.guardian.look()
    assert (heater.heard == []) is (how == "obeys")


def test_abort_comes_through_a_flood(watched: Any, heater: Board, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(watch, "T_SAFE", 0.3)
    made = watched(HOLD, tape(line(heater.port, *safe("heater"))))
    Bell(tmp_path / "own", lambda who: made.guardian.inbox.put(("abort", who)))
    made.until("armed")
    flooding = threading.Event()

    def flood() -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as caller:
            caller.settimeout(0.1)  # waits where the queue is full: only then does this process hear anything itself
            while not flooding.is_set():
                with suppress(OSError):
                    caller.sendto(b"GET / HTTP/1.1", str(tmp_path / "own" / bell.SOCKET))

    threads = [threading.Thread(target=flood) for _ in range(4)]
    for thread in threads:
        thread.start()
    called = threading.Thread(target=ring, args=(tmp_path / "own",))
    called.start()
    made.until("made all safe")
    flooding.set()
    for thread in (*threads, called):
        thread.join()
    assert heater.state == {"heater": 0}


def test_abort_while_no_engine_runs_plays_the_tape(watched: Any, heater: Board) -> None:
    code = "arm(); beats(1, 0.1); say(safe=True); time.sleep(0.5); sys.exit(1)"  # it is heard before it is gone
    made = watched(code, tape(line(heater.port, *safe("heater"))))
    made.until("the engine ended")
    heater.state["heater"] = 1
    made.guardian.inbox.put(("abort", None))
    made.until("made all safe")
    assert heater.state == {"heater": 0}


def test_abort_does_not_wait_for_an_engine_that_comes_up_after_one_that_had_armed(
    watched: Any, heater: Board, tmp_path: Path
) -> None:
    been = str(tmp_path / "been")
    code = f"time.sleep(60) if os.path.exists({been!r}) else (open({been!r}, 'w'), arm(), os.abort())"
    made = watched(code, tape(line(heater.port, *safe("heater"))))
    made.until("made all safe")
    soon(lambda: made.guardian.look() or made.guardian.engine)
    heater.state["heater"] = 1
    made.guardian.inbox.put(("abort", None))
    made.guardian.look()
    assert heater.state == {"heater": 0}


RISES = {"obeys": "in_thread(beats); hear(); say(safe=True); time.sleep(60)", "ignores": "beats()"}


@pytest.mark.parametrize("how", RISES)
def test_where_nothing_was_armed_abort_counts_from_when_the_engine_can_hear_it(
    watched: Any, how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "T_HUNG", 600.0)
    made = watched(f"while not os.path.exists({str(tmp_path / 'go')!r}): time.sleep(0.01)\n{RISES[how]}", tape())
    soon(lambda: made.guardian.look() or made.guardian.engine)
    made.guardian.inbox.put(("abort", None))
    made.until("telling the engine")
    made.ahead = 10 * watch.T_SAFE
    made.guardian.look()
    (tmp_path / "go").touch()
    made.until("disarmed: " if how == "obeys" else "did not report all safe")
    assert len(made.logged) == (2 if how == "obeys" else 3), made.logged
    assert made.guardian.abort_by == inf


def test_one_that_never_comes_up_is_replaced_after_an_abort(watched: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "T_HUNG", 0.3)
    made = watched("time.sleep(60)", tape())
    soon(lambda: made.guardian.look() or made.guardian.engine)
    made.guardian.inbox.put(("abort", None))
    made.until("did not report all safe in time after the abort: the guardian had nothing to play")


def test_an_engine_that_dies_on_the_abort_is_not_believed(watched: Any, heater: Board) -> None:
    made = watched(
        "arm(); in_thread(beats); say(safe=True); hear(); os.abort()", tape(line(heater.port, *safe("heater")))
    )
    made.until("disarmed")
    made.guardian.inbox.put(("abort", None))
    made.until("made all safe")
    assert heater.state == {"heater": 0}


def test_who_called_abort_is_logged_and_the_engine_is_told(watched: Any, heater: Board, tmp_path: Path) -> None:
    heard = tmp_path / "heard"
    order = f"open({str(heard)!r}, 'w').write(hear()['why'])"
    code = f"arm(); in_thread(beats); {order}; say(safe=True); time.sleep(60)"
    made = watched(code, tape(line(heater.port, *safe("heater"))))
    Bell(tmp_path / "own", lambda who: made.guardian.inbox.put(("abort", who)))
    made.until("armed")
    assert vapordep_rings(tmp_path / "own", "anna.berg", "it smells")
    made.until("disarmed: ")
    assert "ABORT was called by anna.berg: it smells: telling the engine" in made.logged
    assert "ABORT was called by anna.berg: it smells" in heard.read_text()


def test_where_nothing_was_armed_nothing_is_called_safe(watched: Any) -> None:
    made = watched("say(beat=1, states=7); beats(2)", tape())
    soon(lambda: made.guardian.look() or made.guardian.engine is not None)
    made.guardian.inbox.put(("abort", None))
    made.ahead = 4.0
    made.until("had nothing to play")
    assert "made all safe" not in " ".join(made.logged)
