"""A child of the guardian: a process with a pipe to it and one from it, neither of which can hold the guardian up."""

import json
import os
import queue
import subprocess
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from math import inf
from typing import Any

KILL_WITHIN, LAST_WORDS, ON_THEIR_WAY = 2.0, 6.0, 1.0
"""s: for a killed process to be gone; for one whose pipe is closed to say what it still has to say; for words to come
that were said before their process ended."""
Message = dict[str, Any]


class Child:
    """A process of ours, with a pipe to it and one from it; each has its thread, so that neither holds us up."""

    def __init__(self, argv: Sequence[str], hear: Callable[["Child", Message | None], None] | None = None) -> None:
        """`hear` takes each message, and None at the end of the pipe; without it its output is not ours."""
        apart: Any = {"start_new_session": True} if os.name == "posix" else {"creationflags": 0x200}  # no Ctrl-C for it
        out = None if hear is None else subprocess.PIPE
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=out, **apart)  # noqa: S603 - our own
        self._ended, self._over_by = False, inf
        self._orders: queue.Queue[bytes | None] = queue.Queue(maxsize=100)
        threading.Thread(target=self._write, args=(self.process.stdin,), daemon=True).start()
        if hear is not None:
            threading.Thread(target=self._read, args=(self.process.stdout, hear), daemon=True).start()

    def tell(self, **message: object) -> None:
        """Sends a message; one that does not read loses it."""
        with suppress(queue.Full):
            self._orders.put_nowait(json.dumps(message).encode() + b"\n")

    @property
    def gone(self) -> bool:
        """Whether it has ended, or let go of its pipe."""
        return self._ended or self.process.poll() is not None

    def overdue(self, now: float) -> bool:
        """Whether it ended so long ago that no word of it is to come: somebody else holds its end of the pipe."""
        self._over_by = inf if self.process.poll() is None else min(self._over_by, now + ON_THEIR_WAY)
        return now > self._over_by

    def kill(self) -> bool:
        """Kills it, if it lives, and waits until it is gone; False when it would not go. Nothing of it is kept."""
        self.process.kill()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(KILL_WITHIN)
        with suppress(queue.Full):  # then the thread is writing, and its pipe breaks
            self._orders.put_nowait(None)
        return self.process.returncode is not None

    def end(self) -> None:
        """Closes the pipe to it, which tells it to end; kills it when it does not."""
        with suppress(queue.Full, subprocess.TimeoutExpired):
            self._orders.put_nowait(None)
            self.process.wait(LAST_WORDS)
        self.kill()

    def _write(self, pipe: Any) -> None:
        with suppress(OSError), pipe:
            while (order := self._orders.get()) is not None:
                pipe.write(order)
                pipe.flush()

    def _read(self, pipe: Any, hear: Callable[["Child", Message | None], None]) -> None:
        with pipe:
            for line in pipe:
                with suppress(Exception):  # what is no message is no sign of life either
                    hear(self, dict(json.loads(line)))
        self._ended = True
        hear(self, None)
