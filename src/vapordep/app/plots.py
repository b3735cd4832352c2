"""Plots of a run: temperatures and pressure over its whole time, and its pulses laid over each other."""

import io
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vapordep.analysis import min_max
from vapordep.app.bands import Band, bands, marks
from vapordep.app.printable import printable
from vapordep.errors import FileError
from vapordep.history.catalogue import CataloguedRun
from vapordep.history.recording import Recording
from vapordep.model.pulses import PulseRecord
from vapordep.model.run import Mode, RunState
from vapordep.units import Dimension, degC, format_si, from_si

Floats = NDArray[np.float64]
Series = tuple[Floats, Floats]
"""Instants in s since the start, and values in SI; a gap is a NaN."""

KINDS = (".png", ".pdf", ".svg")
WIDTH, DPI = 12.0, 100
"""In inches, and points an inch: 1200 pixels."""
HEIGHTS: Mapping[str, float] = {"bands": 0.22, "temperature": 2.9, "pressure": 2.5, "pulses": 2.9}
"""Of the panels, in inches."""
POINTS = 2000
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Okabe and Ito's colours, which all eyes tell apart (jfly.uni-koeln.de/color)."""
DASHES = ("-", "-", "-", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)), "-")
"""So that nothing is told by colour alone."""
GREY, RED = "#444444", "#B00020"
BEFORE, AFTER = 1.0, 15.0
"""How much of the pressure around an opening is drawn at most, in s."""
GRID = 0.05
"""Step of the median pulse, in s."""
MOST_PULSES = 200
"""Of one source; of more, as many spread evenly over the run."""
LEAST_RANGE = 10.0
"""Temperatures are drawn over at least so many K, so that noise does not fill the picture."""
NEAR = 1.5
"""A limit is drawn when it lies above the data by less than so many times their range."""
SILENCE = 5.0
"""Without a sample for so many s, a line is broken."""


def check_plot(path: Path) -> None:
    """Finds out, without leaving anything behind, whether a plot can be written to `path`; raises FileError if not."""
    if path.suffix.lower() not in KINDS:
        raise FileError("a plot is no such file", where=str(path), remedy=f"let its name end in {' or '.join(KINDS)}")
    try:
        if path.is_dir():
            raise IsADirectoryError("it is a folder")
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        what = f"the plot cannot be written there: {error.strerror or error}"
        raise FileError(
            what, where=str(path), remedy="name a file in a folder that is there and that you may write to"
        ) from error


def plot_run(recording: Recording, run: CataloguedRun, path: Path) -> None:
    """Writes a picture: temperatures and pressure over the run, and the pressure after each pulse.

    Raises FileError when it cannot be written.
    """
    check_plot(path)
    drawn = Drawing(recording).draw(title(run), path.suffix.lower().removeprefix("."))
    try:
        path.write_bytes(drawn)
    except OSError as error:
        what = f"the plot cannot be written: {error.strerror}"
        raise FileError(what, where=str(path), remedy="check the folder, its rights and its space") from error


def title(run: CataloguedRun) -> str:
    """Two lines: what was run and how it ended; which run it was and what film it gave."""
    header = run.header
    ended = str(run.state) if run.state is RunState.COMPLETE else f"{run.state}: {run.reason}"
    kind = "dry run" if header.mode is Mode.DRY_RUN else "run"
    second = [f"{kind} {run.run_id}", header.started[:16].replace("T", " ") + " UTC"]
    thickness = (run.outcome.get("film") or {}).get("thickness_m")
    if thickness:
        second.append(f"film {thickness * 1e9:.2f} nm")
    first = printable(f"{header.recipe_name} on {header.reactor_name}, {ended}").replace("\n", " ")
    return f"{first if len(first) <= 110 else first[:109] + '…'}\n{', '.join(second)}"


@dataclass(frozen=True, slots=True)
class Scale:
    """In which unit of time a run is drawn."""

    unit: str
    seconds: float

    @classmethod
    def of(cls, duration: float) -> "Scale":
        """The one that suits a duration in s."""
        if duration < 180.0:
            return cls("s", 1.0)
        return cls("min", 60.0) if duration < 5 * 3600.0 else cls("h", 3600.0)


