"""Striving: the end of a run whose outputs are not known to be safe - they are tried on, for a while and visibly."""

import asyncio

from vapordep.engine.rig import Rig
from vapordep.model.events import Kind
from vapordep.safety.arming import TRY_ON_EVERY, TRY_ON_FOR, Arming
from vapordep.safety.safe_state.safe_state import SafeReport
from vapordep.units import Dimension, format_si

ORDERS = 2
"""So many Ctrl-C or signals give it up: one pressed too often on the way here must not leave a valve open."""
BY_HAND = "cut the power or shut its hand valve"


def names(report: SafeReport) -> str:
    """The outputs that are not known to be at their safe values."""
    return ", ".join(outcome.tag for outcome in report.failed)


class Striving:
    """Tries the outputs that failed until they are safe, the time is over, or somebody gives it up."""

    def __init__(self, rig: Rig, arming: Arming) -> None:
        self.under_way = False
        self._rig = rig
        self._arming = arming
        self._orders = 0
        self._given_up = asyncio.Event()

    async def until_safe(self, report: SafeReport) -> SafeReport:
        """The last report; every output is safe in it unless this took too long or was given up."""
        self._announce(report)
        give_up = self._rig.clock.now() + TRY_ON_FOR
        self.under_way = True
        try:
            while report.failed and not self._given_up.is_set() and self._rig.clock.now() < give_up:
                await self._wait(report, give_up)
                report = await self._arming.try_again(report)
        finally:
            self.under_way = False
            self._rig.waiting_for = ""
        return report

    def give_up(self, reason: str) -> None:
        """Somebody aborts once more: one last try, then the run ends."""
        self._given_up.set()
        self._arming.give_up()
        self._rig.note(Kind.COMMAND, f"the outputs are not tried any more: {reason}")

    def order(self, reason: str) -> None:
        """Ctrl-C, or a signal that ends programs: only the second one gives up."""
        self._orders += 1
        if self._orders == ORDERS:
            self.give_up(reason)

    def _announce(self, report: SafeReport) -> None:
        told = (
            f"not known to be at their safe values: {names(report)} – "
            f"tried on for {format_si(TRY_ON_FOR, Dimension.TIME)} – {BY_HAND}"
        )
        self._rig.note(Kind.ALARM, told)
        self._rig.warn(f"{told}; one more abort (key a, or Ctrl-C twice) gives up")

    async def _wait(self, report: SafeReport, give_up: float) -> None:
        """Shows what is tried, and waits for the next try."""
        left = format_si(round(give_up - self._rig.clock.now()), Dimension.TIME)
        self._rig.waiting_for = f"{names(report)} to be safe, for {left} more ({BY_HAND})"
        self._rig.show()
        try:
            async with self._rig.clock_timeout(min(TRY_ON_EVERY, give_up - self._rig.clock.now())):
                await self._given_up.wait()
        except TimeoutError:
            return
