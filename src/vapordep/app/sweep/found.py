"""What a sweep found: the fit that suits what was swept, and the dose and the purge that follow from it."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field

import numpy as np

from vapordep.analysis.purge_curve import FEWEST, PurgeCurve, purge_curve
from vapordep.analysis.saturation import BENT, FILLED, STEEP, Constant, Saturation, fewest, saturation
from vapordep.app.sweep.point_run import Gave
from vapordep.app.sweep.points import Point, differing
from vapordep.lazy import dataclass
from vapordep.model.batches import Floats


@dataclass(frozen=True, slots=True)
class Proposal:
    """A pulse or a purge of one source that suffices, in s; `why` it does, and with which doubt."""

    source: str
    what: str
    value: float
    why: str
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A fit and what follows from it; `sources` are those whose doses were fitted, in the order of the constants.

    `reason` tells why there is no fit where one was asked for.
    """

    sources: tuple[str, ...] = ()
    saturation: Saturation | None = None
    purge: PurgeCurve | None = None
    proposals: tuple[Proposal, ...] = ()
    reason: str = ""
    widths: Mapping[str, tuple[Floats, Floats]] = field(default_factory=dict)
    """By source, the time that its valve was open (s) and the exposure that came of it (Pa s), in rising order."""


def found(points: Sequence[Point], given: Mapping[int, Gave]) -> Found:
    """Fits what differs between the points, of those that came to their end."""
    done = [(point, given[point.number]) for point in points if point.number in given and given[point.number].complete]
    doses, purges = differing(points, "pulses"), differing(points, "purges")
    if doses:
        return _of_doses(doses, done)
    return _of_purge(purges[0], done) if purges else Found()


def _of_doses(sources: tuple[str, ...], done: Sequence[tuple[Point, Gave]]) -> Found:
    growth = _growth(done)
    areas = [np.array([gave.measured.areas.get(name, math.nan) for _, gave in done]) for name in sources]
    fit = saturation(areas, growth)
    widths = {name: _widths(name, done) for name in sources}
    if fit is None:
        return Found(sources, reason=_lacking(growth, fewest(len(sources))), widths=widths)
    doses = [_dose(name, constant, widths[name]) for name, constant in zip(sources, fit.constants, strict=True)]
    return Found(sources, fit, None, (*doses, *_rule(done)), widths=widths)


def _dose(name: str, constant: Constant, width: tuple[Floats, Floats]) -> Proposal:
    """The shortest pulse whose exposure suffices, between those that were given."""
    (times, areas), needed, least_filled = width, constant.exposure(), constant.least_filled
    if not constant.determined:
        if least_filled >= BENT:
            why = f"the shortest that was given fills {least_filled:.1%} or more of the surface already"
            return Proposal(name, "pulse", float(times[0]), why, "sweep shorter pulses to see the curve bend")
        return Proposal(
            name, "pulse", float(times[-1]), "the longest", "the points scatter too much to tell a constant"
        )
    why = f"{needed:.3g} Pa s fill {FILLED:.0%} of the surface"
    doubts = [_doubt(constant)]
    if needed <= areas[0]:
        reached = times[0]
        doubts.append("shorter ones were not given")
    elif needed > areas[-1]:
        reached = times[-1] * needed / areas[-1]
        doubts.append("longer than any that was given: extrapolated, sweep it")
    else:
        reached = np.interp(needed, areas, times)
    return Proposal(name, "pulse", float(reached), why, "; ".join(doubt for doubt in doubts if doubt))


def _doubt(constant: Constant) -> str:
    """What makes a constant worse than a tenth, in words; nothing where it is well known."""
    if constant.well_known:
        return ""
    within = f"k is known within {constant.within:.0%}"
    if constant.least_filled < STEEP:
        return f"{within}: the points scatter; give more of them, or more cycles each"
    return (
        f"{within} at best: the shortest that was given fills {constant.least_filled:.1%} already, sweep shorter pulses"
    )


def _of_purge(source: str, done: Sequence[tuple[Point, Gave]]) -> Found:
    growth = _growth(done)
    purges = np.array([point.planned.purges.get(source, math.nan) for point, _ in done])
    fit = purge_curve(purges, growth)
    if fit is None:
        return Found((source,), reason=_lacking(growth, FEWEST))
    if not fit.determined:
        doubt = "no purge was short enough to see growth change"
        why = "growth hardly depends on it"
        return Found(
            (source,), None, fit, (Proposal(source, "purge", float(np.nanmin(purges)), why, doubt), *_rule(done))
        )
    needed = fit.purge()
    doubt = "" if needed <= np.nanmax(purges) else "longer than any that was given: extrapolated, sweep it"
    why = f"growth is then within 1 % of {fit.limit * 1e9:.4g} nm a cycle"
    return Found((source,), None, fit, (Proposal(source, "purge", needed, why, doubt), *_rule(done)))


def _rule(done: Sequence[tuple[Point, Gave]]) -> Iterator[Proposal]:
    """After each source the purge that C2 asks for without a doubt."""
    names = dict.fromkeys(name for _, gave in done for name in gave.measured.needed)
    for name in names:
        longest = max(gave.measured.needed.get(name, 0.0) for _, gave in done)
        yield Proposal(name, "purge", longest, "C2: 9.2 V/S, and 5 tp for what the surfaces give back")


def _growth(done: Sequence[tuple[Point, Gave]]) -> Floats:
    return np.array([gave.measured.growth for _, gave in done])


def _widths(source: str, done: Sequence[tuple[Point, Gave]]) -> tuple[Floats, Floats]:
    """Time open and exposure, the median where several points share one."""
    by_width: dict[float, list[float]] = {}
    for point, gave in done:
        area = gave.measured.areas.get(source, math.nan)
        if source in point.planned.pulses and math.isfinite(area):
            by_width.setdefault(point.planned.pulses[source], []).append(area)
    times = sorted(by_width)
    return np.array(times), np.maximum.accumulate(np.array([float(np.median(by_width[time])) for time in times]))


def _lacking(growth: Floats, needed: int) -> str:
    grown = int(np.isfinite(growth).sum())
    if len(growth) and not grown:
        return "nobody measured the growth of these runs: a real reactor tells it by a microbalance or an ellipsometer"
    if grown < needed:
        return f"it needs {needed} points that came to their end, and there are {grown}: give more values"
    return "these points make no curve: nothing grew, or the gauge saw too few of the pulses"
