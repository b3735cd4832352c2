"""Versions of both kinds of file: made new at the head, known at a glance, upgraded by migrations, refused when newer.

Alembic is imported only when there is something to upgrade: opening a current file costs one query.
"""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Column, Connection, Engine, MetaData, String, Table, insert, inspect, select
from sqlalchemy.exc import DatabaseError

from vapordep.errors import HistoryError
from vapordep.history.database import dialects, entered_tables, postgresql, sqlite, tables
from vapordep.lazy import dataclass

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file: its tables, the newest revision, where its migrations lie, and what protects its rows."""

    name: str
    tables: MetaData
    head: str
    migrations: Path
    protect: Callable[[Connection], None]
    backed_up: bool
    """Whether a copy is kept before an upgrade."""
    readable: frozenset[str] = frozenset()
    """Older versions that can be read as they are."""


def _protect_recording(connection: Connection) -> None:
    for table in (tables.events, tables.meta):
        sqlite.append_only(connection, table)


def _protect_catalogue(connection: Connection) -> None:
    dialects.freeze(connection, tables.runs, tables.FROZEN, tables.ONCE)
    dialects.freeze(connection, tables.idle_recordings, tables.IDLE_FROZEN, tables.IDLE_ONCE)
    dialects.append_only(connection, tables.run_samples)
    for table in (tables.decisions, *entered_tables.KEPT):
        dialects.append_only(connection, table)


RECORDING = Kind(
    "recording", tables.RECORDING, "0002", MIGRATIONS / "recording", _protect_recording,
    backed_up=False, readable=frozenset({"0001"}),
)  # fmt: skip
CATALOGUE = Kind("catalogue", tables.CATALOGUE, "0006", MIGRATIONS / "catalogue", _protect_catalogue, backed_up=True)

_VERSION = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))


def create(engine: Engine, kind: Kind) -> None:
    """Make all tables of a new file, at the newest version, in one transaction; another process may have been first."""
    with engine.begin() as connection:
        if inspect(connection).has_table(_VERSION.name):
            return
        kind.tables.create_all(connection)
        _VERSION.create(connection)
        connection.execute(insert(_VERSION), {"version_num": kind.head})
        kind.protect(connection)


def version(engine: Engine) -> str | None:
    """The revision a file is at; None for an empty file."""
    with engine.connect() as connection:
        if not dialects.has_table(connection, _VERSION.name):
            return None
        return connection.execute(select(_VERSION.c.version_num)).scalar_one_or_none()


def require(path: Path, kind: Kind, *, only_read: bool = False) -> None:
    """Bring an existing file to the newest version; with `only_read` an older one that can be read stays as it is.

    Raises HistoryError when it is no file of this kind, damaged, or written by a newer vapordep.
    """
    content = sqlite.content(path)
    found = _version_of(path, kind) if content is None else _version_kept(path, kind, content)
    if found != kind.head and not (only_read and found in kind.readable):
        upgrade(path, kind, found)


@lru_cache(maxsize=256)
def _version_kept(path: Path, kind: Kind, content: sqlite.Content) -> str:
    """The version of a file with that content, which is looked up once."""
    return _version_of(path, kind)


def _version_of(path: Path, kind: Kind) -> str:
    if not sqlite.is_database(path):
        raise _not_ours(path, kind)
    with sqlite.speaking_of(kind.name, path), sqlite.disposing(sqlite.open_reader(path)) as engine:
        found = version(engine) if _is_of(engine, kind) else None
    if found is None:
        raise _not_ours(path, kind)
    return found


def _is_of(engine: Engine, kind: Kind) -> bool:
    """Whether a file holds tables of that kind: versions of one kind say nothing about another's."""
    with engine.connect() as connection:
        return any(dialects.has_table(connection, name) for name in kind.tables.tables)


def ready(url: str, kind: Kind) -> Engine:
    """The engine of a PostgreSQL database whose tables are there and of the newest version; made or migrated if not.

    Raises HistoryError when it was written by a newer vapordep; then nothing is changed.
    """
    engine = postgresql.opened(url)
    if url not in _READY:
        create(engine, kind)
        if (found := version(engine)) != kind.head:
            _require_known(kind, found, postgresql.known(url))
            with engine.begin() as connection:
                postgresql.unprotect(connection)
                _migrate(connection, kind)
        _READY.add(url)
    return engine


_READY: set[str] = set()
"""Databases that were looked at already."""


def forget(url: str) -> None:
    """Look at a database again when it is used next."""
    _READY.discard(url)


def upgrade(path: Path, kind: Kind, found: str) -> None:
    """Run the migrations from `found` to the head in one transaction; a catalogue is copied beside itself first."""
    _require_known(kind, found, str(path))
    if kind.backed_up:
        sqlite.back_up(path, path.with_name(f"{path.stem}.{found}.backup{path.suffix}"))
    migrate(path, kind)


def migrate(path: Path, kind: Kind) -> None:
    """Run every migration that a file lacks, all of them when there is no file, then protect its rows again.

    Raises HistoryError when one fails; the file is then as it was.
    """
    try:
        with sqlite.disposing(sqlite.open_mover(path)) as engine, engine.begin() as connection:
            sqlite.unprotect(connection)
            _migrate(connection, kind)
            sqlite.require_references(connection)
    except DatabaseError as error:
        raise HistoryError(
            f"the {kind.name} could not be upgraded ({error.orig}); it is as it was",
            where=str(path),
            remedy="report this, with the file",
        ) from error


def _require_known(kind: Kind, found: str | None, where: str) -> None:
    from alembic.script import ScriptDirectory

    known = {script.revision for script in ScriptDirectory.from_config(_configuration(kind)).walk_revisions()}
    if found not in known:
        raise HistoryError(
            f"the {kind.name} is of version {found}, which this vapordep does not know",
            where=where,
            remedy="it was written by a newer vapordep: install that one; nothing was changed",
        )


def _migrate(connection: Connection, kind: Kind) -> None:
    from alembic import command

    config = _configuration(kind)
    config.attributes["connection"] = connection
    config.attributes["tables"] = kind.tables
    command.upgrade(config, "head")
    kind.protect(connection)


def _configuration(kind: Kind) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(kind.migrations).replace("%", "%%"))
    return config


def _not_ours(path: Path, kind: Kind) -> HistoryError:
    remedy = f"move the file away; if it was one and is damaged, {sqlite.remedy_of_damage(kind.name)}"
    return HistoryError(f"this is no {kind.name} of vapordep", where=str(path), remedy=remedy)
