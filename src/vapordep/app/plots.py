"""Plots of a run: what happened over its whole time, and its pulses laid over each other."""

from pathlib import Path
from typing import Any

import numpy as np

from vapordep.analysis import min_max
from vapordep.errors import FileError
from vapordep.history.recording import Recording
from vapordep.model.pulses import PulseRecord
from vapordep.units import degC, from_si

SIZE = (11.0, 9.0)
"""Of the whole picture, in inches."""
POINTS = 2000
COLOURS = {"TMA": "#0072B2", "H2O": "#D55E00", "EG": "#009E73"}
"""Okabe and Ito's colours, which all eyes tell apart; further sources take further ones."""
MORE = ("#CC79A7", "#E69F00", "#56B4E9", "#000000")
BEFORE, AFTER = 2.0, 20.0
"""How much of the pressure around an opening is drawn, in s."""
MOST_PULSES = 200


def plot_run(recording: Recording, title: str, path: Path) -> None:
    """Writes a PNG: temperatures and pressure over the run, and the pressure around each pulse.

    Raises FileError when it cannot be written.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(3, 1, figsize=SIZE, constrained_layout=True, height_ratios=(1, 1, 1.2))
    figure.suptitle(title)
    _temperatures(axes[0], recording)
    _pressures(axes[1], recording)
    _pulses(axes[2], recording)
    try:
        figure.savefig(path, dpi=110)
    except (OSError, ValueError) as error:
        raise FileError(f"the plot cannot be written: {error}", where=str(path), remedy="name a .png file you may write") from error
    finally:
        pyplot.close(figure)


def _series(recording: Recording, tag: str) -> tuple[Any, Any]:
    times, values, _ = recording.samples(tag)
    return min_max(times, values, POINTS)


def _temperatures(axis: Any, recording: Recording) -> None:
    for tag in recording.tags():
        if tag.endswith(".temperature"):
            times, values = _series(recording, tag)
            if len(times):
                axis.plot(times / 60.0, from_si(values, degC), label=tag.removesuffix(".temperature"), linewidth=1.2)
    axis.set_ylabel("temperature / °C")
    axis.legend(loc="upper left", fontsize="small", frameon=False, ncols=4)
    axis.grid(visible=True, alpha=0.3)


def _pressures(axis: Any, recording: Recording) -> None:
    times, values = _series(recording, "chamber.pressure")
    axis.semilogy(times / 60.0, np.clip(values, 1e-3, None), color="#0072B2", linewidth=0.8)
    axis.set_ylabel("chamber pressure / Pa")
    axis.set_xlabel("time / min")
    axis.grid(visible=True, alpha=0.3)


def _pulses(axis: Any, recording: Recording) -> None:
    times, values, _ = recording.samples("chamber.pressure")
    pulses = [pulse for pulse in recording.pulses() if isinstance(pulse, PulseRecord)]
    sources = list(dict.fromkeys(pulse.intent.source for pulse in pulses))
    colours = {name: COLOURS.get(name, MORE[i % len(MORE)]) for i, name in enumerate(sources)}
    named: set[str] = set()
    for pulse in pulses[-MOST_PULSES:]:
        source, opened = pulse.intent.source, pulse.commanded_open
        near = (times >= opened - BEFORE) & (times <= opened + AFTER)
        if near.any() and np.isfinite(pulse.baseline):
            label = None if source in named else source
            named.add(source)
            axis.plot(
                times[near] - opened, values[near] - pulse.baseline, color=colours[source], alpha=0.35, linewidth=0.8,
                label=label,
            )  # fmt: skip
    axis.set_xlabel("time since the valve opened / s")
    axis.set_ylabel("pressure above baseline / Pa")
    axis.set_title(f"{len(pulses)} pulses, laid over each other", fontsize="medium")
    if named:
        axis.legend(loc="upper right", fontsize="small", frameon=False)
    axis.grid(visible=True, alpha=0.3)
