"""Vapour behind gas: which part of a pulse is vapour where gas carries or pushes it, which no gauge can tell."""

from collections.abc import Iterator, Mapping
from math import inf

from vapordep.model.reactor import Reactor
from vapordep.model.sources import SourceLine
from vapordep.model.tags import Tag, TagKind
from vapordep.safety.conditions import Latest, usable_value
from vapordep.safety.monitors.readings import Constant
from vapordep.safety.vapour import vapour_part
from vapordep.units import g


def left_of(reactor: Reactor) -> Iterator[Constant]:
    """What is left at least in such bottles: nothing, until a run says what their record tells."""
    for source in reactor.sources.values():
        if source.left_tag:
            yield Constant(Tag(source.left_tag, g, TagKind.DERIVED, low=0.0, stale_after=inf), 0.0)


class Part:
    """The part of one source's pulses that is vapour: by the temperature of its bottle, as long as it is not empty.

    A bubbler whose bottle is empty gives its carrier alone, and a pushed bottle as much gas as before.
    """

    def __init__(self, source: SourceLine, tags: Mapping[str, Tag]) -> None:
        self._source = source
        gas = source.bubbler or source.boost or source.generator
        self._bottle = tags[f"{source.zone}.temperature"] if gas and source.zone else None
        self._left = tags[source.left_tag] if source.left_tag else None

    @property
    def reads(self) -> tuple[str, ...]:
        """The tags that it reads."""
        return tuple(tag.name for tag in (self._bottle, self._left) if tag is not None)

    def of(self, latest: Latest, time: float) -> float | None:
        """The part (of 1, by mol) at the instant `time` (s); None while nobody knows whether any vapour comes."""
        kelvin: float | None = self._source.temperature
        if self._bottle is not None:
            kelvin = usable_value(latest, self._bottle, time)
        if kelvin is None or (self._left is not None and not usable_value(latest, self._left, time)):
            return None
        return vapour_part(self._source, kelvin)
