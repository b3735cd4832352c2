"""The words of a verdict: margins and parts as people read them."""

import math

from vapordep.safety.interlocks.margins import Closest
from vapordep.units import Dimension, figures, format_si, from_si


def left_shown(closest: Closest) -> str:
    """What was left to a limit, in the unit of its tag; of a temperature in K."""
    tag = closest.condition.tag
    if tag.dimension is Dimension.TEMPERATURE:
        return format_si(closest.left, Dimension.TEMPERATURE_DIFFERENCE)
    if tag.dimension is Dimension.FRACTION:
        return f"{100 * closest.left:.3g} points"
    if tag.dimension is Dimension.PRESSURE:
        return format_si(closest.left, Dimension.PRESSURE)
    return f"{figures(from_si(closest.left, tag.unit))} {tag.unit.symbol}".rstrip()


def share_shown(share: float) -> str:
    """A part in percent, with as many digits as matter."""
    if not math.isfinite(share):
        return "-"
    percent = 100.0 * share
    if 99.0 < percent < 100.0:
        return f"{math.floor(100.0 * percent) / 100.0:.2f} %"
    return f"{percent:.3g} %" if abs(percent) < 10.0 else f"{percent:.0f} %"
