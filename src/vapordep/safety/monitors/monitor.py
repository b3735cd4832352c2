"""The form of a monitor, and how its derived tag is described."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Generic, TypeVar

from vapordep.model.batches import Sample
from vapordep.model.tags import Quality, Tag, TagKind
from vapordep.safety.conditions import Latest
from vapordep.units import Unit, one

S = TypeVar("S")


class Monitor(ABC, Generic[S]):
    """One derived tag. `update` is pure: what it remembers is the state it is given and gives back.

    `inputs` are the tags whose samples make it look again; it may read others as well.
    """

    def __init__(self, tag: Tag, inputs: tuple[str, ...], initial: S) -> None:
        self.tag = tag
        self.inputs = inputs
        self.initial = initial

    @abstractmethod
    def update(self, state: S, time: float, latest: Latest) -> tuple[S, Sample | None]:
        """The next state, and its sample at the instant `time` (s) given the newest samples; None says nothing new."""

    def late(self, state: S, tag: str, sample: Sample) -> S:
        """The state with a sample that is older than the newest one of its tag; most monitors do not mind it."""
        return state

    def ahead(self, state: S, time: float, now: float, latest: Latest) -> Sample | None:
        """Its sample at the instant `time` if nothing arrives before, from inputs that are fresh at `now` (s).

        None when the passing of time does not change it.
        """
        return None


def derived(name: str, tags: Mapping[str, Tag], inputs: tuple[str, ...], unit: Unit = one) -> Tag:
    """The tag of a monitor: as soon stale as the most impatient of its inputs, never without any."""
    patience = min((tags[tag].stale_after for tag in inputs), default=float("inf"))
    return Tag(name, unit, TagKind.DERIVED, stale_after=patience)


def no_value(time: float) -> Sample:
    """The sample of what cannot be told."""
    return Sample(time, float("nan"), Quality.BAD)
