"""The state of a run among those of ISA-88: entered at once, settled when its work is done, and waited out."""

import asyncio
from collections.abc import Callable

from vapordep.engine.rig import Rig
from vapordep.model.events import Kind
from vapordep.model.run import SETTLES, RunState


class States:
    """Where a run stands, and why."""

    def __init__(self, rig: Rig) -> None:
        self.now = RunState.IDLE
        self.reason = ""
        self.on_enter: Callable[[], None] = lambda: None
        """Called at once in the new state, before it is recorded; must not block."""
        self._rig = rig
        self._changed = asyncio.Event()

    def enter(self, state: RunState, reason: str) -> None:
        """Acts first, then records."""
        self.now, self.reason = state, reason
        self._changed.set()
        self.on_enter()
        self._rig.note(Kind.RUN, f"{state}: {reason}", state=state)

    def settle(self) -> None:
        """An acting state has done its work."""
        self.enter(SETTLES[self.now], self.reason)

    async def outlast(self, state: RunState, longest: float) -> bool:
        """Waits as long as the run is in `state`; False when it still is after `longest` s."""
        try:
            async with self._rig.clock_timeout(longest):
                while self.now is state:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return self.now is not state
        return True
