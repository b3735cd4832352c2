"""The summary of a run in the terminal: how it ended and why, its film, its pulses, where it lies."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from vapordep.app.report import RunReport, alarm_as_json
from vapordep.cli.output import console, plain, state_text
from vapordep.cli.words import clock_time, count, nanometres, shown
from vapordep.model.film import Film
from vapordep.model.run import Mode
from vapordep.units import Dimension

LEAST_USE = 1e-9
"""Of a source less than this, in mol, is what leaks through its shut valve, and not told."""


def print_report(report: RunReport) -> None:
    """Prints a report for a person."""
    out = console()
    kind = "dry run" if report.mode is Mode.DRY_RUN else "run"
    out.print(plain(f"{report.recipe} on {report.reactor}, {kind}", style="bold"))
    out.print(state_text(report.state).append(plain(f": {report.reason}", style="default")))
    out.print()
    for name, value in _facts(report):
        out.print(plain(f"{name:<18} {value}"))
    if report.film.layers:
        out.print()
        out.print(film_table(report.film))
    out.print()
    for trip in report.trips:
        out.print(plain(f"trip: {trip}", style="bold red"))
    for alarm in report.alarms:
        out.print(plain(f"alarm: {alarm}", style="yellow"))
    print_standing([alarm_as_json(view) for view in report.standing])
    out.print(plain(f"run {report.run_id}, kept in {report.history}"), soft_wrap=True)


def print_standing(alarms: Sequence[Mapping[str, Any]]) -> None:
    """The alarms that still wait for somebody, as `--json` has them."""
    for alarm in alarms:
        first = f", after {alarm['after']}" if alarm["after"] else ""
        style = "bold red" if alarm["priority"] == "urgent" else "yellow"
        console().print(plain(f"standing alarm: {alarm['id']} {alarm['state']} ({alarm['priority']}{first})", style))


def print_plot(plot: Path) -> None:
    """Says where the plot lies."""
    console().print(plain(f"plot: {plot.resolve()}"), soft_wrap=True)


def film_table(film: Film) -> Table:
    """The layers of a film, and their sum."""
    table = listing("film", "thickness>", "cycles>", "per cycle>", "mass>")
    for layer in film.layers:
        per_cycle = nanometres(layer.growth_per_cycle) if layer.cycles else "-"
        mass = shown(layer.mass, Dimension.MASS_PER_AREA)
        table.add_row(plain(layer.name), nanometres(layer.thickness), str(layer.cycles or "-"), per_cycle, mass)
    table.add_row("all", nanometres(film.thickness), "", "", shown(film.mass, Dimension.MASS_PER_AREA), style="bold")
    return table


def listing(*headings: str) -> Table:
    """An empty table without lines; the columns of headings that end in `>` stand to the right."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for heading in headings:
        right = heading.endswith(">")
        table.add_column(heading.removesuffix(">"), justify="right" if right else "left", no_wrap=True)
    return table


def _facts(report: RunReport) -> Iterator[tuple[str, str]]:
    yield "time", _times(report)
    yield "steps", f"{report.steps}, of them {count(report.doses, 'pulse')}"
    yield "foil at most", shown(report.peak.get("foil.temperature"), Dimension.TEMPERATURE)
    yield "pressure at most", shown(report.peak.get("chamber.pressure"), Dimension.PRESSURE)
    if report.doses:
        yield "pulse width error", f"{shown(report.dose_width_error, Dimension.TIME)} at most, at the valve"
    if used := [f"{n} {shown(a, Dimension.AMOUNT)}" for n, a in report.precursor_use.items() if a > LEAST_USE]:
        yield "precursor use", ", ".join(used)


def _times(report: RunReport) -> str:
    """How long the run took; of a dry run, also how long one waited for it."""
    if report.mode is not Mode.DRY_RUN or report.wall <= 0.0:
        return clock_time(report.simulated)
    return f"{clock_time(report.simulated)} simulated in {report.wall:.1f} s ({report.simulated / report.wall:.0f} x)"
