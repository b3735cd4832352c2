"""Walls have a history: which sources have coated them since they were last cleaned, as the recordings tell (C5)."""

from collections.abc import Iterator
from datetime import datetime
from math import inf
from pathlib import Path

import numpy as np

from vapordep.errors import HistoryError, RunError
from vapordep.history import process
from vapordep.history.catalogue.catalogue import CataloguedRun
from vapordep.history.catalogue.idle import utc
from vapordep.history.queries import History
from vapordep.history.recordings.recording import Recording
from vapordep.model.batches import Floats
from vapordep.model.events import WALLS_BARE
from vapordep.model.plan import Parallel, Plan
from vapordep.model.reactor import Reactor
from vapordep.model.run import Mode, RunHeader, RunState
from vapordep.model.steady_steps import LetIn
from vapordep.model.steps import ChangeOver, Dose, FlowCheck, Step
from vapordep.safety.conditions import Latest
from vapordep.safety.memory import Civil
from vapordep.safety.substances import wall_coaters

CHANGEOVER = "changeover"
"""The note of a run after which walls count as bare."""


def require_bare(plan: Plan, reactor: Reactor, latest: Latest) -> None:
    """Raises RunError for a source that the walls would keep out at its first dose, hours after the start.

    Until a person confirms other walls within the run; `latest` are the newest samples, and what nobody knows yet is
    left to the interlock.
    """
    for source in _let_in(plan):
        bare = latest.get(f"{source}.walls_bare")
        if bare is not None and bare.usable and not bare.value:
            others = " and ".join(wall_coaters(reactor, source))
            raise RunError(
                f"C5.{source} would refuse {source}: the walls may hold what {others} left there",
                remedy="change the reactor over first, as change_over_liners does: then the walls count as bare",
            )


def _let_in(plan: Plan) -> Iterator[str]:
    """The sources that are opened before the walls are changed."""
    for step, _ in plan.leaves():
        for each in _beside(step):
            match each:
                case ChangeOver():
                    return
                case Dose(source=source) | FlowCheck(source=source):
                    yield from [source] if source else []
                case LetIn():
                    yield from (name for name, flow in each.flows.items() if flow != 0.0)


def _beside(step: Step) -> Iterator[Step]:
    """The steps that a step stands for: those of its branches, else itself."""
    yield from (inner for branch in step.branches for inner in branch.steps) if isinstance(step, Parallel) else (step,)


def coating(reactor: Reactor) -> frozenset[str]:
    """The sources whose doses on the walls matter to others; none in a reactor for one kind of process."""
    return frozenset(other for name in reactor.sources for other in wall_coaters(reactor, name))


def cleans(header: RunHeader) -> bool:
    """Whether the walls count as bare once this run is complete."""
    return CHANGEOVER in header.notes


def coated(folder: Path, reactor: Reactor, now: Civil) -> dict[str, float]:
    """How long ago, in s, each source was last seen open that has coated the walls since the last changeover.

    In runs, and between them by hand or for a test pulse. Every one of them counts, as of now, where no changeover is
    on record or a recording cannot be read: then nobody knows what the walls hold. What this very process has under way
    is left out.
    """
    sources = coating(reactor)
    if not sources:
        return {}
    found = dict[str, float]()
    try:
        for source, ago in _since_changeover(History(folder), reactor, sources, now):
            found[source] = min(ago, found.get(source, inf))
    except HistoryError:
        return dict.fromkeys(sources, 0.0)
    return found


Opening = tuple[str, float]
"""A source that was opened, and how long ago at most, s."""


def _since_changeover(
    history: History, reactor: Reactor, sources: frozenset[str], now: Civil
) -> Iterator[Opening]:  # fmt: skip
    """What was opened since the walls were changed. Raises HistoryError where that is not known."""
    mode = Mode.DRY_RUN if reactor.simulated else Mode.RUN
    for run in history.latest(reactor.name, mode=mode):
        opened, changed = frozenset[str](), cleans(run.header) and run.state is RunState.COMPLETE
        if not changed:
            opened, changed = _opened(history, run, reactor, sources)
        yield from ((source, _ago(run.ended, now)) for source in opened)
        if changed:
            yield from _between(history, reactor, sources, run.ended or run.header.started, now)
            return
    raise HistoryError(f"no changeover of {reactor.name} is on record")


def _between(
    history: History, reactor: Reactor, sources: frozenset[str], since: str, now: Civil
) -> Iterator[Opening]:  # fmt: skip
    """What was opened between runs after `since` (civil).

    For recordings that were pruned those speak that came later: what an engine knew of the walls is in each of them.
    """
    found = history.idle(reactor.name, since=utc(datetime.fromisoformat(since)))
    mine = [each for each in found if each.simulated is reactor.simulated]
    pruned = any(each.pruned for each in mine)
    for idle in mine:
        if idle.pruned or (idle.ended is None and not process.gone(idle.process)):
            continue
        with history.open_idle(idle) as recording:
            ordered = {event.data.get("source") for event in recording.events() if "due_s" in event.data}
            opened = _seen(recording, reactor, sources) | (sources & ordered)
            if pruned:
                opened |= _known(recording, reactor)
        yield from ((source, _ago(idle.ended, now)) for source in opened)


def _seen(
    recording: Recording, reactor: Reactor, sources: frozenset[str], since: float = -inf
) -> frozenset[str]:  # fmt: skip
    """The sources whose valves were read as open since an instant of its clock, s."""
    valves = {name: reactor.sources[name].valve for name in sources}
    return frozenset(name for name, valve in valves.items() if 1.0 in _values(recording, valve, since))


def _known(recording: Recording, reactor: Reactor) -> frozenset[str]:
    """What coats the walls as the engine itself knew it: all that may be meant by a `walls_bare` that is not true."""
    coaters = {name: wall_coaters(reactor, name) for name in reactor.sources}
    return frozenset(
        coater for name, several in coaters.items() if 0.0 in _values(recording, f"{name}.walls_bare", -inf)
        for coater in several
    )  # fmt: skip


def _values(recording: Recording, tag: str, since: float) -> Floats:
    """What a tag was since an instant of the recording's clock, s; nothing where it was never recorded."""
    return recording.samples(tag, since).values if tag in recording.tags() else np.empty(0)


def _opened(
    history: History, run: CataloguedRun, reactor: Reactor, sources: frozenset[str]
) -> tuple[frozenset[str], bool]:
    """The sources that a run opened since it changed the walls, announced ones too; and whether it did."""
    if run.ended is None and not process.gone(run.process):
        return frozenset(), False
    with history.open_recording(run) as recording:
        changes = [event.time for event in recording.events() if event.data.get(WALLS_BARE)]
        since = max(changes, default=-inf)
        announced = {given.intent.source for given in recording.pulses() if given.intent.planned_open >= since}
        return frozenset(announced & sources) | _seen(recording, reactor, sources, since), bool(changes)


def _ago(ended: str | None, now: Civil) -> float:
    """How long ago a recording ended, at most, in s; one that broke off may have ended just now."""
    if ended is None:
        return 0.0
    return max((now.civil - datetime.fromisoformat(ended)).total_seconds(), 0.0)
