"""Locks: who has a reactor. The system gives a lock back when its process dies, however it dies."""

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any, TextIO

from vapordep.clock import utc_now
from vapordep.errors import LinkError, ReactorInUse
from vapordep.lazy import dataclass
from vapordep.link.place import VARIABLE, claim, line_folders, reactor_folder
from vapordep.model.reactor import Reactor

ENGINE, GUARDIAN = "engine.lock", "guardian.lock"
"""The engine holds the first as long as it lives; whoever answers for the reactor when it dies holds the second."""
SERVE = "`vapordep serve`"
"""As what a guardian signs."""
LONGEST_OWNER = 2000


@dataclass(frozen=True, slots=True)
class Owner:
    """Who has a reactor or a line: process id, since when (civil time, ISO 8601, UTC), and as what."""

    pid: int
    reactor: str
    since: str
    as_what: str

    def __str__(self) -> str:
        return f"{self.as_what} (pid {self.pid}, since {self.since})"


class Lock:
    """A file that at most one process holds. It is never deleted: two could then hold two files of one name."""

    def __init__(self, file: TextIO, path: Path) -> None:
        self._file = file
        self.path = path

    @classmethod
    def take(cls, path: Path, reactor: str, as_what: str) -> "Lock":
        """Takes it at once, or raises ReactorInUse that names who has it."""
        claim(path.parent)
        try:
            file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="utf-8")
        except OSError as error:
            what, remedy = f"the lock cannot be made: {error.strerror}", f"name another folder in {VARIABLE}"
            raise LinkError(what, where=str(path), remedy=remedy) from error
        if not _locked(file):
            owner = _owner(file)
            file.close()
            raise _in_use(reactor, owner, path)
        lock = cls(file, path)
        lock._sign(Owner(os.getpid(), reactor, utc_now().isoformat(timespec="seconds"), as_what))
        return lock

    @property
    def descriptor(self) -> int:
        """The open file: whoever inherits it holds the lock too."""
        return self._file.fileno()

    def release(self) -> None:
        """Gives it back."""
        with contextlib.suppress(OSError, ValueError):
            self._file.seek(0)
            self._file.truncate()
        with contextlib.suppress(OSError):
            self._file.close()

    def _sign(self, owner: Owner) -> None:
        """On a full disk it holds all the same, without a name."""
        with contextlib.suppress(OSError):
            self._file.seek(0)
            self._file.truncate()
            self._file.write(json.dumps(asdict(owner)))
            self._file.flush()


@contextlib.contextmanager
def reactor_lock(reactor: Reactor, as_what: str, *, guarded: bool = False) -> Iterator[None]:
    """Within it this process has the reactor; raises ReactorInUse. A guarded engine's parent has the other locks."""
    with contextlib.ExitStack() as held:
        for name in (ENGINE,) if guarded else (GUARDIAN, ENGINE):
            for lock in take_all(reactor, name, as_what):
                held.callback(lock.release)
        yield


def take_all(reactor: Reactor, name: str, as_what: str) -> list[Lock]:
    """The locks of that name on a reactor and on each line to its instruments, or none of them and ReactorInUse."""
    wanted = [(reactor.name, reactor_folder(reactor))]
    wanted += [(f"the line {line} of {reactor.name}", folder) for line, folder in line_folders(reactor).items()]
    with contextlib.ExitStack() as taken:
        locks = []
        for what, folder in wanted:
            locks.append(Lock.take(folder / name, what, f"{as_what} of {reactor.name}"))
            taken.callback(locks[-1].release)
        taken.pop_all()
    return locks


def guardian_of(folder: Path) -> Owner | None:
    """The guardian that answers for the reactor of that folder, by what it signed, as long as it lives."""
    try:
        with (folder / GUARDIAN).open(encoding="utf-8") as file:
            owner = _owner(file)
    except OSError:
        return None
    return owner if owner is not None and owner.as_what.startswith(SERVE) else None


def _owner(file: TextIO) -> Owner | None:
    """Who signed; None in the instant between taking a lock and signing, when nobody did or one who is dead."""
    try:
        file.seek(0)
        owner = Owner(**json.loads(file.read(LONGEST_OWNER)))
        if os.name == "posix":
            os.kill(owner.pid, 0)  # signal 0 only asks
    except (OSError, ValueError, TypeError):
        return None
    return owner


def _in_use(reactor: str, owner: Owner | None, path: Path) -> ReactorInUse:
    who = str(owner) if owner else "another process that is just starting"
    return ReactorInUse(
        f"{reactor} is controlled already, by {who}",
        where=str(path),
        remedy="use that one: see it with `vapordep run status`; or end it first",
    )


def _locked(file: TextIO) -> bool:
    """Locks the open file for this process, without waiting; False when another one has it."""
    try:
        if sys.platform == "win32":
            msvcrt: Any = import_module("msvcrt")
            file.seek(LONGEST_OWNER)  # beyond what others read: on Windows nobody reads what is locked
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl: Any = import_module("fcntl")
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
