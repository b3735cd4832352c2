"""The reactor: how it stands, its tags with their values, its plumbing for a mimic, and its coverage sheet."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import FastAPI, Path
from fastapi.responses import Response
from pydantic import Field

from vapordep.accounts.roles import Right
from vapordep.api.access.doorkeeper import Needs
from vapordep.api.answers.answer import Answer
from vapordep.api.answers.plain import as_json
from vapordep.api.answers.sheet import CoverageSheet
from vapordep.api.live.live import Live
from vapordep.api.operate.plumbing import Plumbing, plumbing
from vapordep.errors import NotThere
from vapordep.link.picture import Picture, Row
from vapordep.model.instruments import Cell
from vapordep.model.outputs import Output
from vapordep.model.reactor import Reactor
from vapordep.model.tags import Tag
from vapordep.reactor import tag_table

FLOW, FLOW_SETPOINT = "flow", "flow_setpoint"
"""The signals of a flow controller."""
READ = (Needs(Right.READ),)


class ReactorNow(Answer):
    """How the reactor stands just now."""

    reactor: str
    file: str
    simulated: bool
    processes: list[str]
    substrates: list[str]
    substrate: str = Field(description="What counts as lying on the stage: the limits are for it.")
    armed: bool
    guarded: bool
    since: str
    silent: list[str] = Field(description="Instruments that do not answer, and why.")
    trouble: str | None
    run_id: str | None
    run_state: str | None
    interrupted: str | None = Field(description="A run whose process went away, about which nobody has decided.")
    seen: str = Field(description="`epoch:number`: an order says by it what it was decided on.")
    silent_for_s: float = Field(description="How long nothing came from the engine.")


class ReactorFile(Answer):
    """A reactor file as it was read; `file` is its name, `text` is YAML."""

    file: str
    sha256: str
    text: str


class SafeState(Answer):
    """Where the safe state brings an output; SI. With `open_if`, to `value` while those are true, else `otherwise`."""

    leave: bool
    value: float | None
    open_if: list[str]
    otherwise: float | None


class TagNow(Answer):
    """One tag: `value`, `low` and `high` in SI; `unit` is how a person reads it."""

    tag: str
    unit: str
    dimension: str
    kind: str = Field(description="`output`, `readback`, or `derived` by a monitor.")
    value: float | None
    shown: str = Field(description="The value with a unit of its size, or why there is none.")
    quality: str = Field(description="good, uncertain, bad (read, and no value), stale (too old to count), unknown.")
    age_s: float | None
    stale_after_s: float | None
    low: float | None = Field(description="The lowest that the instrument gives, or that may be commanded.")
    high: float | None
    hazardous: bool
    safe: SafeState | None = Field(description="Only of an output.")


def add(app: FastAPI, live: Live) -> None:
    """Adds the routes."""
    _add_now(app, live)
    _add_drawn(app, live)


def _add_now(app: FastAPI, live: Live) -> None:
    """What changes by itself."""
    served = live.served.reactor
    ranges = _ranges(served)

    @app.get("/api/reactor", dependencies=READ)
    def reactor() -> ReactorNow:
        """How the reactor stands: armed or not, what runs, what does not answer. 503 before its engine was heard."""
        with live.lock:
            return _now(live.heard(), served)

    @app.get("/api/reactor/tags", dependencies=READ)
    def tags() -> list[TagNow]:
        """Every tag with value, unit, quality, age, range, and of an output its safe value."""
        with live.lock:
            rows = list(live.heard().rows())
        return [_tag(row, served.outputs.get(row.tag.name), ranges.get(row.tag.name)) for row in rows]

    @app.get("/api/reactor/tags/{tag}", dependencies=READ)
    def tag(tag: Annotated[str, Path(max_length=200, description="Its name.")]) -> TagNow:
        """One tag."""
        found = next((each for each in tags() if each.tag == tag), None)
        if found is None:
            raise NotThere(f"there is no tag {tag!r}", remedy="see /api/reactor/tags")
        return found


def _add_drawn(app: FastAPI, live: Live) -> None:
    """What follows from the reactor file."""
    served = live.served.reactor
    drawn = plumbing(served)

    @app.get("/api/reactor/plumbing", response_model=Plumbing, dependencies=READ)
    def plumbed() -> Response:
        """What a mimic draws, from the reactor file: gas lines, sources, zones, chamber, pump, each with its tags."""
        return as_json(drawn)

    @app.get("/api/reactor/coverage", response_model=CoverageSheet, dependencies=READ)
    def coverage() -> Response:
        """For each hazard of this reactor, what stands against it as one thing after the other fails.

        What is bypassed just now stands against nothing.
        """
        with live.lock:
            aside = live.picture.engine.bypasses if live.picture is not None else ()
        return as_json(live.served.sheet(frozenset(bypass.id for bypass in aside)))

    @app.get("/api/reactor/file", dependencies=READ)
    def text() -> ReactorFile:
        """The reactor file as the engine serves it."""
        return ReactorFile(file=served.file, sha256=served.sha256, text=served.text)


def _now(picture: Picture, reactor: Reactor) -> ReactorNow:
    engine = picture.engine
    return ReactorNow(
        reactor=engine.reactor, file=reactor.file, simulated=engine.simulated, processes=list(reactor.processes),
        substrates=list(reactor.substrates), substrate=engine.substrate, armed=engine.armed, guarded=engine.guarded,
        since=engine.since, silent=list(engine.silent), trouble=engine.trouble or None,
        run_id=engine.run.run_id if engine.run else None, run_state=engine.run.state if engine.run else None,
        interrupted=engine.interrupted.run_id if engine.interrupted else None, seen=picture.seen,
        silent_for_s=round(picture.silence, 3),
    )  # fmt: skip


Range = tuple[float | None, float | None]


def _ranges(reactor: Reactor) -> dict[str, Range]:
    """Of outputs what may be commanded, of readings what the instrument can give; SI."""
    known = tag_table(reactor)
    read: dict[str, Range] = {name: (tag.low, tag.high) for name, tag in known.items()}
    commanded = {tag: (output.low, output.high) for tag, output in reactor.outputs.items()}
    return {**read, **_flows(reactor, known), **commanded}


def _flows(reactor: Reactor, known: Mapping[str, Tag]) -> dict[str, Range]:
    """What flow controllers read: up to their own full scale by the reactor file; nothing is told where it has none.

    Their driver's range is that of the largest model there is.
    """
    found: dict[str, Range] = {}
    for tag, output in reactor.outputs.items():
        reading = reactor.wiring.get(Cell(output.cell.instrument, FLOW))
        if output.cell.signal == FLOW_SETPOINT and reading is not None:
            found[reading] = (None, None) if output.high == known[tag].high else (0.0, output.high)
    return found


def _tag(row: Row, output: Output | None, span: tuple[float | None, float | None] | None) -> TagNow:
    low, high = span or (None, None)
    return TagNow(
        tag=row.tag.name, unit=row.tag.unit, dimension=row.tag.dimension,
        kind="output" if output else "derived" if span is None else "readback",
        value=row.value, shown=row.text, quality=row.standing.value,
        age_s=None if row.age is None else round(row.age, 3), stale_after_s=row.tag.stale_after, low=low, high=high,
        hazardous=output is not None and output.hazardous, safe=_safe(output) if output else None,
    )  # fmt: skip


def _safe(output: Output) -> SafeState:
    safe = output.safe
    return SafeState(leave=safe.leave, value=safe.value, open_if=list(safe.depends_on), otherwise=safe.otherwise)
