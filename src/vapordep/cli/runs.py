"""The commands `runs list`, `runs show`, `runs verify`, `runs rebuild` and `runs export`."""

import json
import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from vapordep.app.plain import number
from vapordep.app.plots import check_plot, plot_run
from vapordep.app.verdict import RunVerdict
from vapordep.app.verdict.tables import exposed
from vapordep.app.words import clock_time, count, nanometres, shown
from vapordep.cli.chain import chain_as_json, chain_lines, thickness
from vapordep.cli.coverage import gaps
from vapordep.cli.film import film_table
from vapordep.cli.output import console, listing, local_time, plain, state_text, tell, write_json
from vapordep.cli.past import counted, history_in, none_yet, run_called
from vapordep.cli.summary import print_plot, print_standing
from vapordep.cli.verdict import headline, verdict_or_none
from vapordep.errors import HistoryError, InputError
from vapordep.history.catalogue import Catalogue, CataloguedRun
from vapordep.history.export import export_csv
from vapordep.history.queries import History
from vapordep.history.rebuild import rebuild
from vapordep.history.recording import Recording, Verification
from vapordep.history.search import MOST, Wanted
from vapordep.model.alarms import AlarmState
from vapordep.model.events import Event, Kind
from vapordep.model.pulses import PulseRecord
from vapordep.model.run import RunHeader, RunState
from vapordep.units import Dimension

WIDE = 120
"""From so many columns on, a list tells all that there is."""
GAP = 2
"""Columns between two columns."""
SHORT_ID = len("20261123-142530")
"""A run's id without its end; with it wherever two would look alike."""
MOST_EVENTS = 40
MOST_PROBLEMS = 3
"""Of a recording, that are told beside other things."""
WRONG = 1
"""Exit status when a recording is not as it was written."""
LOUD = "bold red"
QUIET = (Kind.CYCLE, Kind.COMMAND)
"""Events that are too many for a screen; `--json` and the export have them."""


class Words(NamedTuple):
    """What `runs list` was asked for, as it was typed."""

    search: str = ""
    state: str = ""
    reactor: str = ""
    recipe: str = ""
    operator: str = ""
    process: str = ""
    substrate: str = ""
    labels: tuple[str, ...] = ()
    since: str = ""
    before: str = ""

    def wanted(self, most: int, skip: int) -> Wanted:
        """One page of it. Raises InputError for a state that is none."""
        states = {str(state): state for state in RunState}
        if self.state and self.state.upper() not in states:
            raise InputError(f"there is no state {self.state!r}", where="--state", remedy=f"one of {', '.join(states)}")
        return Wanted(
            words=tuple(self.search.split()), state=states.get(self.state.upper()), most=most, skip=skip,
            **{name: value for name, value in self._asdict().items() if name not in ("search", "state")},
        )  # fmt: skip


def _listed(history: History, limit: int, words: Words) -> list[CataloguedRun]:
    """The latest runs like that."""
    found: list[str] = []
    while len(found) < limit:
        total, page = history.search(words.wanted(min(limit - len(found), MOST), len(found)))
        found += [brief.run_id for brief in page]
        if len(found) >= total or not page:
            break
    if not found:
        return []
    with Catalogue.read(history.folder) as catalogue:
        return [catalogue.run(run_id) for run_id in found]


def list_runs(folder: Path | None, limit: int, words: Words, *, as_json: bool) -> None:
    """The latest runs, newest first."""
    history = history_in(folder)
    found = [counted(history, run) for run in _listed(history, limit, words)]
    runs = [run for run, _ in found]
    if as_json:
        write_json([{**_as_json(run), "doubt": doubt or None} for run, doubt in found])
        return
    out = console()
    if not runs:
        out.print(plain("no run is like that") if any(words) else none_yet(history), soft_wrap=True)
        return
    out.print(_wide(runs) if out.width >= WIDE else _narrow(runs, out.width))
    for run, doubt in found:
        if doubt:
            out.print(plain(f"{run.run_id}: {doubt}", style=LOUD))


