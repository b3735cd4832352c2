"""The commands `runs list`, `runs show` and `runs export`."""

import json
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from vapordep.app.plots import plot_run
from vapordep.app.report import number
from vapordep.cli.summary import STYLES, film_table
from vapordep.cli.words import clock_time, nanometres
from vapordep.errors import InputError
from vapordep.history.catalogue import CataloguedRun
from vapordep.history.export import export_csv
from vapordep.history.queries import History
from vapordep.history.recording import Recording
from vapordep.model.events import Kind
from vapordep.model.pulses import PulseRecord

MOST_EVENTS = 40


def list_runs(folder: Path | None, limit: int, as_json: bool) -> None:
    """The latest runs, newest first."""
    history = History(folder)
    history.mark_interrupted()
    runs = history.runs()[:limit]
    if as_json:
        sys.stdout.write(json.dumps([_as_json(run) for run in runs]) + "\n")
        return
    if not runs:
        Console().print(f"no runs yet in {history.folder}; begin with: vapordep demo", highlight=False, soft_wrap=True)
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2))
    for heading in ("run", "mode", "recipe", "reactor", "state", "time", "film", "samples"):
        table.add_column(heading, justify="right" if heading in ("time", "film") else "left")
    for run in runs:
        header = run.header
        table.add_row(
            run.run_id, header.mode.value.replace("_", " "), header.recipe_name, header.reactor_name,
            f"[{STYLES.get(run.state, 'bold red')}]{run.state.value}[/]",
            clock_time(run.simulated_s) if run.simulated_s is not None else "-",
            nanometres(_thickness(run)), ", ".join(sample.id for sample in header.samples) or "-",
        )  # fmt: skip
    Console().print(table)


def show(name: str, folder: Path | None, plot: Path | None, as_json: bool) -> None:
    """One run, with its pulses and its events."""
    history = History(folder)
    history.mark_interrupted()
    run = history.run(name)
    with history.open_recording(run) as recording:
        if plot is not None:
            plot_run(recording, f"{run.header.recipe_name}: {run.state}, run {run.run_id}", plot)
        if as_json:
            sys.stdout.write(json.dumps({**_as_json(run), **_recorded(recording)}) + "\n")
        else:
            _print(run, recording)


def export(name: str, form: str, output: Path | None, folder: Path | None, as_json: bool) -> None:
    """Samples, pulses and events of one run as CSV files."""
    if form != "csv":
        raise InputError(f"runs are not exported as {form!r}", remedy="use --format csv")
    history = History(folder)
    run = history.run(name)
    target = output or Path(run.run_id)
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"the folder cannot be made: {error.strerror}", where=str(target), remedy="name another one") from error
    with history.open_recording(run) as recording:
        files = export_csv(recording, target, run.run_id)
    if as_json:
        sys.stdout.write(json.dumps([str(file) for file in files]) + "\n")
    else:
        for file in files:
            sys.stdout.write(f"{file}\n")


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
        "versions": dict(header.versions),
        "operator": header.operator,
        "started": header.started,
        "ended": run.ended,
        "state": run.state.value,
        "reason": run.reason,
        "simulated_s": run.simulated_s,
        "wall_s": run.wall_s,
        "samples_on_stage": [{"id": s.id, "substrate": s.substrate, "position": s.position} for s in header.samples],
        "outcome": dict(run.outcome),
    }


def _recorded(recording: Recording) -> dict[str, Any]:
    pulses = [p for p in recording.pulses() if isinstance(p, PulseRecord)]
    return {
        "tags": list(recording.tags()),
        "events": [
            {"time_s": e.time, "kind": e.kind.value, "text": e.text, "data": dict(e.data)} for e in recording.events()
        ],
        "pulses": [
            {
                "number": p.intent.number, "source": p.intent.source, "step": p.intent.step, "cycle": p.intent.cycle,
                "planned_open_s": p.intent.planned_open, "planned_close_s": p.intent.planned_close,
                "commanded_open_s": number(p.commanded_open), "commanded_close_s": number(p.commanded_close),
                "acknowledged_open_s": number(p.acknowledged_open),
                "acknowledged_close_s": number(p.acknowledged_close), "baseline_Pa": number(p.baseline),
                "peak_Pa": number(p.peak), "area_Pa_s": number(p.area), "verdict": p.verdict.value,
            }
            for p in pulses
        ],
    }  # fmt: skip


def _thickness(run: CataloguedRun) -> float | None:
    film = run.outcome.get("film") or {}
    thickness = film.get("thickness_m")
    return thickness if isinstance(thickness, float) else None


def _print(run: CataloguedRun, recording: Recording) -> None:
    console = Console(highlight=False)
    header = run.header
    console.print(f"run {run.run_id}: {header.recipe_name} on {header.reactor_name}, {header.mode.value.replace('_', ' ')}")
    console.print(f"[{STYLES.get(run.state, 'bold red')}]{run.state.value}[/]: {run.reason}")
    console.print(f"started {header.started} by {header.operator}; {clock_time(run.simulated_s or float('nan'))} on its clock")
    if header.parameters:
        console.print("parameters: " + ", ".join(f"{name} = {value}" for name, value in header.parameters.items()))
    for sample in header.samples:
        console.print(f"sample {sample.id}{' at ' + sample.position if sample.position else ''}")
    film = recording.film()
    if film.layers:
        console.print(film_table(film))
    console.print(_pulse_table(recording))
    events = [event for event in recording.events() if event.kind not in (Kind.CYCLE, Kind.COMMAND)]
    for event in events[-MOST_EVENTS:]:
        console.print(f"{clock_time(event.time):>9}  {event.kind.value:<10}  {event.text}", soft_wrap=True, markup=False)


def _pulse_table(recording: Recording) -> Table:
    """The pulses by source: how many, how wide, how much."""
    table = Table(box=None, pad_edge=False, padding=(0, 2))
    for heading in ("source", "pulses", "width", "peak, median", "area, median", "weak"):
        table.add_column(heading, justify="left" if heading == "source" else "right")
    pulses = [p for p in recording.pulses() if isinstance(p, PulseRecord)]
    for source in dict.fromkeys(p.intent.source for p in pulses):
        mine = [p for p in pulses if p.intent.source == source]
        weak = sum(p.verdict.value == "weak" for p in mine)
        table.add_row(
            source, str(len(mine)), f"{_median([p.width for p in mine]) * 1e3:.3g} ms",
            f"{_median([p.peak for p in mine]):.3g} Pa", f"{_median([p.area for p in mine]):.3g} Pa s", str(weak),
        )  # fmt: skip
    return table


def _median(values: list[float]) -> float:
    import numpy as np

    known = [value for value in values if value == value]
    return float(np.median(known)) if known else float("nan")
