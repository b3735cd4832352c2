"""The keyboard while a run goes on: single keys ask for verbs, on terminals of POSIX and of Windows."""

import contextlib
import errno
import os
import sys
from collections.abc import Collection, Iterator, Mapping
from importlib import import_module
from typing import Any, TextIO

from vapordep.model.run import Verb

KEYS: Mapping[str, Verb] = {
    "h": Verb.HOLD, "r": Verb.RESTART, "p": Verb.PAUSE, "u": Verb.RESUME, "s": Verb.STOP, "c": Verb.CAP,
    "a": Verb.ABORT, "k": Verb.SKIP, "m": Verb.AMEND,
}  # fmt: skip


def keys_for(allowed: Collection[Verb]) -> str:
    """The keys that mean something where these verbs are allowed, for people: `h hold  p pause  s stop  a abort`."""
    return "  ".join(f"{key} {verb}" for key, verb in KEYS.items() if verb in allowed)


class Keyboard:
    """Reads single keys without waiting; nobody attends where input and error stream are no terminal of ours."""

    def __init__(self, *, wanted: bool = True) -> None:
        self.attended = wanted and _terminal(sys.stdin) and _terminal(sys.stderr) and _in_foreground()

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
        return self.character().lower()

    def character(self) -> str:
        """The key that was pressed, as it was typed; empty when none was."""
        return self._key() if self.attended else ""

    def _key(self) -> str:
        if sys.platform == "win32":
            msvcrt: Any = import_module("msvcrt")
            return str(msvcrt.getwch()) if msvcrt.kbhit() else ""
        select: Any = import_module("select")
        ready, _, _ = select.select([sys.stdin], [], [], 0)
        # past Python's own buffer, which would hide further keys from `select`
        return os.read(sys.stdin.fileno(), 1).decode("ascii", "replace") if ready else ""


def _terminal(stream: TextIO | None) -> bool:
    """Whether it is one; a stream that was closed before we began is None."""
    return stream is not None and stream.isatty()


def _in_foreground() -> bool:
    """Whether this process may touch its terminal: a job in the background would be stopped for it.

    Where the terminal does not control us, as below many programs that start others, there is no background.
    """
    if sys.platform == "win32":
        return True
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except OSError as error:
        return error.errno == errno.ENOTTY
