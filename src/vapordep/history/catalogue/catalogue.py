"""The catalogue: one row a run, what it was given, how it ended and why, and the samples it coated."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, Select, Table, insert, select, update

from vapordep.errors import HistoryError
from vapordep.history import process
from vapordep.history.catalogue import listing
from vapordep.history.catalogue.catalogue_place import Place, place_of
from vapordep.history.catalogue.search import RunBrief, Wanted, id_of, search
from vapordep.history.chain import Head, canonical
from vapordep.history.database import sqlite
from vapordep.history.database.rows import Row, film_row, null
from vapordep.history.database.tables import decisions, run_samples, runs
from vapordep.lazy import dataclass
from vapordep.model.film import Film
from vapordep.model.run import CalledRecipe, Decided, Decision, Mode, RunHeader, RunState, SampleOnStage

SHOWN = 40
"""Characters of a value in a sentence."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended: `ended` is civil time; times in s; `summary` is what the run has to say of itself."""

    state: RunState
    reason: str
    ended: datetime
    simulated_s: float
    wall_s: float
    summary: Mapping[str, object]
    film: Film

    def row(self) -> Row:
        """As the catalogue keeps it, and the recording until the catalogue has it."""
        return {
            "state": str(self.state),
            "reason": self.reason,
            "ended": self.ended.astimezone(UTC).isoformat(),
            "simulated_s": null(self.simulated_s),
            "wall_s": null(self.wall_s),
            "outcome": canonical({**self.summary, "film": _film(self.film)}),
        }


@dataclass(frozen=True, slots=True)
class CataloguedRun:
    """A run as the catalogue knows it. What is not known yet is None; `summary` and `film` are in `outcome`."""

    header: RunHeader
    state: RunState
    reason: str
    ended: str | None
    simulated_s: float | None
    wall_s: float | None
    outcome: Mapping[str, Any]
    recording: str
    """File of the recording, relative to the history folder."""
    process: Mapping[str, str | int]
    chain: Head | None
    """Where the chain of events ended when the recording was sealed."""
    decided: Decided | None = None
    """What was decided about a run that ended before its plan."""

    @property
    def run_id(self) -> str:
        """The run's name."""
        return self.header.run_id


class Located(NamedTuple):
    """Where the recording of a run is: its file in the history folder of the computer of that process."""

    recording: str
    process: Mapping[str, str | int]


