"""The pulses of a run laid over each other: the pressure after each opening, and the median of each source."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from vapordep.analysis import around, median_pulse, spread
from vapordep.app.plots.style import DASHES, finish
from vapordep.app.plots.trends import SILENCE, sources
from vapordep.app.words import count
from vapordep.files.printable import printable
from vapordep.history.recordings.recording import Samples
from vapordep.model.pulses import PulseRecord, Verdict
from vapordep.units import Dimension, format_si

BEFORE, AFTER = 1.0, 15.0
"""How much of the pressure around an opening is drawn at most, in s."""
GRID = 0.05
"""Step of the median pulse, in s."""
MOST_PULSES = 200
"""Of one source; of more, as many spread evenly over the run."""


def draw_pulses(axis: Any, pulses: Sequence[PulseRecord], pressure: Samples) -> None:
    """All pulses above their baselines, by source; of a dose of several pulses the last."""
    pulses = [pulse for pulse in pulses if pulse.verdict is not Verdict.PART]
    span = span_of(pulses)
    grid = np.arange(-BEFORE, span, GRID)
    for place, (source, colour) in enumerate(sources(pulses).items()):
        mine = [pulse for pulse in pulses if pulse.intent.source == source]
        cut = [
            around(
                pulse.commanded_open, pulse.baseline, pressure.times, pressure.values,
                before=BEFORE, after=span, silence=SILENCE,
            )
            for pulse in spread(mine, MOST_PULSES)
        ]  # fmt: skip
        shapes = [shape for shape in cut if len(shape[0])]
        for since, rise in shapes:
            axis.plot(since, rise, color=colour, alpha=0.25, linewidth=0.7)
        width = float(np.median([p.intent.planned_close - p.intent.planned_open for p in mine]))
        label = f"{printable(source)}, {format_si(width, Dimension.TIME)}\n{count(len(mine), 'pulse')}"
        axis.plot(
            grid, median_pulse(shapes, grid), color=colour, linewidth=1.8,
            linestyle=DASHES[place % len(DASHES)], label=label,
        )  # fmt: skip
    axis.set_xlim(-BEFORE, span)
    axis.set_xlabel("time since the valve opened / s    (thin: each pulse, thick: their median)")
    finish(axis, "pressure above baseline / Pa")


def span_of(pulses: Sequence[PulseRecord]) -> float:
    """How long after an opening is drawn, in s: no longer than the shortest time to the next pulse."""
    opened = [pulse.intent.planned_open for pulse in pulses]
    return float(min([AFTER, *(gap for gap in np.diff(opened) if gap > 1.0)]))
