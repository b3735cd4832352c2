"""Long segments at once: whether one interlock stays content over a whole stretch of samples, judged on arrays.

Only an interlock of which this cannot be said is walked through sample by sample, so that both ways agree.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from vapordep.model.batches import Batch, every
from vapordep.model.columns import Columns, rising
from vapordep.model.tags import Tag
from vapordep.safety.conditions import Condition, Latest
from vapordep.safety.streams import is_worthwhile


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a call brings: samples upon what was known before; it lasts until the instant `until` (s)."""

    columns: Columns
    until: float
    _fresh: dict[str, bool] = field(default_factory=dict)

    def fresh(self, tag: Tag) -> bool:
        """Whether each sample of a tag is still fresh when its next one, or the end, comes; worked out once a tag."""
        found = self._fresh.get(tag.name)
        if found is None:
            found = self._fresh[tag.name] = _fresh_throughout(tag, self)
        return found


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
    return every(times[:-1] + tag.stale_after > times[1:])
