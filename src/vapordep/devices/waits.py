"""Waits for a condition: which is asked after every batch, and of a stretch of samples when it first comes true."""

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import groupby
from math import inf
from operator import itemgetter
from typing import Any, Protocol

import numpy as np

from vapordep.model.batches import Batch, Floats, Sample
from vapordep.model.columns import Columns
from vapordep.model.tags import Quality

TRUE = 1
_QUALITIES = tuple(Quality)
_instant = itemgetter(0)


class Judged(Protocol):
    """A condition on tags that can be judged by single samples and by arrays alike; 1 stands for true."""

    @property
    def tags(self) -> tuple[str, ...]:
        """All that it reads."""
        ...

    def judge(self, latest: Mapping[str, Sample], now: float = ...) -> int:
        """Whether it holds at the instant `now` (s)."""
        ...

    def judge_all(self, columns: Columns, instants: Floats) -> Any:
        """The same at many instants of a stretch of samples; an array of their length."""
        ...


Holds = Callable[[], bool]
Awaited = Holds | Judged | Sequence[Judged]
"""What may be waited for: a question, a condition, or several that must all be true."""


class Wait:
    """One wait under way."""

    def __init__(self, awaited: Awaited, on: Collection[str], future: asyncio.Future[None]) -> None:
        """`on`: the only tags that a question reads; when none is named, any sample may make it true."""
        self.future = future
        self._holds: Holds | None = awaited if callable(awaited) else None
        self._conditions: Sequence[Judged] = ()
        if not callable(awaited):
            self._conditions = awaited if isinstance(awaited, Sequence) else (awaited,)
        self._on = frozenset(on) or frozenset(tag for condition in self._conditions for tag in condition.tags)

    def holds(self, latest: Mapping[str, Sample], now: float) -> bool:
        """Whether it is over at the instant `now` (s)."""
        if self._holds is not None:
            return self._holds()
        return all(condition.judge(latest, now) == TRUE for condition in self._conditions)

    def first(self, latest: dict[str, Sample], batches: Sequence[Batch], before: float) -> float:
        """The first instant in s, before `before`, at which the samples of `batches` make it true; else infinity.

        `latest` is what was known before them; a question finds there what it would at each instant, and in the end
        it is as it was.
        """
        mine = [batch for batch in batches if len(batch) and (not self._on or batch.tag in self._on)]
        if not mine:
            return inf
        found = self._first_step(latest, mine, before) if self._holds is not None else self._first_of(latest, mine)
        return found if found < before else inf

    def _first_of(self, latest: Mapping[str, Sample], batches: Sequence[Batch]) -> float:
        if not all(tag in latest or any(batch.tag == tag for batch in batches) for tag in self._on):
            return inf
        columns = Columns(latest, batches)
        instants = columns.instants(self._on)
        true = np.ones(len(instants), dtype=bool)
        for condition in self._conditions:
            true &= condition.judge_all(columns, instants) == TRUE
        places = np.flatnonzero(true)
        return float(instants[places[0]]) if len(places) else inf

    def _first_step(self, latest: dict[str, Sample], batches: Sequence[Batch], before: float) -> float:
        assert self._holds is not None  # noqa: S101 - for the type checker
        saved = dict(latest)
        try:
            for instant, samples in _steps(batches):
                if instant >= before:
                    break
                latest.update(samples)
                if self._holds():
                    return instant
            return inf
        finally:
            latest.clear()
            latest.update(saved)


def _steps(batches: Sequence[Batch]) -> Iterator[tuple[float, dict[str, Sample]]]:
    """Each instant with its samples."""
    rows = [
        (time, batch.tag, value, quality)
        for batch in batches
        for time, value, quality in zip(
            batch.times.tolist(), batch.values.tolist(), batch.quality.tolist(), strict=True
        )
    ]
    rows.sort(key=_instant)
    for instant, group in groupby(rows, key=_instant):
        yield instant, {tag: Sample(instant, value, _QUALITIES[quality]) for _, tag, value, quality in group}
