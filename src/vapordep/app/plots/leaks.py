"""The picture of a reactor's leak checks over time, with their trend and what the gauge could not have seen."""

import io
from pathlib import Path

import numpy as np

from vapordep.app.plots.place import check_plot, write_plot
from vapordep.app.plots.style import COLOURS, GREY, finish
from vapordep.app.review.leaks import DAY, Leaks


def plot_leaks(found: Leaks, path: Path) -> None:
    """Writes it; raises FileError when that cannot be."""
    from matplotlib.figure import Figure

    check_plot(path)
    figure = Figure(figsize=(9.0, 4.0), layout="constrained")
    axis = figure.subplots()
    last = found.checks[-1].time if found.checks else 0.0
    days = np.array([(check.time - last) / DAY for check in found.checks])
    axis.plot(days, [check.leak for check in found.checks], "o", color=COLOURS[0], label="leak")
    axis.plot(days, [check.limit for check in found.checks], "_", color=GREY, label="the gauge sees no less")
    if found.trend is not None:
        line = found.trend.latest + found.trend.rise * days * DAY
        axis.plot(days, line, "-", color=COLOURS[1], label="trend")
    axis.set_xlabel("days before the last check")
    finish(axis, "leak / Pa m3/s")
    drawn = io.BytesIO()
    figure.savefig(drawn, format=path.suffix.lower().removeprefix("."))
    write_plot(drawn.getvalue(), path)
