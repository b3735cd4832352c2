"""How often a password may be tried: a few a minute for each name, then ever longer waits; and so many for all."""

import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass

from vapordep.clock import perf

FREE = 5
"""Wrong ones in a row, after which each more costs a wait."""
SHORTEST_WAIT, LONGEST_WAIT = 15.0, 900.0
"""s; the wait doubles with each wrong one."""
MOST_A_MINUTE = 30
"""Tries for all names together: each costs the computer 64 MiB and a part of a second."""
NAMES_KEPT = 1000


@dataclass
class _Failures:
    count: int = 0
    until: float = 0.0


class Attempts:
    """Counts wrong tries by name, whether or not there is such a person, so that the answer tells nothing."""

    def __init__(self, clock: Callable[[], float] = perf) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failed: OrderedDict[str, _Failures] = OrderedDict()
        self._all: deque[float] = deque()

    def wait(self, name: str) -> float:
        """How long a try for this name must wait, in s; 0 lets it go, and counts it as wrong until `right`."""
        with self._lock:
            now = self._clock()
            while self._all and self._all[0] <= now - 60.0:
                self._all.popleft()
            if len(self._all) >= MOST_A_MINUTE:
                return self._all[0] + 60.0 - now
            failed = self._failed.setdefault(name, _Failures())
            if failed.until > now:
                return failed.until - now
            self._all.append(now)
            self._count(name, failed, now)
            return 0.0

    def right(self, name: str) -> None:
        """That try was right."""
        with self._lock:
            self._failed.pop(name, None)

    def _count(self, name: str, failed: _Failures, now: float) -> None:
        failed.count += 1
        if failed.count >= FREE:
            failed.until = now + min(SHORTEST_WAIT * 2.0 ** min(failed.count - FREE, 10), LONGEST_WAIT)
        self._failed.move_to_end(name)
        while len(self._failed) > NAMES_KEPT:
            self._failed.popitem(last=False)
