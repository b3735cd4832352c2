"""The picture of a sweep: growth per cycle against what was swept, with its fit and what is proposed."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vapordep.analysis.saturation import relative_growth
from vapordep.app.plots.place import check_plot, write_plot
from vapordep.app.plots.style import COLOURS, GREY, finish
from vapordep.app.sweep import Found, Gave, Point
from vapordep.files.printable import printable

NANOMETRE = 1e-9
WIDTH, HEIGHT = 9.0, 4.2
"""Of a panel, in inches."""


def plot_sweep(
    points: Sequence[Point], given: Mapping[int, Gave], names: Sequence[str], found: Found, path: Path
) -> None:
    """Writes one panel for each dose that was fitted, else one over the points; raises FileError when it cannot."""
    from matplotlib.figure import Figure

    check_plot(path)
    done = [(point, given[point.number]) for point in points if point.number in given and given[point.number].complete]
    panels = found.sources if found.saturation is not None else ("",)
    figure = Figure(figsize=(WIDTH, HEIGHT * len(panels)), layout="constrained")
    for axis, source in zip(figure.subplots(len(panels), squeeze=False)[:, 0], panels, strict=True):
        if found.saturation is not None:
            _draw_saturation(axis, source, done, found)
        elif found.purge is not None:
            _draw_purge(axis, done, found)
        else:
            _draw_points(axis, done, names)
        finish(axis, "growth / nm a cycle")
    drawn = io.BytesIO()
    figure.savefig(drawn, format=path.suffix.lower().removeprefix("."))
    write_plot(drawn.getvalue(), path)


def _draw_saturation(axis: Any, source: str, done: Sequence[tuple[Point, Gave]], found: Found) -> None:
    assert found.saturation is not None  # noqa: S101 - its caller looked
    place = found.sources.index(source)
    areas = np.array([gave.measured.areas.get(source, np.nan) for _, gave in done])
    growth = np.array([gave.measured.growth for _, gave in done])
    axis.plot(areas, growth / NANOMETRE, "o", color=COLOURS[0], label="runs")
    constant = found.saturation.constants[place]
    line = np.linspace(0.0, float(np.nanmax(areas)), 200)
    curve = found.saturation.limit * relative_growth([constant.left(line)])
    what = f"k = {constant.value:.3g} ± {constant.error:.1g} /(Pa s)" if constant.determined else "k not determined"
    others = " (the other dose saturated)" if len(found.sources) > 1 else ""
    axis.plot(line, curve / NANOMETRE, "-", color=COLOURS[1], label=f"fit, {what}{others}")
    if constant.determined:
        axis.axvline(constant.exposure(), color=GREY, linestyle="--", label="99 % of the surface")
    axis.set_ylim(bottom=0.0)
    axis.set_xlabel(printable(f"exposure to {source} a cycle / Pa s"))


def _draw_purge(axis: Any, done: Sequence[tuple[Point, Gave]], found: Found) -> None:
    assert found.purge is not None  # noqa: S101 - its caller looked
    source, fit = found.sources[0], found.purge
    times = np.array([point.planned.purges[source] for point, _ in done])
    axis.plot(times, [gave.measured.growth / NANOMETRE for _, gave in done], "o", color=COLOURS[0], label="runs")
    line = np.linspace(times.min(), times.max(), 200)
    curve = fit.limit * (1.0 + fit.excess * np.exp(-line / fit.time_constant))
    axis.plot(line, curve / NANOMETRE, "-", color=COLOURS[1], label=f"fit, tau = {fit.time_constant:.3g} s")
    axis.set_xlabel(printable(f"purge after {source} / s"))


def _draw_points(axis: Any, done: Sequence[tuple[Point, Gave]], names: Sequence[str]) -> None:
    """Without a fit the points stand in their order, each with what was set."""
    growth = [gave.measured.growth / NANOMETRE for _, gave in done]
    axis.plot(range(len(done)), growth, "o", color=COLOURS[0])
    labels = [printable("\n".join(point.request.settings[name] for name in names)) for point, _ in done]
    axis.set_xticks(range(len(done)), labels, fontsize=8)
    axis.set_xlabel(printable(", ".join(names)))