class Drawing:
    """One picture of one recording."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.tags = recording.tags()
        self.t0 = recording.t0
        events = recording.events()
        self.bands = bands(events)
        self.marks = list(marks(events))
        self.pulses = [pulse for pulse in recording.pulses() if isinstance(pulse, PulseRecord) and _given(pulse)]
        self.sources = {name: COLOURS[i % len(COLOURS)] for i, name in enumerate(dict.fromkeys(
            pulse.intent.source for pulse in self.pulses))}  # fmt: skip
        self.duration = max((event.time - self.t0 for event in events), default=0.0)
        self.scale = Scale.of(self.duration)

    def draw(self, heading: str, form: str) -> bytes:
        """The whole picture as a file of that form."""
        from matplotlib.figure import Figure

        panels = [name for name in HEIGHTS if name != "pulses" or self.pulses]
        heights = [HEIGHTS[name] for name in panels]
        figure = Figure(figsize=(WIDTH, sum(heights) + 1.6), dpi=DPI, layout="constrained")
        axes = dict(zip(panels, figure.subplots(len(panels), 1, height_ratios=heights), strict=True))
        figure.suptitle(heading, fontsize=11, parse_math=False)
        self._bands(axes["bands"])
        self._temperatures(axes["temperature"])
        self._pressure(axes["pressure"])
        if self.pulses:
            self._pulses(axes["pulses"])
        return _as_file(figure, form)

    def _series(self, tag: str) -> Series:
        """All of a tag, thinned for the picture; empty when it was never recorded."""
        if tag not in self.tags:
            return np.empty(0), np.empty(0)
        times, values, _ = self.recording.samples(tag)
        return with_gaps(*min_max(times - self.t0, values, POINTS), silence=SILENCE + 2 * self.duration / POINTS)

    def _bands(self, axis: Any) -> None:
        """A strip above the trends that says what the run was doing."""
        for band in self.bands:
            start, end = self._scaled(band.start - self.t0), self._scaled(band.end - self.t0)
            axis.axvspan(start, end, facecolor="#DDDDDD", edgecolor="white", linewidth=1.0)
            if self._fits(band):
                axis.text((start + end) / 2, 0.46, band.name, ha="center", va="center", fontsize=8, clip_on=True)
        axis.set_xlim(0.0, self._scaled(self.duration) or 1.0)
        axis.set_yticks([])
        axis.tick_params(bottom=False, labelbottom=False)
        axis.set_frame_on(False)

    def _fits(self, band: Band) -> bool:
        """Whether the name of a band has room within it: about 150 letters stand side by side."""
        return (band.end - band.start) / (self.duration or 1.0) > len(band.name) / 150.0

    def _temperatures(self, axis: Any) -> None:
        for index, tag in enumerate(self._zones()):
            times, values = self._series(tag)
            axis.plot(
                self._scaled(times), from_si(values, degC), label=printable(tag.removesuffix(".temperature")),
                color=COLOURS[index % len(COLOURS)], linestyle=DASHES[index % len(DASHES)], linewidth=1.3,
            )  # fmt: skip
        self._trip(axis)
        self._over_the_run(axis, "temperature / °C")
        axis.tick_params(labelbottom=False)

    def _trip(self, axis: Any) -> None:
        """The substrate's trip; one far above all that was measured stands in the legend only."""
        low, high = axis.get_ylim()
        low, high = min(low, high - LEAST_RANGE), max(high, low + LEAST_RANGE)
        _, trip = self._series("substrate.trip")
        if len(trip):
            limit = float(from_si(trip[-1], degC))
            near = limit < high + NEAR * (high - low)
            label = f"substrate trip, {limit:.0f} °C{'' if near else ', above'}"
            axis.axhline(limit, color=RED, linestyle="--", linewidth=1.0, label=label)
            high = max(high, limit + 0.04 * (limit - low)) if near else high
        axis.set_ylim(low, high)

    def _zones(self) -> list[str]:
        """Foil and stage first, then the other heated zones."""
        heated = [tag for tag in self.tags if tag.endswith(".temperature") and f"{_thing(tag)}.setpoint" in self.tags]
        first = [tag for tag in ("foil.temperature", "stage.temperature") if tag in self.tags]
        return [*first, *(tag for tag in heated if tag not in first)]

    def _pressure(self, axis: Any) -> None:
        times, values = self._series("chamber.pressure")
        axis.set_yscale("log")
        positive = np.where(values > 0.0, values, np.nan)  # what a logarithm cannot show is no value
        axis.plot(self._scaled(times), positive, color=GREY, linewidth=0.9, label="chamber")
        for source, colour in self.sources.items():
            opened = self._scaled(
                np.array([p.intent.planned_open - self.t0 for p in self.pulses if p.intent.source == source])
            )
            low = 0.04 * list(self.sources).index(source)
            axis.vlines(
                opened, low, low + 0.04, transform=axis.get_xaxis_transform(), color=colour, linewidth=0.9,
                label=f"{printable(source)} pulse",
            )  # fmt: skip
        self._over_the_run(axis, "chamber pressure / Pa")
        axis.set_xlabel(f"time since the start / {self.scale.unit}")

    def _over_the_run(self, axis: Any, label: str) -> None:
        """What both trends share: the axis of time, trips and alarms, the legend beside the data."""
        axis.set_xlim(0.0, self._scaled(self.duration) or 1.0)
        for number, mark in enumerate(self.marks):
            known = "trip or alarm" if number == 0 else None
            axis.axvline(self._scaled(mark.time - self.t0), color=RED, linestyle=":", linewidth=1.0, label=known)
        _finish(axis, label)

    def _pulses(self, axis: Any) -> None:
        times, values, _ = self.recording.samples("chamber.pressure")
        span = self._span()
        for source, colour in self.sources.items():
            mine = [pulse for pulse in self.pulses if pulse.intent.source == source]
            shown = [
                shape for pulse in spread(mine, MOST_PULSES) if len((shape := around(pulse, times, values, span))[0])
            ]
            for since, rise in shown:
                axis.plot(since, rise, color=colour, alpha=0.25, linewidth=0.7)
            since, median = median_pulse(shown, span)
            width = format_si(
                float(np.median([p.intent.planned_close - p.intent.planned_open for p in mine])), Dimension.TIME
            )
            label = f"{printable(source)}, {width}\n{len(mine)} pulse{'s' * (len(mine) > 1)}"
            axis.plot(
                since,
                median,
                color=colour,
                linewidth=1.8,
                linestyle=DASHES[list(self.sources).index(source)],
                label=label,
            )
        axis.set_xlim(-BEFORE, span)
        axis.set_xlabel("time since the valve opened / s    (thin: each pulse, thick: their median)")
        _finish(axis, "pressure above baseline / Pa")

    def _span(self) -> float:
        """How long after an opening is drawn, in s: no longer than the shortest time to the next pulse."""
        opened = [pulse.intent.planned_open for pulse in self.pulses]
        return float(min([AFTER, *(gap for gap in np.diff(opened) if gap > 1.0)]))

    def _scaled(self, seconds: Any) -> Any:
        return seconds / self.scale.seconds


