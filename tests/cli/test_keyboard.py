"""Keys and Ctrl-C in a pseudo-terminal: the run ends as asked, its outputs safe, its recording sealed."""

import math
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import SHORT
from vapordep.cli.terminal.keyboard import Keyboard
from vapordep.history.queries import History
from vapordep.model.events import Kind
from vapordep.model.pulses import PulseRecord
from vapordep.model.run import RunState

pytestmark = [pytest.mark.wall, pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX")]

OWN_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, "-m", "vapordep", *sys.argv[1:]])
"""
CTRL_C = b"\x03"
PATIENCE = 60.0
"""How long a screen may take to show what it must, in s."""


class Terminal:
    """A paced dry run with a terminal of its own."""

    def __init__(self, *words: str) -> None:
        import pty

        self.ours, self.theirs = pty.openpty()
        self.settings = self._settings()
        environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100", "LINES": "30"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", OWN_TERMINAL, "dry-run", *words], stdin=self.theirs, stderr=self.theirs,
            stdout=subprocess.DEVNULL, start_new_session=True, env=environment,
        )  # fmt: skip
        self.seen = b""

    def press(self, keys: bytes) -> None:
        os.write(self.ours, keys)

    def until(self, text: bytes) -> None:
        """Reads on until the screen shows `text` anew."""
        self.seen = b""
        while text not in self.seen:
            ready, _, _ = select.select([self.ours], [], [], PATIENCE)
            assert ready, f"{text!r} never came: {self.seen[-2000:]!r}"
            self.seen += os.read(self.ours, 65536)

    def ended(self) -> int:
        """The exit status; the screen is read meanwhile, so that nobody waits for it."""
        while self.process.poll() is None:
            if select.select([self.ours], [], [], 0.1)[0]:
                os.read(self.ours, 65536)
        return self.process.returncode

    def as_before(self) -> bool:
        return self._settings() == self.settings

    def _settings(self) -> list[object]:
        import termios

        return list(termios.tcgetattr(self.theirs))

    def close(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(timeout=PATIENCE)
        os.close(self.ours)
        os.close(self.theirs)


@pytest.fixture
def terminal(place: Path) -> Iterator[Terminal]:
    (place / "short.yaml").write_text(SHORT)
    opened = Terminal("short.yaml", "--set", "cycles=400", "--pace", "40")
    try:
        opened.until(b"main 1 of 400")
        yield opened
    finally:
        opened.close()


def left(place: Path) -> tuple[RunState, str]:
    """State and reason of the run, once it is proved that its outputs are safe and its recording is whole."""
    history = History(place / "history")
    assert history.verify("last").whole
    assert history.verify("last").sealed
    run = history.run("last")
    with history.open_recording(run) as recording:
        events = recording.events()
        opened = max((e.time for e in events if e.data.get("tag") in ("TMA.valve", "H2O.valve")), default=0.0)
        [*_, safe] = [event for event in events if event.text.startswith("safe state")]
        assert safe.data["failed"] == 0
        assert safe.time >= opened
        for valve in ("TMA.valve", "H2O.valve", "EG.valve"):
            assert recording.samples(valve).values[-1] == 0.0
    return run.state, run.reason


def test_hold_restart_pause_resume_and_stop(terminal: Terminal, place: Path) -> None:
    for key, state in ((b"h", b"HELD"), (b"r", b"RUNNING"), (b"p", b"PAUSED"), (b"u", b"RUNNING")):
        terminal.press(key)
        terminal.until(state)
    terminal.press(b"s")
    assert terminal.ended() == 1
    assert left(place)[0] is RunState.STOPPED
    assert terminal.as_before()


def test_a_plan_is_amended(terminal: Terminal, place: Path) -> None:
    terminal.press(b"m")
    terminal.until(b"Amend the plan")
    terminal.press(b"main +5\r")
    terminal.until(b"of 405")
    terminal.press(b"a")
    assert terminal.ended() == 1
    with History(place / "history").open_recording("last") as recording:
        (amended,) = [event for event in recording.events() if event.kind is Kind.AMENDMENT]
    assert amended.text.startswith("main: 405 cycles instead of 400 cycles by ")


def test_a_key_that_means_nothing_now_changes_nothing(terminal: Terminal, place: Path) -> None:
    terminal.press(b"ruxyz\n")
    terminal.until(b"main 2 of 400")
    terminal.press(b"a")
    assert terminal.ended() == 1
    assert left(place)[0] is RunState.ABORTED
    assert terminal.as_before()


def test_ctrl_c_stops_at_the_end_of_the_cycle(terminal: Terminal, place: Path) -> None:
    terminal.press(CTRL_C)
    assert terminal.ended() == 1
    state, reason = left(place)
    assert (state, reason) == (RunState.STOPPED, "Ctrl-C")
    with History(place / "history").open_recording("last") as recording:
        given = [p for p in recording.pulses() if isinstance(p, PulseRecord) and math.isfinite(p.commanded_open)]
        assert [pulse.intent.source for pulse in given] == ["TMA", "H2O"] * (len(given) // 2), "the cycle was finished"
    assert terminal.as_before()


def test_ctrl_c_twice_aborts(terminal: Terminal, place: Path) -> None:
    terminal.press(CTRL_C)
    terminal.until(b"STOPPING")
    terminal.press(CTRL_C)
    assert terminal.ended() == 1
    assert left(place)[0] is RunState.ABORTED
    assert terminal.as_before()


def test_being_asked_to_end_aborts(terminal: Terminal, place: Path) -> None:
    terminal.process.terminate()
    assert terminal.ended() == 1
    assert left(place)[0] is RunState.ABORTED
    assert terminal.as_before()


def test_a_terminal_that_does_not_control_us_is_one_in_the_foreground(monkeypatch: pytest.MonkeyPatch) -> None:
    """As below a program that starts others: there is no background in which we could be stopped for touching it."""
    ours, theirs = os.openpty()
    with os.fdopen(ours, "rb"), os.fdopen(theirs, encoding="ascii") as terminal:
        for stream in ("stdin", "stderr"):
            monkeypatch.setattr(sys, stream, terminal)
        assert Keyboard().attended
