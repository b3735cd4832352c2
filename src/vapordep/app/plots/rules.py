"""How near each rule came, as bars: what was left of the way to its limit, or of its time to trip."""

from typing import Any

import numpy as np

from vapordep.app.plots.style import GREY, RED
from vapordep.app.verdict import RunVerdict
from vapordep.app.verdict.judge import near, nearest
from vapordep.app.verdict.words import left_shown, share_shown
from vapordep.files.printable import printable
from vapordep.safety.interlocks.margins import Nearness

HEIGHT = 0.6


def draw_rules(axis: Any, verdict: RunVerdict) -> None:
    """One bar a rule with a number, the nearest on top; one that came near is hatched."""
    told = [rule for rule in verdict.rules if rule.closest or rule.patience_left is not None]
    shares = np.clip([100.0 * share_of(rule) for rule in told], 0.0, 100.0)
    for place, (rule, share) in enumerate(zip(told, shares, strict=True)):
        colour, hatch = (RED, "////") if near(rule) else (GREY, "")
        axis.barh(place, share, HEIGHT, facecolor="white" if hatch else "#BBBBBB", edgecolor=colour, hatch=hatch)
        axis.text(1.0, place, f" {_left(rule)}", transform=axis.get_yaxis_transform(), va="center", fontsize=8)
    axis.set_yticks(range(len(told)), [printable(rule.rule.id) for rule in told], fontsize=9)
    axis.set_ylim(len(told) - 0.4, -0.6)
    axis.set_xlim(0.0, 100.0)
    axis.set_xlabel("left of the way to its limit / %")
    axis.grid(visible=True, axis="x", alpha=0.3)


def share_of(rule: Nearness) -> float:
    """The part that was left, of the time to trip where it was untrue for a while, else of the way to the limit."""
    if rule.patience_left is not None:
        return rule.patience_left
    return (nearest(rule) or rule.closest[0]).share


def _left(rule: Nearness) -> str:
    if rule.patience_left is not None:
        return f"{share_shown(max(rule.patience_left, 0.0))} of its time"
    return left_shown(nearest(rule) or rule.closest[0])
