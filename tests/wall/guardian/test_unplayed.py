"""Where the tape fails, chooses, is refused or meets an engine that will not go: it is told and done again."""

import json
import threading
from itertools import pairwise
from math import inf
from pathlib import Path
from typing import Any

import pytest

from tests.wall.guardian.boards import PATIENCE, Board, board, line, safe, soon, tape
from tests.wall.guardian.watched import POSIX, page_that_writes_down
from vapordep.guardian import child, watch
from vapordep.guardian.tape import Player

pytestmark = POSIX


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


def test_what_cannot_be_played_is_not_called_safe() -> None:
    spoilt = line(1, *safe("a"), host="x" * 300)
    assert "a" in Player(tape(spoilt), {}).play()
