"""Where the catalogue of a history folder is: a file in it, or tables in a PostgreSQL database that many share."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine

from vapordep.errors import HistoryError, InputError
from vapordep.history.database import postgresql, schema, sqlite
from vapordep.history.folder import catalogue_path
from vapordep.history.settings import settings
from vapordep.lazy import dataclass


class Place(Protocol):
    """One of the two."""

    @property
    def where(self) -> str:
        """As errors name it, without a password."""

    @property
    def is_there(self) -> bool:
        """Whether anything was ever entered, as far as can be told without asking a server."""

    def speaking(self) -> AbstractContextManager[None]:
        """Turns every error of the database into a HistoryError that names it."""

    def writing(self) -> AbstractContextManager[Engine]:
        """An engine for reading and writing; made when it is not there, upgraded when it is old."""

    def reading(self) -> AbstractContextManager[Engine]:
        """An engine that cannot write."""


def place_of(history: Path) -> Place:
    """As `history.yaml` says. Raises HistoryError where that cannot be read or followed."""
    try:
        url = settings(history).catalogue
        return Database(url, postgresql.known(url)) if url else File(catalogue_path(history))
    except InputError as error:
        raise HistoryError(error.what, where=error.where, remedy=error.remedy) from error


@dataclass(frozen=True, slots=True)
class File:
    """A file in the history folder."""

    path: Path

    @property
    def where(self) -> str:
        """As errors name it."""
        return str(self.path)

    @property
    def is_there(self) -> bool:
        """Whether anything was ever entered. Raises HistoryError."""
        if not self.path.exists():
            return False
        with self.speaking():
            sqlite.roll_back(self.path)
            return self.path.stat().st_size > 0  # else killed while it was made

    def speaking(self) -> AbstractContextManager[None]:
        """Turns every error into a HistoryError that names the file."""
        return sqlite.speaking_of("catalogue", self.path)

    @contextmanager
    def writing(self) -> Iterator[Engine]:
        """An engine for reading and writing; the file is made when it is not there, upgraded when it is old."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        new = not self.path.exists() or self.path.stat().st_size == 0
        if not new:
            schema.require(self.path, schema.CATALOGUE)
        with sqlite.disposing(sqlite.open_writer(self.path, log=False)) as engine:
            if new:
                schema.create(engine, schema.CATALOGUE)
            yield engine

    @contextmanager
    def reading(self) -> Iterator[Engine]:
        """An engine that cannot write."""
        schema.require(self.path, schema.CATALOGUE)
        with sqlite.disposing(sqlite.open_reader(self.path)) as engine:
            yield engine


@dataclass(frozen=True, slots=True)
class Database:
    """Tables in PostgreSQL; its connections are kept as long as the process lives."""

    url: str
    where: str

    @property
    def is_there(self) -> bool:
        """It is there, or cannot be reached, which its first use tells."""
        return True

    def speaking(self) -> AbstractContextManager[None]:
        """Turns every error into a HistoryError that names the address."""
        return postgresql.speaking_of(self.where)

    @contextmanager
    def writing(self) -> Iterator[Engine]:
        """An engine for reading and writing; the tables are made or migrated at its first use."""
        try:
            engine = schema.ready(self.url, schema.CATALOGUE)
        except InputError as error:  # without the driver
            raise HistoryError(error.what, where=self.where, remedy=error.remedy) from error
        yield engine

    @contextmanager
    def reading(self) -> Iterator[Engine]:
        """An engine that cannot write."""
        with self.writing():
            yield postgresql.reading(self.url)
