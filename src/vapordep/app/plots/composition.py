"""The composition of a gradient by depth: the share of a metal or a monomer, as it grew and as expected."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from vapordep.app.plots.style import COLOURS, GREY, finish
from vapordep.app.verdict.composition import Profile

NANOMETRE = 1e-9


def draw_composition(axis: Any, found: Sequence[Profile]) -> None:
    """A staircase a metal or monomer; of two the first says all."""
    shown = found[:1] if len(found) == 2 else found
    for profile, colour in zip(shown, COLOURS, strict=False):
        expected = profile.expected_shares or profile.shares
        _stairs(axis, profile.expected, expected, GREY, "--", f"{profile.part} expected")
        _stairs(axis, profile.given, profile.shares, colour, "-", f"{profile.part} grown")
    axis.set_ylim(0.0, 1.05)
    axis.set_xlim(left=0.0)
    cycles = shown[0].among == "cations"
    axis.set_xlabel(f"depth from the substrate / nm{', without the excess of the first cycles' if cycles else ''}")
    finish(axis, f"share of {shown[0].among}")


def _stairs(axis: Any, borders: Sequence[float], shares: Sequence[float], colour: str, style: Any, label: str) -> None:
    if borders[-1] > 0.0:
        edges = np.array(borders) / NANOMETRE
        axis.stairs(shares, edges, baseline=None, color=colour, linestyle=style, linewidth=1.5, label=label)
