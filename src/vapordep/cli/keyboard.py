"""The keyboard while a run goes on: single keys ask for verbs, on terminals of POSIX and of Windows."""

import contextlib
import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from vapordep.model.run import Verb

KEYS = {
    "h": Verb.HOLD, "r": Verb.RESTART, "p": Verb.PAUSE, "u": Verb.RESUME, "s": Verb.STOP, "a": Verb.ABORT,
}  # fmt: skip
HELP = "h hold  r restart  p pause  u resume  s stop  a abort"


class Keyboard:
    """Reads single keys without waiting; on anything that is no terminal it never has one."""

    def __init__(self) -> None:
        self.attended = sys.stdin.isatty() and sys.stdout.isatty()

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Within it, keys arrive one by one and are not echoed; afterwards the terminal is as before."""
        if not self.attended or sys.platform == "win32":
            yield
            return
        termios: Any = import_module("termios")
        tty: Any = import_module("tty")
        before = termios.tcgetattr(sys.stdin)
        try:
            tty.setcbreak(sys.stdin)
            yield
        finally:
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)

    def key(self) -> str:
        """The key that was pressed, in lower case; empty when none was."""
        return self._key().lower() if self.attended else ""

    def _key(self) -> str:
        if sys.platform == "win32":
            msvcrt: Any = import_module("msvcrt")
            return str(msvcrt.getwch()) if msvcrt.kbhit() else ""
        select: Any = import_module("select")
        ready, _, _ = select.select([sys.stdin], [], [], 0)
        return sys.stdin.read(1) if ready else ""