class Catalogue:
    """The catalogue of one history folder; open it for as long as one piece of work takes."""

    def __init__(self, place: Place, engine: Engine) -> None:
        self._place = place
        self._engine = engine

    @classmethod
    @contextmanager
    def open(cls, history: Path) -> Iterator["Catalogue"]:
        """Open for reading and writing; made when it is not there, upgraded when it is old.

        Raises HistoryError when it cannot be written or read, or is newer than this vapordep.
        """
        place = place_of(history)
        with place.speaking(), place.writing() as engine:
            yield cls(place, engine)

    @classmethod
    @contextmanager
    def read(cls, history: Path) -> Iterator["Catalogue"]:
        """Open an existing catalogue for reading only."""
        place = place_of(history)
        with place.speaking(), place.reading() as engine:
            yield cls(place, engine)

    def begin(
        self, header: RunHeader, recording: str, decided: Decided | None = None,
        by: Mapping[str, str | int] | None = None,
    ) -> None:  # fmt: skip
        """Enter a run as RUNNING, `by` a process, which is this one; with it the decision about its parent, if any.

        Raises HistoryError when something was decided about the parent before.
        """
        with self._engine.begin() as connection:
            if decided is not None:
                self._decide(connection, decided)
            connection.execute(insert(runs), _header_row(header) | _begun(recording, by or process.identity()))
            if header.samples:
                connection.execute(
                    insert(run_samples),
                    [_sample_row(header.run_id, number, sample) for number, sample in enumerate(header.samples, 1)],
                )
            listing.refresh(connection, header.run_id)

    def decide(self, decided: Decided) -> None:
        """Enter a decision that makes no run; raises HistoryError when something was decided before."""
        with self._engine.begin() as connection:
            self._decide(connection, decided)

    def _decide(self, connection: Connection, decided: Decided) -> None:
        before = connection.execute(select(decisions).where(decisions.c.run_id == decided.run_id)).mappings().first()
        if before is not None:
            raise HistoryError(
                f"{before['person']} decided before: {before['decision']} {decided.run_id}", where=self._place.where,
                remedy="see `vapordep runs show`",
            )  # fmt: skip
        connection.execute(insert(decisions), asdict(decided) | {"decision": str(decided.decision)})

    def end(self, run_id: str, outcome: Row, head: Head | None) -> None:
        """Enter how a run ended, as `Outcome.row` gives it, and where the chain of its events does."""
        row = {**outcome, "chain_head": head and head.hash, "chain_length": head and head.length}
        with self._engine.begin() as connection:
            if connection.execute(update(runs).where(runs.c.run_id == run_id).values(row)).rowcount != 1:
                raise HistoryError(f"the catalogue knows no run {run_id}", where=self._place.where)
            listing.refresh(connection, run_id)

    def runs(self) -> tuple[CataloguedRun, ...]:
        """All runs, the latest first."""
        with self._engine.begin() as connection:
            return self._runs(connection)

    def run(self, name: str) -> CataloguedRun:
        """The run of that name, or the only one that begins so; `last` is the latest.

        Raises NotThere when there is none, InputError when there are several.
        """
        with self._engine.begin() as connection:
            (found,) = self._runs(connection, id_of(connection, name))
            return found

    def located(self, name: str) -> Located:
        """Where the recording of a run is, without all else that is known of it; raises as `run`."""
        with self._engine.begin() as connection, self._readable():
            where = select(runs.c.recording, runs.c.process).where(runs.c.run_id == id_of(connection, name))
            row = connection.execute(where).one()
            return Located(row.recording, json.loads(row.process))

    def those(self, ids: Sequence[str]) -> tuple[CataloguedRun, ...]:
        """The runs of these ids, those that there are."""
        with self._engine.begin() as connection:
            known = set(connection.execute(select(runs.c.run_id).where(runs.c.run_id.in_(ids))).scalars())
            return tuple(run for each in ids if each in known for run in self._runs(connection, each))

    def children(self, run_id: str) -> tuple[CataloguedRun, ...]:
        """The runs that go on from this one, the latest first."""
        with self._engine.begin() as connection:
            query = select(runs.c.run_id).where(runs.c.parent_run_id == run_id)
            ids = connection.execute(query.order_by(runs.c.started.desc(), runs.c.run_id.desc())).scalars().all()
            return tuple(run for each in ids for run in self._runs(connection, each))

    def unended(self) -> tuple[CataloguedRun, ...]:
        """The runs that go on as far as the catalogue knows, the latest first."""
        with self._engine.begin() as connection:
            going = select(runs.c.run_id).where(runs.c.ended.is_(None)).order_by(runs.c.started.desc())
            ids = connection.execute(going).scalars().all()
            return tuple(run for each in ids for run in self._runs(connection, each))

    def search(self, wanted: Wanted) -> tuple[int, tuple[RunBrief, ...]]:
        """How many runs are like that, and one page of them, the latest first."""
        with self._engine.begin() as connection, self._readable():
            return search(connection, wanted)

    def _runs(self, connection: Connection, only: str | None = None) -> tuple[CataloguedRun, ...]:
        def rows(table: Table) -> Select[Any]:
            return select(table) if only is None else select(table).where(table.c.run_id == only)

        found = connection.execute(rows(runs).order_by(runs.c.started.desc(), runs.c.run_id.desc())).mappings()
        samples: dict[str, list[Row]] = {}
        for row in connection.execute(rows(run_samples).order_by(run_samples.c.number)).mappings():
            samples.setdefault(row["run_id"], []).append(row)
        with self._readable():
            decided = {each.run_id: each for each in map(_decided, connection.execute(rows(decisions)).mappings())}
        return tuple(self._one(row, samples.get(row["run_id"], []), decided.get(row["run_id"])) for row in found)

    def _one(self, row: Row, samples: Sequence[Row], decided: Decided | None) -> CataloguedRun:
        with self._readable(f"the entry of {row['run_id']}"):
            return _run(row, samples, decided)

    @contextmanager
    def entering(self) -> Iterator[Connection]:
        """One transaction for what people enter about runs; what `notebook` does is done within."""
        with self._place.speaking(), self._engine.begin() as connection, self._readable():
            yield connection

    def decisions(self) -> tuple[Decided, ...]:
        """All decisions about runs that ended before their plan."""
        with self._engine.begin() as connection, self._readable():
            return tuple(_decided(row) for row in connection.execute(select(decisions)).mappings())

    @contextmanager
    def _readable(self, entry: str = "an entry") -> Iterator[None]:
        """Say of an entry that the model refuses that it was changed; the catalogue was never given it so."""
        try:
            yield
        except (KeyError, TypeError, ValueError) as error:
            remedy = sqlite.remedy_of_damage("catalogue")
            raise HistoryError(f"{entry} cannot be read ({error})", where=self._place.where, remedy=remedy) from error

    def damage(self) -> tuple[str, ...]:
        """What SQLite's own check finds wrong with the file; a server looks after its own."""
        if self._engine.dialect.name == "postgresql":
            return ()
        with self._engine.begin() as connection:
            return tuple(sqlite.damage(connection))