def show(name: str, folder: Path | None, plot: Path | None, *, as_json: bool) -> None:
    """One run, with its pulses and its events."""
    if plot is not None:
        check_plot(plot)
    history = history_in(folder)
    run, doubt = counted(history, catalogued := run_called(history, name))
    with history.open_recording(run) as recording:
        verified = history.verify(catalogued)
        judged = None if as_json and plot is None else verdict_or_none(recording, run)
        if plot is not None:
            plot_run(recording, run, plot, judged)
        if as_json:
            told = _verified_as_json(verified)
            linked = chain_as_json(history, run)
            write_json({**_as_json(run), **linked, "doubt": doubt or None, "recording": told, **_recorded(recording)})
        else:
            _print(run, recording, verified, judged, chain_lines(history, run))
            if plot is not None:
                print_plot(plot)


def verify(name: str | None, folder: Path | None, *, every: bool, as_json: bool) -> None:
    """Whether recordings are as they were written; exit status 1 when one is not."""
    if every and name is not None:
        raise InputError(f"either the run {name!r} or all of them", remedy="leave out the name, or --all")
    history = history_in(folder)
    runs = history.runs() if every else (run_called(history, name or "last"),)
    found = []
    for run in runs:
        found.append(history.verify(run))
        if not as_json:
            _print_verified(run, found[-1])
    wrong = sum(not each.whole for each in found)
    if as_json:
        told = [{"run_id": run.run_id, **_verified_as_json(each)} for run, each in zip(runs, found, strict=True)]
        write_json(told if every else told[0])
    elif every:
        summary = f"{count(len(runs), 'run')}, {f'{wrong} of them NOT in order' if wrong else 'all in order'}"
        console().print(plain(summary, LOUD if wrong else "") if runs else none_yet(history), soft_wrap=not runs)
    if wrong:
        sys.exit(WRONG)


def rebuild_catalogue(folder: Path | None, *, as_json: bool) -> None:
    """A new catalogue of the recordings, and what is not in it."""
    history = History(folder)
    made = rebuild(history.folder)
    try:
        history.mark_interrupted()
    except HistoryError as error:
        tell(f"warning: {error}")
    if as_json:
        write_json({"runs": made.runs, "kept_aside": made.aside and str(made.aside), "lost": list(made.lost)})
        return
    aside = f"; the damaged one is kept as {made.aside}" if made.aside else ""
    console().print(plain(f"a new catalogue of {count(made.runs, 'run')}{aside}"), soft_wrap=True)
    for line in made.lost:
        console().print(plain(f"- {line}", LOUD), soft_wrap=True)


def export(name: str, form: str, output: Path | None, folder: Path | None, *, as_json: bool) -> None:
    """Samples, pulses and events of one run as CSV files."""
    if form != "csv":
        raise InputError(f"runs are not exported as {form!r}", remedy="use --format csv")
    history = history_in(folder)
    run = run_called(history, name)
    target = output or Path(run.run_id)
    with history.open_recording(run) as recording:
        files = export_csv(recording, _made(target), run.run_id)
    if as_json:
        write_json([str(file) for file in files])
    else:
        for file in files:
            console().print(plain(str(file)), soft_wrap=True)


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"the folder cannot be made: {error.strerror}"
        raise InputError(what, where=str(folder), remedy="name another one with --output") from error
    return folder


def _narrow(runs: Sequence[CataloguedRun], width: int) -> Table:
    """What fits 80 columns; of long recipe names only the beginning."""
    rows = [
        (name, _mode(run), f"{local_time(run.header.started):%d %b %H:%M}", nanometres(thickness(run)))
        for run, name in zip(runs, _short([run.run_id for run in runs]), strict=True)
    ]
    taken = sum(max(len(cell) + GAP for cell in column) for column in zip(*rows, strict=True))
    room = width - taken - max(len(run.state) for run in runs) - GAP
    table = listing("run", "mode", "started", "recipe", "state", "film>")
    for run, (name, mode, started, film) in zip(runs, rows, strict=True):
        table.add_row(name, mode, started, _clipped(run.header.recipe_name, room), state_text(run.state), film)
    return table


def _clipped(text: str, length: int) -> Text:
    shown = plain(text)
    shown.truncate(max(length, 8), overflow="ellipsis")
    return shown


def _wide(runs: Sequence[CataloguedRun]) -> Table:
    table = listing("run", "mode", "started", "recipe", "reactor", "state", "time>", "film>", "samples", "operator")
    for run in runs:
        header = run.header
        table.add_row(
            run.run_id, _mode(run), f"{local_time(header.started):%Y-%m-%d %H:%M}", plain(header.recipe_name),
            plain(header.reactor_name), state_text(run.state), clock_time(run.simulated_s),
            nanometres(thickness(run)), plain(", ".join(sample.id for sample in header.samples) or "-"),
            plain(header.operator),
        )  # fmt: skip
    return table


