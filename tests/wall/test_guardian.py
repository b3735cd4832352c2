"""The guardian with engines that die, hang, lie or are told to abort: the board behind them ends up safe.

Branch coverage of `vapordep.guardian` by this file and that of its tape alone, see CONTRIBUTING.md: 100 %.
"""

import ast
import errno
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise
from math import inf
from pathlib import Path
from typing import Any

import pytest

from tests.wall.boards import PATIENCE, Board, board, engine, line, safe, soon, tape
from tests.wall.service_manager import ServiceManager, service_manager
from vapordep import guardian
from vapordep.guardian import bell, child, watch
from vapordep.guardian.__main__ import main
from vapordep.guardian.bell import Bell
from vapordep.guardian.clocks import clocks
from vapordep.guardian.log import Log
from vapordep.guardian.systemd import notify
from vapordep.guardian.tape import Player
from vapordep.guardian.watch import BACK_OFF, STEADY, Guardian
from vapordep.link.bell import ring as vapordep_rings

pytestmark = [pytest.mark.wall, pytest.mark.skipif(sys.platform == "win32", reason="kill and stop as POSIX knows them")]

HOLD = "arm(); beats()"
"""An engine that arms and goes on."""


STEP = 0.2
"""s that a guardian's clock goes on by itself between two looks at most: a test without a turn has not stood still."""


class Watched:
    """A guardian in this process, with a clock that can be moved on, and all that it logged."""

    def __init__(self, code: str, played: dict[str, Any], folder: Path, web: list[str] | None = None) -> None:
        self.logged: list[str] = []
        self.ahead = 0.0
        self.slept = 0.0
        self._read = self._here = time.monotonic()
        argv = engine(code, played)
        self.guardian = Guardian(argv, web or (), folder, self.logged.append, self._clock)

    def _clock(self) -> tuple[float, float]:
        before, self._read = self._read, time.monotonic()
        self._here += min(self._read - before, STEP)
        now = self._here + self.ahead
        return now, now + self.slept

    def until(self, what: str, within: float = PATIENCE) -> None:
        """Looks until `what` was logged."""
        give_up = time.monotonic() + within
        while not any(what in text for text in self.logged) and self.guardian.status < 0:
            assert time.monotonic() < give_up, self.logged
            self.guardian.look()
        assert any(what in text for text in self.logged), self.logged

    def end(self) -> int:
        """Looks until it has an exit status."""
        give_up = time.monotonic() + PATIENCE
        while self.guardian.status < 0:
            assert time.monotonic() < give_up, self.logged
            self.guardian.look()
        return self.guardian.status


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Any]:
    """Makes guardians, and kills what they leave."""
    made: list[Watched] = []

    def make(code: str, played: dict[str, Any], **more: Any) -> Watched:
        made.append(Watched(code, played, tmp_path / "own", **more))
        return made[-1]

    yield make
    for each in made:
        for left in (each.guardian.engine, each.guardian.web):
            if left is not None:
                left.process.send_signal(signal.SIGCONT)
                left.kill()


@pytest.fixture
def heater() -> Iterator[Board]:
    with board(heater=1) as made:
        yield made


# --- death and hang --------------------------------------------------------------------------------------------------


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


# --- what comes after ------------------------------------------------------------------------------------------------


def test_the_next_engine_is_told_nothing_and_resumes_nothing(watched: Any, heater: Board) -> None:
    code = "arm() if not os.path.exists('been') else say(beat=1); open('been', 'w'); beats(2, 0.3); os.abort()"
    folder = Path.cwd()
    made = watched(code.replace("'been'", repr(str(made_file(folder)))), tape(line(heater.port, *safe("heater"))))
    made.until("made all safe")
    heater.state["heater"] = 1  # whoever looks on will see nothing more of it
    made.until("the engine ended, disarmed, with status")
    assert heater.state == {"heater": 1}
    made_file(folder).unlink()


def made_file(folder: Path) -> Path:
    return folder / f".been-{os.getpid()}"


def test_an_engine_that_never_comes_to_life_is_not_tried_again(watched: Any) -> None:
    assert watched("sys.exit(3)", tape()).end() == 3


