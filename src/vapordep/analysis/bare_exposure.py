"""Exposure of a bare surface to what a leak, a carrier gas and the base pressure bring along, in Pa s by gas.

A leak of Q Pa m3/s, a part f of it one gas, makes V dp/dt = f Q - S p, S being the pumping speed just then; the
exposure is the integral of p, and 1 langmuir is 1e-6 Torr s: about one collision for each atom of the surface.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from vapordep.lazy import dataclass
from vapordep.model.impurities import BASE, GASES, Impurities

Floats = NDArray[np.float64]
ASSUMED = Impurities()


@dataclass(frozen=True, slots=True)
class Course:
    """What went on over N instants (s, rising): pressure in Pa, pumping speed in m3/s, whether a gas flowed.

    A pressure that is not known is NaN, and counts as the last one that was.
    """

    times: Floats
    pressure: Floats
    speed: Floats
    flowing: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class BareExposure:
    """By gas, in Pa s: `leak`, NaN where no leak is known; `carrier`, with the gas the chamber was filled with.

    `base` is what would be water if all of the pressure below `BASE` were; `duration` in s.
    """

    duration: float
    leak: Mapping[str, float]
    carrier: Mapping[str, float]
    base: float


def bare_exposure(course: Course, leak: float, volume: float, impurities: Impurities = ASSUMED) -> BareExposure:
    """The exposure over the whole course; `leak` in Pa m3/s, NaN when nobody measured it; `volume` in m3."""
    times = course.times
    if len(times) < 2:
        return BareExposure(0.0, dict.fromkeys(GASES, leak * 0.0), dict.fromkeys(GASES, 0.0), 0.0)
    widths = np.diff(times)
    pressure = _held(course.pressure)[:-1]
    flowing, base = course.flowing[:-1], pressure < BASE
    gathered = _gathered(leak, volume, course.speed[:-1], widths)
    carried = float(np.sum(np.where(flowing, pressure, 0.0) * widths))
    filled = float(np.sum(np.where(~flowing & ~base, pressure, 0.0) * widths))
    return BareExposure(
        float(times[-1] - times[0]),
        {gas: impurities.air[gas] * gathered for gas in GASES},
        {gas: impurities.carrier[gas] * carried + impurities.filling[gas] * filled for gas in GASES},
        float(np.sum(np.where(~flowing & base, pressure, 0.0) * widths)),
    )


def _held(values: Floats) -> Floats:
    """With the last known value in place of a missing one, 0 before any."""
    places = np.where(np.isfinite(values), np.arange(len(values)), -1)
    last = np.maximum.accumulate(places)
    return np.where(last >= 0, values[np.maximum(last, 0)], 0.0)


def _gathered(leak: float, volume: float, speeds: Floats, widths: Floats) -> float:
    """The integral of the pressure of what leaked in, in Pa s, exact while the pumping speed stays."""
    pressure, total = 0.0, 0.0
    for speed, width in zip(speeds.tolist(), widths.tolist(), strict=True):
        if speed <= 0.0:
            total += (pressure + 0.5 * leak / volume * width) * width
            pressure += leak / volume * width
            continue
        steady, decay = leak / speed, float(np.exp(-speed / volume * width))
        total += steady * width + (pressure - steady) * (1.0 - decay) * volume / speed
        pressure = steady + (pressure - steady) * decay
    return total
