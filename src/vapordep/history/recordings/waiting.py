"""What waits for a recording's next commit: packed ticks, chained events, pulses, and the series that they name."""

from collections import deque
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from vapordep.history import chain
from vapordep.history.database import sqlite, tables
from vapordep.history.database.rows import intent_row, pulse_row
from vapordep.history.recordings.tail import Publication, encode_tick
from vapordep.model.events import Event
from vapordep.model.pulses import PulseIntent, PulseRecord

MOST_WAITING = 64 << 20
"""Bytes of packed ticks kept while the disk refuses them: more than 10 h of 128 tags at 10 Hz."""
_PULSE = tables.pulses.c.keys()


class _Tick(NamedTuple):
    """A row of the tail, in the order of its columns."""

    tick: int
    t: float
    samples: int
    blob: bytes


class Waiting:
    """Rows in the order of their columns; events and pulses wait as long as they must, of ticks the oldest drop out."""

    def __init__(self, head: chain.Head, series: dict[tuple[str, ...], int], next_tick: int) -> None:
        """`head` is where the chain of events ends on the disk; `series` is what the file numbers already."""
        self.head = head
        self.dropped = 0
        """Values lost since somebody said so."""
        self._series = series
        self._new_series: list[tuple[int, int, str]] = []
        self._next_tick = next_tick
        self._ticks: deque[_Tick] = deque()
        self._bytes = 0
        self._events: list[Event] = []
        """Not chained yet: many together are chained quicker than each by itself."""
        self._links: list[chain.Link] = []
        self._pulses: dict[int, dict[str, Any]] = {}

    @property
    def oldest(self) -> int:
        """The number of the first tick that is not on the disk."""
        return self._ticks[0].tick if self._ticks else self._next_tick

    def add(self, event: Event) -> None:
        """An event, to be chained; its data may not change."""
        self._events.append(event)

    def expect(self, intent: PulseIntent) -> None:
        """That a pulse is about to be given."""
        self._pulses[intent.number] = intent_row(intent)

    def pulse(self, pulse: PulseRecord) -> None:
        """How a pulse went, in place of its intent."""
        self._pulses[pulse.intent.number] = pulse_row(pulse)

    def pack(self, published: Sequence[Publication], t: float) -> int:
        """Makes one row of what was published up to the instant `t` (s), and tells how many values that is."""
        blob, samples = encode_tick(published, self.number)
        if samples:
            self._ticks.append(_Tick(self._next_tick, t, samples, blob))
            self._next_tick += 1
            self._bytes += len(blob)
        while self._bytes > MOST_WAITING:
            oldest = self._ticks.popleft()
            self._bytes -= len(oldest.blob)
            self.dropped += oldest.samples
        return samples

    def number(self, names: tuple[str, ...]) -> int:
        """The number of the series of these tags, a new one where they were never published together."""
        number = self._series.get(names)
        if number is None:
            number = self._series[names] = len(self._series) + 1
            self._new_series += [(number, position, name) for position, name in enumerate(names)]
        return number

    def chain(self) -> None:
        """Chains what was added."""
        events, self._events = self._events, []
        for event in events:
            stored = chain.link(self.head, event.time, event.kind, event.text, event.data)
            self.head = chain.Head(stored.hash, stored.seq)
            self._links.append(stored)

    def rows(self) -> list[tuple[str, Collection[Sequence[object]]]]:
        """The statements that make all of it durable in one transaction; empty when nothing waits."""
        pulses = [tuple([row[name] for name in _PULSE]) for row in self._pulses.values()]
        if not (self._links or self._new_series or pulses or self._ticks):
            return []
        return [
            (sqlite.insertion(tables.events), self._links),
            (sqlite.insertion(tables.series), self._new_series),
            (sqlite.replacement(tables.pulses), pulses),
            (sqlite.insertion(tables.tail), self._ticks),
        ]

    def written(self) -> int:
        """All of it is durable; tells how many values of the tail that were."""
        samples = sum([tick.samples for tick in self._ticks])
        self._links.clear()
        self._new_series.clear()
        self._pulses.clear()
        self._ticks.clear()
        self._bytes = 0
        return samples
