"""Guarded: the engine's end of the pipes to its guardian - signs of life, the tape, orders, and what if it is lost."""

import asyncio
import json
import os
import queue
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from typing import IO, Any

from vapordep.clock import Clock
from vapordep.devices.recording import LineRecording
from vapordep.errors import NotArmed
from vapordep.guardian.systemd import notify
from vapordep.model.alarms import Alarm, Priority
from vapordep.model.events import Kind
from vapordep.model.reactor import Reactor
from vapordep.safety.dead_man import hold_dead_man
from vapordep.safety.protection import Protection
from vapordep.safety.safe_state.safe_state import SafeReport
from vapordep.safety.safe_state.tape import TapeMaker

BEAT = 0.25
"""A sign of life is given this often, in s."""
SILENCE = 2.0
"""A guardian that says nothing for so long, in s, is lost."""
ANSWER_WITHIN = 2.0
"""How long the guardian may take to accept a tape, in s."""
AGAIN_AFTER = 1.0
"""Outputs that could not be made safe are tried again after so many s."""


GUARDIAN = "guardian"
"""The alarm of what the guardian says needs a person, and of a guardian that is lost."""


class Order(StrEnum):
    """What the engine has to do now."""

    STOP = "stop"
    """End in order, then end the process: a signal wants it."""
    ABORT = "abort"
    """The safe state is being driven; the run must end."""
    LOST = "lost"
    """The same, and the run is INTERRUPTED and the process must end: nobody guards it any more."""


Obey = Callable[[Order, str], None]
"""Told the order and why; must not block."""


def pipes() -> tuple[IO[bytes], IO[bytes]]:
    """Orders and signs: standard input and output, which belong to the guardian; prints go to standard error."""
    orders, signs = os.fdopen(os.dup(0), "rb", buffering=0), os.fdopen(os.dup(1), "wb", buffering=0)
    sys.stdout.flush()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    return orders, signs


