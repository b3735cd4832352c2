"""The watch over the engine: what it says, what it should have said by now, and what is done about its silence."""

import ctypes
import queue
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from math import inf
from pathlib import Path
from typing import Any

from .bell import Bell
from .child import Child, Message
from .clocks import Times, clocks
from .lines import Part
from .systemd import notify
from .tape import Player, examine, still_to_play

T_GUARD, T_SAFE, T_HUNG = 1.0, 3.0, 10.0
"""s: without a new evaluation the engine is dead; after an abort it must have said that all is safe; without a new
evaluation a disarmed engine, which nobody kills for it, is told of, and one that comes up cannot obey an abort."""
HUNG = "the engine, disarmed, evaluates no interlock any more: `vapordep run abort` has it replaced"
STOP_WITHIN, GIVE_UP = 10.0, 10.0
"""s: for an orderly stop; a tape that fails, once the guardian is to end."""
TICK, AGAIN, REST, ALIVE, SLEPT = 0.1, 1.0, 0.2, 0.5, 0.5
"""s: between looks, starts of a tape, its end and the next start at least, signs of life; sleep that counts."""
BACK_OFF, STEADY = (0.5, 1.0, 2.0, 5.0, 15.0, 30.0), 600.0
"""s: before the next engine, by how many died before it; of one that lived so long nothing is held against the next."""
UNSAFE = 4
"""Exit status: not every output was read back at its safe value."""
SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]