def test_an_engine_that_ends_in_order_ends_it_all(watched: Any) -> None:
    assert watched("say(beat=1); sys.exit(0)", tape()).end() == 0


def test_an_engine_that_ends_disarmed_comes_again(watched: Any, heater: Board) -> None:
    code = "arm(); beats(1, 0.2); say(safe=True); beats(20, 0.2); sys.exit(1)"
    made = watched(code, tape(line(heater.port, *safe("heater"))))
    made.until("the engine ended, disarmed, with status 1")
    assert heater.heard == []
    first = made.guardian.deaths
    soon(lambda: made.guardian.look() or made.guardian.engine is not None)
    assert first == 1


def test_the_last_words_of_an_engine_that_ends_in_order_are_heard(watched: Any, heater: Board) -> None:
    """They may be many, and it may be gone before the first of them was looked at."""
    code = "arm(); beats(1, 0.2); [say(beat=n) for n in range(9, 5000)]; say(safe=True); sys.exit(1)"
    made = watched(code, tape(line(heater.port, *safe("heater"))))
    made.until("armed, with a tape")
    made.guardian.engine.process.wait()
    made.until("the engine ended, disarmed, with status 1")
    assert heater.heard == []


def test_ctrl_c_reaches_neither_engine_nor_web_process_but_by_the_guardian(watched: Any, tmp_path: Path) -> None:
    """A terminal sends it to all processes of its session: an engine that it ended would be made safe by the tape."""
    told = [tmp_path / "engine", tmp_path / "web"]
    session = "open({0!r} + '.new', 'w').write(str(os.getsid(0))); os.rename({0!r} + '.new', {0!r})"
    write = [session.format(str(file)) for file in told]
    web = [sys.executable, "-c", f"import os, time; {write[1]}; time.sleep(60)"]
    made = watched(f"say(beat=1); {write[0]}; beats(2)", tape(), web=web)
    soon(lambda: made.guardian.look() or all(file.exists() for file in told))
    assert os.getsid(0) not in {int(file.read_text()) for file in told}


def test_who_holds_the_pipe_of_an_engine_that_is_gone_keeps_nobody_waiting(watched: Any) -> None:
    code = "import subprocess; say(beat=1); say(safe=True); subprocess.Popen(['sleep', '20']); os._exit(1)"
    made = watched(code, tape())
    soon(lambda: made.guardian.look() or (made.guardian.engine and made.guardian.engine.process.poll() is not None))
    began = time.monotonic()
    made.until("the engine ended, disarmed, with status 1")
    assert time.monotonic() - began < 15.0


def test_an_engine_that_dies_as_it_comes_again_is_tried_again(watched: Any, tmp_path: Path) -> None:
    """As one that is killed for want of memory, twice: only when none ever lived is there something wrong with it."""
    code = "n = len(os.listdir('F')); open(f'F/{n}', 'w'); n == 1 or say(beat=1); n == 2 or sys.exit(5); beats()"
    (tmp_path / "starts").mkdir()
    made = watched(code.replace("F", str(tmp_path / "starts")), tape())
    soon(lambda: made.guardian.look() or made.guardian.deaths == 2)
    soon(lambda: made.guardian.look() or made.guardian.count > 0)
    assert made.guardian.status < 0


