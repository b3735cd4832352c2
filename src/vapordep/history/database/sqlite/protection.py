"""Tables that may only be added to, or hardly be changed: triggers that refuse it."""

from collections.abc import Iterable

from sqlalchemy import Connection, Table


def append_only(connection: Connection, table: Table) -> None:
    """Let rows be added to `table`, but none changed, deleted or replaced."""
    why = f"{table.name} are only ever added to"
    for verb in ("UPDATE", "DELETE"):
        _forbid(connection, f"{table.name}_no_{verb.lower()}", f"{verb} ON {table.name}", why)
    _forbid_replacing(connection, table, why)


def freeze(connection: Connection, table: Table, columns: Iterable[str], once: Iterable[str]) -> None:
    """Let no value of `columns` change once its row is there, none of `once` once it is known; let every row stay."""
    name, why = table.name, f"what {table.name} were given at their start is frozen"
    _forbid(connection, f"{name}_frozen", f"UPDATE OF {', '.join(columns)} ON {name}", why)
    for column in once:
        known = f"OLD.{column} IS NOT NULL AND NEW.{column} IS NOT OLD.{column}"
        what = f"UPDATE OF {column} ON {name} WHEN {known}"
        _forbid(connection, f"{name}_{column}_once", what, f"the {column} of {name} is entered only once")
    _forbid(connection, f"{name}_no_move", f"UPDATE ON {name} WHEN NEW.rowid IS NOT OLD.rowid", why)
    _forbid(connection, f"{name}_no_delete", f"DELETE ON {name}", f"{name} are never deleted")
    _forbid_replacing(connection, table, why)


def close_off(connection: Connection, tables: Iterable[Table], why: str) -> None:
    """Let nothing be entered any more, also not by who waits for his turn; the rows stay to be read."""
    for table in tables:
        for verb in ("INSERT", "UPDATE", "DELETE"):
            name = f"{table.name}_closed_{verb.lower()}"
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
            _forbid(connection, name, f"{verb} ON {table.name}", why)


def unprotect(connection: Connection) -> None:
    """Drop all triggers, for a migration that must move rows; it puts them back itself."""
    names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all()
    for name in names:
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')


def _forbid_replacing(connection: Connection, table: Table, why: str) -> None:
    """Refuse a row whose key is there already: INSERT OR REPLACE deletes that one without asking a trigger.

    The row's own number is a key as well. PostgreSQL has no such statement; there, triggers on UPDATE, DELETE and
    TRUNCATE will do, for its INSERT ... ON CONFLICT DO UPDATE asks those on UPDATE.
    """
    same = " AND ".join(f"{column.name} = NEW.{column.name}" for column in table.primary_key)
    there = f"EXISTS (SELECT 1 FROM {table.name} WHERE ({same}) OR rowid = NEW.rowid)"  # noqa: S608 - our own names
    _forbid(connection, f"{table.name}_no_replace", f"INSERT ON {table.name} WHEN {there}", why)


def _forbid(connection: Connection, name: str, what: str, why: str) -> None:
    connection.exec_driver_sql(f"CREATE TRIGGER {name} BEFORE {what} BEGIN SELECT RAISE(ABORT, '{why}'); END")
