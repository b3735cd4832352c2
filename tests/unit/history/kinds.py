"""The two kinds of catalogue as tests treat them: others write, somebody tampers, all rows are compared."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

from vapordep.history.database.postgresql import TURN
from vapordep.history.database.tables import CATALOGUE
from vapordep.history.folder import catalogue_path

Execute = Callable[[str], Any]


class Tables(Protocol):
    """The tables of one catalogue, past all that vapordep does with them."""

    kind: str

    def writing(self) -> AbstractContextManager[Execute]:
        """As any program may write to them that has the right."""

    def locked(self) -> AbstractContextManager[None]:
        """Another program writes, and does not end."""

    def unprotected(self) -> AbstractContextManager[Execute]:
        """As one writes to them who has taken off what protects their rows."""


def contents(tables: Tables) -> dict[str, list[str]]:
    """All rows of all tables."""
    with tables.writing() as execute:
        return {name: sorted(map(str, execute(f"SELECT * FROM {name}").fetchall())) for name in CATALOGUE.tables}  # noqa: S608 - our own names


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another program writes to that file, and does not end."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


class File:
    """In a file of a history folder."""

    kind = "sqlite"

    def __init__(self, history: Path) -> None:
        self.path = catalogue_path(history)

    @contextmanager
    def writing(self) -> Iterator[Execute]:
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            yield connection.execute

    def locked(self) -> AbstractContextManager[None]:
        return locked(self.path)

    @contextmanager
    def unprotected(self) -> Iterator[Execute]:
        with self.writing() as execute:
            for (name,) in execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                execute(f"DROP TRIGGER {name}")
            yield execute


class Database:
    """In PostgreSQL."""

    kind = "postgresql"

    def __init__(self, url: str) -> None:
        self.url = url

    @contextmanager
    def writing(self) -> Iterator[Execute]:
        import psycopg

        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("SET lock_timeout = '10s'")
            yield connection.execute

    @contextmanager
    def locked(self) -> Iterator[None]:
        with self.writing() as execute:
            execute("BEGIN")
            execute(f"SELECT pg_advisory_xact_lock({TURN})")
            yield
            execute("ROLLBACK")

    @contextmanager
    def unprotected(self) -> Iterator[Execute]:
        with self.writing() as execute:
            execute("SET session_replication_role = replica")
            yield execute

    def empty(self) -> None:
        """Lets all rows go and counts anew: a hundredth of what new tables cost."""
        with self.unprotected() as execute:
            for table in CATALOGUE.tables:
                execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
            mine = "relkind = 'S' AND relnamespace = current_schema()::regnamespace"
            execute(f"SELECT setval(oid, 1, false) FROM pg_class WHERE {mine}")  # noqa: S608 - our own names
