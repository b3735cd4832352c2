"""The pulses of a run in their order: area, delay and decay of each source, for a drift to be seen."""

import io
from pathlib import Path

from vapordep.app.plots.place import check_plot, write_plot
from vapordep.app.plots.style import COLOURS, finish
from vapordep.app.review.analysed import Analysed
from vapordep.errors import InputError
from vapordep.files.printable import printable

QUANTITIES = {
    "area": "area / Pa s",
    "delay": "delay / s",
    "decay": "decay / s",
    "baseline": "baseline / Pa",
}
PANEL, WIDTH = 2.2, 10.0
"""In inches."""


def plot_drift(found: Analysed, path: Path) -> None:
    """Writes a panel for each quantity, with a mark where a drift began.

    Raises InputError where there is no pulse, FileError when it cannot be written.
    """
    from matplotlib.figure import Figure

    check_plot(path)
    if not found.pulses:
        raise InputError("there is no pulse to draw", remedy="Leave --plot out: film and layers are told without it.")
    figure = Figure(figsize=(WIDTH, PANEL * len(QUANTITIES)), layout="constrained")
    panels = figure.subplots(len(QUANTITIES), sharex=True)
    for axis, (quantity, label) in zip(panels, QUANTITIES.items(), strict=True):
        for source, colour in zip(dict.fromkeys(row.source for row in found.pulses), COLOURS, strict=False):
            rows = [row for row in found.pulses if row.source == source]
            values = [getattr(row, quantity) for row in rows]
            axis.plot([row.number for row in rows], values, ".", color=colour, label=printable(source))
            for drift in found.drifts:
                if (drift.source, drift.quantity) == (source, quantity):
                    axis.axvline(drift.since.number, color=colour, linestyle="--")
        finish(axis, label)
    panels[-1].set_xlabel("pulse    (dashed: from here on it stays away from how it began)")
    drawn = io.BytesIO()
    figure.savefig(drawn, format=path.suffix.lower().removeprefix("."))
    write_plot(drawn.getvalue(), path)
