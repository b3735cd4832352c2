"""Continuing: an ended run is taken up again - its state shown, and after a decision a new run that is linked to it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np

from vapordep.app.remembered.bottles import after, stocked
from vapordep.app.remembered.reactors_alike import differences
from vapordep.app.request import Request
from vapordep.clock import utc_now
from vapordep.errors import InputError, RecipeError
from vapordep.files import parse_yaml, read_yaml
from vapordep.history.catalogue.catalogue import CataloguedRun
from vapordep.history.queries import History
from vapordep.history.recordings.recording import Recording
from vapordep.lazy import dataclass
from vapordep.model.events import Event
from vapordep.model.place import Section
from vapordep.model.reactor import Reactor
from vapordep.model.run import Decided, Decision, Mode, RunHeader, RunState
from vapordep.reactor import reactor_of, read_reactor
from vapordep.recipe import Recipe, examine, judge
from vapordep.recipe.resume.broken_off import LINKS, BrokenOff, begun_with, broken_off, link
from vapordep.recipe.resume.rest import capped, changed_since_layer, going_on
from vapordep.safety.monitors.surface import VENTED

LAST = "last"
CHOOSE = "choose continue, cap or discard"


@dataclass(frozen=True, slots=True)
class Suffered:
    """What the substrate went through: hottest foil in K, s under vacuum, last pressure in Pa; NaN where not known."""

    foil: float
    vacuum: float
    pressure: float
    unattended: float
    """s since the run ended; nobody knows the pressure of that time."""


@dataclass(frozen=True, slots=True)
class TakenUp:
    """A run that ended before its plan, with all that is needed to go on; `remarks` is what has changed since."""

    run: CataloguedRun
    events: tuple[Event, ...]
    reactor: Reactor
    recipe: Recipe
    state: BrokenOff
    suffered: Suffered
    remarks: tuple[str, ...]

    @property
    def choices(self) -> tuple[Decision, ...]:
        """What may be decided."""
        if self.state.complete:
            return (Decision.DISCARD,)
        state = self.state
        goes_on = () if state.no_resume else (Decision.CONTINUE,)
        caps = (Decision.CAP,) if state.plan.cap and not changed_since_layer(state.plan, state.place) else ()
        return (*goes_on, *caps, Decision.DISCARD)


def take_up(history: History, name: str, reactor_file: Path | None = None) -> TakenUp:
    """The state of a run from its recording alone; `last` is the latest of the reactor in that file.

    Raises InputError for a run that is none to go on from, ReactorError or RecipeError when its frozen reactor and
    recipe are refused today, HistoryError when its recording cannot be read.
    """
    history.mark_interrupted()
    run = history.run(_last(history, reactor_file) if name == LAST else name)
    _refuse(run)
    reactor, remarks = _reactor(run.header, reactor_file)
    recipe = _recipe(run.header, reactor)
    reactor = _with_bottles(reactor, run, history)  # only what is left of the plan is to be had of them
    plan = begun_with(recipe.plan, run.header.notes)
    with history.open_recording(run) as recording:
        events = recording.events()
        state = broken_off(plan, events, recording.pulses())
        suffered = _suffered(recording, run)
    if state.section is Section.CAP and run.state is RunState.STOPPED:
        raise InputError(f"{run.run_id} was capped: its film is closed", remedy="make a new run")
    remarks += tuple(f"the recording is not as it was written: {told}" for told in history.verify(run).problems[:1])
    return TakenUp(run, events, reactor, recipe, state, suffered, (*remarks, *_changed(run.header)))


def decided(taken: TakenUp, decision: Decision, person: str, reason: str) -> Decided:
    """The decision as it is kept; raises InputError for one that this run does not bear, or without a reason."""
    if decision not in taken.choices:
        what = f"{taken.run.run_id} cannot be decided to {decision}"
        why = why_not(taken.state, decision)
        raise InputError(f"{what}: {why}", remedy=f"decide {' or '.join(taken.choices)}")
    if decision is Decision.DISCARD and not reason.strip():
        raise InputError("a run is not discarded without a reason", remedy='add --reason "..."')
    return Decided(taken.run.run_id, decision, person, reason.strip(), utc_now().isoformat(timespec="seconds"))


def why_not(state: BrokenOff, decision: Decision) -> str:
    """Why a decision that is no choice is none."""
    if state.complete:
        return "all steps of its plan are done"
    if decision is Decision.CONTINUE:
        return f"it broke off in a part that is not resumed ({state.no_resume})"
    if state.plan.cap:
        return "the walls were changed since its layer: what would close that may no longer be dosed"
    return "its recipe has no section `cap`"


def follow_up(taken: TakenUp, decision: Decided, history: Path) -> tuple[Request, Recipe]:
    """What the decision asks for: a run of what is left, or of what caps it.

    Raises RecipeError when the check refuses that plan: it is judged like any other.
    """
    state, header = taken.state, taken.run.header
    plan = capped(state.plan) if decision.decision is Decision.CAP else going_on(state.plan, state.place)
    findings = judge(plan, taken.reactor, taken.recipe.substrate, lambda _: taken.recipe.file)
    refusals = [finding.error() for finding in findings if finding.refuses]
    if refusals:
        raise RecipeError.gather(refusals)
    asked = Request(
        recipe=Path(taken.recipe.file),
        reactor=Path(taken.reactor.file),
        history=history,
        operator=decision.person,
        samples=header.samples,
        seed=header.seed or 0,
        decided=decision,
        notes={
            "decision": str(decision.decision),
            "reason": decision.reason,
            LINKS: link(header.notes, taken.events, decision.decision, state.place),
        },
    )
    return asked, replace(taken.recipe, plan=plan)


def require_kind(taken: TakenUp, history: History, *, live: bool) -> None:
    """Raises InputError when a run on a reactor would go on as a dry run, or the other way round."""
    mode, _ = history.mode(taken.run)
    dry = mode is Mode.DRY_RUN
    name = taken.run.run_id
    if live and dry and not taken.reactor.simulated:
        raise InputError(f"{name} was a dry run", remedy=f"vapordep dry-run --continue {name}")
    if dry != (taken.reactor.simulated or not live):
        raise InputError(f"{name} was a run on a reactor", remedy=f"vapordep run continue {name} --reactor FILE")


def _last(history: History, reactor_file: Path | None) -> str:
    """The latest run of that reactor; of any, where the history knows only one. Raises InputError for which else."""
    latest = history.latest_of_reactors()
    if reactor_file is not None:
        name = read_reactor(reactor_file).name
        if latest and name not in latest:
            raise InputError(f"there is no run of {name}", remedy="see them all with `vapordep runs list`")
        return latest.get(name, LAST)
    if len(latest) > 1:
        told = ", ".join(f"{run_id} of {name}" for name, run_id in latest.items())
        raise InputError(f"the last run of which reactor? {told}", remedy="name the run, or the reactor by --reactor")
    return LAST


def _refuse(run: CataloguedRun) -> None:
    """Raises InputError for a run that is still going on, that is complete, or about which somebody decided."""
    name = run.run_id
    if run.ended is None:
        raise InputError(f"{name} is still running", remedy="hold, restart or stop it where it runs")
    if run.state is RunState.COMPLETE:
        raise InputError(f"{name} is complete: nothing is left of its plan", remedy="make a new run")
    if run.decided is not None:
        before = run.decided
        why = f": {before.reason}" if before.reason else ""
        raise InputError(
            f"{before.person} decided on {before.decided} to {before.decision} {name}{why}",
            remedy=f"a run is decided on once; see what came of it with `vapordep runs show {name}`",
        )


def _reactor(header: RunHeader, given: Path | None) -> tuple[Reactor, tuple[str, ...]]:
    """The reactor to go on with: the run's own frozen one, or that file where it differs in nothing that matters."""
    noted = header.notes.get("reactor_file", "")
    frozen = reactor_of(parse_yaml(header.reactor_text, noted or header.reactor_name))
    if given is not None:
        today = read_reactor(given)
        told = differences(frozen, today)
        return today, (f"the reactor differs from the run's own in: {', '.join(told)}",) if told else ()
    if not noted or not Path(noted).is_file():
        return frozen, ()
    try:
        today = read_reactor(Path(noted))
    except InputError as error:
        return frozen, (f"{noted} cannot be read any more ({error.what}): the run's own copy is used",)
    if today.sha256 == header.reactor_sha256:
        return today, ()
    told = differences(frozen, today)
    if told:
        raise InputError(
            f"the reactor has changed since the run, in: {', '.join(told)}", where=noted,
            remedy="look at it, then name the file with --reactor to go on with it as it is now",
        )  # fmt: skip
    return today, (f"{noted} has changed, but in nothing that matters: it is used",)


