"""The picture of a run beside golden ones: each quantity that deviates, with the band it should lie in."""

import io
from pathlib import Path

from vapordep.app.plots.place import check_plot, write_plot
from vapordep.app.plots.style import COLOURS, GREY, RED, finish
from vapordep.app.review.golden import Compared
from vapordep.files.printable import printable
from vapordep.units import Dimension, si_unit

ALWAYS = ("chamber.pressure", "foil.temperature")
"""Drawn whether they deviate or not."""
MOST = 6
"""Panels, those that deviate worst."""
WIDTH, PANEL = 11.0, 2.2


def plot_golden(found: Compared, path: Path) -> None:
    """Writes a panel for each quantity; raises FileError when that cannot be."""
    from matplotlib.figure import Figure

    check_plot(path)
    worst = dict.fromkeys(each.quantity for each in found.deviations)
    names = [name for name in dict.fromkeys((*worst, *ALWAYS)) if name in found.bands][:MOST]
    figure = Figure(figsize=(WIDTH, PANEL * len(names)), layout="constrained")
    for axis, name in zip(figure.subplots(len(names), squeeze=False)[:, 0], names, strict=True):
        bands, values = found.bands[name], found.run.quantities.get(name, {})
        keys = [key for key in bands if key in values]
        places = range(len(keys))
        low, high = [bands[key].low for key in keys], [bands[key].high for key in keys]
        axis.fill_between(places, low, high, step="mid", color=GREY, alpha=0.3, label="golden")
        axis.plot(places, [values[key] for key in keys], ".-", color=COLOURS[0], linewidth=0.8, label="this run")
        outside = [place for place, key in enumerate(keys) if not low[place] <= values[key] <= high[place]]
        axis.plot(outside, [values[keys[place]] for place in outside], "o", color=RED, label="outside")
        if found.run.dimensions[name] is Dimension.PRESSURE:
            axis.set_yscale("log")
        axis.set_xlim(-0.5, len(keys) - 0.5)
        ticks = range(0, len(keys), max(len(keys) // 8, 1))
        labels = [printable(f"{keys[place][0][:18]} {keys[place][1]}") for place in ticks]
        axis.set_xticks(list(ticks), labels, fontsize=7)
        finish(axis, printable(f"{name}\n/ {si_unit(found.run.dimensions[name]).symbol}"))
    drawn = io.BytesIO()
    figure.savefig(drawn, format=path.suffix.lower().removeprefix("."))
    write_plot(drawn.getvalue(), path)
