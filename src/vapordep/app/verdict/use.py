"""What a run used up: vapour out of each bottle, openings of each valve."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from vapordep.app.verdict.doses import Read
from vapordep.lazy import dataclass
from vapordep.model.batches import Floats
from vapordep.model.pulses import PulseRecord
from vapordep.model.reactor import Reactor
from vapordep.units import Dimension


@dataclass(frozen=True, slots=True)
class Use:
    """What was taken from one bottle, in mol; NaN where nobody knows."""

    source: str
    used: float
    content: float | None
    """What a full bottle holds."""

    @property
    def share(self) -> float:
        """Of a full bottle; NaN when either is not known."""
        return self.used / self.content if self.content else math.nan


def precursor_use(used: Mapping[str, float], pulses: Sequence[PulseRecord], reactor: Reactor) -> tuple[Use, ...]:
    """The bottles that gave pulses, in the order of their first, then those that gave a steady flow.

    `used` in mol by source, as the plant knows it, or else as the readings tell.
    """
    steady = (name for name, source in reactor.sources.items() if source.steady and used.get(name, 0.0) > 0.0)
    names = dict.fromkeys((*(pulse.intent.source for pulse in pulses), *steady))
    return tuple(Use(name, used.get(name, math.nan), reactor.sources[name].content) for name in names)


def actuations(pulses: Sequence[PulseRecord], reactor: Reactor, read: Read) -> dict[str, int]:
    """How often each valve opened: those of sources that pulse by their pulses, the others by what they showed.

    By the valve's tag without its `.valve`; those that never opened are left out.
    """
    counts = {
        name: sum(pulse.intent.source == name for pulse in pulses) for name in reactor.sources
    }  # fmt: skip
    pulsing = {source.valve for source in reactor.sources.values() if not source.steady}
    for tag, output in reactor.outputs.items():
        if output.unit.dimension is Dimension.STATE and tag not in pulsing:
            samples = read(tag)
            counts[tag.removesuffix(".valve")] = 0 if samples is None else _openings(samples.values)
    return {name: count for name, count in counts.items() if count}


def _openings(states: Floats) -> int:
    """Rises from 0 to 1; what could not be read is no edge."""
    known = states[np.isfinite(states)]
    return int((np.diff(known, prepend=0.0) > 0.5).sum())
