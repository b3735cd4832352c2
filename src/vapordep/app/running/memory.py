"""The memory of a reactor's safety core in the history folder: read at the start, written by a thread of its own."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

from vapordep.app.remembered.recent_doses import recent_doses
from vapordep.app.remembered.walls import coated
from vapordep.app.running.connection import REMEMBERED_FOR, Connection
from vapordep.clock import Clock, WallClock
from vapordep.errors import FileError, SafetyError, VapordepError
from vapordep.files.atomic import atomic_write
from vapordep.history import process
from vapordep.model.alarms import Alarm, Priority
from vapordep.model.events import Kind
from vapordep.model.interlocks import Bypass
from vapordep.safety.alarms.alarms import MEMORY
from vapordep.safety.memory import Civil, recall, remember, still_bypassed
from vapordep.safety.protection import Protection

ACTION_FIRST = 0.02
"""A change is composed so long after it, in s."""
PATIENCE = 5.0
"""At the end the last change may take so long to reach the disk, in s."""


def memory_path(folder: Path, reactor: str) -> Path:
    """Where the memory of a reactor lies in a history folder."""
    name = re.sub(r"[^A-Za-z0-9_-]", "_", reactor)[:64]
    mark = "" if name == reactor else f"-{sha256(reactor.encode()).hexdigest()[:8]}"
    return folder / "protection" / f"{name}{mark}.json"


@contextmanager
def remembering(connection: Connection, folder: Path) -> Iterator[None]:
    """Within it the safety core of a connection stands as it was left, and every change is kept."""
    name = connection.reactor.name
    clock = connection.clock
    now = Civil(clock.now(), clock.civil(), boot_of(clock))
    recent = recent_doses(folder, connection.reactor, now, REMEMBERED_FOR)
    walls = coated(folder, connection.reactor, now)
    connection.remind({**walls, **{source: min(ago, walls.get(source, ago)) for source, ago in recent.items()}})
    memory = Memory(memory_path(folder, name), name, connection.core.protection, connection.clock)
    memory.begin()
    connection.on_core.append(lambda core: memory.attend(core.protection))
    try:
        yield
    finally:
        memory.close()


def set_aside(folder: Path, reactor: str) -> tuple[Bypass, ...]:
    """The bypasses of a reactor that go on, before anything is connected; none from a file that cannot be used."""
    clock = WallClock()
    civil = Civil(clock.now(), clock.civil(), boot_of(clock))
    try:
        return still_bypassed(memory_path(folder, reactor).read_text(encoding="utf-8"), reactor, civil)
    except (OSError, UnicodeDecodeError, SafetyError):
        return ()


def boot_of(clock: Clock) -> str:
    """Names what the instants of a clock count from, where another program's count from the same; else empty."""
    return str(process.identity()["boot"]) if isinstance(clock, WallClock) else ""


class Memory:
    """Keeps alarms, latches and bypasses of one safety core in a file; each change is on the disk soon after it.

    The control path never waits for the disk, nor for the words: a thread composes and writes the newest state whole,
    a moment after the change, when what a trip does is done.
    """

    def __init__(self, path: Path, reactor: str, protection: Protection, clock: Clock) -> None:
        self.path = path
        self._reactor = reactor
        self._protection = protection
        self._clock = clock
        self._boot = boot_of(clock)
        self._at = self._civil()
        self._stale = threading.Event()
        self._ending = threading.Event()
        self._failure: VapordepError | None = None
        self._told = False
        self._thread = threading.Thread(target=self._write, name="memory", daemon=True)

    def begin(self) -> None:
        """Takes up what was kept, and keeps every change from now on.

        A file that cannot be used is moved aside, and an alarm raised that must be answered before anything is armed.
        """
        alarms, bypasses = self._protection.alarms, self._protection.bypasses
        try:
            text = self.path.read_text(encoding="utf-8")
            recall(text, self._reactor, alarms, bypasses, self._civil(), self._protection.log)
        except FileNotFoundError:
            pass
        except (OSError, UnicodeDecodeError, SafetyError) as error:
            self._lost(error)
        self._thread.start()
        self.attend(self._protection)

    def attend(self, protection: Protection) -> None:
        """From now on this safety core's changes are kept; it knows what is to be remembered already."""
        self._protection = protection
        protection.alarms.changed = protection.bypasses.changed = self._changed
        self._changed()

    def close(self) -> None:
        """Waits for the last change to be written, some seconds at most."""
        if self._thread.is_alive():
            self._protection.alarms.changed = self._protection.bypasses.changed = lambda: None
            self._ending.set()
            self._stale.set()
            self._thread.join(PATIENCE)

    def _changed(self) -> None:
        self._at = self._civil()
        self._stale.set()
        if self._failure is not None and not self._told:
            self._told = True
            self._raise(f"alarms, latches and bypasses are not kept: {self._failure.what}", "a restart forgets them",
                        "Make room on the disk, or give the right to write there.")  # fmt: skip

    def _lost(self, error: Exception) -> None:
        aside = self.path.with_name(f"{self.path.name}.damaged")
        with suppress(OSError):
            self.path.replace(aside)
        why = error.what if isinstance(error, SafetyError) else f"the file cannot be read: {error}"
        remedy = f"Look at the reactor and at the last run, then acknowledge; the file is kept as {aside.name}."
        self._raise(why, "a trip may have been latched; nothing is armed before this is acknowledged", remedy)

    def _raise(self, what: str, consequence: str, remedy: str) -> None:
        now, alarms = self._clock.now(), self._protection.alarms
        done = "every trip counts as latched until then"
        alarm = Alarm(MEMORY, now, Priority.URGENT, what, str(self.path), done, remedy, consequence=consequence)
        alarms.raised(alarm, Kind.ALARM)
        alarms.cleared(MEMORY, now)

    def _civil(self) -> Civil:
        return Civil(self._clock.now(), self._clock.civil(), self._boot)

    def _write(self) -> None:
        while not self._ending.is_set() or self._stale.is_set():
            self._stale.wait()
            self._ending.wait(ACTION_FIRST)
            self._stale.clear()
            text = self._composed()
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                atomic_write(self.path, text)
                self._failure = None
            except (OSError, FileError) as error:
                what = error.what if isinstance(error, FileError) else str(error)
                self._failure = FileError(what, where=str(self.path))

    def _composed(self) -> str:
        """What is to be kept, once more where it changed meanwhile; what came after that is written again anyway."""
        while True:
            protection = self._protection
            with suppress(RuntimeError):  # a table grew while it was read
                return remember(self._reactor, protection.alarms, protection.bypasses, self._at)
