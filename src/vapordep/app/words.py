"""Numbers as people read them in the terminal: durations, films, amounts."""

import math
from collections.abc import Mapping

from vapordep.units import Dimension, format_si


def clock_time(seconds: float | None) -> str:
    """A duration in s as `2:05:09`; `-` when it is not known."""
    if seconds is None or not math.isfinite(seconds):
        return "-"
    minutes, rest = divmod(round(max(seconds, 0.0)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"


def shown(value: float | None, dimension: Dimension) -> str:
    """An SI value with a unit of its size; `-` when it is not known."""
    return "-" if value is None or not math.isfinite(value) else format_si(value, dimension)


def nanometres(thickness: float | None) -> str:
    """A thickness in m as nm with two decimals."""
    return "-" if thickness is None or not math.isfinite(thickness) else f"{thickness * 1e9:.2f} nm"


def per_cycle(growth: float | None) -> str:
    """A growth a cycle in m as nm with three decimals: what short doses and purges do to it is a few percent."""
    return "-" if growth is None or not math.isfinite(growth) else f"{growth * 1e9:.3f} nm"


def count(number: int, thing: str) -> str:
    """`1 pulse`, `77 pulses`."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def converted(shares: Mapping[str, float]) -> str:
    """`88 % of pDMAEMA`: which share of a polymer's groups vapour has converted."""
    return ", ".join(f"{100.0 * share:.3g} % of {polymer}" for polymer, share in shares.items())
