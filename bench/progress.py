"""How far a bench is and how long it will still take, on standard error."""

import sys
import time

LINE_EVERY = 10.0
"""Where no terminal is, a line is written at most this often, s."""


class Progress:
    """Counts trials that take alike; on a terminal in one line that is written anew."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0
        self._began = time.monotonic()
        self._told = -LINE_EVERY
        self._line = sys.stderr.isatty()

    def one(self, what: str) -> None:
        """One more trial of `what` is done."""
        self._done += 1
        now = time.monotonic()
        last = self._done == self._total
        if not self._line and not last and now < self._told + LINE_EVERY:
            return
        self._told = now
        left = (now - self._began) / self._done * (self._total - self._done)
        text = f"{what}: {self._done} of {self._total}, {left / 60.0:.1f} min left"
        sys.stderr.write(f"\r{text:60}" + "\n" * last if self._line else text + "\n")
        sys.stderr.flush()
