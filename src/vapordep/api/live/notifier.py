"""Sends notices to people through apprise, from threads of their own: the control path knows nothing of it."""

import sys
import threading
from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import chain, repeat
from pathlib import Path
from typing import Any

from vapordep.api.live.watch import Notice
from vapordep.clock import utc_now
from vapordep.errors import FileError, InputError

REMEDY = "name a file with one apprise URL a line"
MOST_WAITING = 100
"""Notices that may wait for one address; more are dropped, and that is told."""
PAUSES = (10.0, 60.0, 300.0)
"""s before a notice that could not be sent is tried again; the last one is that before each try from then on."""
LATE = timedelta(minutes=1)
"""A notice that could not be sent for so long says when it was."""


def addresses(file: Path) -> tuple[str, ...]:
    """One apprise address a line; empty lines and comments (#) are left out. Raises FileError."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = (error.strerror or str(error)).lower() if isinstance(error, OSError) else "it is no text"
        raise FileError(f"the addresses for notices cannot be read: {why}", where=str(file), remedy=REMEDY) from error
    found = tuple(line.strip() for line in lines if line.strip() and not line.strip().startswith("#"))
    if not found:
        raise FileError("no address for notices in it", where=str(file), remedy=REMEDY)
    return found


class Notifier:
    """Takes notices without waiting. Each address is served by itself: one that is away, or hangs, delays no other."""

    def __init__(self, to: Sequence[str], pauses: Sequence[float] = PAUSES) -> None:
        """Raises InputError without apprise, or for an address that it does not understand."""
        senders = [(f"address {number} for notices", address) for number, address in enumerate(to, 1)]
        self._posts = [_Post(name, _sender(name, address), pauses) for name, address in senders]

    def tell(self, notice: Notice) -> None:
        """Sends it soon, and, where that cannot be, again and again."""
        for post in self._posts:
            post.put(notice)

    def finish(self, within: float) -> None:
        """Gives all together so many s to be sent, then tries no more; what was not sent is told."""
        ends = threading.Timer(within, self.close)
        ends.start()
        for post in self._posts:
            post.join()
        ends.cancel()
        self.close()

    def close(self) -> None:
        """Tries no more."""
        for post in self._posts:
            post.close()


class _Post:
    """Sends to one address what waits for it, the oldest first, each until it is taken."""

    def __init__(self, name: str, sender: Any, pauses: Sequence[float]) -> None:
        self._name, self._sender, self._pauses = name, sender, pauses
        self._waiting: deque[tuple[Notice, datetime]] = deque()
        self._changed = threading.Condition()
        self._ending = threading.Event()
        threading.Thread(target=self._send_for_ever, name=name, daemon=True).start()

    def put(self, notice: Notice) -> None:
        with self._changed:
            if len(self._waiting) < MOST_WAITING:
                self._waiting.append((notice, utc_now()))
                self._changed.notify_all()
            else:
                sys.stderr.write(f"{self._name}: too many wait, one is lost: {notice.title}\n")

    def join(self) -> None:
        """Waits until nothing waits, or it tries no more."""
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting or self._ending.is_set())

    def close(self) -> None:
        with self._changed:
            for notice, _ in () if self._ending.is_set() else self._waiting:
                sys.stderr.write(f"{self._name}: not sent: {notice.title}: {notice.text}\n")
            self._ending.set()
            self._changed.notify_all()

    def _send_for_ever(self) -> None:
        while not self._ending.is_set():
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._ending.is_set())
            if self._waiting:
                self._send(*self._waiting[0])
                with self._changed:
                    self._waiting.popleft()
                    self._changed.notify_all()

    def _send(self, notice: Notice, at: datetime) -> None:
        """Until it is taken, or no more is tried."""
        for number, pause in enumerate(chain(self._pauses, repeat(self._pauses[-1]))):
            if self._ending.is_set() or self._sent(notice, at):
                return
            if number == 0:
                sys.stderr.write(f"{self._name}: it takes none; tried again until it does\n")
            self._ending.wait(pause)

    def _sent(self, notice: Notice, at: datetime) -> bool:
        gravity = notice.gravity.value
        return bool(self._sender.notify(title=notice.title, body=_body(notice, at), notify_type=gravity))


def _body(notice: Notice, at: datetime) -> str:
    """What is late says when it was, by the clock of this computer."""
    late = utc_now() - at > LATE
    return f"{notice.text}\n(told late: this was at {at.astimezone():%Y-%m-%d %H:%M})" if late else notice.text


def _sender(name: str, address: str) -> Any:
    try:
        import apprise
    except ImportError as error:
        raise InputError("notices need apprise", remedy='pip install "vapordep[notify]"') from error
    sender = apprise.Apprise()
    if not sender.add(address):  # the address holds secrets: it is not repeated
        raise InputError(f"{name} is none that apprise knows", remedy="see its documentation")
    return sender
