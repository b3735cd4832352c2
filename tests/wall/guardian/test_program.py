"""The guardian as a program: its status, what it leaves behind, and how small it is and stays."""

import ast
import json
import runpy
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.wall.guardian.boards import Board, engine, line, safe, tape
from tests.wall.guardian.watched import HOLD, POSIX, Watched, page_that_writes_down
from vapordep import guardian
from vapordep.guardian import child, watch
from vapordep.guardian.__main__ import main
from vapordep.guardian.watch import Guardian

pytestmark = POSIX


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