class Guarded:
    """Makes arming need the guardian, and keeps it informed; `run` must be a task from before the first arming.

    The safe state after an abort or a lost guardian is driven here, whatever becomes of the run.
    """

    def __init__(
        self,
        protection: Protection,
        reactor: Reactor,
        clock: Clock,
        orders: IO[bytes],
        signs: IO[bytes],
        obey: Obey,
    ) -> None:
        self.protection = protection
        self._evaluated = 0
        self.reactor = reactor
        self.clock = clock
        self.obey = obey
        self._orders = orders
        self._signs = signs
        self._said: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        self._unsaid: queue.Queue[bytes] = queue.Queue(maxsize=100)
        self._answers: dict[int, asyncio.Future[str]] = {}
        self._takes = LineRecording()
        self._heard = clock.now()
        self._lost = self._trouble = ""
        self.guard(protection)

    def guard(self, protection: Protection) -> None:
        """Guards this safety core from now on; another one, as for another substrate, only while disarmed."""
        if protection is not self.protection:
            self._evaluated += self.protection.interlocks.evaluations  # the count must not fall: it would be no life
        self.protection = protection
        protection.arming.hand_over = self._hand_over
        protection.arming.released = self._released

    async def run(self) -> None:
        """Gives signs of life and takes orders until cancelled, also when the guardian is lost."""
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._listen, args=(loop,), name="orders", daemon=True).start()
        threading.Thread(target=self._speak, name="signs", daemon=True).start()
        self._heard = self.clock.now()
        notify("READY=1")
        async with asyncio.TaskGroup() as group:
            group.create_task(self._beat(group))
            if self.reactor.dead_man is not None:
                group.create_task(hold_dead_man(self.reactor.dead_man, lambda: self.protection, self.clock))
            while True:
                message = await self._said.get()
                self._hear(message, group)

    def _hear(self, message: dict[str, Any] | None, group: asyncio.TaskGroup) -> None:
        self._heard = self.clock.now()
        match message:
            case None:
                self._lose("the guardian has ended", group)
            case {"order": "stop", "why": str(why)}:
                self.obey(Order.STOP, why)
            case {"order": "abort", "why": str(why)}:
                group.create_task(self._make_safe(why))
                self.obey(Order.ABORT, why)
            case {"guarded": int(number)}:
                self._answer(number, "")
            case {"refused": int(number), "why": str(why)}:
                self._answer(number, why)
            case {"trouble": str(trouble)}:
                self._tell_of(trouble)

    async def _beat(self, group: asyncio.TaskGroup) -> None:
        """The count is that of the evaluations themselves: when they cease, no beat counts as a sign of life."""
        due, count = self.clock.now(), -1
        while True:
            now = self.clock.now()
            if self.protection.arming.armed and now - self._heard > SILENCE:
                self._lose(f"the guardian has said nothing for {now - self._heard:.1f} s", group)
            evaluations = self._evaluated + self.protection.interlocks.evaluations
            gate = self.protection.gate
            self._say(beat=evaluations, states=gate.targets.states(gate.foresee(now, now), now))
            if evaluations > count:
                notify("WATCHDOG=1")
                count = evaluations
            due = max(due + BEAT, now)
            await self.clock.sleep_until(due)

    # --- arming --------------------------------------------------------------------------------------------------

    async def _hand_over(self, recorded: LineRecording) -> None:
        """Gives the guardian the tape; what is left alone just now is on it as an earlier arming recorded it."""
        if self._lost:
            raise NotArmed(f"not armed: {self._lost}", remedy="end this engine and start `vapordep serve` again")
        self._takes.takes |= recorded.takes
        tape = await TapeMaker(self.reactor, self.protection.gate, self._takes).make()
        number = len(self._answers) + 1
        self._answers[number] = answer = asyncio.get_running_loop().create_future()
        self._say(arm=number, tape=tape)
        try:
            refusal = await asyncio.wait_for(answer, ANSWER_WITHIN)
        except TimeoutError:
            refusal = f"it did not answer within {ANSWER_WITHIN:g} s"
        if refusal:
            self._say(safe=True)  # all is safe just now, and if its answer is late nothing is armed
            raise NotArmed(f"not armed: the guardian does not take the tape: {refusal}", remedy="look into its log")

    def _answer(self, number: int, refusal: str) -> None:
        answer = self._answers.get(number)
        if answer is not None and not answer.done():
            answer.set_result(refusal)

    def _released(self, reason: str) -> None:
        self._say(safe=True, why=reason)

    # --- the safe state ------------------------------------------------------------------------------------------

    def _lose(self, why: str, group: asyncio.TaskGroup) -> None:
        if not self._lost:
            self._lost = why
            group.create_task(self._make_safe(why))
            self.obey(Order.LOST, why)
            group.create_task(self._tell_of_loss(why))  # action first

    async def _tell_of_loss(self, why: str) -> None:
        self.protection.alarms.raised(_loss(self.clock.now(), why), Kind.ALARM)

    async def _make_safe(self, why: str) -> None:
        """Until all is read back; the guardian does not wait so long.

        To be begun before the run hears of it, which drives the safe state as well: of two, the first has each line
        first, and the guardian waits for this one.
        """
        report: SafeReport = await self.protection.arming.disarm(why)
        while not report.ok:
            await self.clock.sleep(AGAIN_AFTER)
            report = await self.protection.arming.try_again(report)

    def _tell_of(self, trouble: str) -> None:
        """What the guardian says needs a person; nothing, once that is over."""
        alarms, now = self.protection.alarms, self.clock.now()
        if trouble != self._trouble or not trouble:  # also what was kept from before this engine
            alarms.cleared(GUARDIAN, now)
        if trouble and trouble != self._trouble:
            alarms.raised(_alarm(now, trouble), Kind.ALARM)
        self._trouble = trouble

    # --- pipes: threads, for a pipe that is full or a read that waits must not hold the engine up ---------------------

    def _say(self, **message: object) -> None:
        with suppress(queue.Full):  # a guardian that does not read is noticed by its silence
            self._unsaid.put_nowait(json.dumps(message).encode() + b"\n")

    def _speak(self) -> None:
        with suppress(OSError):
            while True:
                left = memoryview(self._unsaid.get())
                while left:
                    left = left[self._signs.write(left) :]

    def _listen(self, loop: asyncio.AbstractEventLoop) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody listens any more
            for line in self._orders:
                with suppress(ValueError):
                    loop.call_soon_threadsafe(self._said.put_nowait, dict(json.loads(line)))
            loop.call_soon_threadsafe(self._said.put_nowait, None)


def _loss(now: float, why: str) -> Alarm:
    """That of a guardian that is gone: this engine makes safe and ends, and the next one, guarded again, keeps it."""
    return Alarm(
        GUARDIAN, now, Priority.URGENT, "the guardian was lost", why, "outputs go to safe, then the engine ends",
        "look at the reactor, then start `vapordep serve` again",
        cause="its process was killed, has crashed or stands still",
        consequence="until then nobody makes the outputs safe if the engine dies too",
    )  # fmt: skip


def _alarm(now: float, trouble: str) -> Alarm:
    """Of what the guardian says needs a person. While no engine lives it waits for the next one, which tells late."""
    return Alarm(
        GUARDIAN, now, Priority.URGENT, "the guardian needed a person", trouble, "see guardian.log",
        "look at the reactor; cut the power of what is not known to be safe, or shut its hand valve",
        cause="what did not answer as the reactor was to be made safe, or a program that was killed or hung",
        consequence="what is not known to be at its safe value may still heat, or let gas flow",
    )  # fmt: skip
