"""The summary of a run in the terminal: how it ended and why, its film, its pulses, where it lies."""

from pathlib import Path

from rich.console import Console
from rich.table import Table

from vapordep.app.report import RunReport
from vapordep.cli.words import clock_time, nanometres, shown
from vapordep.model.film import Film
from vapordep.model.run import Mode, RunState
from vapordep.units import Dimension

STYLES = {RunState.COMPLETE: "green", RunState.STOPPED: "yellow"}


def print_report(report: RunReport, plot: Path | None) -> None:
    """Prints a report for a person."""
    console = Console(highlight=False)
    kind = "dry run" if report.mode is Mode.DRY_RUN else "run"
    style = STYLES.get(report.state, "bold red")
    console.print(f"{report.recipe} on {report.reactor} ({kind}): [{style}]{report.state.value}[/], {report.reason}")
    console.print(_facts(report))
    if report.film.layers:
        console.print(film_table(report.film))
    for trip in report.trips:
        console.print(f"[bold red]trip[/] {trip}")
    for alarm in report.alarms:
        console.print(f"[yellow]alarm[/] {alarm}")
    console.print(f"history: {report.history}, run {report.run_id}", soft_wrap=True)
    if plot is not None:
        console.print(f"plot: {plot.resolve()}", soft_wrap=True)


def _facts(report: RunReport) -> Table:
    table = Table.grid(padding=(0, 2))
    ratio = f" ({report.simulated / report.wall:.0f} x real time)" if report.mode is Mode.DRY_RUN and report.wall else ""
    table.add_row("time", f"{clock_time(report.simulated)}, taken {report.wall:.1f} s{ratio}")
    table.add_row("steps", f"{report.steps}, of them {report.doses} pulses")
    table.add_row("foil, highest", shown(report.peak.get("foil.temperature"), Dimension.TEMPERATURE))
    table.add_row("pressure, highest", shown(report.peak.get("chamber.pressure"), Dimension.PRESSURE))
    table.add_row("pulse width error", shown(report.dose_width_error, Dimension.TIME))
    use = ", ".join(f"{name} {shown(amount, Dimension.AMOUNT)}" for name, amount in report.precursor_use.items())
    if use:
        table.add_row("precursor use", use)
    return table


def film_table(film: Film) -> Table:
    """The layers of a film, and their sum."""
    table = Table(box=None, pad_edge=False, padding=(0, 2))
    for heading in ("film", "thickness", "cycles", "per cycle", "mass"):
        table.add_column(heading, justify="left" if heading == "film" else "right")
    for layer in film.layers:
        per_cycle = nanometres(layer.growth_per_cycle) if layer.cycles else "-"
        mass = shown(layer.mass, Dimension.MASS_PER_AREA)
        table.add_row(layer.name, nanometres(layer.thickness), str(layer.cycles or "-"), per_cycle, mass)
    table.add_row("all", nanometres(film.thickness), "", "", shown(film.mass, Dimension.MASS_PER_AREA), style="bold")
    return table
