"""The commands `run continue` and `dry-run --continue`: the state of an ended run, and what a person decides."""

import sys
from contextlib import ExitStack
from pathlib import Path

from vapordep.app.foretold.retrace import retrace
from vapordep.app.places import reactor_file
from vapordep.app.remembered.continuing import CHOOSE, TakenUp, decided, follow_up, require_kind, take_up
from vapordep.app.remembered.taken_up import as_json, goes_on
from vapordep.app.request import Request, login_name
from vapordep.app.running.dry_run import dry_run_of
from vapordep.app.running.live_run import live_run
from vapordep.app.running.outside import confirmed
from vapordep.app.words import clock_time, shown
from vapordep.cli.operate.live_run import confirm
from vapordep.cli.operate.orders import serving, take_up_served
from vapordep.cli.recipes.dry_run import check_pace, check_places, finish, outside
from vapordep.cli.terminal.output import console, local_time, plain, state_text, tell, write_json
from vapordep.errors import InputError
from vapordep.history.folder import default_folder
from vapordep.history.queries import History
from vapordep.lazy import dataclass
from vapordep.link.locks import reactor_lock
from vapordep.model.run import Decision
from vapordep.recipe import Recipe
from vapordep.recipe.resume.broken_off import BrokenOff, LastDose
from vapordep.units import Dimension


@dataclass(frozen=True, slots=True)
class Asked:
    """What was written on the command line about a run that is to be taken up."""

    run: str
    decision: str | None
    reason: str
    reactor: str | None
    operator: str | None
    history: Path | None
    plot: Path | None
    as_json: bool


def continue_live(asked: Asked, *, yes: bool) -> None:
    """On a reactor's own lines, in real time."""
    taken, found = _decided(asked, live=True)
    if found is None:
        return
    request, recipe = found
    served = serving(taken.reactor)
    if not yes:
        confirm(taken.reactor, recipe, request.history, served)
    if served is not None and request.decided is not None:
        take_up_served(served, request.decided, taken.reactor, as_json=asked.as_json)
        return
    with (
        reactor_lock(taken.reactor, "`vapordep run continue`"),
        outside(
            recipe.name, quiet=asked.as_json, otherwise=confirmed, confirm=not yes, person=request.operator
        ) as told,
    ):
        report = live_run(request, taken.reactor, recipe, told)
    finish(report, request.history, asked.plot, as_json=asked.as_json)


def continue_dry(asked: Asked, pace: float | None, *, wire: bool) -> None:
    """On simulated instruments; the plant starts cold and under gas, with the film that the earlier runs left."""
    check_pace(pace)
    taken, found = _decided(asked, live=False)
    if found is None:
        return
    request, recipe = found
    history = History(request.history)
    with ExitStack() as stack:
        runs = (*history.parents(taken.run), taken.run)
        recordings = [stack.enter_context(history.open_recording(run)) for run in runs]
        film = retrace(recordings, taken.reactor, recipe.substrate.name)
    with outside(recipe.name, quiet=asked.as_json, person=request.operator) as told:
        report = dry_run_of(request, taken.reactor, recipe, told, pace, wire=wire, film=film)
    finish(report, request.history, asked.plot, as_json=asked.as_json)


def _decided(asked: Asked, *, live: bool) -> tuple[TakenUp, tuple[Request, Recipe] | None]:
    """The state, and the run that the decision asks for; None when there is none to make."""
    history = History(asked.history or default_folder())
    taken = take_up(history, asked.run, reactor_file(asked.reactor) if asked.reactor else None)
    require_kind(taken, history, live=live)
    decision = _decision(asked, taken)
    if decision is None:
        return taken, None
    person = (asked.operator or "").strip() or login_name()
    made = decided(taken, decision, person, asked.reason or _reason(decision, asked))
    if decision is Decision.DISCARD:
        served = serving(taken.reactor)
        if served is not None:
            take_up_served(served, made, taken.reactor, as_json=asked.as_json)
            return taken, None
        history.decide(made)
        _tell_discarded(taken, made.person, asked)
        return taken, None
    request, recipe = follow_up(taken, made, history.folder)
    check_places(request, asked.plot)
    for remark in taken.remarks:
        tell(f"remark: {remark}")
    return taken, (request, recipe)


def _decision(asked: Asked, taken: TakenUp) -> Decision | None:
    """The decision of the command line, or of the person at the terminal; None: only the state is shown."""
    if asked.decision is not None:
        try:
            return Decision(asked.decision)
        except ValueError:
            raise InputError(f"{asked.decision!r} is no decision", remedy=CHOOSE) from None
    if asked.as_json:
        write_json(as_json(taken))
        return None
    _print(taken)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return None
    choices = " / ".join(taken.choices)
    answer = console(error=True).input(f"Decide: {choices}, or Enter to leave it as it is: ").strip()
    return Decision(answer) if answer in taken.choices else None


def _reason(decision: Decision, asked: Asked) -> str:
    """Asked for where somebody can answer; a discarded run needs one."""
    if decision is Decision.DISCARD and asked.decision is None:
        return console(error=True).input("Why? ").strip()
    return ""


def _tell_discarded(taken: TakenUp, person: str, asked: Asked) -> None:
    if asked.as_json:
        write_json({"run_id": taken.run.run_id, "decision": "discard", "person": person, "reason": asked.reason})
    else:
        console().print(plain(f"{taken.run.run_id} is discarded by {person}; it stays in the history"))


# --- the state, for people ------------------------------------------------------------------------------


def _print(taken: TakenUp) -> None:
    run, out = taken.run, console()
    header = run.header
    out.print(plain(f"{header.recipe_name} on {header.reactor_name}, {run.run_id}", style="bold"))
    out.print(state_text(run.state).append(plain(f": {run.reason}", style="default")))
    for name, value in _facts(taken):
        out.print(plain(f"{name:<14} {value}"), soft_wrap=True)
    for remark in taken.remarks:
        out.print(plain(f"remark: {remark}", style="yellow"), soft_wrap=True)
    out.print(plain(f"to decide: {', '.join(taken.choices)}"))


def _facts(taken: TakenUp) -> list[tuple[str, str]]:
    state, suffered = taken.state, taken.suffered
    ended = f"{local_time(taken.run.ended or taken.run.header.started):%Y-%m-%d %H:%M:%S %Z}"
    away = clock_time(suffered.unattended)
    pressure, foil = shown(suffered.pressure, Dimension.PRESSURE), shown(suffered.foil, Dimension.TEMPERATURE)
    return [
        ("ended", f"{ended}, {away} ago; the pressure since then is not known"),
        ("whole cycles", ", ".join(f"{x.name} {x.whole} of {x.planned}" for x in state.layers) or "none"),
        ("last dose", _last(state)),
        ("goes on", goes_on(state)),
        ("foil at most", foil),
        ("under vacuum", f"{clock_time(suffered.vacuum)} in the run, {pressure} at its end"),
        ("checkpoints", ", ".join(state.checkpoints) or "none"),
    ]


def _last(state: BrokenOff) -> str:
    given = "none" if state.last is None else _dose(state.last)
    return given if state.perhaps is None else f"{given}; perhaps {_dose(state.perhaps)} after it"


def _dose(dose: LastDose) -> str:
    return f"{dose.step}{f' ({dose.half})' if dose.half else ''}"