def test_nothing_is_kept_of_an_engine_and_a_web_process_that_died(watched: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(watch, "BACK_OFF", (0.0, 0.0, inf))
    made = watched("say(beat=1); sys.exit(1)", tape(), web=[sys.executable, "-c", ""])
    made.guardian.back_off = (inf,)  # each comes when it is told to
    made.guardian.lived, made.guardian.alive = True, inf  # heard or not; who writes would find a pipe broken, some time

    def held_after_one_of_each() -> int:
        made.guardian.start_at = made.guardian.web_at = 0.0
        deaths = made.guardian.deaths
        soon(lambda: made.guardian.look() or (made.guardian.deaths > deaths and made.guardian.web.gone))
        alive = {thread for thread in threading.enumerate() if thread.name.endswith(("(_read)", "(_write)"))}
        soon(lambda: sum(thread.is_alive() for thread in alive) <= 1)  # that of the web process ends as the next comes
        return len(os.listdir("/proc/self/fd"))

    first = held_after_one_of_each()
    assert [held_after_one_of_each() for _ in range(3)] == [first] * 3


def test_an_engine_that_lived_long_is_followed_soon(watched: Any) -> None:
    made = watched("say(beat=1); time.sleep(0.5); sys.exit(1)", tape())
    made.guardian.deaths = 5
    soon(lambda: made.guardian.look() or made.guardian.count > 0)
    made.ahead = STEADY
    soon(lambda: made.guardian.look() or made.guardian.engine is None)
    assert made.guardian.start_at - made.guardian.now == BACK_OFF[0]


def test_a_tape_that_fails_is_repeated_each_second(watched: Any, heater: Board) -> None:
    heater.answer = lambda reply: None
    with board(valve=1) as valves:
        both = line(heater.port, *safe("heater", within=0.1)), line(valves.port, *safe("valve", of="valves"))
        made = watched("arm(); beats(1, 0.2); os.abort()", tape(*both))
        timer = threading.Timer(2.5, lambda: setattr(heater, "answer", lambda reply: reply + "\n"))
        timer.start()
        made.until("made all safe")
        assert [said for _, said in valves.heard] == ["w valve 0", "r valve"], "it was seen there: it is left in peace"
    assert sum("is not known to be safe" in text for text in made.logged) >= 1
    assert heater.state == {"heater": 0}  # at the first try already: it hears, though it does not answer
    begun = [at for at, said in heater.heard if said == "w heater 0"][::2]  # twice in each playing, for it is mute
    gaps = [later - sooner for sooner, later in pairwise(begun)]
    assert sum(gaps) > 0.6 * len(gaps), "not sooner"
    assert min(gaps) < 2.5, "nor much later, on a computer that is not too busy each time"


def test_what_the_engine_told_last_chooses_the_variant_when_it_is_gone(watched: Any) -> None:
    with board(valve=9) as valves:
        both = [*safe("valve", 1, **{"if": {"evacuated": True}}), *safe("valve", 0, **{"if": {"evacuated": False}})]
        made = watched("arm(); beats(1, 0.3); os.abort()", tape(line(valves.port, *both)))
        made.until("made all safe")
        assert valves.state == {"valve": 1}


def page_that_writes_down(heard: Path) -> list[str]:
    """A page's process that keeps what it is told."""
    code = f"import sys\nfor line in sys.stdin: open({str(heard)!r}, 'a').write(line)"
    return [sys.executable, "-c", code]


def troubles(heard: Path) -> list[str]:
    """What was told of, each once, as long as it was the same."""
    lines = heard.read_text().splitlines() if heard.exists() else []
    told = [json.loads(line).get("trouble", "") for line in lines if line.endswith("}")]
    return [each for before, each in pairwise(["", *told]) if each != before]


def test_a_tape_that_fails_is_told_to_the_page_that_is_kept_meanwhile_and_to_the_next_engine(
    watched: Any, heater: Board, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(watch, "AGAIN", 0.2)
    heater.answer = lambda reply: None
    heard, been = tmp_path / "heard", tmp_path / "been"
    next_one = f"say(beat=1), say(beat=2), open({str(been)!r}, 'a').write(sys.stdin.readline())"
    code = f"({next_one}, beats(3)) if os.path.exists({str(been)!r}) else (open({str(been)!r}, 'w'), arm(), os.abort())"
    made = watched(code, tape(line(heater.port, *safe("heater"))), web=page_that_writes_down(heard))

    def kill_the_page_and_let_it_answer() -> None:
        soon(lambda: bool(troubles(heard)))
        made.guardian.web.process.kill()
        heard.unlink()
        soon(lambda: bool(troubles(heard)))
        heater.answer = lambda reply: reply + "\n"

    thread = threading.Thread(target=kill_the_page_and_let_it_answer)
    thread.start()
    made.until("made all safe", 30.0)
    thread.join()
    assert sum("not known to be safe" in text for text in made.logged) == 1, "once, as long as it is the same"
    soon(lambda: made.guardian.look() or troubles(heard)[-1:] == [""])
    assert troubles(heard)[0] == "not known to be safe: heater"
    assert json.loads(been.read_text())["trouble"] == troubles(heard)[0]


def test_a_disarmed_engine_that_hangs_is_told_of_and_let_be(watched: Any, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(watch, "T_HUNG", 0.5)
    heard, go_on = tmp_path / "heard", tmp_path / "go on"
    code = f"beats(0, 0.3)\nwhile not os.path.exists({str(go_on)!r}): time.sleep(0.01)\nbeats(9)"
    made = watched(code, tape(), web=page_that_writes_down(heard))
    made.until("evaluates no interlock")
    soon(lambda: made.guardian.look() or troubles(heard))
    monkeypatch.setattr(watch, "T_HUNG", inf)  # whoever is slow from now on only has no turn
    go_on.touch()
    soon(lambda: made.guardian.look() or troubles(heard)[-1:] == [""])
    assert troubles(heard)[0] == watch.HUNG
    assert len(made.logged) == 1


def test_a_tape_that_cannot_be_played_is_refused(watched: Any) -> None:
    made = watched("say(told=arm()); beats()", tape({"kind": "tcp", "where": "x", "resync": "", "steps": [{}]}))
    soon(lambda: made.guardian.look() or made.guardian.count >= 0)
    for _ in range(5):
        made.guardian.look()
    assert made.guardian.armed is False


def test_an_engine_that_will_not_go_does_not_stop_the_tape(
    watched: Any, heater: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = watched("arm(); time.sleep(60)", tape(line(heater.port, *safe("heater"))))
    made.until("armed")
    process = made.guardian.engine.process
    with monkeypatch.context() as patch:
        patch.setattr(child, "KILL_WITHIN", 0.01)
        patch.setattr(process, "kill", lambda: None)
        made.until("the engine would not go")
    made.until("made all safe")
    process.kill()
    process.wait(PATIENCE)
    assert heater.state == {"heater": 0}


# --- ABORT -----------------------------------------------------------------------------------------------------------


def ring(folder: Path, word: bytes = b"ABORT", within: float = PATIENCE) -> bytes:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as caller:
        caller.bind("")  # a name of its own, for the answer
        caller.settimeout(within)
        caller.sendto(word, str(folder / bell.SOCKET))
        with suppress(TimeoutError):
            return caller.recv(64)
    return b""


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


def test_the_socket_is_private_and_knows_one_word(tmp_path: Path) -> None:
    rung: list[str] = []
    bell = Bell(tmp_path / "own", rung.append)
    assert (tmp_path / "own").stat().st_mode & 0o777 == 0o700
    assert bell.path.stat().st_mode & 0o777 == 0o600
    for word in (b"", b"abort", b"ABORTING", b" ABORT", b"A" * 10_000):
        ring(tmp_path / "own", word, within=0.1)
    assert rung == []
    assert ring(tmp_path / "own") == b"ABORTING"
    assert rung == [""]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (b"ABORT\n", ""),
        (b"ABORT anna.berg: it smells\n", "anna.berg: it smells"),
        ("ABORT Jürgen\tÖz\r\n2026-11-27T02:00:00Z all is safe".encode(), "Jürgen Öz 2026-11-27T02:00:00Z all is safe"),
        (b"ABORT \xff\xfe\x00\x1b[2J\xe2\x80\xaex", "\ufffd\ufffd??[2J?x"),
        (b"ABORT " + b"x" * 60_000, "x" * 200),
    ],
)
def test_whatever_a_caller_says_about_itself_it_is_heard(tmp_path: Path, said: bytes, kept: str) -> None:
    rung: list[str] = []
    Bell(tmp_path / "own", rung.append)
    assert ring(tmp_path / "own", said) == b"ABORTING"
    assert rung == [kept]


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


def test_a_guardian_that_knows_no_callers_hears_the_bare_word(tmp_path: Path) -> None:
    """One that began before the program was brought up to date."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as old:
        old.bind(str(tmp_path / bell.SOCKET))
        heard: list[bytes] = []

        def listen() -> None:
            while b"ABORT" not in heard:
                said, caller = old.recvfrom(256)
                heard.append(said)
                if said == b"ABORT":
                    old.sendto(b"ABORTING", caller)

        thread = threading.Thread(target=listen)
        thread.start()
        assert vapordep_rings(tmp_path, "anna.berg")
        thread.join()
    assert heard == [b"ABORT anna.berg", b"ABORT"]


def test_a_caller_without_a_name_is_heard_and_so_is_the_next(tmp_path: Path) -> None:
    rung: list[str] = []
    bell = Bell(tmp_path / "own", rung.append)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as caller:
        caller.sendto(b"ABORT", str(bell.path))  # nobody to answer to
    soon(lambda: rung == [""])
    assert ring(tmp_path / "own") == b"ABORTING"
    assert rung == ["", ""]


def test_without_unix_sockets_the_word_has_a_token(tmp_path: Path) -> None:
    rung: list[str] = []
    bell = Bell(tmp_path / "own", rung.append, unix=False)
    assert bell.path.stat().st_mode & 0o777 == 0o600
    port, word = bell.path.read_text().split(" ", 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as caller:
        caller.settimeout(PATIENCE)
        caller.sendto(b"ABORT", ("127.0.0.1", int(port)))
        caller.sendto(word.encode(), ("127.0.0.1", int(port)))
        assert caller.recv(64) == b"ABORTING"
    assert vapordep_rings(tmp_path / "own", "Анна" * 200, "зачем"), "it fits into what Windows takes"
    assert rung == ["", ("Анна" * 200)[:200]]


# --- signals ---------------------------------------------------------------------------------------------------------


PATIENT = """
import sys
from vapordep.guardian import watch
from vapordep.guardian.__main__ import main
watch.T_GUARD = 60.0
sys.exit(main())
"""
"""The program, which does not take an engine that gets no turn for one that is dead."""


@contextmanager
def process(code: str, played: dict[str, Any], folder: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    argv = ["--folder", str(folder), "--log", str(log), "--engine", json.dumps(engine(code, played))]
    with subprocess.Popen([sys.executable, "-c", PATIENT, *argv]) as made:
        try:
            yield made
        finally:
            made.kill()


ORDERLY = "arm(); in_thread(beats)\nwhile 'order' not in hear(): pass\nsay(safe=True); time.sleep(0.3); sys.exit(0)"


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


# --- the web process -------------------------------------------------------------------------------------------------


def test_the_web_process_comes_again(watched: Any, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(watch, "BACK_OFF", (0.1, 0.1, 0.1))
    marks = tmp_path / "marks"
    web = [sys.executable, "-c", f"open({str(marks)!r}, 'a').write('x')"]
    made = watched("say(beat=1); beats(2)", tape(), web=web)
    soon(lambda: made.guardian.look() or (marks.exists() and len(marks.read_text()) >= 2))


def test_the_web_process_is_told_to_end_by_its_pipe_and_may_have_last_words(watched: Any, tmp_path: Path) -> None:
    said = tmp_path / "said"
    web = [sys.executable, "-c", f"import sys; sys.stdin.read(); open({str(said)!r}, 'w').write('all')"]
    made = watched("say(beat=1); beats(2)", tape(), web=web)
    soon(lambda: made.guardian.look() or made.guardian.web is not None)
    made.guardian.web.end()
    assert said.read_text() == "all"
    made.guardian.ending = True
    for _ in range(3):
        made.guardian.look()
    assert made.guardian.web.gone, "none is started once the guardian is to end"


def test_a_web_process_that_does_not_end_is_killed(watched: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(child, "LAST_WORDS", 0.1)
    made = watched("say(beat=1); beats(2)", tape(), web=[sys.executable, "-c", "import time; time.sleep(60)"])
    soon(lambda: made.guardian.look() or made.guardian.web is not None)
    made.guardian.web.end()
    assert made.guardian.web.process.returncode == -signal.SIGKILL


# --- systemd ---------------------------------------------------------------------------------------------------------


def end_once_it_was_heard_twice(manager: ServiceManager, inbox: Any) -> None:
    manager.hears("WATCHDOG=1", times=2)
    inbox.put(("signal", 15))


def test_systemd_is_told_the_end_the_latest_news_and_of_a_tape_that_fails(
    watched: Any, heater: Board, tmp_path: Path, monkeypatch: Any
) -> None:
    """As long as not all is safe, whatever is wrong, its watchdog must not end the guardian."""
    monkeypatch.setattr(watch, "GIVE_UP", 0.5)
    monkeypatch.setattr(watch, "AGAIN", 0.1)
    heater.answer = lambda reply: None
    with service_manager(tmp_path, monkeypatch.setenv) as manager:
        made = watched("arm(); beats(1, 0.2); os.abort()", tape(line(heater.port, *safe("heater"))))
        threading.Thread(target=end_once_it_was_heard_twice, args=(manager, made.guardian.inbox)).start()
        assert made.end() == watch.UNSAFE
        made.guardian.ending = False
        made.guardian._end("signal 15")
        soon(lambda: len(manager.heard("STOPPING=1")) == 1)
        Log(tmp_path / "guardian.log")("armed, with a tape of 6 lines")
        soon(lambda: manager.told[-1][1] == "STATUS=armed, with a tape of 6 lines")


def test_a_service_manager_that_is_busy_or_gone_holds_nobody_up(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as busy:
        busy.bind(str(tmp_path / "notify"))
        for _ in range(10_000):  # more than wait in any queue
            notify("WATCHDOG=1")
        assert busy.recv(100) == b"WATCHDOG=1"
    notify("WATCHDOG=1")


# --- log -------------------------------------------------------------------------------------------------------------


def test_the_log_is_appended_and_bounded(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "guardian.log"
    log = Log(path, most=1000)
    for number in range(100):
        log(f"line {number}")
        log.flush()
    assert "line 99" in path.read_text()
    assert path.stat().st_size < 1200
    assert path.with_suffix(".1.log").exists()
    log(" again \udcff")
    log.flush()
    assert "again \\udcff" in path.read_text()


def test_a_full_disk_holds_nothing_up(tmp_path: Path, monkeypatch: Any) -> None:
    path = tmp_path / "guardian.log"
    log = Log(path)

    def full(*_: object, **__: object) -> Any:
        raise OSError(errno.ENOSPC, "no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", full)
        began = time.monotonic()
        log("lost?")
        assert time.monotonic() - began < 1.0, "the thread that writes meets the disk, not the caller"
        time.sleep(0.05)
    log("not lost")
    log.flush()
    assert path.read_text().count("lost") == 2


def test_where_no_log_can_be_written_the_rest_goes_on(heater: Board, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    code = "arm(); beats(1, 0.5); os.abort()"
    with process(code, tape(line(heater.port, *safe("heater"))), tmp_path / "own", blocked / "guardian.log"):
        soon(lambda: heater.state == {"heater": 0})


# --- the program -----------------------------------------------------------------------------------------------------


def test_it_ends_with_the_status_of_an_engine_that_never_lived(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(child, "LAST_WORDS", 0.1)
    before = {number: signal.getsignal(number) for number in watch.SIGNALS}
    try:
        argv = ["--folder", str(tmp_path / "own"), "--log", str(tmp_path / "guardian.log")]
        web = json.dumps([sys.executable, "-c", "import time; time.sleep(60)"])
        assert main([*argv, "--engine", json.dumps(engine("sys.exit(3)", tape())), "--web", web]) == 3
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run_here(made: Watched, begun: Callable[[], object], then: Callable[[], object]) -> int:
    """Runs a guardian in this process; once `begun()` is true, `then()` is done by its next look."""
    before = {number: signal.getsignal(number) for number in watch.SIGNALS}
    look = made.guardian.look

    def looking() -> None:
        if begun():
            then()
        look()

    made.guardian.look = looking  # type: ignore[method-assign]
    try:
        return made.guardian.run()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def test_an_end_in_order_is_told_to_the_page(watched: Any, tmp_path: Path) -> None:
    heard = tmp_path / "heard"
    code = "say(beat=1); in_thread(lambda: beats(2)); hear(); sys.exit(0)"
    made = watched(code, tape(), web=page_that_writes_down(heard))
    assert run_here(made, heard.exists, lambda: made.guardian.inbox.put(("signal", 15))) == 0
    assert json.loads(heard.read_text().splitlines()[-1]) == {"ended": 0}


def test_a_guardian_that_is_broken_off_leaves_no_engine_behind(watched: Any) -> None:
    made = watched("say(beat=1); beats(2)", tape())

    def break_off() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_here(made, lambda: made.guardian.count > 0, break_off)
    assert made.guardian.engine.gone


def test_as_a_program_it_tells_what_it_wants(monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.setattr(sys, "argv", ["guardian", "--help"])
    monkeypatch.delitem(sys.modules, "vapordep.guardian.__main__")
    with pytest.raises(SystemExit, match="0"):
        runpy.run_module("vapordep.guardian", run_name="__main__")
    assert "--engine" in capsys.readouterr().out


def test_a_second_signal_finds_the_end_under_way(watched: Any, heater: Board) -> None:
    made = watched(ORDERLY, tape(line(heater.port, *safe("heater"))))
    made.until("armed")
    for number in (2, 15, 1):
        made.guardian.inbox.put(("signal", number))
    assert made.end() == 0
    assert sum("stopping" in text for text in made.logged) == 1
    assert heater.heard == [], "nor is it killed for it"


def test_a_fault_of_its_own_leaves_the_reactor_safe(heater: Board, tmp_path: Path, monkeypatch: Any) -> None:
    logged: list[str] = []
    before = {number: signal.getsignal(number) for number in watch.SIGNALS}
    made = Guardian(engine(HOLD, tape(line(heater.port, *safe("heater")))), (), tmp_path / "own", logged.append)

    def fail() -> None:
        if made.armed:
            made.ending = True
            raise ZeroDivisionError
        look()

    look = made.look
    monkeypatch.setattr(made, "look", fail)
    try:
        assert made.run() == 0
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert heater.state == {"heater": 0}
    assert "internal error: ZeroDivisionError" in " ".join(logged)


def test_what_cannot_be_played_is_not_called_safe() -> None:
    spoilt = line(1, *safe("a"), host="x" * 300)
    assert "a" in Player(tape(spoilt), {}).play()


def test_where_nothing_was_armed_nothing_is_called_safe(watched: Any) -> None:
    made = watched("say(beat=1, states=7); beats(2)", tape())
    soon(lambda: made.guardian.look() or made.guardian.engine is not None)
    made.guardian.inbox.put(("abort", None))
    made.ahead = 4.0
    made.until("had nothing to play")
    assert "made all safe" not in " ".join(made.logged)


def code_lines(source: str) -> int:
    """Lines that do something: without blank ones, comments, docstrings and imports, which each file has again."""
    idle = {
        number
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import | ast.ImportFrom)
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str))
        for number in range(node.lineno, (node.end_lineno or 0) + 1)
    }
    numbered = enumerate(source.splitlines(), 1)
    return sum(1 for number, text in numbered if number not in idle and text.strip() and text.strip()[0] != "#")


ROOM = Path(guardian.__file__).parent


def test_it_is_small() -> None:
    texts = [path.read_text(encoding="utf-8") for path in ROOM.glob("*.py")]
    assert max(len(text.splitlines()) for text in texts) <= 225
    assert sum(code_lines(text) for text in texts) <= 430


def test_it_needs_only_the_standard_library_and_its_own_files() -> None:
    needed = set()
    for path in ROOM.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                needed |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0 or (node.level == 1 and (ROOM / f"{node.module}.py").exists()), path
                needed |= {(node.module or "").partition(".")[0]} if node.level == 0 else set()
    assert needed <= sys.stdlib_module_names
