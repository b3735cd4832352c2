"""The live stream: what the engine tells, put together ten times a second, encoded once for all who listen.

Each message has the id `epoch:number` of the newest news in it. A listener reads at a place of its own in a ring of the
latest messages, so that a slow one holds up nobody: it is told of a gap, and given a new snapshot.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from vapordep.api.live.messages import (
    encoded,
    encoded_gap,
    encoded_snapshot,
    event_as_plain,
    tag_as_plain,
    value_as_plain,
)
from vapordep.api.live.pace import PERIOD, Pace
from vapordep.api.live.past import Past
from vapordep.clock import perf
from vapordep.lazy import dataclass
from vapordep.link.news import (
    EngineChanged,
    EngineShown,
    EventTold,
    News,
    Snapshot,
    TagsChanged,
    TagShown,
    Value,
    ValuesRead,
)
from vapordep.model.events import Event
from vapordep.wire import engine_as_plain

RING = 100
"""Messages that a slow listener may be behind."""
EDGES_KEPT = 64
"""Of one tag in one message."""
BEAT = 1.0
"""s: when there is nothing to tell, this is, so that who listens knows within 3 s that nobody is there any more."""
AWAY = "away for too long, or this page of vapordep began anew meanwhile"
ANEW = "the engine came up anew, or this was never an id of it"
NOWHERE = -1
"""The place of who has not been sent anything yet."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it goes out; `after` and `number` are the news it begins behind, and its newest."""

    after: int
    number: int
    id: str
    data: bytes


