"""What SQLite and PostgreSQL say differently, said in one way: for the tables of the catalogue, which both may hold."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import BigInteger, Boolean, Connection, Integer, MetaData, String, Table, Text, inspect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from vapordep.history.database import postgresql, sqlite


class holds(FunctionElement[bool]):  # noqa: N801 - it reads as a function
    """Whether a text stands in a column, letter by letter; several times as quick as LIKE."""

    type = Boolean()
    inherit_cache = True


@compiles(holds)
def _by_instr(element: holds, compiler: Any, **words: Any) -> str:
    return f"(instr({compiler.process(element.clauses, **words)}) > 0)"


@compiles(holds, "postgresql")
def _by_strpos(element: holds, compiler: Any, **words: Any) -> str:
    return f"(strpos({compiler.process(element.clauses, **words)}) > 0)"


def alike(metadata: MetaData) -> None:
    """Let PostgreSQL sort texts by their letters, as instants and names must be, and hold whole numbers as large."""
    for table in metadata.tables.values():
        for column in table.columns:
            if isinstance(column.type, Text):
                column.type = column.type.with_variant(Text(collation="C"), "postgresql")
            elif isinstance(column.type, String):
                plain = String(column.type.length, collation="C")
                column.type = column.type.with_variant(plain, "postgresql")
            elif type(column.type) is Integer:
                column.type = column.type.with_variant(BigInteger(), "postgresql")


def has_table(connection: Connection, name: str) -> bool:
    """Whether there is such a table."""
    if connection.dialect.name == "postgresql":
        return inspect(connection).has_table(name)
    return sqlite.has_table(connection, name)


def append_only(connection: Connection, table: Table) -> None:
    """Let rows be added to `table`, but none changed, deleted or replaced."""
    (postgresql if connection.dialect.name == "postgresql" else sqlite).append_only(connection, table)


def freeze(connection: Connection, table: Table, columns: Iterable[str], once: Iterable[str]) -> None:
    """Let no value of `columns` change once its row is there, none of `once` once it is known; let every row stay."""
    (postgresql if connection.dialect.name == "postgresql" else sqlite).freeze(connection, table, columns, once)
