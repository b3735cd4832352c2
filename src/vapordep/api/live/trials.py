"""Dry runs that were asked for over the web: each a process of its own, beside the engine, of lower priority."""

import json
import os
import subprocess
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from secrets import token_hex
from typing import IO, Any, cast

from vapordep.clock import perf, utc_now
from vapordep.errors import NotThere, RunError

MOST, KEPT = 2, 50
"""Dry runs at once: a computer that controls has other things to do; and how many are remembered."""
NICE = 10
NOTES = 50
PROGRAM = (sys.executable, "-m", "vapordep")


class Trial:
    """One dry run: where it is, and in the end its report with the verdict."""

    def __init__(
        self, id: str, person: str, recipe: str, command: Sequence[str], changed: "Callable[[Trial], None]"
    ) -> None:
        """`changed` is called, on a thread of its own, whenever it has come on, and when it is over."""
        self.id, self.person, self.recipe = id, person, recipe
        self.asked = utc_now().isoformat(timespec="seconds")
        self.progress: dict[str, Any] | None = None
        self.report: dict[str, Any] | None = None
        self.notes: list[str] = []
        self.cancelled = False
        self._changed = changed
        self._first: tuple[float, float] | None = None
        apart: dict[str, Any] = {"start_new_session": True} if os.name == "posix" else {}
        self.process = subprocess.Popen(  # noqa: S603 - our own program, words and no shell
            list(command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            encoding="utf-8", errors="replace", **apart,
        )  # fmt: skip
        self._out, self._err = cast(IO[str], self.process.stdout), cast(IO[str], self.process.stderr)
        if hasattr(os, "setpriority"):
            with suppress(OSError):  # it may be over already
                os.setpriority(os.PRIO_PROCESS, self.process.pid, NICE)
        self._followers = [threading.Thread(target=work, daemon=True) for work in (self._follow, self._take)]
        for follower in self._followers:
            follower.start()
        threading.Thread(target=self._end, daemon=True).start()

    @property
    def state(self) -> str:
        """`running`, `done` with a report, `cancelled`, or `failed`."""
        if any(follower.is_alive() for follower in self._followers):
            return "running"
        return "cancelled" if self.cancelled else "done" if self.report is not None else "failed"

    @property
    def where(self) -> dict[str, Any]:
        """Where it is, as the stream tells it: without its report."""
        return {"id": self.id, "state": self.state, "progress": self.progress}

    def cancel(self) -> None:
        """Aborts it; it is in the history as such."""
        if self.state == "running":
            self.cancelled = True
            self.process.terminate()

    def wait(self, within: float) -> None:
        """Until it is over, at most so many s."""
        for follower in self._followers:
            follower.join(within)

    def _follow(self) -> None:
        with self._err:
            for line in self._err:
                told = _object(line)
                if "state" in told:
                    self.progress = {**told, "ends_in_s": self._ends_in(told)}
                    self._changed(self)
                elif len(self.notes) < NOTES and line.strip():
                    self.notes.append(line.strip()[:1000])

    def _take(self) -> None:
        with self._out:
            self.report = _object(self._out.read()) or None
        self.process.wait()

    def _end(self) -> None:
        for follower in self._followers:
            follower.join()
        self._changed(self)

    def _ends_in(self, told: dict[str, Any]) -> float | None:
        """How much longer it takes on the wall's clock, s, at the pace that it had so far; None where nobody knows."""
        simulated, left, now = told.get("simulated_s"), told.get("left_s"), perf()
        if not isinstance(simulated, float) or not isinstance(left, float):
            return None
        self._first = self._first or (now, simulated)
        since, done = now - self._first[0], simulated - self._first[1]
        return round(left * since / done, 1) if done > 0.0 else None


def _object(text: str) -> dict[str, Any]:
    """What was printed as one object; empty for anything else."""
    with suppress(ValueError):
        told = json.loads(text)
        if isinstance(told, dict):
            return told
    return {}


class Trials:
    """The dry runs of this process; they end with it."""

    def __init__(self, program: Sequence[str] = PROGRAM, changed: Callable[[Trial], None] = lambda trial: None) -> None:
        """`changed` hears of each that has come on or is over."""
        self._program = tuple(program)
        self._changed = changed
        self._known: OrderedDict[str, Trial] = OrderedDict()
        self._lock = threading.Lock()

    def start(self, person: str, recipe: str, words: Sequence[str]) -> Trial:
        """Begins one; raises RunError while there are as many as may be."""
        with self._lock:
            if sum(trial.state == "running" for trial in self._known.values()) >= MOST:
                raise RunError(f"{MOST} dry runs go on already", remedy="wait for one to end, or cancel one")
            command = (*self._program, "dry-run", *words, "--operator", person, "--json", "--progress")
            trial = Trial(token_hex(8), person, recipe, command, self._changed)
            self._known[trial.id] = trial
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
            return trial

    def all(self) -> tuple[Trial, ...]:
        """Those that are remembered, the latest first."""
        with self._lock:
            return tuple(reversed(self._known.values()))

    def named(self, id: str) -> Trial:
        """One; raises NotThere."""
        with self._lock:
            if id not in self._known:
                raise NotThere(f"there is no dry run {id[:60]!r} here", remedy="ended ones are in /api/runs")
            return self._known[id]

    def close(self) -> None:
        """Ends those under way."""
        for trial in self.all():
            trial.cancel()