def with_gaps(times: Floats, values: Floats, silence: float) -> Series:
    """The series with a NaN between two samples further apart than `silence` s, so that its line is broken there."""
    after = np.flatnonzero(np.diff(times) > silence) + 1
    return np.insert(times, after, times[after - 1] + 1e-9), np.insert(values, after, np.nan)


def spread(pulses: Sequence[PulseRecord], most: int) -> Sequence[PulseRecord]:
    """At most `most` of them, evenly over the run, the first and the last among them."""
    if len(pulses) <= most:
        return pulses
    return [pulses[int(i)] for i in np.linspace(0, len(pulses) - 1, most)]


def around(pulse: PulseRecord, times: Floats, values: Floats, span: float) -> Series:
    """Time since the opening in s and pressure above the baseline in Pa; empty for a pulse that nobody saw."""
    opened = pulse.commanded_open
    if not np.isfinite(pulse.baseline):
        return np.empty(0), np.empty(0)
    near = slice(*np.searchsorted(times, (opened - BEFORE, opened + span)))
    return with_gaps(times[near] - opened, values[near] - pulse.baseline, SILENCE)


def median_pulse(shapes: Sequence[Series], span: float) -> Series:
    """The median of several pulses on one grid; NaN where not more than half of them have a value."""
    grid = np.arange(-BEFORE, span, GRID)
    if not shapes:
        return grid, np.full(len(grid), np.nan)
    laid = np.array([np.interp(grid, since, rise, left=np.nan, right=np.nan) for since, rise in shapes])
    known = np.isfinite(laid).sum(axis=0) * 2 > len(laid)
    median = np.full(len(grid), np.nan)
    if known.any():
        median[known] = np.nanmedian(laid[:, known], axis=0)
    return grid, median


def _given(pulse: PulseRecord) -> bool:
    """Whether the valve was opened; a pulse that was refused has no instants."""
    return bool(np.isfinite(pulse.commanded_open))


def _thing(tag: str) -> str:
    return tag.rpartition(".")[0]


def _finish(axis: Any, label: str) -> None:
    axis.set_ylabel(label)
    axis.grid(visible=True, alpha=0.3)
    if axis.get_legend_handles_labels()[0]:
        legend = axis.legend(loc="upper left", bbox_to_anchor=(1.005, 1.0), fontsize=9, frameon=False)
        for text in legend.get_texts():
            text.set_parse_math(False)


def _as_file(figure: Any, form: str) -> bytes:
    drawn = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")  # a name in a script that the font lacks shows as boxes
        figure.savefig(drawn, format=form)
    return drawn.getvalue()
