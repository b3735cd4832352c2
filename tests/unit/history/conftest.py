"""What the tests of the history share: a folder, a header, a recorder with some samples, both kinds of catalogue."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from tests.unit.history.kinds import Database, File, Tables
from tests.unit.history.server import Server, programs, running
from vapordep.history.database import postgresql, schema
from vapordep.history.recordings.recorder import Recorder
from vapordep.model.batches import Batch
from vapordep.model.events import Event, Kind
from vapordep.model.pulses import PulseIntent, PulseRecord, Verdict
from vapordep.model.run import CalledRecipe, Mode, RunHeader, SampleOnStage
from vapordep.model.tags import Tag
from vapordep.units import degC, mTorr


def make_header(run_id: str = "run-1", **changes: object) -> RunHeader:
    fields: dict[str, object] = {
        "run_id": run_id,
        "mode": Mode.DRY_RUN,
        "recipe_name": "Al2O3 on lithium",
        "recipe_text": "recipe: 1\n",
        "recipe_sha256": "ab" * 32,
        "parameters": {"cycles": 36},
        "reactor_name": "glovebox-ald",
        "reactor_text": "reactor: glovebox-ald\n",
        "reactor_sha256": "cd" * 32,
        "versions": {"vapordep": "0.1.0"},
        "operator": "Ada",
        "started": "2026-11-23T14:25:30+00:00",
        "samples": (
            SampleOnStage("Li-1", "lithium", "left", 1e-4),
            SampleOnStage("Si-1", "silicon", note="witness"),
        ),
        "seed": 7,
        "called": (CalledRecipe("prime", "Prime", "prime.yaml", "recipe: 1\n", "cd" * 32, {"cycles": 3}),),
    }
    return RunHeader(**(fields | changes))  # type: ignore[arg-type]


def make_pulse(number: int, at: float = 10.0) -> PulseRecord:
    intent = PulseIntent(number, "TMA", "main[3].dose TMA", number, at, at + 0.05)
    return PulseRecord(intent, at, at + 0.05, at + 0.001, at + 0.0512, 40.0, 65.0, 1.5, Verdict.GOOD)


@contextmanager
def unprotected(path: Path) -> Iterator[sqlite3.Connection]:
    """A file of the history as one writes to it who has taken off what protects its rows."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        yield connection


F = TypeVar("F", bound=Callable[..., None])
GROUP = pytest.mark.xdist_group("postgresql")
KINDS = ("sqlite", pytest.param("postgresql", marks=GROUP))


def of_the_file(test: F) -> F:
    """Marks a test that holds of the file only, in a module that is run with both kinds of catalogue."""
    test.of_the_file = True  # type: ignore[attr-defined]
    return test


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Who uses the fixture `catalogue`, a whole module by `usefixtures`, is run with a file and with a server."""
    if "catalogue" in metafunc.fixturenames:
        alone = getattr(metafunc.function, "of_the_file", False)
        metafunc.parametrize("catalogue", KINDS[:1] if alone else KINDS, indirect=True)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """One PostgreSQL for all tests of a process. CI must have it; who has not, is told so."""
    where = programs()
    if where is None:
        if os.environ.get("CI") == "true":
            pytest.fail("PostgreSQL is not installed, and CI must test with it")
        pytest.skip("PostgreSQL is not installed")
    with running(where) as server:
        yield server


@pytest.fixture(scope="session")
def database(server: Server) -> Iterator[Database]:
    """Tables for one test after the other; who changes more than rows takes `server.url()`."""
    found = Database(server.url())
    schema.ready(found.url, schema.CATALOGUE)
    yield found
    postgresql.forget(found.url)
    schema.forget(found.url)


@pytest.fixture
def catalogue(request: pytest.FixtureRequest, tmp_path: Path) -> Tables:
    """The catalogue that the history in tmp_path/history has, or will have; empty."""
    if request.param == "sqlite":
        return File(tmp_path / "history")
    database: Database = request.getfixturevalue("database")
    database.empty()
    (tmp_path / "history").mkdir(exist_ok=True)
    (tmp_path / "history" / "history.yaml").write_text(f'catalogue: "{database.url}"\n', encoding="utf-8")
    return database


TAGS = (Tag("chamber.pressure", mTorr), Tag("foil.temperature", degC))


@pytest.fixture
def header() -> Callable[..., RunHeader]:
    return make_header


@pytest.fixture
def pulse() -> Callable[..., PulseRecord]:
    return make_pulse


@pytest.fixture
def begin(tmp_path: Path) -> Callable[..., Recorder]:
    """A recorder that was opened in tmp_path/history."""

    def begin(run_id: str = "run-1", t0: float = 0.0, **changes: object) -> Recorder:
        return Recorder.open(tmp_path / "history", make_header(run_id, **changes), TAGS, t0=t0)

    return begin


@pytest.fixture
def play() -> Callable[..., None]:
    """Record ten seconds: two tags of one exchange at 10 Hz, a third of its own at 1 Hz, an event a second."""

    def play(recorder: Recorder, start: float = 0.0) -> None:
        for index in range(100):
            t = start + index / 10
            recorder.publish([Batch.one("chamber.pressure", t, 40.0 + index % 3), Batch.one("carrier.flow", t, 1.4e-5)])
            if index % 10 == 0:
                recorder.publish([Batch.one("foil.temperature", t, float("nan") if index == 50 else 373.15 + index)])
                recorder.event(Event(t, Kind.STEP, f"second {index // 10}", {"n": index}))
                recorder.tick(t)
        recorder.tick(start + 10.0)
        recorder.commit()

    return play
