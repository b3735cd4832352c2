"""The picture of a gradient: composition against depth, as wanted and as whole cycles or straight flows give it."""

import io
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from vapordep.app.plots.place import check_plot, write_plot
from vapordep.app.plots.style import COLOURS, finish
from vapordep.files.printable import printable
from vapordep.lazy import dataclass

NANOMETRE, PERCENT = 1e-9, 100.0
POINTS = 24
"""In so many pieces a part is drawn whose composition changes within it."""
SIZE = (9.0, 6.0)


@dataclass(frozen=True, slots=True)
class Piece:
    """From depth `begin` to `end` in m: the share `given` of the first, by the part (0 to 1) of the way through it."""

    begin: float
    end: float
    given: Callable[[float], float]


def plot_gradient(name: str, pieces: Sequence[Piece], wanted: Callable[[float], float], parts: int, path: Path) -> None:
    """Writes wanted and given share of the film `name`, and below them the error; raises FileError when it cannot.

    `parts` is into how many each piece is drawn: 1 where it has one composition.
    """
    from matplotlib.figure import Figure

    check_plot(path)
    figure = Figure(figsize=SIZE, layout="constrained")
    above, below = figure.subplots(2, sharex=True, height_ratios=(3, 1))
    ways = [part / parts for part in range(parts + 1)]
    depths = np.array([piece.begin + (piece.end - piece.begin) * way for piece in pieces for way in ways])
    given = np.array([piece.given(way) for piece in pieces for way in ways])
    line = np.linspace(0.0, pieces[-1].end, 400)
    above.plot(line / NANOMETRE, [PERCENT * wanted(d) for d in line], "-", color=COLOURS[0], label="wanted")
    above.plot(depths / NANOMETRE, PERCENT * given, "--", color=COLOURS[1], label="given")
    finish(above, printable(f"share of {name} / %"))
    off = PERCENT * (given - np.array([wanted(depth) for depth in depths]))
    below.plot(depths / NANOMETRE, off, "-", color=COLOURS[1], label="given less wanted")
    below.axhline(0.0, color=COLOURS[0], linewidth=0.8)
    finish(below, "error / points")
    below.set_xlabel("depth from the substrate / nm")
    drawn = io.BytesIO()
    figure.savefig(drawn, format=path.suffix.lower().removeprefix("."))
    write_plot(drawn.getvalue(), path)