def _short(ids: Sequence[str]) -> list[str]:
    """Each id as short as one may type it, which is its beginning, where no other one begins so."""
    beginnings = [name[:SHORT_ID] for name in ids]
    return [
        name if beginnings.count(short) > 1 else short for name, short in zip(ids, beginnings, strict=True)
    ]  # fmt: skip


def _mode(run: CataloguedRun) -> str:
    return run.header.mode.value.replace("_", " ")


def _as_json(run: CataloguedRun) -> dict[str, Any]:
    header = run.header
    return {
        "run_id": run.run_id,
        "mode": header.mode.value,
        "recipe": header.recipe_name,
        "recipe_sha256": header.recipe_sha256,
        "reactor": header.reactor_name,
        "reactor_sha256": header.reactor_sha256,
        "parameters": dict(header.parameters),
        "called": [asdict(recipe) for recipe in header.called],
        "versions": dict(header.versions),
        "operator": header.operator,
        "started": header.started,
        "ended": run.ended,
        "state": run.state.value,
        "reason": run.reason,
        "simulated_s": number(run.simulated_s),
        "wall_s": number(run.wall_s),
        "samples_on_stage": [{"id": s.id, "substrate": s.substrate, "position": s.position} for s in header.samples],
        "outcome": dict(run.outcome),
        "coverage": _sheet(run),
    }


def _sheet(run: CataloguedRun) -> dict[str, Any] | None:
    """The coverage sheet as it was when the run started; runs of earlier versions have none."""
    kept = run.header.notes.get("coverage")
    return json.loads(kept) if kept else None


def _recorded(recording: Recording) -> dict[str, Any]:
    return {
        "tags": list(recording.tags()),
        "events": [
            {"time_s": e.time - recording.t0, "kind": e.kind.value, "text": e.text, "data": dict(e.data)}
            for e in recording.events()
        ],
        "amendments": [
            {"time_s": e.time - recording.t0, "text": e.text, **e.data}
            for e in recording.events()
            if e.kind is Kind.AMENDMENT
        ],
        "pulses": [_pulse_as_json(pulse, recording.t0) for pulse in _pulses(recording)],
    }


def _pulse_as_json(pulse: PulseRecord, t0: float) -> dict[str, Any]:
    """Instants in s since the start of the run."""
    intent = pulse.intent
    instants = {
        "planned_open_s": intent.planned_open,
        "planned_close_s": intent.planned_close,
        "commanded_open_s": pulse.commanded_open,
        "commanded_close_s": pulse.commanded_close,
        "acknowledged_open_s": pulse.acknowledged_open,
        "acknowledged_close_s": pulse.acknowledged_close,
    }
    return {
        "number": intent.number, "source": intent.source, "step": intent.step, "cycle": intent.cycle,
        **{name: number(instant - t0) for name, instant in instants.items()},
        "baseline_Pa": number(pulse.baseline), "peak_Pa": number(pulse.peak), "area_Pa_s": number(pulse.area),
        "verdict": pulse.verdict.value,
    }  # fmt: skip


def _pulses(recording: Recording) -> list[PulseRecord]:
    """The pulses that are not under way; one that was refused or withdrawn has no instants."""
    return [pulse for pulse in recording.pulses() if isinstance(pulse, PulseRecord)]


def _print_verified(run: CataloguedRun, found: Verification) -> None:
    out = console()
    out.print(_verdict(run.run_id, found))
    for problem in found.problems:
        out.print(plain(f"- {problem}"))


def _print_judged(out: Console, judged: RunVerdict) -> None:
    out.print(headline(judged))
    out.print(plain(f"all of it with: vapordep runs verdict {judged.run.run_id}", "dim"))
    if judged.bare is not None:
        out.print(plain(f"while bare: {exposed(judged.bare, judged.course.start)}"), soft_wrap=True)


def _verdict(what: str, found: Verification) -> Text:
    """In one line whether a recording is sealed and as it was written."""
    if not found.whole:
        return plain(f"{what}: NOT in order, {count(len(found.problems), 'problem')}", LOUD)
    state = "sealed and verified" if found.sealed else "not sealed yet, in order so far"
    return plain(f"{what}: {state}; {count(found.events, 'event')}, {count(found.samples, 'sample')}")


