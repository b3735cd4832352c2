"""The disk of the history, looked at as long as an engine serves: who is told, what stops first, what is pruned."""

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

from vapordep.accounts.accounts import Accounts
from vapordep.app.running.connection import Core
from vapordep.app.served.reactor_engine import ReactorEngine
from vapordep.app.words import count
from vapordep.errors import FileError, VapordepError
from vapordep.history.folder import MEBIBYTE, SPACE_FLOOR, SPACE_WARNING, check_folder
from vapordep.history.settings import DAY, settings
from vapordep.history.upkeep.pruning import prune
from vapordep.model.alarms import Alarm, Priority
from vapordep.model.events import Event, Kind
from vapordep.safety.alarms.alarms import DISK

EVERY = 10.0
"""The disk is looked at this often, in s."""
PRUNE_EVERY = 3600.0
BY = "vapordep"
"""Who prunes where nobody asked for it."""
REMEDY = "make room at the history folder; `vapordep history prune` deletes old recordings of the time between runs"


class DiskWatch:
    """Looks at free space, tells of too little, and prunes as the settings say.

    Below SPACE_WARNING an alarm is raised and the time between runs is no longer recorded; below SPACE_FLOOR, or where
    the folder cannot be written, no run begins.
    """

    def __init__(
        self, engine: ReactorEngine, history: Path, aside: Callable[[Callable[[], Any]], Awaitable[Any]]
    ) -> None:  # fmt: skip
        self.room = False
        """Whether there is room for what need not be recorded."""
        self.doubt = ""
        """What keeps a run from being recorded, or soon will; what hinders pruning."""
        self._engine = engine
        self._history = history
        self._aside = aside
        self._raised: Priority | None = None
        self._prune_at = engine.connection.clock.now()
        engine.connection.on_core.append(self._attend)

    async def look(self) -> None:
        """Looks once, tells what is to be told, and prunes when it is time."""
        try:
            space = await self._aside(partial(check_folder, self._history))
            self.doubt, self.room = space.warning, not space.warning
            self._tell(Priority.LOW if space.warning else None, space.warning)
        except FileError as error:
            self.doubt, self.room = f"no run can begin: {error}", False
            self._tell(Priority.HIGH, error.what)
        now = self._engine.connection.clock.now()
        if now >= self._prune_at:
            self._prune_at = now + PRUNE_EVERY
            await self._prune()

    def _attend(self, core: Core) -> None:
        """A new core has not been told yet."""
        self._raised = None

    def _tell(self, how: Priority | None, what: str) -> None:
        alarms, now = self._engine.alarms, self._engine.connection.clock.now()
        if how is self._raised:
            return
        if self._raised is not None:
            alarms.cleared(DISK, now, "there is room again" if how is None else "it got worse, or better")
        self._raised = how
        if how is not None:
            alarms.raised(_alarm(now, how, what, str(self._history)), Kind.ALARM)

    async def _prune(self) -> None:
        """As the settings say; a history that cannot be written is told as such anyway."""
        try:
            keep = (await self._aside(partial(settings, self._history))).keep_idle
            now = self._engine.connection.clock.civil()
            gone = await self._aside(partial(prune, self._history, keep, now, BY))
            if gone.recordings:
                told = pruned_text(len(gone.recordings), gone.size, keep)
                self._engine.connection.log(Event(self._engine.connection.clock.now(), Kind.RECORD, told))
                await self._aside(partial(audit, self._history, BY, told))
        except VapordepError as error:
            self.doubt = "; ".join(filter(None, (self.doubt, f"nothing is pruned: {error}")))


def lasting_text(keep: float) -> str:
    """So long (s), as people say it."""
    return f"{keep / DAY:.3g} d" if keep >= DAY else f"{keep / 3600.0:.3g} h"


def pruned_text(number: int, size: int, keep: float) -> str:
    """What is told of a pruning."""
    return (
        f"pruned {count(number, 'recording')} of the time between runs, {size / MEBIBYTE:.1f} MiB, "
        f"older than {lasting_text(keep)}"
    )


def audit(history: Path, by: str, what: str) -> None:
    """Keeps it in the record of accounts too, where there are any. Raises HistoryError."""
    accounts = Accounts.of(history)
    try:
        if accounts.store.is_there:
            accounts.note(by, what)
    finally:
        accounts.store.close()


def _alarm(now: float, how: Priority, what: str, where: str) -> Alarm:
    floor, warning = SPACE_FLOOR // MEBIBYTE, SPACE_WARNING // MEBIBYTE
    done = "the time between runs is no longer recorded" if how is Priority.LOW else "no run can begin"
    return Alarm(
        DISK, now, how, f"the disk of the history: {what}", where, done, REMEDY,
        consequence=f"below {warning} MiB only runs are recorded, below {floor} MiB none begins, and one is held",
    )  # fmt: skip
