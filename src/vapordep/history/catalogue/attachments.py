"""Files that belong to a run: copied into the history, each under its SHA-256, and never opened by anything here."""

import hashlib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from sqlalchemy import Connection, func, insert, select

from vapordep.clock import utc_now
from vapordep.errors import FileError, HistoryError, InputError, NotThere, TooLarge
from vapordep.files.atomic import atomic_write_bytes
from vapordep.history import folder
from vapordep.history.catalogue.catalogue import Catalogue
from vapordep.history.database.entered_tables import attachments
from vapordep.lazy import dataclass

LARGEST = 50 * folder.MEBIBYTE
"""Bytes of one file."""
LARGEST_OF_RUN = 500 * folder.MEBIBYTE
LONGEST_NAME = 200
"""Letters."""
FOLDER = "attachments"


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file: its name, size in bytes, SHA-256, and what was said of it."""

    number: int
    name: str
    size: int
    sha256: str
    note: str
    person: str
    entered: str


def attach(history: Path, run_id: str, file: Path, person: str, note: str = "") -> Attachment:
    """Copies a file of this computer into the history and enters it; raises FileError too when it cannot be read."""
    try:
        require_small(file.stat().st_size, str(file))
        content = file.read_bytes()
    except OSError as error:
        raise FileError(
            f"it cannot be read: {error.strerror}", where=str(file), remedy="see its name and rights"
        ) from error
    return keep(history, run_id, file.name, content, person, note)


def require(history: Path, run_id: str, name: str, content: bytes) -> None:
    """Raises InputError for a name that will not do or an empty file, TooLarge, FileError when the disk is full."""
    _require_named(name)
    if not content:
        raise InputError("the file is empty", where=name, remedy="look whether it was written to its end")
    require_small(len(content), name)
    folder.space(history)
    with Catalogue.read(history) as catalogue, catalogue.entering() as connection:
        _require_room(connection, run_id, len(content), name)


def keep(history: Path, run_id: str, name: str, content: bytes, person: str, note: str = "") -> Attachment:
    """Keeps what a file of that name holds and enters it.

    It is on the disk before the catalogue is written: who begins or ends a run waits for the catalogue, and not so long
    as a slow disk takes for so many bytes. A copy of it that was lost or damaged meanwhile is whole again afterwards.
    Raises as `require`.
    """
    require(history, run_id, name, content)
    digest, size = hashlib.sha256(content).hexdigest(), len(content)
    target = path_of(history, digest)
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists() or target.read_bytes() != content:
        atomic_write_bytes(target, content)
    entered = utc_now().isoformat(timespec="seconds")
    row = {"name": name, "size": size, "sha256": digest, "note": note, "person": person, "entered": entered}
    with Catalogue.open(history) as catalogue, catalogue.entering() as connection:
        _require_room(connection, run_id, size, name)  # another one may have come in meanwhile
        key = connection.execute(insert(attachments), {"run_id": run_id, **row}).inserted_primary_key
    return Attachment(int(key[0]) if key else 0, **row)  # type: ignore[arg-type]


def _require_room(connection: Connection, run_id: str, size: int, name: str) -> None:
    before = select(func.coalesce(func.sum(attachments.c.size), 0)).where(attachments.c.run_id == run_id)
    if connection.execute(before).scalar_one() + size > LARGEST_OF_RUN:
        what = f"the files of a run have at most {LARGEST_OF_RUN // folder.MEBIBYTE} MiB"
        raise TooLarge(what, where=name, remedy="keep a link to it in a note")


def attachments_of(connection: Connection, run_id: str | None = None) -> list[Attachment]:
    """The files of a run, or all, in the order in which they came."""
    query = select(*(attachments.c[field.name] for field in fields(Attachment))).order_by(attachments.c.number)
    if run_id is not None:
        query = query.where(attachments.c.run_id == run_id)
    return [Attachment(*row) for row in connection.execute(query)]


def content(history: Path, connection: Connection, run_id: str, number: int) -> tuple[Attachment, bytes]:
    """One file of a run. Raises NotThere, HistoryError when the file is lost or was changed."""
    found = [each for each in attachments_of(connection, run_id) if each.number == number]
    if not found:
        raise NotThere(f"the run has no file {number}", remedy="see its attachments")
    path = path_of(history, found[0].sha256)
    if problem := _problem(history, found[0]):
        raise HistoryError(problem, where=str(path), remedy="take it from a backup")
    return found[0], path.read_bytes()


def damaged(history: Path, connection: Connection) -> Iterator[str]:
    """A sentence for each file that is lost or was changed."""
    for each in attachments_of(connection):
        if problem := _problem(history, each):
            yield problem


def path_of(history: Path, sha256: str) -> Path:
    """Where a file lies."""
    return history / FOLDER / sha256


def require_small(size: int, where: str) -> None:
    """Raises TooLarge for so many bytes in one file."""
    if size > LARGEST:
        most = f"{LARGEST // folder.MEBIBYTE} MiB"
        raise TooLarge(f"more than {most} are too large", where=where, remedy=f"at most {most}; keep a link in a note")


def _require_named(name: str) -> None:
    """A name has no folders, and no letters that nobody sees or that turn the direction of others."""
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable() or set(name) & set("/\\") or not name.strip(". "):
        what = f"{name[:80]!a} is no name of a file that can be kept"
        raise InputError(what, remedy=f"rename it: 1 to {LONGEST_NAME} letters that can be seen, no / and no \\")


def _problem(history: Path, each: Attachment) -> str:
    try:
        found = path_of(history, each.sha256).read_bytes()
    except OSError as error:
        return f"the attachment {each.name!r} cannot be read: {error.strerror}"
    return "" if hashlib.sha256(found).hexdigest() == each.sha256 else f"the attachment {each.name!r} was changed"
