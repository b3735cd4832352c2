"""What an instrument would show at many instants, as its driver would take it: values in SI with their quality."""

import numpy as np

from vapordep.lazy import dataclass
from vapordep.model.batches import Flags, Floats, Qualities, every
from vapordep.model.tags import Quality


@dataclass(frozen=True, slots=True)
class Shown:
    """Readings of one terminal: values (P,) in SI, NaN where BAD, and their quality (P,)."""

    values: Floats
    quality: Qualities

    @classmethod
    def of(cls, values: Floats, *, doubtful: Flags | bool = False, bad: Flags | bool = False) -> "Shown":
        """Values (P,) in SI, UNCERTAIN where `doubtful` and BAD where `bad`; what is not finite is BAD."""
        if _none(bad) and _none(doubtful) and every(np.isfinite(values)):  # as nearly always
            return cls(values, _good(len(values)))
        missing = ~np.isfinite(values) | bad
        quality = np.where(missing, Quality.BAD, np.where(doubtful, Quality.UNCERTAIN, Quality.GOOD))
        return cls(np.where(missing, np.nan, values), quality.astype(np.uint8))

    @classmethod
    def steady(cls, value: float, times: Floats, *, doubtful: bool = False) -> "Shown":
        """The same finite value in SI at every one of the instants (P,)."""
        quality = np.full(len(times), Quality.UNCERTAIN, dtype=np.uint8) if doubtful else _good(len(times))
        return cls(np.full(len(times), value), quality)

    @classmethod
    def nothing(cls, times: Floats) -> "Shown":
        """BAD at every one of the instants (P,)."""
        return cls.of(np.full(len(times), np.nan))


def _none(flags: Flags | bool) -> bool:
    return not (flags if isinstance(flags, bool) else np.count_nonzero(flags))


def _good(count: int) -> Qualities:
    """GOOD for so many samples: 0, as most are; nobody writes into it, so that all share it."""
    if count > len(_GOOD):
        return np.zeros(count, dtype=np.uint8)
    return _GOOD[:count]


_GOOD: Qualities = np.full(1024, Quality.GOOD, dtype=np.uint8)
_GOOD.flags.writeable = False