class Stream:
    """What came over the link, as messages. `take` is for the thread that follows it, `since` for listeners."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._fresh = threading.Event()
        self._ring: deque[Message] = deque(maxlen=RING)
        self._sent = 0
        """Messages that were ever put into the ring."""
        self._past = Past()
        self._epoch, self._number, self._told, self._now = "", 0, 0, 0.0
        self._values: dict[str, Value] = {}
        self._edges: dict[str, deque[Value]] = {}
        self._engine: EngineShown | None = None
        self._tags: tuple[TagShown, ...] | None = None
        self._events: list[tuple[int, Event]] = []
        self._trouble: str | None = None
        self._dry_runs: dict[str, Mapping[str, object]] = {}
        """By id, where those dry runs are that have come on."""
        self._told_of: dict[Callable[[], None], None] = {}
        """Who is told of each message, in the order in which they came."""
        self._loop: asyncio.AbstractEventLoop | None = None

    # --- on the thread that follows the news -----------------------------------------------------------------------

    def take(self, told: Snapshot | News) -> None:
        """Takes whatever came over the link, in its order."""
        with self._lock:
            self._now = told.now
            if isinstance(told, Snapshot):
                self._renew(told)
            else:
                self._number = told.number
                self._keep(told)
            self._fresh.set()

    def lose(self, trouble: str) -> None:
        """The engine is not heard any more."""
        with self._lock:
            self._trouble = trouble
            self._fresh.set()

    def tell_dry_run(self, id: str, where: Mapping[str, object]) -> None:
        """A dry run has come on, or is over; it has nothing to do with the engine."""
        with self._lock:
            self._dry_runs[id] = where
            self._fresh.set()

    def _renew(self, snapshot: Snapshot) -> None:
        """A snapshot is taken after a gap, after a silence, and when the engine came up anew."""
        if snapshot.epoch != self._epoch or snapshot.number != self._number:
            self._ring.clear()
            self._sent += 1  # whoever waits for the next one is told of the gap
            self._events.clear()
            self._told = snapshot.number
            self._past.renew(snapshot, self._epoch, self._number)
        self._epoch, self._number = snapshot.epoch, snapshot.number
        self._engine, self._tags = snapshot.engine, snapshot.tags
        self._values = {value.tag: value for value in snapshot.values}
        self._edges = {}

    def _keep(self, news: News) -> None:
        match news.body:
            case ValuesRead(values, edges):
                self._values.update({value.tag: value for value in values})
                for edge in edges:
                    self._edges.setdefault(edge.tag, deque(maxlen=EDGES_KEPT)).append(edge)
            case EngineChanged(engine):
                self._engine = engine
            case TagsChanged(tags):
                self._tags = tags
            case EventTold(event):
                self._events.append((news.number, event))
                self._past.keep(news.number, event)

    # --- on the thread that sends ----------------------------------------------------------------------------------

    def send_for_ever(self, ending: threading.Event) -> None:
        """Puts together what came, encodes it and wakes the listeners, until `ending`."""
        pace = Pace(perf())
        while not ending.is_set():
            self._fresh.wait(BEAT)
            if (left := pace.wait(perf())) > 0.0:
                ending.wait(left)
            if pace.joins():
                self._fresh.clear()
                self._fresh.wait(PERIOD)
            self.send()
            pace.sent(perf())

    def send(self) -> None:
        """One message of all that came since the last; where nothing did, a sign of life."""
        with self._lock:
            self._fresh.clear()
            seen = f"{self._epoch}:{self._number}"
            data = self._encoded(seen) + b"".join(encoded("dry-run", each) for each in self._dry_runs.values())
            self._ring.append(Message(self._told, self._number, seen, data))
            self._sent += 1
            self._told = self._number
            self._values, self._events, self._engine, self._tags, self._trouble = {}, [], None, None, None
            self._edges, self._dry_runs = {}, {}
            loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):  # at the end it may be closed at any instant
                loop.call_soon_threadsafe(self._tell)

    def _encoded(self, seen: str) -> bytes:
        told: dict[str, Any] = {"now_s": round(self._now, 3)}
        if self._values:
            told["values"] = {tag: value_as_plain(value) for tag, value in self._values.items()}
        if self._edges:
            told["edges"] = {tag: [value_as_plain(edge) for edge in edges] for tag, edges in self._edges.items()}
        if self._engine is not None:
            told["engine"] = engine_as_plain(self._engine, self._now)
        if self._tags is not None:
            told["tags"] = [tag_as_plain(tag) for tag in self._tags]
        if self._events:
            told["events"] = [event_as_plain(event, number) for number, event in self._events]
        if self._trouble is not None:
            return encoded("lost", {"trouble": self._trouble})
        if len(told) == 1:
            return encoded("beat", {})
        return encoded("news", told, seen)

    # --- for listeners ---------------------------------------------------------------------------------------------

    @property
    def listeners(self) -> int:
        """How many are told of each message."""
        return len(self._told_of)

    @contextmanager
    def told(self, of_each: Callable[[], None]) -> Iterator[None]:
        """Within it `of_each` is called on this loop whenever there is another message, once a second at least."""
        self._loop = asyncio.get_running_loop()
        self._told_of[of_each] = None
        try:
            yield
        finally:
            del self._told_of[of_each]

    def _tell(self) -> None:
        for of_each in tuple(self._told_of):
            of_each()

    def since(self, place: int) -> tuple[Sequence[Message] | None, int]:
        """The messages from a place on, and the place after them; None when they are not there any more."""
        with self._lock:
            behind = self._sent - place
            if place == NOWHERE or behind > len(self._ring):
                return None, place
            if behind < 2:
                return (self._ring[-1],) if behind else (), self._sent
            return list(self._ring)[-behind:], self._sent

    def joined(self, snapshot: Snapshot | None, last: str, why: str) -> tuple[bytes, int, str]:
        """What somebody is sent first, the place from which they go on, and the id of what they have then.

        They had all up to the id `last`, and lost their place because of `why`.
        """
        with self._lock:
            had = self._number_in(last)
            if had is not None and not why and (place := self._place_after(had)) is not None:
                return b"", place, last
            if snapshot is None:
                return b"", self._sent, last  # what they missed is known when the engine is
            newer = sum(message.number > snapshot.number for message in self._ring)
            told = self._told_with(snapshot, newer)
            gap = self._gap(last, had, why, snapshot.engine, told) if last else b""
            seen = f"{snapshot.epoch}:{min(told, snapshot.number)}"
            return gap + encoded_snapshot(snapshot, seen), self._sent - newer, seen

    def _told_with(self, snapshot: Snapshot, newer: int) -> int:
        """The news that nothing tells any more after this snapshot and the `newer` messages.

        The first of those may begin before the snapshot: whoever goes on from there is told no event twice, and none
        is left out for whoever goes away after the snapshot.
        """
        if snapshot.epoch != self._epoch:
            return snapshot.number
        return self._ring[-newer].after if newer else self._told

    def _number_in(self, last: str) -> int | None:
        """The number in an id of this life of the engine; None for whatever else it may be."""
        epoch, _, text = last.partition(":")
        number = int(text) if epoch == self._epoch and text.isascii() and text.isdigit() else None
        return None if number is None or number > self._number else number

    def _place_after(self, number: int) -> int | None:
        """From where on somebody goes on who had all up to `number`; None when that is not there any more."""
        if not self._ring or number < self._ring[0].after:
            return None
        later = sum(message.number > number for message in self._ring)
        return self._sent - later

    def _gap(self, last: str, number: int | None, why: str, engine: EngineShown, told: int) -> bytes:
        """What is lost to whoever had all up to `number`, and the events of it up to `told`: the later ones follow."""
        if number is None:
            return encoded_gap(last, ANEW, self._past.across(last, told), engine, complete=False)
        missed, complete = self._past.after(number, told)
        return encoded_gap(last, why or AWAY, missed, engine, complete=complete)
