"""A guardian in this process, with a clock that can be moved on, and those who talk with it."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.wall.guardian.boards import PATIENCE, engine
from vapordep.guardian import bell
from vapordep.guardian.watch import Guardian

POSIX = [pytest.mark.wall, pytest.mark.skipif(sys.platform == "win32", reason="kill and stop as POSIX knows them")]
"""Marks of all these tests."""

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


def page_that_writes_down(heard: Path) -> list[str]:
    """A page's process that keeps what it is told."""
    code = f"import sys\nfor line in sys.stdin: open({str(heard)!r}, 'a').write(line)"
    return [sys.executable, "-c", code]


def ring(folder: Path, word: bytes = b"ABORT", within: float = PATIENCE) -> bytes:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as caller:
        caller.bind("")  # a name of its own, for the answer
        caller.settimeout(within)
        caller.sendto(word, str(folder / bell.SOCKET))
        with suppress(TimeoutError):
            return caller.recv(64)
    return b""


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
