"""The page of a run: its verdict, trends, pulses laid over each other, how near each rule came, and all numbers."""

import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from vapordep.app.plots import sheet
from vapordep.app.plots.composition import draw_composition
from vapordep.app.plots.place import check_plot, write_plot
from vapordep.app.plots.pulses import draw_pulses
from vapordep.app.plots.rules import draw_rules
from vapordep.app.plots.trends import Limit, Trends
from vapordep.app.verdict import RunVerdict, tables
from vapordep.app.verdict.doses import given
from vapordep.files.printable import printable
from vapordep.history.catalogue.catalogue import CataloguedRun
from vapordep.history.recordings.recording import Recording
from vapordep.model.run import Mode, RunState

WIDTH, DPI = 12.0, 100
"""In inches, and points an inch: 1200 pixels."""
BANDS, TEMPERATURE, PRESSURE, PULSES, COMPOSITION = 0.25, 2.9, 2.4, 2.6, 2.0
"""Heights of the panels, in inches."""
EDGE, AXIS, BESIDE = 0.25, 0.95, 2.3
"""Room at the edges of the page, for the numbers of an axis, and for a legend beside it, in inches."""
BETWEEN, UNDER = 0.12, 0.55
"""Between two panels, and below one whose axis has a name, in inches."""
HALF = 6.1
"""Where the right half of the page begins, in inches."""
NAME, TICK = 0.09, 0.25
"""Room for a letter of the name of a rule beside its bar, and around the names, in inches."""
LONGEST = 110
"""Letters of a title."""


def plot_run(recording: Recording, run: CataloguedRun, path: Path, verdict: RunVerdict | None) -> None:
    """Writes the page of a run; without a verdict, its trends and pulses.

    Raises FileError when it cannot be written.
    """
    check_plot(path)
    write_plot(draw(recording, run, verdict, path.suffix.lower().removeprefix(".")), path)


def draw(recording: Recording, run: CataloguedRun, verdict: RunVerdict | None, form: str) -> bytes:
    """The whole page as a file of that form: png, pdf or svg."""
    pulses = given(recording)
    trends = Trends(recording, pulses, _temperatures(recording, verdict), _pressures(verdict))
    page = Page()
    _head(page, run, verdict)
    for height, panel in (
        (BANDS, trends.draw_bands),
        (TEMPERATURE, trends.draw_temperatures),
        (PRESSURE, trends.draw_pressure),
    ):
        panel(page.panel(height, AXIS, WIDTH - BESIDE))
    page.skip(UNDER)
    if pulses:
        pressure = recording.samples("chamber.pressure")
        draw_pulses(page.panel(PULSES, AXIS, WIDTH - BESIDE), pulses, pressure)
        page.skip(UNDER)
    if verdict is not None:
        if verdict.profiles:
            draw_composition(page.panel(COMPOSITION, AXIS, WIDTH - BESIDE), verdict.profiles)
            page.skip(UNDER)
        _foot(page, verdict)
    return page.as_file(form)


class Page:
    """A page that grows downwards, panel by panel; places are in inches from its upper left corner."""

    def __init__(self) -> None:
        from matplotlib.figure import Figure

        self._figure = Figure(figsize=(WIDTH, 1.0), dpi=DPI)
        self._panels: list[tuple[Any, float, float, float, float]] = []
        self._down = EDGE

    def panel(self, height: float, left: float, right: float, *, beside: bool = False) -> Any:
        """The axes of a panel below the last one; `beside`: the next one begins at the same height."""
        axes = self._figure.add_axes((0.0, 0.0, 1.0, 1.0), label=str(len(self._panels)))
        self._panels.append((axes, left, self._down, right - left, height))
        if not beside:
            self._down += height + BETWEEN
        return axes

    def skip(self, height: float) -> None:
        """Leaves room."""
        self._down += height

    def as_file(self, form: str) -> bytes:
        """The page, as long as it has become."""
        length = self._down + EDGE
        self._figure.set_size_inches(WIDTH, length)
        for axes, left, down, width, height in self._panels:
            axes.set_position((left / WIDTH, 1.0 - (down + height) / length, width / WIDTH, height / length))
        drawn = io.BytesIO()
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph")  # a name in a script that the font lacks shows as boxes
            self._figure.savefig(drawn, format=form)
        return drawn.getvalue()


def title(run: CataloguedRun) -> list[str]:
    """Two lines: what was run and how it ended; which run it was and what film it gave."""
    header = run.header
    ended = str(run.state) if run.state is RunState.COMPLETE else f"{run.state}: {run.reason}"
    kind = "dry run" if header.mode is Mode.DRY_RUN else "run"
    second = [f"{kind} {run.run_id}", header.started[:16].replace("T", " ") + " UTC"]
    thickness = (run.outcome.get("film") or {}).get("thickness_m")
    if thickness:
        second.append(f"film {thickness * 1e9:.2f} nm")
    first = printable(f"{header.recipe_name} on {header.reactor_name}, {ended}").replace("\n", " ")
    return [first if len(first) <= LONGEST else first[: LONGEST - 1] + "…", ", ".join(second)]


def _head(page: Page, run: CataloguedRun, verdict: RunVerdict | None) -> None:
    """The verdict in large letters, why, and what was run."""
    if verdict is not None:
        word, _ = tables.headline(verdict)
        sheet.write_large(page.panel(0.3, EDGE, WIDTH - EDGE), word, sheet.COLOURS[verdict.fitness])
        lines = sheet.reasons(verdict)
        sheet.write(page.panel(sheet.height(lines), EDGE, WIDTH - EDGE), lines, family="sans-serif")
    lines = title(run)
    sheet.write(page.panel(sheet.height(lines), EDGE, WIDTH - EDGE), lines, family="sans-serif")


def _foot(page: Page, verdict: RunVerdict) -> None:
    """How near the rules came as bars beside their table, then all other numbers."""
    rules = sheet.rules(verdict)
    bars = max(sheet.height(rules), 1.2)
    sheet.write(page.panel(bars, EDGE, HALF, beside=True), rules)
    names = NAME * max((len(rule.rule.id) for rule in verdict.rules), default=0) + TICK
    left = max(HALF + AXIS, EDGE + sheet.width(rules) + names)
    draw_rules(page.panel(bars, left, WIDTH - BESIDE + 0.9), verdict)
    page.skip(UNDER)
    lines = sheet.numbers(verdict)
    sheet.write(page.panel(sheet.height(lines), EDGE, WIDTH - EDGE), lines)


def _temperatures(recording: Recording, verdict: RunVerdict | None) -> tuple[Limit, ...]:
    """The substrate's limits; of a run without a verdict, the trip that was recorded."""
    if verdict is not None:
        heat = verdict.heat
        found = (
            Limit(heat.warning, "warning", (0, (1, 2))),
            Limit(heat.trip, "trip", "--"),
            Limit(heat.melting_point, "melting", "-"),
        )
        return tuple(limit for limit in found if np.isfinite(limit.value))
    if "substrate.trip" not in recording.tags():
        return ()
    return (Limit(float(recording.samples("substrate.trip").values[-1]), "trip", "--"),)


def _pressures(verdict: RunVerdict | None) -> tuple[Limit, ...]:
    """The interlocks' limits of the chamber's pressure."""
    found = [
        (rule.rule.id, condition)
        for rule in (verdict.rules if verdict else ())
        for condition in rule.interlock.require
        if condition.tag.name == "chamber.pressure" and condition.symbol and condition.other is None
    ]
    styles = ("--", ":", "-.", "-")
    return tuple(Limit(c.limit, name, styles[place % len(styles)]) for place, (name, c) in enumerate(found))
