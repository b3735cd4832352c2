"""Progress for programs: one JSON object a line on the error stream, a few a second."""

import json
import sys
from math import isfinite

from vapordep.app.running.outside import Snapshot
from vapordep.clock import perf

EVERY = 0.25
"""s; a line is written at most this often, and whenever the state of the run is another one."""


class ProgressLines:
    """Writes where a run is; durations in s, null where not known."""

    def __init__(self) -> None:
        self._state = ""
        self._due = 0.0

    def show(self, snapshot: Snapshot) -> None:
        """Takes where the run is, and writes it when it is time to."""
        now = perf()
        if snapshot.state == self._state and now < self._due:
            return
        self._state, self._due = snapshot.state, now + EVERY
        told = {
            "state": snapshot.state.value,
            "step": snapshot.step,
            "block": snapshot.block or None,
            "cycle": snapshot.cycle,
            "cycles": snapshot.cycles,
            "simulated_s": _number(snapshot.simulated),
            "left_s": _number(snapshot.left),
        }
        sys.stderr.write(json.dumps(told) + "\n")
        sys.stderr.flush()


def _number(value: float) -> float | None:
    return round(value, 1) if isfinite(value) else None
