"""The summary of a run in the terminal: its verdict first, then how it ended, its film, its pulses, where it lies."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from vapordep.app.running.report import RunReport
from vapordep.app.verdict import RunVerdict
from vapordep.app.words import count, shown
from vapordep.cli.terminal.film import film_table
from vapordep.cli.terminal.output import LOUD, console, plain, state_text
from vapordep.cli.terminal.verdict import print_verdict
from vapordep.model.run import Mode
from vapordep.units import Dimension
from vapordep.wire import alarm_as_json


def print_report(report: RunReport, verdict: RunVerdict | None) -> None:
    """Prints a report for a person; `verdict` is None when there can be none, and then trips and alarms are told."""
    out = console()
    if verdict is not None:
        print_verdict(verdict, _facts(report))
    else:
        kind = "dry run" if report.mode is Mode.DRY_RUN else "run"
        out.print(plain(f"{report.recipe} on {report.reactor}, {kind}", style="bold"))
        out.print(state_text(report.state).append(plain(f": {report.reason}", style="default")))
        for trip in report.trips:
            out.print(plain(f"trip: {trip}", style=LOUD))
        for alarm in report.alarms:
            out.print(plain(f"alarm: {alarm}", style="yellow"))
        if report.film.layers:
            out.print(film_table(report.film))
    out.print()
    print_standing([alarm_as_json(view) for view in report.standing])
    out.print(plain(f"run {report.run_id}, kept in {report.history}"), soft_wrap=True)


def print_standing(alarms: Sequence[Mapping[str, Any]]) -> None:
    """The alarms that still wait for somebody, as `--json` has them."""
    for alarm in alarms:
        first = f", after {alarm['after']}" if alarm["after"] else ""
        style = LOUD if alarm["priority"] == "urgent" else "yellow"
        console().print(plain(f"standing alarm: {alarm['id']} {alarm['state']} ({alarm['priority']}{first})", style))


def print_plot(plot: Path) -> None:
    """Says where the plot lies."""
    console().print(plain(f"plot: {plot.resolve()}"), soft_wrap=True)


def _facts(report: RunReport) -> Iterator[tuple[str, str]]:
    """What no recording holds."""
    pressure = shown(report.peak.get("chamber.pressure"), Dimension.PRESSURE)
    yield "pressure", f"{pressure} at most"
    if report.doses:
        error = shown(report.dose_width_error, Dimension.TIME)
        yield "doses", f"{count(report.doses, 'pulse')}, their width at most {error} off at the valve"
    if report.mode is Mode.DRY_RUN and report.wall > 0.0:
        yield "simulated", f"in {report.wall:.1f} s ({report.simulated / report.wall:.0f} x real time)"
