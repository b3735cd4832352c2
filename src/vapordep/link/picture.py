"""A picture of an engine as a listener has it: the snapshot, kept up by the news, and how old each value is."""

from collections import deque
from collections.abc import Iterator
from enum import StrEnum
from math import isfinite

from vapordep.clock import perf
from vapordep.lazy import dataclass
from vapordep.link.news import (
    EVENTS_KEPT,
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
from vapordep.model.tags import Quality, state_word
from vapordep.units import Dimension, figures, format_si, from_si, unit


class Standing(StrEnum):
    """How far a shown value may be believed."""

    GOOD = "good"
    UNCERTAIN = "uncertain"
    BAD = "bad"
    """Read, and no value."""
    STALE = "stale"
    """Too old to count."""
    UNKNOWN = "unknown"
    """Never read."""


@dataclass(frozen=True, slots=True)
class Row:
    """One tag as it is shown; `value` in SI, `age` in s, both None where there is none."""

    tag: TagShown
    value: float | None
    age: float | None
    standing: Standing

    @property
    def text(self) -> str:
        """The value with a unit of its size, or why there is none."""
        if self.value is None:
            return "UNKNOWN" if self.tag.output or self.standing is Standing.UNKNOWN else "no value"
        dimension = Dimension(self.tag.dimension)
        if dimension is Dimension.STATE:
            return state_word(self.tag.name, self.value)
        if dimension is Dimension.EXPOSURE:  # what a surface saw is told in langmuir, a dose in Pa s: as its tag has it
            return f"{figures(from_si(self.value, unit(self.tag.unit, dimension)))} {self.tag.unit}"
        return format_si(self.value, dimension)


class Picture:
    """What is known of an engine at one place."""

    engine: EngineShown
    tags: tuple[TagShown, ...]

    def __init__(self, snapshot: Snapshot) -> None:
        self.renew(snapshot)

    def take(self, told: Snapshot | News) -> None:
        """Takes whatever came over the link."""
        if isinstance(told, Snapshot):
            self.renew(told)
            return
        self._heard(told.now)
        self.number = told.number
        match told.body:
            case ValuesRead(values):
                self._values.update({value.tag: value for value in values})
            case EngineChanged(engine):
                self.engine = engine
            case TagsChanged(tags):
                self.tags = tags
            case EventTold(event):
                self.events.append(event)
                self._event_numbers.append(told.number)

    def renew(self, snapshot: Snapshot) -> None:
        """Starts anew from a snapshot."""
        self._heard(snapshot.now)
        self.epoch, self.number = snapshot.epoch, snapshot.number
        self.engine = snapshot.engine
        self.tags = snapshot.tags
        self.events: deque[Event] = deque(snapshot.events, maxlen=EVENTS_KEPT)
        self._event_numbers: deque[int] = deque(snapshot.event_numbers, maxlen=EVENTS_KEPT)
        self._values: dict[str, Value] = {value.tag: value for value in snapshot.values}

    @property
    def seen(self) -> str:
        """What of the news is in it: an order says by it what it was decided on."""
        return f"{self.epoch}:{self.number}"

    @property
    def silence(self) -> float:
        """How long nothing came from the engine, in s."""
        return perf() - self._heard_at

    @property
    def now(self) -> float:
        """The instant on the engine's clock, s: as it told last, and what has passed here since."""
        return self._now + self.silence

    @property
    def snapshot(self) -> Snapshot:
        """All that is in it at this instant."""
        values = tuple(self._values.values())
        events, numbers = tuple(self.events), tuple(self._event_numbers)
        return Snapshot(self.epoch, self.number, self.now, self.engine, self.tags, values, events, numbers)

    def value(self, tag: str) -> float:
        """The newest value of a tag in SI; NaN where none was read."""
        return self._values[tag].value if tag in self._values else float("nan")

    def rows(self) -> Iterator[Row]:
        """Every tag with its value and age."""
        now = self.now
        for tag in self.tags:
            yield _row(tag, self._values.get(tag.name), now)

    def _heard(self, now: float) -> None:
        self._now, self._heard_at = now, perf()


def _row(tag: TagShown, value: Value | None, now: float) -> Row:
    if value is None:
        return Row(tag, None, None, Standing.UNKNOWN)
    age = max(now - value.time, 0.0)
    number = value.value if isfinite(value.value) else None
    if tag.stale_after is not None and age > tag.stale_after:
        return Row(tag, number, age, Standing.STALE)
    if value.quality is Quality.BAD or number is None:
        return Row(tag, None, age, Standing.BAD)
    return Row(tag, number, age, Standing.GOOD if value.quality is Quality.GOOD else Standing.UNCERTAIN)