def _verified_as_json(found: Verification) -> dict[str, Any]:
    return {
        "verified": found.whole,
        "sealed": found.sealed,
        "events": found.events,
        "samples": found.samples,
        "chunks": found.chunks,
        "problems": list(found.problems),
    }


def _print(
    run: CataloguedRun, recording: Recording, verified: Verification, judged: RunVerdict | None, chain: Sequence[str]
) -> None:
    out = console()
    header = run.header
    out.print(plain(f"{header.recipe_name} on {header.reactor_name}, {_mode(run)} {run.run_id}", style="bold"))
    out.print(state_text(run.state).append(plain(f": {run.reason}", style="default")))
    if judged is not None:
        _print_judged(out, judged)
    out.print(plain(f"started {local_time(header.started):%Y-%m-%d %H:%M:%S %Z} by {header.operator}, {_took(run)}"))
    out.print(_verdict("recording", verified))
    for problem in verified.problems[:MOST_PROBLEMS]:
        out.print(plain(f"- {problem}", LOUD))
    if not verified.whole:
        out.print(plain(f"more with: vapordep runs verify {run.run_id}", LOUD))
    for line in (*_given_lines(header), *chain):
        out.print(plain(line))
    print_standing(run.outcome.get("standing_alarms", ()))
    if sheet := _sheet(run):
        out.print(plain(gaps(sheet)), soft_wrap=True)
    film = recording.film()
    if film.layers:
        out.print()
        out.print(film_table(film))
    if pulses := [pulse for pulse in _pulses(recording) if math.isfinite(pulse.commanded_open)]:
        out.print()
        out.print(_pulse_table(pulses))
    events = recording.events()
    for lines in (_amendment_lines(events, recording.t0), _event_lines(events, recording.t0)):
        out.print()
        for line in lines:
            out.print(plain(line), soft_wrap=True)


def _took(run: CataloguedRun) -> str:
    return "still running" if run.ended is None else f"took {clock_time(run.simulated_s)}"


def _given_lines(header: RunHeader) -> Iterator[str]:
    """What the run was given beside recipe and reactor."""
    if header.parameters:
        yield "parameters: " + ", ".join(f"{name} = {value}" for name, value in header.parameters.items())
    for recipe in header.called:
        yield f"calls {recipe.name}, {recipe.file}, sha256 {recipe.sha256[:12]}"
    for sample in header.samples:
        yield f"sample {sample.id} of {sample.substrate}{' at ' + sample.position if sample.position else ''}"


def _amendment_lines(events: Iterable[Event], t0: float) -> Iterable[str]:
    """What people changed of the plan while it ran."""
    return [f"amended at {clock_time(e.time - t0)}: {e.text}" for e in events if e.kind is Kind.AMENDMENT]


def _event_lines(events: Iterable[Event], t0: float) -> Iterable[str]:
    """The events that a person wants to see, the latest last."""
    told = [event for event in events if event.kind not in QUIET and not _by_design(event)]
    if len(told) > MOST_EVENTS:
        yield f"... {len(told) - MOST_EVENTS} earlier events; `vapordep runs export` has them all"
    for event in told[-MOST_EVENTS:]:
        yield f"{clock_time(event.time - t0):>8}  {event.kind.value:<10}  {event.text}"


def _by_design(event: Event) -> bool:
    """Whether an alarm that was quiet was suppressed, or no longer is: it tells of the plan, not of the reactor."""
    return {event.data.get("was"), event.data.get("state")} == {AlarmState.NORMAL, AlarmState.SUPPRESSED}


def _pulse_table(pulses: Sequence[PulseRecord]) -> Table:
    """The pulses by source: how many, how wide, how much."""
    table = listing("source", "pulses>", "weak>", "width>", "median peak>", "median area>")
    for source in dict.fromkeys(pulse.intent.source for pulse in pulses):
        mine = [pulse for pulse in pulses if pulse.intent.source == source]
        table.add_row(
            plain(source), str(len(mine)), str(sum(pulse.verdict.value == "weak" for pulse in mine)),
            shown(_median(pulse.width for pulse in mine), Dimension.TIME),
            f"{_median(pulse.peak for pulse in mine):.3g} Pa", f"{_median(pulse.area for pulse in mine):.3g} Pa s",
        )  # fmt: skip
    return table


def _median(values: Iterable[float]) -> float:
    """Of those that are known; NaN when none is."""
    known = [value for value in values if value == value]
    return float(np.median(known)) if known else float("nan")
