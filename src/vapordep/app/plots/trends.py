"""The trends of a run over its whole time: what it was doing, temperatures against their limits, the pressure."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from vapordep.analysis import min_max, with_gaps
from vapordep.analysis.overlay import Series
from vapordep.app.bands import Band, bands, marks
from vapordep.app.plots.style import COLOURS, DASHES, GREY, RED, Scale, finish
from vapordep.files.printable import printable
from vapordep.history.recordings.recording import Recording
from vapordep.lazy import dataclass
from vapordep.model.events import Event
from vapordep.model.pulses import PulseRecord
from vapordep.units import Dimension, degC, format_si, from_si

POINTS = 2000
LEAST_RANGE = 10.0
"""Temperatures are drawn over at least so many K, so that noise does not fill the picture."""
NEAR = 1.5
"""A limit is drawn when it lies above the data by less than so many times their range."""
SILENCE = 5.0
"""Without a sample for so many s, a line is broken."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit of a temperature or a pressure: K or Pa, what it is, and its dashes."""

    value: float
    name: str
    dashes: Any


class Trends:
    """The panels that share the axis of time."""

    def __init__(
        self,
        recording: Recording,
        pulses: Sequence[PulseRecord],
        temperatures: Sequence[Limit],
        pressures: Sequence[Limit],
    ) -> None:
        events = recording.events()
        self.recording = recording
        self.t0 = recording.t0
        self.pulses = pulses
        self.sources = sources(pulses)
        self.temperatures = temperatures
        self.pressures = pressures
        self.tags = recording.tags()
        self.bands: tuple[Band, ...] = bands(events)
        self.marks: list[Event] = list(marks(events))
        self.duration = max((event.time - self.t0 for event in events), default=0.0)
        self.scale = Scale.of(self.duration)

    def draw_bands(self, axis: Any) -> None:
        """A strip above the trends that says what the run was doing."""
        for band in self.bands:
            start, end = self.scale(band.start - self.t0), self.scale(band.end - self.t0)
            axis.axvspan(start, end, facecolor="#DDDDDD", edgecolor="white", linewidth=1.0)
            if self._fits(band):
                axis.text((start + end) / 2, 0.46, band.name, ha="center", va="center", fontsize=8, clip_on=True)
        axis.set_xlim(0.0, self.scale(self.duration) or 1.0)
        axis.set_yticks([])
        axis.tick_params(bottom=False, labelbottom=False)
        axis.set_frame_on(False)

    def draw_temperatures(self, axis: Any) -> None:
        """Foil, stage and the other heated zones, with the limits of the substrate."""
        for index, tag in enumerate(self._zones()):
            times, values = self._series(tag)
            axis.plot(
                self.scale(times), from_si(values, degC), label=printable(tag.removesuffix(".temperature")),
                color=COLOURS[index % len(COLOURS)], linestyle=DASHES[index % len(DASHES)], linewidth=1.3,
            )  # fmt: skip
        self._draw_limits(axis)
        self._over_the_run(axis, "temperature / °C")
        axis.tick_params(labelbottom=False)

    def draw_pressure(self, axis: Any) -> None:
        """The chamber's pressure, with a mark for each pulse."""
        times, values = self._series("chamber.pressure")
        axis.set_yscale("log")
        positive = np.where(values > 0.0, values, np.nan)  # what a logarithm cannot show is no value
        axis.plot(self.scale(times), positive, color=GREY, linewidth=0.9, label="chamber")
        for limit in self.pressures:
            label = f"{limit.name}, {format_si(limit.value, Dimension.PRESSURE)}"
            axis.axhline(limit.value, color=RED, linestyle=limit.dashes, linewidth=1.0, label=label)
        for place, (source, colour) in enumerate(self.sources.items()):
            opened = np.array([p.commanded_open - self.t0 for p in self.pulses if p.intent.source == source])
            axis.vlines(
                self.scale(opened), 0.04 * place, 0.04 * place + 0.04, transform=axis.get_xaxis_transform(),
                color=colour, linewidth=0.9, label=f"{printable(source)} pulse",
            )  # fmt: skip
        self._over_the_run(axis, "chamber pressure / Pa")
        axis.set_xlabel(f"time since the start / {self.scale.unit}")

    def _series(self, tag: str) -> Series:
        """All of a tag, thinned for the picture; empty when it was never recorded."""
        if tag not in self.tags:
            return np.empty(0), np.empty(0)
        times, values, _ = self.recording.samples(tag)
        return with_gaps(*min_max(times - self.t0, values, POINTS), silence=SILENCE + 2 * self.duration / POINTS)

    def _fits(self, band: Band) -> bool:
        """Whether the name of a band has room within it, and air: about 130 letters stand side by side."""
        return (band.end - band.start) / (self.duration or 1.0) > (len(band.name) + 1.5) / 130.0

    def _draw_limits(self, axis: Any) -> None:
        """A limit far above all that was measured stands in the legend only."""
        low, high = axis.get_ylim()
        low, high = min(low, high - LEAST_RANGE), max(high, low + LEAST_RANGE)
        top = high
        for limit in self.temperatures:
            celsius = float(from_si(limit.value, degC))
            near = celsius < max(top, high + NEAR * (high - low))
            label = f"{limit.name}, {celsius:.4g} °C{'' if near else ', above'}"
            axis.axhline(celsius, color=RED, linestyle=limit.dashes, linewidth=1.0, label=label)
            top = max(top, celsius + 0.04 * (celsius - low)) if near else top
        axis.set_ylim(low, top)

    def _zones(self) -> list[str]:
        """Foil and stage first, then the other heated zones."""
        heated = [tag for tag in self.tags if tag.endswith(".temperature") and f"{_thing(tag)}.setpoint" in self.tags]
        first = [tag for tag in ("foil.temperature", "stage.temperature") if tag in self.tags]
        return [*first, *(tag for tag in heated if tag not in first)]

    def _over_the_run(self, axis: Any, label: str) -> None:
        """What both trends share: the axis of time, trips and alarms, the legend beside the data."""
        axis.set_xlim(0.0, self.scale(self.duration) or 1.0)
        for number, mark in enumerate(self.marks):
            known = "trip or alarm" if number == 0 else None
            axis.axvline(self.scale(mark.time - self.t0), color=RED, linestyle=":", linewidth=1.0, label=known)
        finish(axis, label)


def sources(pulses: Sequence[PulseRecord]) -> dict[str, str]:
    """The colour of each source that gave a pulse, in the order of their first."""
    names = dict.fromkeys(pulse.intent.source for pulse in pulses)
    return {name: COLOURS[place % len(COLOURS)] for place, name in enumerate(names)}


def _thing(tag: str) -> str:
    return tag.rpartition(".")[0]
