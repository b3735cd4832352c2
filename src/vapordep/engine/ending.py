"""The end of a run: the safe state whatever happened, and tried on until it is known to be there."""

import traceback

from vapordep.engine.rig import Rig
from vapordep.engine.states import States
from vapordep.engine.striving import BY_HAND, Striving, names
from vapordep.model.events import Kind
from vapordep.model.run import RunState
from vapordep.safety.protection import Protection
from vapordep.safety.safe_state.safe_state import SafeReport


class Ending:
    """Drives the safe state as a run ends, and aborts a run that goes wrong."""

    def __init__(self, rig: Rig, protection: Protection, states: States) -> None:
        self.striving = Striving(rig, protection.arming)
        self._rig = rig
        self._protection = protection
        self._states = states

    def give_up(self, reason: str) -> None:
        """The run is aborting, and commands nothing more."""
        if self._states.now is not RunState.ABORTING:
            self._protection.gate.revoke(reason)
            self._states.enter(RunState.ABORTING, reason)

    def internal(self, error: Exception) -> None:
        """A fault of the program: no reason to leave the reactor as it is."""
        self.give_up(f"internal error: {error!r}")
        trace = "".join(traceback.format_exception(error))
        self._rig.note(Kind.ALARM, f"internal error: {error!r}", trace=trace)

    async def make_safe(self) -> None:
        """Disarms, and tries on what failed: a run does not end before."""
        report = await self._disarmed()
        if report.failed:
            await self._strive(report)

    async def _disarmed(self) -> SafeReport:
        """A fault of the program on the way to the safe state must not be the last word: it is driven once more."""
        try:
            return await self._protection.arming.disarm("the run is over")
        except Exception as error:
            try:
                return await self._protection.arming.disarm("the run is over, once more")
            finally:
                self.internal(error)

    async def _strive(self, report: SafeReport) -> None:
        """A run whose outputs are not known to be safe did not end well, and does not end before they were tried on."""
        why = f"{self._states.reason}; " if self._states.now is RunState.ABORTING else ""
        self._states.enter(RunState.ABORTING, f"{why}not yet known to be safe: {names(report)}")
        left = await self.striving.until_safe(report)
        told = f"not known to be safe: {names(left)}: {BY_HAND}" if left.failed else f"safe only late: {names(report)}"
        self._states.enter(RunState.ABORTING, f"{why}{told}")
