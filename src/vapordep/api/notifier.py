"""Sends notices to people through apprise, from a thread of its own: the control path knows nothing of it."""

import queue
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vapordep.api.watch import Notice
from vapordep.errors import FileError, InputError

MOST_WAITING = 100
"""Notices that may wait; more are dropped, and that is told."""
TRIES = (0.0, 10.0, 60.0, 300.0)
"""Before each try it waits so long, in s."""


def addresses(file: Path) -> tuple[str, ...]:
    """One apprise address a line; empty lines and comments (#) are left out. Raises FileError."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"the addresses for notices cannot be read: {error}", where=str(file)) from error
    found = tuple(line.strip() for line in lines if line.strip() and not line.strip().startswith("#"))
    if not found:
        raise FileError("no address for notices in it", where=str(file), remedy="write one apprise URL a line")
    return found


class Notifier:
    """Takes notices without waiting; one that cannot be sent is tried for minutes, then told on the error stream."""

    def __init__(self, to: Sequence[str]) -> None:
        """Raises InputError without apprise, or for an address that it does not understand."""
        self._sender = _sender(to)
        self._waiting: queue.Queue[Notice] = queue.Queue(MOST_WAITING)
        self._ending = threading.Event()
        threading.Thread(target=self._send_for_ever, name="notifier", daemon=True).start()

    def tell(self, notice: Notice) -> None:
        """Sends it soon."""
        try:
            self._waiting.put_nowait(notice)
        except queue.Full:
            sys.stderr.write(f"a notice is lost, too many wait: {notice.title}\n")

    def close(self) -> None:
        """Tries no more."""
        self._ending.set()

    def _send_for_ever(self) -> None:
        while not self._ending.is_set():
            notice = self._waiting.get()
            if not any(self._tried(notice, after) for after in TRIES):
                sys.stderr.write(f"a notice could not be sent: {notice.title}\n")

    def _tried(self, notice: Notice, after: float) -> bool:
        if self._ending.wait(after):
            return False
        return bool(self._sender.notify(title=notice.title, body=notice.text))


def _sender(to: Sequence[str]) -> Any:
    try:
        import apprise
    except ImportError as error:
        raise InputError("notices need apprise", remedy='pip install "vapordep[notify]"') from error
    sender = apprise.Apprise()
    for number, address in enumerate(to, 1):
        if not sender.add(address):  # the address holds secrets: it is not repeated
            raise InputError(f"address {number} for notices is none that apprise knows", remedy="see its documentation")
    return sender
