"""A power cut at any instant of a transaction of the catalogue: all of it is there or none, and what was told stays.

SQLite writes the pages as they were into a journal and synchronises it, counts them in its head and synchronises it
again, changes the file and synchronises it, and ends by removing the journal, whose folder it synchronises only where
it was told to (`synchronous=EXTRA`). What lies between two of these may reach the disk in part.
"""

import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import Connection, Engine, event

from tests.unit.history.kinds import File, contents
from tests.unit.history.test_hot_journal import HEADER
from tests.unit.history.torn import torn
from vapordep.clock import utc_now
from vapordep.history.catalogue import notebook
from vapordep.history.catalogue.catalogue import Catalogue, Outcome
from vapordep.history.folder import catalogue_path
from vapordep.history.queries import History
from vapordep.model.film import Film
from vapordep.model.run import Decided, Decision, RunHeader, RunState

COUNTED = 12
"""Bytes at the head of a journal that stay zero until all of it is on the disk."""
SYNCHRONISED_FOLDER = 3
"""EXTRA, as SQLite numbers it."""
SYNCHRONISED_FILES = 2
"""FULL; with less, a cut could leave more than `cut` thinks of."""
ROUNDS = 5

Rows = dict[str, list[str]]


class Commit(NamedTuple):
    """One transaction on the disk: the file before and after, its whole journal, all rows before and after."""

    before: bytes
    journal: bytes
    after: bytes
    synchronous: int
    rows_before: Rows
    rows_after: Rows


class Cut(NamedTuple):
    """What is there when the power comes back; `told` where somebody was told that the transaction is done."""

    file: bytes
    journal: bytes | None
    told: bool = False


def cut(commit: Commit, rng: random.Random) -> Cut:
    """At one instant of the transaction or after it."""
    uncounted = bytes(COUNTED) + commit.journal[COUNTED:]
    match rng.randrange(6):
        case 0:
            return Cut(commit.before, rng.choice((None, torn(b"", uncounted, rng))))
        case 1:
            return Cut(commit.before, torn(uncounted, commit.journal, rng))
        case 2 | 3:
            return Cut(torn(commit.before, commit.after, rng), commit.journal)
        case 4:
            return Cut(commit.after, rng.choice((None, commit.journal)))
    ended = commit.synchronous == SYNCHRONISED_FOLDER or rng.random() < 0.5
    return Cut(commit.after, None if ended else commit.journal, told=True)


@contextmanager
def journals(path: Path, kept: Path) -> Iterator[list[int]]:
    """Within it each transaction leaves its journal, whole, under another name; gives how each was synchronised."""
    found: list[int] = []

    def keep(connection: Connection) -> None:
        journal = path.with_name(f"{path.name}-journal")
        if journal.exists():
            kept.unlink(missing_ok=True)
            os.link(journal, kept)
            found.append(connection.exec_driver_sql("PRAGMA synchronous").scalar_one())

    event.listen(Engine, "commit", keep)
    try:
        yield found
    finally:
        event.remove(Engine, "commit", keep)


def work(catalogue: Catalogue, number: int) -> Iterator[Callable[[], object]]:
    """One transaction of each kind."""
    run_id, text = f"20261123-{number:06}-abcdef", "# step\n" * 900
    header = RunHeader(
        run_id, HEADER.mode, "r", text, "", {}, "", "", "", {}, "", f"2026-11-23T14:{number:02}:00+00:00"
    )
    over = Outcome(RunState.ABORTED, "the power", utc_now(), 1.0, 1.0, {}, Film())

    def entering(enter: Callable[[Connection], object]) -> None:
        with catalogue.entering() as connection:
            enter(connection)

    yield partial(catalogue.begin, header, f"recordings/{run_id}.sqlite")
    yield partial(entering, lambda c: notebook.note(c, run_id, f"note {number}", "Ada"))
    yield partial(entering, lambda c: notebook.label(c, run_id, ["star"], [], "Ada"))
    yield partial(
        entering, lambda c: notebook.measure(c, run_id, "thickness", "3 nm", "Ada", method="XRR", sample="Li")
    )
    yield partial(catalogue.end, run_id, over.row(), None)
    yield partial(catalogue.decide, Decided(run_id, Decision.DISCARD, "Ada", "x", utc_now().isoformat()))
    yield partial(entering, lambda c: notebook.label(c, run_id, [], ["star"], "Ada"))


def commits(history: Path, kept: Path) -> Iterator[Commit]:
    """What lay on the disk in all these transactions."""
    path, tables = catalogue_path(history), File(history)
    with Catalogue.open(history) as catalogue:
        for number in range(ROUNDS):
            for do in work(catalogue, number):
                before, rows = path.read_bytes(), contents(tables)
                with journals(path, kept) as synchronous:
                    do()
                [how] = synchronous
                assert how >= SYNCHRONISED_FILES
                yield Commit(before, kept.read_bytes(), path.read_bytes(), how, rows, contents(tables))


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> tuple[Commit, ...]:
    folder = tmp_path_factory.mktemp("catalogue")
    return tuple(commits(folder / "history", folder / "kept"))


@pytest.mark.parametrize("number", range(200))
def test_of_each_transaction_all_is_there_or_none_and_what_was_told_stays(
    disk: tuple[Commit, ...], tmp_path: Path, number: int
) -> None:
    rng = random.Random(number)  # noqa: S311 - where the power is cut
    commit = rng.choice(disk)
    left = cut(commit, rng)
    path = catalogue_path(tmp_path)
    path.write_bytes(left.file)
    if left.journal is not None:
        path.with_name(f"{path.name}-journal").write_bytes(left.journal)
    if number % 2:
        found = History(tmp_path).runs()  # who only reads may be the first
        assert all(run.header.recipe_text for run in found)
    with Catalogue.open(tmp_path) as catalogue:
        assert catalogue.damage() == ()
    assert contents(File(tmp_path)) in ([commit.rows_after] if left.told else [commit.rows_before, commit.rows_after])
