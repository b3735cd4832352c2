"""A catalogue whose writer was killed in the middle of a transaction: the next reader finds what was committed."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from vapordep.history.catalogue.catalogue import Catalogue
from vapordep.history.folder import catalogue_path
from vapordep.history.queries import History
from vapordep.model.run import Mode, RunHeader

HEADER = RunHeader(
    "20261123-142530-abcdef", Mode.DRY_RUN, "r", "", "", {}, "", "", "", {}, "", "2026-11-23T14:25:30+00:00"
)


@contextmanager
def half_done(path: Path) -> Iterator[None]:
    """Within it, a writer has changed pages of the file that it never committed."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA cache_size=1")  # so that pages reach the file before the commit
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("CREATE TABLE lost (x)")
        connection.executemany("INSERT INTO lost VALUES (randomblob(3000))", [()] * 200)
        yield
        connection.execute("ROLLBACK")


def killed(history: Path, copy: Path) -> Path:
    """What a kill in the middle would leave on the disk."""
    with half_done(catalogue_path(history)):
        shutil.copytree(history, copy)
    assert catalogue_path(copy).with_name("catalogue.sqlite-journal").exists()
    return copy


def test_what_was_committed_is_found(tmp_path: Path) -> None:
    with Catalogue.open(tmp_path / "a") as catalogue:
        catalogue.begin(HEADER, "recordings/x.sqlite")
    [run] = History(killed(tmp_path / "a", tmp_path / "b")).runs()
    assert run.header == HEADER


def test_a_catalogue_that_was_never_finished_is_none(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    history = killed(tmp_path / "a", tmp_path / "b")
    assert History(history).runs() == ()
    with Catalogue.open(history) as catalogue:
        catalogue.begin(HEADER, "recordings/x.sqlite")
    assert len(History(history).runs()) == 1
