"""Finding runs among many: by words, names, labels and time, a page at a time, without reading whole rows."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Connection, Select, bindparam, func, select, tuple_, union

from vapordep.errors import InputError, NotThere
from vapordep.history.database.dialects import holds
from vapordep.history.database.entered_tables import labels, listed
from vapordep.history.database.rows import Row
from vapordep.history.database.tables import idle_recordings, run_samples, runs
from vapordep.history.dates import instant
from vapordep.lazy import dataclass
from vapordep.model.run import Mode, RunState

MOST = 1000
"""Runs on one page."""
LAST_LETTER = 0x10FFFF
"""No letter of Unicode stands behind it."""
_SHOWN = (
    runs.c.run_id, runs.c.mode, runs.c.recipe_name, runs.c.reactor_name, runs.c.operator, runs.c.started, runs.c.ended,
    runs.c.state, runs.c.reason, runs.c.simulated_s, runs.c.parent_run_id,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which runs: each of `words` must stand somewhere in names, reason, samples, labels or notes; the rest is exact.

    Names of process and substrate are those of the recipe and the samples, in any letters.
    """

    words: tuple[str, ...] = ()
    state: RunState | None = None
    mode: Mode | None = None
    reactor: str = ""
    recipe: str = ""
    operator: str = ""
    process: str = ""
    substrate: str = ""
    labels: tuple[str, ...] = ()
    since: str = ""
    before: str = ""
    """Civil time, ISO 8601, UTC, or its beginning: started at or after the one, and before the other."""
    below: str = ""
    """A run of the list: only those that follow it there, whatever was added above meanwhile."""
    most: int = 50
    skip: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.most <= MOST or self.skip < 0:
            raise InputError(f"a page holds 1 to {MOST} runs", remedy="ask for the next ones with `below`")


@dataclass(frozen=True, slots=True)
class RunBrief:
    """One run in a list; `simulated_s` is how long it took on its own clock, None while that is not known."""

    run_id: str
    mode: Mode
    recipe: str
    reactor: str
    operator: str
    started: str
    ended: str | None
    state: RunState
    reason: str
    simulated_s: float | None
    parent: str | None
    samples: tuple[str, ...]
    labels: tuple[str, ...] = ()
    process: str = ""


def search(connection: Connection, wanted: Wanted) -> tuple[int, tuple[RunBrief, ...]]:
    """How many runs there are like that, and one page of them, the latest first.

    Raises NotThere when the run is not there below which the page is to begin.
    """
    holds = list(_conditions(wanted))
    count = connection.execute(select(func.count()).select_from(listed).where(*holds)).scalar_one()
    if wanted.below:
        holds.append(_follows(connection, wanted.below))
    query = select(listed.c.run_id).where(*holds).order_by(listed.c.started.desc(), listed.c.run_id.desc())
    page = list(connection.execute(query.limit(wanted.most).offset(wanted.skip)).scalars())
    rows = {row["run_id"]: row for row in connection.execute(_PAGE, {"ids": page}).mappings()}
    samples, labels_of = _several(connection, _SAMPLES, page), _several(connection, _LABELS, page)
    return count, tuple(
        _brief(rows[run_id], samples.get(run_id, ()), labels_of.get(run_id, ())) for run_id in page
    )  # fmt: skip


def id_of(connection: Connection, name: str) -> str:
    """The id of the run of that name, or of the only one that begins so; `last` is the latest.

    Raises NotThere when there is none, InputError when there are several.
    """
    if connection.execute(select(runs.c.run_id).where(runs.c.run_id == name)).first() is not None:
        return name
    latest = select(runs.c.run_id).order_by(runs.c.started.desc(), runs.c.run_id.desc())
    begins = runs.c.run_id.between(name, name + chr(LAST_LETTER))  # by the index, which LIKE does not use
    query = latest.limit(1) if name == "last" else latest.where(begins).limit(MOST)
    found = connection.execute(query).scalars().all()
    if not found:
        raise NotThere(f"no run {name[:80]!r}", remedy="see them all with `vapordep runs list`")
    if len(found) > 1:
        names = ", ".join(found[:5])
        raise InputError(f"{name[:80]!r} may be any of {len(found)} runs: {names}", remedy="give more of the name")
    return str(found[0])


def samples_of(connection: Connection, word: str = "") -> list[dict[str, Any]]:
    """Every sample whose id has that word in it, by id, and the runs that coated it, the latest first."""
    query = select(run_samples, runs.c.started).join(runs, runs.c.run_id == run_samples.c.run_id)
    if word:
        query = query.where(run_samples.c.sample_id.icontains(word, autoescape=True))
    found: dict[str, dict[str, Any]] = {}
    for row in connection.execute(query.order_by(run_samples.c.sample_id, runs.c.started.desc())):
        each = found.setdefault(
            row.sample_id, {"id": row.sample_id, "substrate": row.substrate, "area_m2": row.area_m2, "runs": []}
        )
        each["runs"].append({"run_id": row.run_id, "started": row.started, "position": row.position, "note": row.note})
    return list(found.values())


