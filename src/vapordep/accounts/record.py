"""The record of what was done, as a chain of hashes: an entry that is changed, lost or put in shows.

That its end was cut off shows only to who knows its head: `vapordep serve` tells it at its start and each day.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, func, insert, select

from vapordep.accounts.tables import audit, audit_chain
from vapordep.errors import InputError
from vapordep.history.chain import Head, genesis, link
from vapordep.history.database import sqlite
from vapordep.lazy import dataclass

START = genesis("record of accounts")


@dataclass(frozen=True, slots=True)
class Record:
    """How many entries are chained, the head of their chain as people write it down, and what is wrong with it."""

    entries: int
    head: str
    problems: tuple[str, ...]


def add(connection: Connection, time: str, person: str, what: str) -> None:
    """Adds an entry behind the last one."""
    last = connection.execute(select(audit_chain).order_by(audit_chain.c.number.desc()).limit(1)).first()
    head = START if last is None else Head(last.hash, last.number)
    number = max(head.length, connection.execute(select(func.max(audit.c.number))).scalar() or 0) + 1
    connection.execute(insert(audit), {"number": number, "time": time, "person": person, "what": what})
    chained = {"number": number, "hash": hash_of(head.hash, number, time, person, what)}
    connection.execute(insert(audit_chain), chained)


def hash_of(before: str, number: int, time: str, person: str, what: str) -> str:
    """What stands for an entry in the chain, and for all before it."""
    return link(Head(before, number - 1), 0.0, person, what, {"time": time}).hash


def examined(connection: Connection, known: str = "") -> Record:
    """The record as it is, compared with the head that it had once; raises InputError for what is no head."""
    if not sqlite.has_table(connection, audit_chain.name):  # of an older vapordep: the next entry makes it
        return Record(0, "", ())
    rows = connection.execute(_BESIDE).all()
    problems = [*_breaks(rows), *(_cut(rows, known) if known else ())]
    last = rows[-1] if rows else None
    return Record(len(rows), head_of(0, START.hash) if last is None else head_of(*last[:2]), tuple(problems))


def head_of(number: int, hash: str | None) -> str:
    """As people write it down."""
    return f"{number}:{hash or ''}"


_BESIDE = (
    select(audit.c.number, audit_chain.c.hash, audit.c.time, audit.c.person, audit.c.what)
    .outerjoin(audit_chain, audit.c.number == audit_chain.c.number)
    .order_by(audit.c.number)
)


def _breaks(rows: Iterable[Any]) -> Iterator[str]:
    before, length = START.hash, 0
    for number, hash, *entry in rows:
        if number != length + 1:
            yield f"{_entries(length + 1, number - 1)} missing"
        elif hash is None:
            yield f"entry {number} has no hash: it was put in"
        elif hash != hash_of(before, number, *entry):
            yield f"entry {number} was changed"
        before, length = hash or before, number


def _entries(first: int, last: int) -> str:
    return f"entry {first} is" if first == last else f"entries {first} to {last} are"


def _cut(rows: Iterable[Any], known: str) -> Iterator[str]:
    number, _, hash = known.strip().partition(":")
    if not (number.isascii() and number.isdigit() and hash):
        raise InputError(
            f"{known[:80]!r} is no head", where="--head", remedy="give it as it was told, such as 57:3f0a..."
        )
    found = {row.number: row.hash for row in rows} | {0: START.hash}
    if int(number) not in found:
        yield f"entry {int(number)} is missing, which was there when that head was told: the end was cut off"
    elif found[int(number)] != hash:
        yield f"entry {int(number)} or one before it is not what it was when that head was told"
