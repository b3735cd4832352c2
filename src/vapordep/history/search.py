"""Finding runs among many: by words, state, mode, reactor and time, a page at a time, without reading whole rows."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Connection, func, or_, select

from vapordep.errors import InputError, NotThere
from vapordep.history.rows import Row
from vapordep.history.tables import run_samples, runs
from vapordep.lazy import dataclass
from vapordep.model.run import Mode, RunState

MOST = 1000
"""Runs on one page."""
_SHOWN = (
    runs.c.run_id, runs.c.mode, runs.c.recipe_name, runs.c.reactor_name, runs.c.operator, runs.c.started, runs.c.ended,
    runs.c.state, runs.c.reason, runs.c.simulated_s, runs.c.parent_run_id,
)  # fmt: skip
_SEARCHED = (
    runs.c.run_id + " " + runs.c.recipe_name + " " + runs.c.reactor_name + " " + runs.c.operator + " " + runs.c.reason
    + " " + runs.c.state
)  # fmt: skip
"""One text a run: a word has no space in it, and so stands in one of them."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which runs: each of `words` must stand somewhere in a run's names, reason or samples; the rest is exact."""

    words: tuple[str, ...] = ()
    state: RunState | None = None
    mode: Mode | None = None
    reactor: str = ""
    since: str = ""
    before: str = ""
    """Civil time, ISO 8601, UTC, or its beginning: started at or after the one, and before the other."""
    most: int = 50
    skip: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.most <= MOST or self.skip < 0:
            raise InputError(f"a page holds 1 to {MOST} runs", remedy="ask for the next ones with `skip`")


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


def search(connection: Connection, wanted: Wanted) -> tuple[int, tuple[RunBrief, ...]]:
    """How many runs there are like that, and one page of them, the latest first."""
    holds = list(_conditions(wanted))
    count = connection.execute(select(func.count()).select_from(runs).where(*holds)).scalar_one()
    page = select(*_SHOWN).where(*holds).order_by(runs.c.started.desc(), runs.c.run_id.desc())
    rows = connection.execute(page.limit(wanted.most).offset(wanted.skip)).mappings().all()
    samples = _samples(connection, [row["run_id"] for row in rows])
    return count, tuple(_brief(row, samples.get(row["run_id"], ())) for row in rows)


def id_of(connection: Connection, name: str) -> str:
    """The id of the run of that name, or of the only one that begins so; `last` is the latest.

    Raises NotThere when there is none, InputError when there are several.
    """
    latest = select(runs.c.run_id).order_by(runs.c.started.desc(), runs.c.run_id.desc())
    exact = runs.c.run_id == name
    begins = runs.c.run_id.startswith(name, autoescape=True)
    query = latest.limit(1) if name == "last" else latest.where(or_(exact, begins)).limit(MOST)
    found = connection.execute(query).scalars().all()
    if name in found:
        return name
    if not found:
        raise NotThere(f"no run {name[:80]!r}", remedy="see them all with `vapordep runs list`")
    if len(found) > 1:
        raise InputError(f"{name[:80]!r} may be any of {len(found)} runs", remedy="give more of the name")
    return str(found[0])


def _conditions(wanted: Wanted) -> Iterable[ColumnElement[bool]]:
    for word in wanted.words:
        coated = select(run_samples.c.run_id).where(run_samples.c.sample_id.icontains(word, autoescape=True))
        yield or_(_SEARCHED.icontains(word, autoescape=True), runs.c.run_id.in_(coated))
    if wanted.state is not None:
        yield runs.c.state == str(wanted.state)
    if wanted.mode is not None:
        yield runs.c.mode == str(wanted.mode)
    if wanted.reactor:
        yield runs.c.reactor_name == wanted.reactor
    if wanted.since:
        yield runs.c.started >= wanted.since
    if wanted.before:
        yield runs.c.started < wanted.before


def _samples(connection: Connection, ids: list[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    query = select(run_samples.c.run_id, run_samples.c.sample_id).where(run_samples.c.run_id.in_(ids))
    for run_id, sample in connection.execute(query.order_by(run_samples.c.number)):
        found[run_id] = (*found.get(run_id, ()), sample)
    return found


def _brief(row: Row, samples: tuple[str, ...]) -> RunBrief:
    return RunBrief(
        row["run_id"], Mode(row["mode"]), row["recipe_name"], row["reactor_name"], row["operator"], row["started"],
        row["ended"], RunState(row["state"]), row["reason"], row["simulated_s"], row["parent_run_id"], samples,
    )  # fmt: skip