def latest_of_recipes(connection: Connection) -> dict[str, tuple[int, Row]]:
    """Of each recipe, by its name in the file: how many runs there are, and the latest with id, start, mode, state."""
    whole = (
        select(listed.c.recipe.label("name"), func.count().label("count"), func.max(listed.c.started).label("at"))
        .group_by(listed.c.recipe)
        .subquery()
    )
    mine = (listed.c.recipe == whole.c.name) & (listed.c.started == whole.c.at)
    query = select(whole.c.count, listed.c.recipe, listed.c.run_id, listed.c.started, listed.c.mode, listed.c.state)
    rows = connection.execute(query.join(whole, mine).order_by(listed.c.run_id)).mappings()
    return {row["recipe"]: (row["count"], row) for row in rows}


def latest_of_reactors(connection: Connection) -> dict[str, str]:
    """The id of the latest run of each reactor, by its name in the file, the latest of all first."""
    latest = select(listed.c.reactor, func.max(listed.c.started).label("at")).group_by(listed.c.reactor).subquery()
    mine = (listed.c.reactor == latest.c.reactor) & (listed.c.started == latest.c.at)
    query = select(listed.c.reactor, listed.c.run_id).join(latest, mine)
    rows = connection.execute(query.order_by(listed.c.started.desc(), listed.c.run_id)).all()
    return {reactor: run_id for reactor, run_id in rows}


def reactors_of(connection: Connection) -> set[str]:
    """Every reactor of which something was recorded, by name."""
    found = union(select(listed.c.reactor), select(idle_recordings.c.reactor))
    return set(connection.execute(found).scalars())


def operators_of(connection: Connection) -> list[dict[str, Any]]:
    """Everybody who started runs, by name: how many, and when the latest."""
    query = select(runs.c.operator, func.count(), func.max(runs.c.started)).group_by(runs.c.operator)
    return [
        {"operator": name, "runs": count, "latest": latest}
        for name, count, latest in connection.execute(query.order_by(runs.c.operator))
    ]


def _conditions(wanted: Wanted) -> Iterable[ColumnElement[bool]]:
    yield from (holds(listed.c.words, word.casefold()) for word in wanted.words)
    if wanted.process:
        yield holds(listed.c.process, wanted.process.casefold())
    if wanted.substrate:
        yield holds(listed.c.substrates, f" {wanted.substrate.casefold()} ")
    for label in wanted.labels:
        yield listed.c.run_id.in_(select(labels.c.run_id).where(labels.c.label == label))
    exact = {
        listed.c.state: wanted.state, listed.c.mode: wanted.mode, listed.c.reactor: wanted.reactor,
        listed.c.recipe: wanted.recipe, listed.c.operator: wanted.operator,
    }  # fmt: skip
    yield from (column == str(value) for column, value in exact.items() if value)
    if wanted.since:
        yield listed.c.started >= instant(wanted.since)
    if wanted.before:
        yield listed.c.started < instant(wanted.before)


def _follows(connection: Connection, run_id: str) -> ColumnElement[bool]:
    """That a run stands below that one in the list."""
    place = connection.execute(_PLACE, {"run_id": run_id}).first()
    if place is None:
        raise NotThere(f"no run {run_id[:80]!r} to go on below", remedy="name the last run of the page before, in full")
    return tuple_(listed.c.started, listed.c.run_id) < tuple_(*place)


_PLACE = select(listed.c.started, listed.c.run_id).where(listed.c.run_id == bindparam("run_id"))
_IDS: BindParameter[list[str]] = bindparam("ids", expanding=True)
_PAGE = (
    select(*_SHOWN, listed.c.process)
    .join_from(runs, listed, runs.c.run_id == listed.c.run_id)
    .where(runs.c.run_id.in_(_IDS))
)
_SAMPLES = (
    select(run_samples.c.run_id, run_samples.c.sample_id)
    .where(run_samples.c.run_id.in_(_IDS))
    .order_by(run_samples.c.number)
)
_LABELS = select(labels.c.run_id, labels.c.label).where(labels.c.run_id.in_(_IDS)).order_by(labels.c.label)


def _several(connection: Connection, query: Select[Any], ids: list[str]) -> dict[str, tuple[str, ...]]:
    """Of each run what the query tells of it."""
    found: dict[str, list[str]] = {}
    for run_id, each in connection.execute(query, {"ids": ids}):
        found.setdefault(run_id, []).append(each)
    return {run_id: tuple(each) for run_id, each in found.items()}


def _brief(row: Row, samples: tuple[str, ...], given: tuple[str, ...]) -> RunBrief:
    if not isinstance(row["started"], str):
        raise TypeError(f"{row['run_id']} began at {row['started']!r}")
    return RunBrief(
        row["run_id"], Mode(row["mode"]), row["recipe_name"], row["reactor_name"], row["operator"], row["started"],
        row["ended"], RunState(row["state"]), row["reason"], row["simulated_s"], row["parent_run_id"], samples, given,
        row["process"],
    )  # fmt: skip
