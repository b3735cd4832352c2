"""The commands `runs show` and `runs export`."""

import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from vapordep.app.plots import check_plot, plot_run
from vapordep.app.verdict import RunVerdict
from vapordep.app.verdict.tables import exposed
from vapordep.app.words import clock_time, shown
from vapordep.cli.review.chain import chain_as_json, chain_lines
from vapordep.cli.review.run_list import mode_of
from vapordep.cli.review.runs_as_json import pulses_of, recorded_as_json, run_as_json, sheet_of
from vapordep.cli.review.verifying import verified_as_json, verified_line
from vapordep.cli.terminal.coverage import gaps
from vapordep.cli.terminal.film import film_table
from vapordep.cli.terminal.output import LOUD, console, listing, local_time, plain, state_text, write_json
from vapordep.cli.terminal.past import counted, history_in, run_called
from vapordep.cli.terminal.summary import print_plot, print_standing
from vapordep.cli.terminal.verdict import headline, verdict_or_none
from vapordep.errors import InputError
from vapordep.history.catalogue.catalogue import Catalogue, CataloguedRun
from vapordep.history.catalogue.notebook import measurements_of
from vapordep.history.export.export import Part, export_csv, taken_back
from vapordep.history.export.measured_export import export_measurements
from vapordep.history.export.parquet import export_parquet
from vapordep.history.recordings.recording import Recording, Verification
from vapordep.model.alarms import AlarmState
from vapordep.model.events import Event, Kind
from vapordep.model.pulses import PulseRecord
from vapordep.model.run import RunHeader
from vapordep.units import Dimension, parse

EXPORTS = {"csv": export_csv, "parquet": export_parquet}
MOST_EVENTS = 40
MOST_PROBLEMS = 3
"""Of a recording, that are told beside other things."""
QUIET = (Kind.CYCLE, Kind.COMMAND)
"""Events that are too many for a screen; `--json` and the export have them."""


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
            told = verified_as_json(verified)
            linked = chain_as_json(history, run)
            write_json(
                {**run_as_json(run), **linked, "doubt": doubt or None, "recording": told, **recorded_as_json(recording)}
            )
        else:
            _print(run, recording, verified, judged, chain_lines(history, run))
            if plot is not None:
                print_plot(plot)


def export(
    name: str, form: str, output: Path | None, folder: Path | None, tags: Sequence[str], since: str, until: str, *,
    as_json: bool,
) -> None:  # fmt: skip
    """Samples, pulses and events of one run, or of a part of it, as CSV or Parquet; as CSV what was measured of it."""
    if form not in EXPORTS:
        raise InputError(f"runs are not exported as {form!r}", remedy="use --format csv, or parquet")
    start = parse(since, Dimension.TIME) if since else -np.inf
    end = parse(until, Dimension.TIME) if until else np.inf
    history = history_in(folder)
    run = run_called(history, name)
    with Catalogue.read(history.folder) as catalogue, catalogue.entering() as connection:
        measured = measurements_of(connection, run.run_id)
    target = output or Path(run.run_id)
    with history.open_recording(run) as recording, taken_back(target) as files:
        part = Part(tuple(dict.fromkeys(tags)), recording.t0 + start, recording.t0 + end)
        files += EXPORTS[form](recording, target, run.run_id, part)
        files += export_measurements(measured, target, run.run_id)
    if as_json:
        write_json([str(file) for file in files])
    else:
        for file in files:
            console().print(plain(str(file)), soft_wrap=True)


def _print_judged(out: Console, judged: RunVerdict) -> None:
    out.print(headline(judged))
    out.print(plain(f"all of it with: vapordep runs verdict {judged.run.run_id}", "dim"))
    if judged.bare is not None:
        out.print(plain(f"while bare: {exposed(judged.bare, judged.course.start)}"), soft_wrap=True)


def _print(
    run: CataloguedRun, recording: Recording, verified: Verification, judged: RunVerdict | None, chain: Sequence[str]
) -> None:
    out = console()
    header = run.header
    out.print(plain(f"{header.recipe_name} on {header.reactor_name}, {mode_of(run)} {run.run_id}", style="bold"))
    out.print(state_text(run.state).append(plain(f": {run.reason}", style="default")))
    if judged is not None:
        _print_judged(out, judged)
    out.print(plain(f"started {local_time(header.started):%Y-%m-%d %H:%M:%S %Z} by {header.operator}, {_took(run)}"))
    out.print(verified_line("recording", verified))
    for problem in verified.problems[:MOST_PROBLEMS]:
        out.print(plain(f"- {problem}", LOUD))
    if not verified.whole:
        out.print(plain(f"more with: vapordep runs verify {run.run_id}", LOUD))
    for line in (*_given_lines(header), *chain):
        out.print(plain(line))
    print_standing(run.outcome.get("standing_alarms", ()))
    if sheet := sheet_of(run):
        out.print(plain(gaps(sheet)), soft_wrap=True)
    film = recording.film()
    if film.layers:
        out.print()
        out.print(film_table(film))
    if pulses := [pulse for pulse in pulses_of(recording) if math.isfinite(pulse.commanded_open)]:
        out.print()
        out.print(_pulse_table(pulses))
    _print_events(out, recording.events(), recording.t0)


def _print_events(out: Console, events: Sequence[Event], t0: float) -> None:
    """What people changed of the plan, and what happened."""
    for lines in (_amendment_lines(events, t0), list(_event_lines(events, t0))):
        if lines:
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


def _amendment_lines(events: Iterable[Event], t0: float) -> list[str]:
    """What people changed of the plan while it ran."""
    return [f"amended at {clock_time(e.time - t0)}: {e.text}" for e in events if e.kind is Kind.AMENDMENT]


def _event_lines(events: Iterable[Event], t0: float) -> Iterable[str]:
    """The events that a person wants to see, the latest last."""
    told = [event for event in events if _first_cycle(event) or (event.kind not in QUIET and not _by_design(event))]
    if len(told) > MOST_EVENTS:
        yield f"... {len(told) - MOST_EVENTS} earlier events; `vapordep runs export` has them all"
    for event in told[-MOST_EVENTS:]:
        text = f"{event.data['block']}, {event.data['cycles']} cycles" if _first_cycle(event) else event.text
        yield f"{clock_time(event.time - t0):>8}  {event.kind.value:<10}  {text}"


def _first_cycle(event: Event) -> bool:
    """Whether a loop begins with it: of its cycles only that is told."""
    return event.kind is Kind.CYCLE and event.data.get("cycle") == 1


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
