"""All that is PostgreSQL's own: how the catalogue of many reactors is opened, written in turns, and protected."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, OperationalError

from vapordep.errors import HistoryError, InputError

NAMES = ("postgresql", "postgres")
DRIVER = "postgresql+psycopg"
SECRETS = frozenset({"password", "sslpassword"})
"""What may stand behind the question mark of an address, and is shown to nobody."""
WAITS = 2000
"""ms that a writer waits for another one before it gives up, as of SQLite; never on a thread that controls."""
TURN = 0x7661706F
"""Number of the lock that whoever writes to the catalogue takes for its transaction: writers take turns."""
LOOK = "look at the PostgreSQL server: is it running, may this user write there, is its disk full?"
MISSING = 'pip install "vapordep[postgresql]"'
REFUSE = """
CREATE OR REPLACE FUNCTION vapordep_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '%%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation'; END $$
"""


def known(url: str) -> str:
    """The address without its password. Raises InputError for one that is no PostgreSQL database."""
    made = _made(url)
    if made is None or made.drivername not in NAMES or not made.database:
        shown = _shown(made) if made is not None else "that"
        remedy = "such as postgresql://vapordep@db.lab/vapordep; keep the password in ~/.pgpass"
        raise InputError(f"{shown} is no database of PostgreSQL", remedy=remedy)
    return _shown(made)


def has_password(url: str) -> bool:
    """Whether there is one in the address, in either of its two places."""
    made = _made(url)
    return made is not None and (made.password is not None or not SECRETS.isdisjoint(made.query))


def _made(url: str) -> URL | None:
    try:
        return make_url(url)
    except (ArgumentError, ValueError):  # the latter of a port that is no number
        return None


def _shown(address: URL) -> str:
    return address.difference_update_query(SECRETS).render_as_string()


def opened(url: str) -> Engine:
    """An engine that may write, one for each address as long as the process lives; connections are looked at first.

    Writers take turns, as they do in one file. Raises InputError without the driver.
    """
    if url not in _OPENED:
        _OPENED[url] = _engine(url)
    return _OPENED[url]


_OPENED: dict[str, Engine] = {}


def forget(url: str) -> None:
    """Close all connections to an address."""
    if engine := _OPENED.pop(url, None):
        engine.dispose()


def _engine(url: str) -> Engine:
    address = make_url(url).set(drivername=DRIVER)
    try:
        engine = create_engine(address, pool_pre_ping=True, pool_size=2)
    except ImportError:
        raise InputError("psycopg is not installed, which speaks with PostgreSQL", remedy=MISSING) from None

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if not connection.get_execution_options().get("postgresql_readonly"):
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {WAITS}")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({TURN})")

    return engine


def reading(url: str) -> Engine:
    """An engine that cannot write."""
    return opened(url).execution_options(postgresql_readonly=True)


@contextmanager
def speaking_of(where: str) -> Iterator[None]:
    """Turn every error of the server into a HistoryError that names it.

    What it cannot even look for, such as a text with a NUL in it, is the asker's matter: InputError.
    """
    try:
        yield
    except DBAPIError as error:
        said = str(error.orig).strip().partition("\n")[0]
        if isinstance(error, DataError) and str(error.statement).startswith("SELECT"):
            raise InputError(f"that cannot be looked for: {said}", remedy="leave out what is no letter") from error
        raise HistoryError(f"the catalogue cannot be used: {said}", where=where, remedy=LOOK) from error


def passes(cause: object) -> bool:
    """Whether the server could not be reached, or had somebody else write; that may pass."""
    return isinstance(cause, OperationalError) and type(cause.orig).__module__.startswith("psycopg")


def unprotect(connection: Connection) -> None:
    """Drop all triggers, for a migration that must move rows; it puts them back itself."""
    found = connection.exec_driver_sql(
        "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        "WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace"
    )
    for name, table in found.all():
        connection.exec_driver_sql(f'DROP TRIGGER "{name}" ON "{table}"')


def append_only(connection: Connection, table: Table) -> None:
    """Let rows be added to `table`, but none changed or deleted."""
    why = f"{table.name} are only ever added to"
    _forbid(connection, table, "no_update", "UPDATE", why)
    _forbid_losing(connection, table, why)


def freeze(connection: Connection, table: Table, columns: Iterable[str], once: Iterable[str]) -> None:
    """Let no value of `columns` change once its row is there, none of `once` once it is known; let every row stay."""
    why = f"what {table.name} were given at their start is frozen"
    _forbid(connection, table, "frozen", f"UPDATE OF {', '.join(columns)}", why)
    for column in once:
        known = f"OLD.{column} IS NOT NULL AND NEW.{column} IS DISTINCT FROM OLD.{column}"
        why = f"the {column} of {table.name} is entered only once"
        _forbid(connection, table, f"{column}_once", f"UPDATE OF {column}", why, when=known)
    _forbid_losing(connection, table, f"{table.name} are never deleted")


def _forbid_losing(connection: Connection, table: Table, why: str) -> None:
    _forbid(connection, table, "no_delete", "DELETE", why)
    _forbid(connection, table, "no_truncate", "TRUNCATE", why, each="STATEMENT")


def _forbid(connection: Connection, table: Table, name: str, verb: str, why: str, **how: Any) -> None:
    connection.exec_driver_sql(REFUSE)
    when = f"WHEN ({how['when']}) " if "when" in how else ""
    connection.exec_driver_sql(
        f"CREATE TRIGGER {table.name}_{name} BEFORE {verb} ON {table.name} FOR EACH {how.get('each', 'ROW')} {when}"
        f"EXECUTE FUNCTION vapordep_refuse('{why}')"
    )