def _with_bottles(reactor: Reactor, run: CataloguedRun, history: History) -> Reactor:
    """With what is left in its bottles: of a dry run, also less what the dry runs took that it goes on from."""
    reactor = stocked(reactor, history.folder)
    mode, _ = history.mode(run)
    return after(reactor, (*history.parents(run), run)) if mode is Mode.DRY_RUN else reactor


def _recipe(header: RunHeader, reactor: Reactor) -> Recipe:
    """The recipe as it was frozen, with its parameters and what it called."""
    document = parse_yaml(header.recipe_text, header.notes.get("recipe_file", header.recipe_name))
    settings = {name: str(value) for name, value in header.parameters.items()}
    examined = examine(document, reactor, settings, header.called)
    refusals = [finding.error() for finding in examined.findings if finding.refuses]
    if refusals or examined.recipe is None:
        raise RecipeError.gather(refusals)
    return replace(examined.recipe, sha256=header.recipe_sha256)


def _changed(header: RunHeader) -> Sequence[str]:
    """Whether the recipe's file is another today."""
    file = header.notes.get("recipe_file", "")
    try:
        today = read_yaml(Path(file)) if file else None
    except InputError:
        today = None
    if today is None:
        return ("the recipe's file is not where it was: the run's own copy is used",) if file else ()
    same = today.sha256 == header.recipe_sha256
    return () if same else (f"{file} has changed since: the run's own copy is used",)


def _suffered(recording: Recording, run: CataloguedRun) -> Suffered:
    tags = recording.tags()
    foil = _good(recording, "foil.temperature") if "foil.temperature" in tags else np.empty((2, 0))
    pressure = _good(recording, "chamber.pressure") if "chamber.pressure" in tags else np.empty((2, 0))
    times, values = pressure
    open_at = times[values >= VENTED]
    began = open_at[-1] if len(open_at) else (times[0] if len(times) else np.nan)
    ended = datetime.fromisoformat(run.ended or run.header.started)
    return Suffered(
        foil=float(foil[1].max()) if foil.size else np.nan,
        vacuum=float(times[-1] - began) if len(times) else np.nan,
        pressure=float(values[-1]) if len(values) else np.nan,
        unattended=max((utc_now() - ended).total_seconds(), 0.0),
    )


def _good(recording: Recording, tag: str) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Instants and values that are numbers."""
    samples = recording.samples(tag)
    known = np.isfinite(samples.values)
    return np.vstack([samples.times[known], samples.values[known]])
