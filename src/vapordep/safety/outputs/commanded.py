"""What each output was commanded to last, and which of them read otherwise since: pure bookkeeping, without a clock."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from math import inf

from vapordep.model.batches import GOOD, Batch, Sample
from vapordep.model.outputs import Output
from vapordep.model.tags import Quality
from vapordep.safety.outputs.readback import is_doubted, tolerance

ALIKE, ANY = 2, 3
"""So many samples in a row must read otherwise, if they agree, and if not: a spoilt frame is no other setting."""


@dataclass(slots=True)
class Last:
    """The last command to one output: its value in SI, and the instant (s) at which it was carried out."""

    output: Output
    value: float | None
    """None: what the output tells next, twice alike, counts instead."""
    since: float
    others: tuple[Sample, ...] = ()
    """The samples that read otherwise, in a row, the last few of them."""

    def take(self, sample: Sample) -> bool:
        """Whether with this sample it is sure that somebody else set the output."""
        doubted = sample.usable and is_doubted(self.output, sample.quality)
        if self.value is None or sample.time <= self.since or not (doubted or sample.quality is GOOD):
            return False
        if not doubted and self._alike(sample.value, self.value):
            self.others = ()
            return False
        self.others = (*self.others, sample)[-ANY:]
        return len(self.others) == ANY or self._agree()

    def reads_so(self, sample: Sample) -> bool:
        """Whether a sample shows what was commanded, and so ends a row of others."""
        known = self.value is not None and sample.time > self.since and sample.quality is GOOD
        return known and self._alike(sample.value, self.value or 0.0)

    def learn(self, sample: Sample) -> None:
        """Takes what it stands at for what it was commanded to, where that is not known."""
        if sample.time <= self.since or sample.quality is not GOOD:
            return
        if self.others and self._alike(sample.value, self.others[-1].value):
            self.value, self.others = sample.value, ()
        else:
            self.others = (sample,)

    def _agree(self) -> bool:
        return len(self.others) >= ALIKE and self._alike(self.others[-1].value, self.others[-2].value)

    def _alike(self, one: float, other: float) -> bool:
        return abs(one - other) <= tolerance(self.output)


@dataclass(frozen=True, slots=True)
class SetElsewhere:
    """An output that somebody else set: what it was commanded to (SI), and the sample that shows something else."""

    output: Output
    commanded: float
    sample: Sample


IsSettled = Callable[[str], bool]
"""Whether nobody here is changing an output just now."""


class Commanded:
    """The last command to each output that was carried out; nothing is known of those that were never commanded."""

    def __init__(self, outputs: Mapping[str, Output], disturbed: Mapping[str, Sequence[str]]) -> None:
        """`disturbed` tells of an output which others a command to it may change, as the instrument is made."""
        self._outputs = outputs
        self._disturbed = disturbed
        self._last: dict[str, Last] = {}
        self._elsewhere: set[str] = set()
        self._over: dict[str, None] = {}

    @property
    def elsewhere(self) -> frozenset[str]:
        """The outputs that somebody else set, and that still stand so."""
        return frozenset(self._elsewhere)

    def value(self, tag: str) -> float | None:
        """What an output is to read, in SI; None where that is not known."""
        last = self._last.get(tag)
        return None if last is None else last.value

    def to(self, tag: str, value: float, now: float) -> None:
        """A command was carried out at the instant `now` (s): from then on the output is to read `value` (SI)."""
        self._put(tag, value, now)
        for other in self._disturbed.get(tag, ()):
            if other in self._last:
                self._put(other, None, now)

    def forget(self, tags: Iterable[str]) -> None:
        """It is not known what these stand at."""
        for tag in tags:
            self._last.pop(tag, None)

    def forget_all(self) -> None:
        """Nothing is known any more of what any output stands at."""
        self._last.clear()

    def take(self, batches: Sequence[Batch], is_settled: IsSettled) -> Iterator[SetElsewhere]:
        """Takes samples that were published; yields each output that somebody else set, once."""
        for batch in batches:
            last = self._last.get(batch.tag)
            if last is None or not len(batch.times):
                continue
            if last.value is None:
                last.learn(batch.last)
            elif last.reads_so(batch.last):
                last.others = ()
                self._is_over(batch.tag)
            elif batch.tag not in self._elsewhere and is_settled(batch.tag):
                found = _found(last, batch)
                if found is not None:
                    self._elsewhere.add(batch.tag)
                    yield found

    def first(self, batches: Sequence[Batch], is_settled: IsSettled) -> float:
        """The instant (s) at which taking these samples would find such an output; infinity for none."""
        found = inf
        for batch in batches:
            last = self._last.get(batch.tag)
            if last is None or not len(batch.times) or batch.tag in self._elsewhere or last.reads_so(batch.last):
                continue
            seen = _found(copy(last), batch) if is_settled(batch.tag) else None
            found = found if seen is None else min(found, seen.sample.time)
        return found

    def over(self) -> list[str]:
        """The outputs, told once, that read as commanded again, or were commanded anew: also by a program before."""
        over, self._over = self._over, {}
        return list(over)

    def _put(self, tag: str, value: float | None, now: float) -> None:
        self._last[tag] = Last(self._outputs[tag], value, now)
        self._elsewhere.discard(tag)
        self._over[tag] = None

    def _is_over(self, tag: str) -> None:
        if tag in self._elsewhere:
            self._elsewhere.remove(tag)
            self._over[tag] = None


def _found(last: Last, batch: Batch) -> SetElsewhere | None:
    """The first sample of a batch with which it is sure."""
    for place in range(len(batch.times)):
        quality = Quality(batch.quality.item(place))
        sample = Sample(batch.times.item(place), batch.values.item(place), quality)
        if last.take(sample):
            return SetElsewhere(last.output, last.value or 0.0, sample)
    return None
