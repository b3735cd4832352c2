"""A recording as a file: made new, taken up again, and summed up in the one digest that its last event seals."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection, func, insert, select

from vapordep.history import chain, process
from vapordep.history.database import schema, sqlite, tables
from vapordep.history.database.rows import Row, film_row, tag_row
from vapordep.model.events import Kind
from vapordep.model.film import Film
from vapordep.model.idle import IdleHeader
from vapordep.model.run import RunHeader
from vapordep.model.tags import Tag

ABOUT = "meta_sha256"
"""What the digest of what a recording says of itself is sealed as; older recordings lack it."""
SAID = ("header", "outcome", "process", "t0")
SEALED = (tables.tags, tables.series, tables.pulses, tables.film_layers)


def create(
    path: Path, header: RunHeader | IdleHeader, tags: Sequence[Tag], t0: float, *, patient: bool
) -> Connection:  # fmt: skip
    """Make a recording's file and write down what it was given; the connection may write.

    `patient` for a dry run, which moves no gas: its record may reach the disk when the system likes, and must be there
    once it is sealed.
    """
    engine = sqlite.open_writer(path, patient=patient)
    schema.create(engine, schema.RECORDING)
    connection = engine.connect()
    by = chain.canonical(process.identity())
    about = {"header": chain.canonical(header), "t0": repr(float(t0)), "process": by}
    with connection.begin():
        connection.execute(insert(tables.meta), [{"key": key, "value": value} for key, value in about.items()])
        if tags:
            connection.execute(insert(tables.tags), [tag_row(tag) for tag in tags])
    return connection


def series(connection: Connection) -> dict[tuple[str, ...], int]:
    """The number of each row of tags that came together so far."""
    rows = connection.execute(select(tables.series).order_by(tables.series.c.series, tables.series.c.position))
    names: dict[int, list[str]] = {}
    for number, _, name in rows:
        names.setdefault(number, []).append(name)
    return {tuple(row): number for number, row in names.items()}


def head(connection: Connection) -> tuple[chain.Head, float]:
    """Where the chain ends, and the instant of its last event."""
    last = select(tables.events).order_by(tables.events.c.seq.desc()).limit(1)
    event = connection.execute(last).mappings().one_or_none()
    if event is not None:
        return chain.Head(event["hash"], event["seq"]), event["t"]
    about = {key: value for key, value in connection.execute(select(tables.meta.c.key, tables.meta.c.value))}
    return chain.genesis(about["header"]), float(about["t0"])


def seal(
    connection: Connection, end: chain.Head, t: float, film: Film, outcome: Row | None = None
) -> chain.Head:  # fmt: skip
    """Write the film and the last event, which covers all contents; returns where the chain then ends.

    `outcome` is what the catalogue is to be told of the run's end, kept here as well.
    """
    if film.layers:
        rows = [film_row(position, layer) for position, layer in enumerate(film.layers)]
        connection.execute(insert(tables.film_layers), rows)
    if outcome is not None:
        connection.execute(insert(tables.meta), {"key": "outcome", "value": chain.canonical(outcome)})
    found = {**contents(connection), ABOUT: about_digest(connection)}
    last = chain.link(end, t, Kind.RECORD, "Recording sealed", found)
    connection.execute(insert(tables.events), last._asdict())
    about = {"chain_head": last.hash, "chain_length": last.seq, **found}
    connection.execute(insert(tables.meta), [{"key": key, "value": str(value)} for key, value in about.items()])
    return chain.Head(last.hash, last.seq)


def contents(connection: Connection) -> dict[str, int | str]:
    """Count samples, chunks and pulses, and digest all that the chain of events does not cover itself."""
    chunks = tables.chunks.c
    samples, count = connection.execute(select(func.coalesce(func.sum(chunks.samples), 0), func.count())).one()
    pulses = connection.execute(select(func.count()).select_from(tables.pulses)).scalar_one()
    return {"samples": int(samples), "chunks": count, "pulses": pulses, "contents_sha256": digest(connection)}


def about_digest(connection: Connection) -> str:
    """SHA-256 over header, outcome, process and clock, as far as the recording tells them, in this order."""
    meta = tables.meta.c
    rows = connection.execute(select(meta.key, meta.value).where(meta.key.in_(SAID)).order_by(meta.key))
    return hashlib.sha256(chain.canonical([list(row) for row in rows]).encode()).hexdigest()


def repeated(connection: Connection, sealed: Row) -> dict[str, int | str | None]:
    """What was sealed, as it stands once more in `meta`: None where it does not."""
    meta = tables.meta.c
    rows = connection.execute(select(meta.key, meta.value).where(meta.key.in_(sealed)))
    found = {key: value for key, value in rows}
    return {name: value if str(value) == found.get(name) else found.get(name) for name, value in sealed.items()}


def digest(connection: Connection) -> str:
    """SHA-256 over every chunk, pulse, film layer, series and tag, in the order of their keys."""
    whole = hashlib.sha256()
    for table in (*SEALED, tables.chunks):
        for row in connection.execute(select(table).order_by(*table.primary_key.columns)):
            *fields, last = row
            whole.update(chain.canonical([table.name, *fields]).encode())
            whole.update(last if isinstance(last, bytes) else chain.canonical(last).encode())
    return whole.hexdigest()
