"""The composition of a gradient by depth: the share of a metal among the cations, as it grew and as expected."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from vapordep.app.plots.style import COLOURS, GREY, finish
from vapordep.app.verdict.composition import Profile

NANOMETRE = 1e-9


def draw_composition(axis: Any, found: Sequence[Profile]) -> None:
    """A staircase a metal; of two metals the first says all."""
    shown = found[:1] if len(found) == 2 else found
    for profile, colour in zip(shown, COLOURS, strict=False):
        _stairs(axis, profile.expected, profile, GREY, "--", f"{profile.metal} expected")
        _stairs(axis, profile.given, profile, colour, "-", f"{profile.metal} grown")
    axis.set_ylim(0.0, 1.05)
    axis.set_xlim(left=0.0)
    axis.set_xlabel("depth from the substrate / nm, without the excess of the first cycles")
    finish(axis, "share of cations")


def _stairs(axis: Any, borders: Sequence[float], profile: Profile, colour: str, style: Any, label: str) -> None:
    if borders[-1] > 0.0:
        edges = np.array(borders) / NANOMETRE
        axis.stairs(profile.shares, edges, baseline=None, color=colour, linestyle=style, linewidth=1.5, label=label)
