"""What the guardian starts after an engine or a page that died: when, how often, and what it is told."""

import os
import signal
import sys
import threading
import time
from math import inf
from pathlib import Path
from typing import Any

from tests.wall.guardian.boards import Board, line, safe, soon, tape
from tests.wall.guardian.watched import POSIX
from vapordep.guardian import child, watch
from vapordep.guardian.watch import BACK_OFF, STEADY

pytestmark = POSIX


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
