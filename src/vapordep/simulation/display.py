"""What a reading shows: noise, range and resolution, one sample an instant, the same alone or in an array."""

import math
from bisect import bisect_right
from typing import Any, Final, overload

import numpy as np
from numpy.typing import NDArray

from vapordep.lazy import dataclass
from vapordep.simulation import noise
from vapordep.units import Unit, from_si

Floats = NDArray[np.float64]

_LEAST: Final = -18
_TENS: Final = [float(f"1e{k}") for k in range(_LEAST, 20)]
_TENS_ARRAY: Final = np.array(_TENS)
_POWERS: Final = [float(10**k) for k in range(24)]
_POWERS_ARRAY: Final = np.array(_POWERS)


@dataclass(frozen=True, slots=True)
class Display:
    """Turns the plant's truth (SI) into the number that an instrument shows, in the unit it is set to.

    Everything is a pure function of truth and instant. A scalar and an array take the same steps of IEEE arithmetic,
    so that a reading asked for on the wire and one computed in a block are the same bits.
    """

    seed: int
    tag: str
    """Which stream of noise is its own: the plant's point, or instrument and terminal."""
    unit: Unit
    refresh: float
    """How long one sample stands, s: the noise changes at whole multiples of it."""
    noise: float = 0.0
    """Standard deviation, SI (a difference, for temperatures)."""
    relative_noise: float = 0.0
    """Standard deviation that grows with the reading, as a fraction of it; adds to `noise`."""
    low: float = -math.inf
    """Least number it can show, in `unit`."""
    high: float = math.inf
    """Greatest number it can show, in `unit`."""
    decimals: int | None = None
    """Digits after the point; None: as many as the bits hold, or `digits`."""
    digits: int | None = None
    """Significant digits, for instruments that write 7.602E+2."""

    @overload
    def measure(self, truth: float, t: float) -> float: ...
    @overload
    def measure(self, truth: Floats, t: Floats) -> Floats: ...
    def measure(self, truth: Any, t: Any) -> Any:
        """What it measures of `truth` (SI) at `t` (s), in `unit`, neither limited nor rounded: tells over-range."""
        standard = noise.normal if isinstance(t, np.ndarray) else noise.normal_at
        spread = self.noise + self.relative_noise * abs(truth) if self.relative_noise else self.noise
        return from_si(truth + spread * standard(self.seed, self.tag, sample(t, self.refresh)), self.unit)

    @overload
    def round(self, measured: float) -> float: ...
    @overload
    def round(self, measured: Floats) -> Floats: ...
    def round(self, measured: Any) -> Any:
        """What the digits show of a measured number: within the range, to the resolution. NaN stays NaN."""
        if isinstance(measured, np.ndarray):
            return _round_array(np.minimum(np.maximum(measured, self.low), self.high), self.decimals, self.digits)
        limited = self.low if measured < self.low else self.high if measured > self.high else float(measured)
        return _round(limited, self.decimals, self.digits)

    @overload
    def show(self, truth: float, t: float) -> float: ...
    @overload
    def show(self, truth: Floats, t: Floats) -> Floats: ...
    def show(self, truth: Any, t: Any) -> Any:
        """The number shown of `truth` (SI) at `t` (s), in `unit`."""
        return self.round(self.measure(truth, t))


@overload
def sample(t: float, refresh: float) -> int: ...
@overload
def sample(t: Floats, refresh: float) -> NDArray[np.int64]: ...
def sample(t: Any, refresh: float) -> Any:
    """Which sample stands at `t`, in s: the number of whole periods of `refresh` since 0."""
    if isinstance(t, np.ndarray):
        return np.floor(t / refresh).astype(np.int64)
    return math.floor(t / refresh)


def _round(x: float, decimals: int | None, digits: int | None) -> float:
    if not math.isfinite(x):
        return x
    if digits is not None:
        decimals = digits - (max(bisect_right(_TENS, abs(x)), 1) + _LEAST)
    if decimals is None:
        return x
    # Powers of ten up to 1e22 are exact, so this is the double nearest to the decimal number shown.
    power = _POWERS[abs(decimals)]
    return round(x * power) / power if decimals >= 0 else round(x / power) * power


def _round_array(x: Floats, decimals: int | None, digits: int | None) -> Floats:
    rounded: Floats
    if digits is not None:
        places = digits - (np.maximum(np.searchsorted(_TENS_ARRAY, np.abs(x), side="right"), 1) + _LEAST)
        power = _POWERS_ARRAY[np.abs(places)]
        rounded = np.where(places >= 0, np.rint(x * power) / power, np.rint(x / power) * power)
    elif decimals is None:
        return x
    elif decimals >= 0:
        rounded = np.rint(x * _POWERS[decimals]) / _POWERS[decimals]
    else:
        rounded = np.rint(x / _POWERS[-decimals]) * _POWERS[-decimals]
    return rounded + 0.0  # -0.0 shows as 0.0, as Python's round gives it
