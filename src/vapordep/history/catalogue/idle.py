"""Recordings of the time between runs, as the catalogue knows them: entered, ended, found by reactor and by time."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import Connection, insert, or_, select, update

from vapordep.errors import NotThere
from vapordep.history import process
from vapordep.history.chain import Head, canonical
from vapordep.history.database.rows import Row
from vapordep.history.database.tables import idle_recordings
from vapordep.lazy import dataclass
from vapordep.model.idle import IdleHeader


@dataclass(frozen=True, slots=True)
class IdleRecording:
    """One of them: times are civil, UTC, ISO 8601; `recording` is relative to the history folder, `size` in bytes.

    `ended` is None while it goes on, `pruned` as long as its file is there; `chain` is None where nothing was sealed.
    """

    idle_id: str
    reactor: str
    simulated: bool
    recording: str
    process: Mapping[str, str | int]
    started: str
    ended: str | None
    chain: Head | None
    size: int | None
    pruned: str | None
    pruned_by: str | None


def utc(instant: datetime) -> str:
    """An instant as the catalogue keeps it, so that texts sort as instants do."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds")


def begin(
    connection: Connection, header: IdleHeader, recording: str, by: Mapping[str, str | int] | None = None
) -> None:  # fmt: skip
    """Enters one as under way, `by` a process, which is this one."""
    row = {
        "idle_id": header.idle_id, "reactor": header.reactor_name, "simulated": header.simulated,
        "recording": recording, "process": canonical(by or process.identity()),
        "started": utc(datetime.fromisoformat(header.started)),
    }  # fmt: skip
    connection.execute(insert(idle_recordings), row)


def end(connection: Connection, idle_id: str, ended: datetime, head: Head | None, size: int | None) -> None:
    """Enters that one has ended, and where its chain does; `head` None when nothing could be sealed."""
    row = {"ended": utc(ended), "size": size}
    if head is not None:
        row |= {"chain_head": head.hash, "chain_length": head.length}
    connection.execute(update(idle_recordings).where(idle_recordings.c.idle_id == idle_id).values(row))


def of(
    connection: Connection, reactor: str = "", since: str = "", until: str = ""
) -> tuple[IdleRecording, ...]:  # fmt: skip
    """Those of a reactor, or of all, the first of them first; with times those that meet the span (`utc`)."""
    columns = idle_recordings.c
    query = select(idle_recordings).order_by(columns.started, columns.idle_id)
    if reactor:
        query = query.where(columns.reactor == reactor)
    if since:
        query = query.where(or_(columns.ended.is_(None), columns.ended >= since))
    if until:
        query = query.where(columns.started <= until)
    return tuple(_read(row) for row in connection.execute(query).mappings())


def named(connection: Connection, idle_id: str) -> IdleRecording:
    """The one of that name. Raises NotThere."""
    row = connection.execute(select(idle_recordings).where(idle_recordings.c.idle_id == idle_id)).mappings().first()
    if row is None:
        raise NotThere(f"no recording {idle_id[:80]!r}", remedy="see them all with `vapordep history idle`")
    return _read(row)


def prune(connection: Connection, ids: list[str], at: datetime, by: str) -> None:
    """Enters that their files are no more."""
    row = {"pruned": utc(at), "pruned_by": by}
    connection.execute(update(idle_recordings).where(idle_recordings.c.idle_id.in_(ids)).values(row))


def _read(row: Row) -> IdleRecording:
    chain = Head(row["chain_head"], row["chain_length"]) if row["chain_head"] else None
    given = {name: row[name] for name in ("idle_id", "reactor", "simulated", "recording", "started", "ended", "size")}
    return IdleRecording(
        **given, process=json.loads(row["process"]), chain=chain, pruned=row["pruned"], pruned_by=row["pruned_by"]
    )
