"""Long segments at once: whether one interlock stays content over a whole stretch of samples, judged on arrays.

Only an interlock of which this cannot be said is walked through sample by sample, so that both ways agree.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vapordep.model.batches import Batch, Column, Floats, Sample
from vapordep.model.tags import Tag
from vapordep.safety.conditions import Condition, Latest, Truth

WORTHWHILE = 32
"""Samples from which arrays are faster than single looks."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a call brings: the newest samples before it, its batches by tag; it lasts from `began` to `until` (s)."""

    before: Latest
    batches: Mapping[str, Batch]
    began: float
    until: float


def stretch_of(before: Latest, batches: Sequence[Batch], began: float, until: float) -> Stretch | None:
    """The stretch, or None when it is too short or not in order: one batch a tag, rising, nothing before `began`."""
    if sum(len(batch.times) for batch in batches) < WORTHWHILE:
        return None
    by_tag = {batch.tag: batch for batch in batches if len(batch.times)}
    whole = len(by_tag) == sum(1 for batch in batches if len(batch.times))
    rising = all(batch.times[0] >= began and (np.diff(batch.times) > 0.0).all() for batch in by_tag.values())
    return Stretch(before, by_tag, began, until) if whole and rising else None


def content_throughout(
    when: Condition | None, require: Sequence[Condition], tags: Sequence[Tag], stretch: Stretch
) -> bool:
    """Whether an interlock that was content before surely is so at every instant of the stretch, silences included."""
    known = [stretch.before.get(tag.name) for tag in tags]
    if any(sample is None for sample in known):
        return False
    arriving = [stretch.batches[tag.name].times for tag in tags if tag.name in stretch.batches]
    instants = np.unique(np.concatenate(arriving)) if arriving else np.empty(0)
    columns = {
        tag.name: _column(sample, stretch.batches.get(tag.name), instants)
        for tag, sample in zip(tags, known, strict=True)
        if sample is not None
    }
    ends = np.append(instants, stretch.until)
    if not all(
        _fresh_until(columns[tag.name].times, known_at, tag, ends) for tag, known_at in zip(tags, known, strict=True)
    ):
        return False
    return bool(_content(when, require, columns, instants).all())


def _content(
    when: Condition | None, require: Sequence[Condition], columns: Mapping[str, Column], instants: Floats
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    content = np.ones(len(instants), dtype=bool)
    for condition in require:
        content &= condition.judge_all(columns, instants) == Truth.TRUE
    if when is not None:
        content |= when.judge_all(columns, instants) == Truth.FALSE
    return content


def _column(before: Sample, batch: Batch | None, instants: Floats) -> Column:
    """The newest sample of one tag at each instant."""
    times, values, quality = (
        (np.empty(0), np.empty(0), np.empty(0, dtype=np.uint8))
        if batch is None
        else (batch.times, batch.values, batch.quality)
    )
    places = np.searchsorted(times, instants, side="right")
    return Column(
        np.concatenate(([before.time], times))[places],
        np.concatenate(([before.value], values))[places],
        np.concatenate((np.array([before.quality], dtype=np.uint8), quality))[places],
    )


def _fresh_until(times: Floats, before: Sample | None, tag: Tag, ends: Floats) -> bool:
    """Whether each sample is still fresh when the next instant, or the end, comes."""
    first = float("-inf") if before is None else before.time
    return bool((np.concatenate(([first], times)) + tag.stale_after > ends).all())