class Guardian:
    """Starts engine and web, watches the engine, and plays the tape."""

    def __init__(
        self, engine: Sequence[str], web: Sequence[str], folder: Path, log: Callable[[str], None],
        clock: Callable[[], Times] = clocks, back_off: Sequence[float] = BACK_OFF,
    ) -> None:  # fmt: skip
        self.argv, self.web_argv, self.folder, self.log, self.clock = engine, web, folder, log, clock
        self.back_off, self.lived = back_off, False
        self.inbox: queue.SimpleQueue[tuple[Any, Any]] = queue.SimpleQueue()
        self.engine: Child | None = None
        self.web: Child | None = None
        self.tape: Part = {"lines": []}
        self.told: dict[str, bool] = {}
        self.trouble = ""
        self.armed, self.ending, self.status, self.count, self.deaths = False, False, -1, -1, 0
        self.now, self.boot = clock()
        self.risen = self.alive = self.start_at = self.web_at = self.born = self.now
        self.abort_by = self.stop_by = inf

    def run(self) -> int:
        """Until the engine ends in order, or a signal wants an end; the exit status."""
        for number in SIGNALS:
            signal.signal(number, lambda number, _: self.inbox.put(("signal", number)))
        bell = Bell(self.folder, lambda who: self.inbox.put(("abort", who)))
        with suppress(OSError, AttributeError):  # what is in memory stays there, where that is permitted
            ctypes.CDLL(None).mlockall(1)
        try:
            while self.status < 0:
                try:
                    self.look()
                except Exception as error:  # a fault of ours must not leave the reactor to itself
                    self.lost(f"internal error: {error!r}")
            if self.web is not None and self.status != UNSAFE:
                self.web.tell(ended=self.status)  # in order: nobody need be told of it
            return self.status
        finally:
            bell.path.unlink(missing_ok=True)
            if self.engine is not None:
                self.engine.kill()
            if self.web is not None:
                self.web.end()

    def look(self) -> None:
        """One look at what was said, and at what should have been said by now."""
        who, what = self._said()
        (before, boot), (self.now, self.boot) = (self.now, self.boot), self.clock()
        stood = self.now - before
        slept = self.boot - boot - stood
        self.risen += stood * (stood > T_GUARD and not self.armed)  # then nobody is told for whom nothing went on
        if who == "abort":
            self._abort(f"ABORT was called by {what}" if what else "ABORT was called")
        elif who == "signal":
            self._end(f"signal {what}")
        elif self.engine is not None and who is self.engine and what is not None:
            self._hear(self.engine, what)
        if self.armed and (stood > T_GUARD or slept > SLEPT):
            self.lost(f"this computer stood still for {stood + slept:.1f} s")
        elif self.armed and self.now - self.risen > T_GUARD:
            self.lost(f"no interlock was evaluated for {self.now - self.risen:.1f} s")
        elif self.engine is not None and ((who is self.engine and what is None) or self.engine.overdue(self.now)):
            self._gone(self.engine)
        elif self.now > self.abort_by:
            self.lost("the engine did not report all safe in time after the abort")
        elif self.now > self.stop_by:
            self.stop_by = inf
            self._abort(f"it did not stop within {STOP_WITHIN:g} s")
        if self.status < 0:
            self._start_what_is_due()

    def _said(self) -> tuple[Any, Any]:
        with suppress(queue.Empty):
            return self.inbox.get(timeout=TICK)
        return None, None

    def _start_what_is_due(self) -> None:
        self._speak()
        if self.engine is None and self.now >= self.start_at:
            self.engine, self.count, self.born = Child(self.argv, lambda *said: self.inbox.put(said)), -1, self.now

    def _speak(self) -> None:
        """Signs of life, and what a person must hear of.

        The page's process, started anew where it has ended, sends notices of it; this engine or the next has an alarm.
        """
        if self.web_argv and not self.ending and (self.web is None or self.web.gone) and self.now >= self.web_at:
            if self.web is not None:
                self.web.kill()
            self.web, self.web_at = Child(self.web_argv), self.now + BACK_OFF[2]
        if self.now < self.alive:
            return
        self.alive = self.now + ALIVE
        hangs = self.engine is not None and self.count >= 0 and self.now > self.risen + T_HUNG
        if hangs:
            self._needs_a_person(HUNG)
        if self.web is not None:
            self.web.tell(trouble=self.trouble)
        if self.engine is not None:
            self.engine.tell(alive=round(self.now, 3), trouble=self.trouble)
            self.trouble = "" if self.count > 0 and not hangs else self.trouble

    def _needs_a_person(self, trouble: str, detail: str = "") -> None:
        if trouble != self.trouble:
            self.log(detail or trouble)
        self.trouble = trouble

    def _hear(self, engine: Child, message: Message) -> None:
        match message:
            case {"beat": int(count)} if count > self.count:
                if self.count < 0 and self.abort_by < inf:
                    self.abort_by = self.now + T_SAFE  # only now it can hear what it was told
                self.count, self.risen, self.lived = count, self.now, True
                states = message.get("states")
                self.told = {name: value is True for name, value in states.items()} if isinstance(states, dict) else {}
            case {"arm": order, "tape": tape}:
                try:
                    examine(tape)
                except Exception as error:  # whatever is wrong with it: with such a tape nothing is armed
                    return engine.tell(refused=order, why=repr(error))
                self.tape, self.armed, self.risen = tape, True, self.now
                engine.tell(guarded=order)
                self.log(f"armed, with a tape of {len(tape['lines'])} lines")
            case {"safe": True}:
                self.armed, self.abort_by = False, inf
                self.log("disarmed: the engine has read back that all is safe")

    def _abort(self, why: str) -> None:
        """An engine that is just coming up hears nothing yet: what was armed before it is made safe without it."""
        coming_up = self.count < 0 and not (self.armed or self.ending)
        if self.engine is None or (coming_up and self.tape["lines"]):
            return self.lost(why)
        self.log(f"{why}: telling the engine")
        self.engine.tell(order="abort", why=why)
        self.abort_by = min(self.abort_by, self.now + (T_HUNG if coming_up else T_SAFE))

    def _end(self, why: str) -> None:
        """The first signal asks for an orderly stop; those that follow find it under way."""
        if self.ending:
            return
        self.log(f"{why}: stopping")
        notify("STOPPING=1")
        self.ending, self.stop_by = True, self.now + STOP_WITHIN
        if self.engine is None:
            self.status = 0
        else:
            self.engine.tell(order="stop", why=why)

    def _gone(self, engine: Child) -> None:
        """It ended by itself, or let go of its pipe; disarmed it comes again, unless none ever came to life."""
        if self.armed or self.abort_by < inf:
            return self.lost("the engine died")
        engine.kill()
        self.log(f"the engine ended, disarmed, with status {engine.process.returncode}")
        if self.ending or engine.process.returncode == 0 or not self.lived:
            self.status = 0 if self.ending else abs(engine.process.returncode)
        self._again()

    def lost(self, why: str) -> None:
        """Kills the engine, waits until it is gone, and plays the tape until all is read back as safe."""
        began, self.count = time.monotonic(), -1
        self.log(f"{why}: killing the engine and playing the tape")
        if self.engine is not None and not self.engine.kill():
            self.log("the engine would not go: it may still hold its lines")
        tape, due = self.tape, began
        while failed := Player(tape, self.told).play():
            why_not = "; ".join(f"{output} is not known to be safe: {error}" for output, error in failed.items())
            self._needs_a_person(f"not known to be safe: {', '.join(sorted(failed))}", why_not)
            self.now, self.boot = self.clock()
            with suppress(OSError):  # a page that cannot be started is no reason to cease
                self._speak()
            notify("WATCHDOG=1")  # until all is safe nobody may end what we do about it
            tape, due = still_to_play(tape, failed), max(due + AGAIN, time.monotonic() + REST)
            time.sleep(max(due - time.monotonic(), 0.0))
            while not self.inbox.empty():
                self.ending = self.inbox.get()[0] == "signal" or self.ending
            if self.ending and time.monotonic() - began > GIVE_UP:
                break
        else:
            done = "made all safe" if self.tape["lines"] else "had nothing to play, since nothing was armed,"
            self.log(f"{why}: the guardian {done} in {time.monotonic() - began:.2f} s")
        if self.ending:
            self.status = UNSAFE if failed else 0
        self._again()

    def _again(self) -> None:
        """Nothing is resumed: the engine that comes next is a disarmed one."""
        self.engine, self.armed, self.abort_by = None, False, inf
        self.now, self.boot = self.clock()
        self.deaths *= self.now - self.born < STEADY
        self.start_at = self.now + self.back_off[min(self.deaths, len(self.back_off) - 1)]
        self.deaths += 1
