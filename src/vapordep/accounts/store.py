"""The file of accounts of one history folder: for its owner alone, read at each look, written by one at a time."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection, Engine

from vapordep.accounts import record
from vapordep.accounts.tables import KIND
from vapordep.clock import utc_now
from vapordep.history.database import schema, sqlite

NAME = "accounts.sqlite"
"""Beside the catalogue and not in it: the catalogue is copied and given away, this is not."""


class Store:
    """Reads and writes the file; may be used by several threads and processes."""

    def __init__(self, history: Path, clock: Callable[[], datetime] = utc_now) -> None:
        self.path = history / NAME
        self._clock = clock
        self._lock = threading.Lock()
        self._writer: Engine | None = None
        self._noted = False
        self.changes = 0
        """Counts what was noted or ended by this process: who let somebody in before looks again."""

    def now(self) -> float:
        """The instant on the computer's own clock, s since 1970."""
        return self._clock().timestamp()

    @property
    def is_there(self) -> bool:
        """Whether anybody ever made it."""
        return self.path.exists() and self.path.stat().st_size > 0

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Within it the file, which must be there, may be read. Raises HistoryError when it cannot be."""
        with (
            sqlite.speaking_of(KIND.name, self.path),
            sqlite.disposing(sqlite.open_reader(self.path)) as engine,
            engine.begin() as connection,
        ):
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Within it the file may be changed, all or nothing; made when it is not there. Raises HistoryError."""
        with self._lock, sqlite.speaking_of(KIND.name, self.path):
            if self._writer is None or not self.is_there:
                self._writer = self._opened()
            self._noted = False
            with self._writer.begin() as connection:
                yield connection
            self.changes += self._noted  # now that it is to be seen by all who look

    def close(self) -> None:
        """Lets go of the file."""
        with self._lock:
            if self._writer is not None:
                self._writer.dispose()
            self._writer = None

    def note(self, connection: Connection, person: str, what: str) -> None:
        """Keeps what was done, and by whom."""
        self._noted = True
        record.add(connection, self._clock().isoformat(timespec="seconds"), person, what)

    def _opened(self) -> Engine:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        self.path.chmod(0o600)
        if self.is_there:
            schema.require(self.path, KIND)
        engine = sqlite.open_writer(self.path, log=False)
        schema.create(engine, KIND)
        return engine


def digest(secret: str) -> str:
    """What is kept of a secret. It was drawn at random from 2^256, so a quick hash without salt will do."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