def _decided(row: Row) -> Decided:
    return Decided(**{**row, "decision": Decision(row["decision"])})


def _header_row(header: RunHeader) -> dict[str, Any]:
    return {
        "run_id": header.run_id,
        "mode": str(header.mode),
        "recipe_name": header.recipe_name,
        "recipe_text": header.recipe_text,
        "recipe_sha256": header.recipe_sha256,
        "parameters": canonical(header.parameters),
        "reactor_name": header.reactor_name,
        "reactor_text": header.reactor_text,
        "reactor_sha256": header.reactor_sha256,
        "versions": canonical(header.versions),
        "operator": header.operator,
        "seed": header.seed,
        "notes": canonical(header.notes),
        "parent_run_id": header.parent,
        "called": canonical([asdict(recipe) for recipe in header.called]),
        "started": header.started,
    }


def _begun(recording: str, by: Mapping[str, str | int]) -> dict[str, Any]:
    return {
        "recording": recording,
        "process": canonical(by),
        "state": str(RunState.RUNNING),
        "reason": "",
        "outcome": "{}",
    }


def _sample_row(run_id: str, number: int, sample: SampleOnStage) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "number": number,
        "sample_id": sample.id,
        "substrate": sample.substrate,
        "area_m2": sample.area,
        "position": sample.position,
        "note": sample.note,
    }


def _film(film: Film) -> dict[str, object]:
    layers = [film_row(position, layer) for position, layer in enumerate(film.layers)]
    return {"thickness_m": film.thickness, "mass_kg_m2": film.mass, "layers": layers}


def _object(text: str) -> dict[str, Any]:
    """The JSON object in a text. Raises TypeError or ValueError for what is none."""
    found = json.loads(text)
    if not isinstance(found, dict):
        raise TypeError(f"{text[:SHOWN]} is no object")
    return found


def _run(row: Row, samples: Sequence[Row], decided: Decided | None) -> CataloguedRun:
    header = RunHeader(
        run_id=row["run_id"],
        mode=Mode(row["mode"]),
        recipe_name=row["recipe_name"],
        recipe_text=row["recipe_text"],
        recipe_sha256=row["recipe_sha256"],
        parameters=_object(row["parameters"]),
        reactor_name=row["reactor_name"],
        reactor_text=row["reactor_text"],
        reactor_sha256=row["reactor_sha256"],
        versions=_object(row["versions"]),
        operator=row["operator"],
        started=row["started"],
        samples=tuple(
            SampleOnStage(each["sample_id"], each["substrate"], each["position"], each["area_m2"], each["note"])
            for each in samples
        ),
        seed=row["seed"],
        parent=row["parent_run_id"],
        notes=_object(row["notes"]),
        called=tuple(CalledRecipe(**recipe) for recipe in json.loads(row["called"])),
    )
    return CataloguedRun(
        header=header,
        state=RunState(row["state"]),
        reason=row["reason"],
        ended=row["ended"],
        simulated_s=row["simulated_s"],
        wall_s=row["wall_s"],
        outcome=_object(row["outcome"]),
        recording=row["recording"],
        process=_object(row["process"]),
        chain=Head(row["chain_head"], row["chain_length"]) if row["chain_head"] else None,
        decided=decided,
    )
