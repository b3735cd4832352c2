"""Every kind of file reaches the newest version by creation and by migration alike; newer ones are left untouched."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from vapordep.accounts.tables import KIND as ACCOUNTS
from vapordep.errors import HistoryError
from vapordep.history.database import schema, sqlite
from vapordep.history.database.schema import CATALOGUE, RECORDING, Kind
from vapordep.history.queries import History
from vapordep.history.recordings.recorder import Recorder
from vapordep.history.recordings.recording import Recording

KINDS = pytest.mark.parametrize("kind", [RECORDING, CATALOGUE, ACCOUNTS], ids=lambda kind: kind.name)


def shape(path: Path) -> dict[str, object]:
    """Columns, indexes, keys and triggers of every table, as SQLite knows them."""
    with closing(sqlite3.connect(path)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found: dict[str, object] = {
            f"{pragma} {table}": {row[1:] for row in connection.execute(f"PRAGMA {pragma}({table})")}
            for table in tables
            for pragma in ("table_info", "index_list", "foreign_key_list")
        }
        triggers = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
        found["triggers"] = connection.execute(triggers).fetchall()
        return found


@KINDS
def test_migrations_from_nothing_give_what_creation_gives(kind: Kind, tmp_path: Path) -> None:
    created, migrated = tmp_path / "created", tmp_path / "migrated"
    with sqlite.disposing(sqlite.open_writer(created)) as engine:
        schema.create(engine, kind)
    schema.migrate(migrated, kind)
    with sqlite.disposing(sqlite.open_reader(migrated)) as engine, engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), kind.tables) == []
    assert shape(created) == shape(migrated)


@KINDS
def test_the_head_named_in_the_code_is_the_last_migration(kind: Kind) -> None:
    assert ScriptDirectory.from_config(schema._configuration(kind)).get_current_head() == kind.head


def set_version(path: Path, version: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (version,))
        connection.commit()


def test_a_newer_catalogue_is_refused_and_left_alone(begin: Callable[..., Recorder], tmp_path: Path) -> None:
    begin().abandon()
    catalogue = tmp_path / "history" / "catalogue.sqlite"
    set_version(catalogue, "9999")
    before = catalogue.read_bytes()
    with pytest.raises(HistoryError, match="version 9999") as refusal:
        History(tmp_path / "history").runs()
    assert "newer vapordep" in refusal.value.remedy
    assert catalogue.read_bytes() == before
    assert sorted(path.name for path in catalogue.parent.iterdir()) == ["catalogue.sqlite", "recordings"]


def test_a_newer_recording_is_refused(begin: Callable[..., Recorder]) -> None:
    recorder = begin()
    recorder.abandon()
    set_version(recorder.path, "9999")
    with pytest.raises(HistoryError, match="version 9999"), Recording.open(recorder.path):
        pass


@pytest.mark.parametrize("content", [b"", b"not a database", b"SQLite format 3\x00" + b"\xff" * 4080])
def test_what_is_no_recording_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.sqlite"
    path.write_bytes(content)
    with pytest.raises(HistoryError), Recording.open(path):
        pass
    assert path.read_bytes() == content


LATER = f"""
import sqlalchemy as sa
from alembic import op
revision = "later"
down_revision = "{CATALOGUE.head}"
def upgrade():
    with op.batch_alter_table("runs") as runs:
        runs.add_column(sa.Column("mood", sa.Text(), server_default="calm"))
        runs.alter_column("operator", type_=sa.Text())
    {{then}}
"""


@pytest.fixture
def later(tmp_path: Path) -> Callable[[str], Kind]:
    """The catalogue of a vapordep to come, with one more migration."""

    def later(then: str = "") -> Kind:
        folder = tmp_path / "migrations of 100% later"
        folder.mkdir()
        for script in CATALOGUE.migrations.glob("*.py"):
            (folder / script.name).write_text(script.read_text())
        (folder / "later.py").write_text(LATER.format(then=then))
        return replace(CATALOGUE, head="later", migrations=folder)

    return later


def test_an_older_catalogue_is_copied_and_upgraded(
    begin: Callable[..., Recorder], tmp_path: Path, later: Callable[..., Kind]
) -> None:
    begin().abandon()
    catalogue = tmp_path / "history" / "catalogue.sqlite"
    old = shape(catalogue)
    schema.require(catalogue, later())
    assert shape(catalogue.with_name(f"catalogue.{CATALOGUE.head}.backup.sqlite")) == old
    with closing(sqlite3.connect(catalogue)) as connection:
        assert connection.execute("SELECT run_id, mood FROM runs").fetchall() == [("run-1", "calm")]
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute("UPDATE runs SET mode = 'run'")


def test_a_migration_that_fails_leaves_the_file_as_it_was(
    begin: Callable[..., Recorder], tmp_path: Path, later: Callable[..., Kind]
) -> None:
    begin().abandon()
    catalogue = tmp_path / "history" / "catalogue.sqlite"
    old = shape(catalogue)
    with pytest.raises(HistoryError, match="could not be upgraded"):
        schema.require(catalogue, later("op.execute('SELECT no_such_column FROM runs')"))
    assert shape(catalogue) == old
    assert len(History(tmp_path / "history").runs()) == 1


def test_opening_a_current_file_does_not_load_alembic(begin: Callable[..., Recorder]) -> None:
    recorder = begin()
    recorder.abandon()
    program = (
        "import sys; from pathlib import Path; from vapordep.history.queries import History;"
        f"assert len(History(Path({str(recorder.history)!r})).runs()) == 1; assert 'alembic' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
