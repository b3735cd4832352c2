"""Long segments at once: whether one interlock stays content over a whole stretch of samples, judged on arrays.

Most is told by the least and the greatest value of each tag. What these leave open is judged at every instant, and
only an interlock that is not content even so is walked through sample by sample: so all ways agree.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from math import inf, isfinite

import numpy as np

from vapordep.model.batches import BAD, Batch, every
from vapordep.model.columns import Columns, rising
from vapordep.model.tags import Tag
from vapordep.safety.conditions import FALSE, TRUE, Condition, Latest, Span
from vapordep.safety.streams import is_worthwhile

NOWHERE: Span = (inf, -inf)


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a call brings: samples upon what was known before; it lasts until the instant `until` (s)."""

    columns: Columns
    until: float
    _fresh: dict[str, bool] = field(default_factory=dict)
    _spans: dict[str, Span | None] = field(default_factory=dict)

    def fresh(self, tag: Tag) -> bool:
        """Whether each sample of a tag is still fresh when its next one, or the end, comes; worked out once a tag."""
        found = self._fresh.get(tag.name)
        if found is None:
            found = self._fresh[tag.name] = _fresh_throughout(tag, self)
        return found

    def span(self, tag: Tag) -> Span | None:
        """The least and the greatest value of a tag, that before the stretch included; None when one is not usable."""
        if not self._spans:
            self._spans.update(_spans(self.columns.batches))
        before, within = self.columns.before.get(tag.name), self._spans.get(tag.name, NOWHERE)
        if before is None or before.quality is BAD or within is None or not isfinite(before.value):
            return None
        return min(within[0], before.value), max(within[1], before.value)


def stretch_of(before: Latest, batches: Sequence[Batch], began: float, until: float) -> Stretch | None:
    """The stretch, or None when it is too short or not in order: one batch a tag, rising, nothing before `began`."""
    if not is_worthwhile(batches):
        return None
    filled = [batch for batch in batches if len(batch.times)]
    if any(batch.times.item(0) < began for batch in filled) or not rising(filled):
        return None
    return Stretch(Columns(before, filled), until)


def content_throughout(
    when: Condition | None, require: Sequence[Condition], tags: Sequence[Tag], stretch: Stretch
) -> bool:
    """Whether an interlock that was content before surely is so at every instant of the stretch, silences included."""
    if not all(stretch.fresh(tag) for tag in tags):
        return False
    if when is not None and when.throughout(stretch.span) is FALSE:
        return True
    if all(condition.throughout(stretch.span) is TRUE for condition in require):
        return True
    if when is None:  # each condition was true, and changes only with a sample of its own
        return all(_true_throughout(condition, stretch.columns) for condition in require)
    return _content_throughout(when, require, stretch.columns)


def _true_throughout(condition: Condition, columns: Columns) -> bool:
    instants = columns.instants(condition.tags)
    return every(condition.true_at(columns, instants))


def _content_throughout(when: Condition, require: Sequence[Condition], columns: Columns) -> bool:
    instants = columns.instants([tag for condition in (when, *require) for tag in condition.tags])
    content = np.ones(len(instants), dtype=bool)
    for condition in require:
        content &= condition.true_at(columns, instants)
    content |= when.false_at(columns, instants)
    return every(content)


def _fresh_throughout(tag: Tag, stretch: Stretch) -> bool:
    before, batch = stretch.columns.before.get(tag.name), stretch.columns.batches.get(tag.name)
    if before is None:
        return False
    if batch is None:
        return before.time + tag.stale_after > stretch.until
    times = batch.times
    if not (before.time + tag.stale_after > times.item(0) and times.item(-1) + tag.stale_after > stretch.until):
        return False
    key = ("unbroken", tag.stale_after)  # of many tags the same: those of one exchange share their instants
    return stretch.columns.kept(key, times, lambda: every(times[:-1] + tag.stale_after > times[1:]))


def _spans(batches: Mapping[str, Batch]) -> dict[str, Span | None]:
    """The span of each batch; of all at once, for each call of numpy takes longer than its work on one of them."""
    values = np.concatenate([batch.values for batch in batches.values()])
    quality = np.concatenate([batch.quality for batch in batches.values()])
    begins = [0, *accumulate(len(batch.times) for batch in batches.values())][:-1]
    lows, highs = np.minimum.reduceat(values, begins).tolist(), np.maximum.reduceat(values, begins).tolist()
    worst = np.maximum.reduceat(quality, begins).tolist()
    return {
        tag: (low, high) if mark != BAD and isfinite(low) and isfinite(high) else None  # one NaN makes NaN of both
        for tag, low, high, mark in zip(batches, lows, highs, worst, strict=True)
    }
