"""What a run was doing when, and what struck it: its steps as bands of time, its trips and alarms as marks."""

from collections.abc import Iterable, Iterator

from vapordep.lazy import dataclass
from vapordep.model.events import Event, Kind

HELD = ("HELD", "PAUSED")
"""States in which a run waits for a person; a band of their own."""


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of a run: from `start` to `end`, in s on the clock."""

    name: str
    start: float
    end: float


def bands(events: Iterable[Event]) -> tuple[Band, ...]:
    """The steps and loops of a run one after the other, in the words of its recipe; a loop counts as one band.

    The last one ends with the last event.
    """
    found: list[Band] = []
    last = 0.0
    for event in events:
        last = event.time
        name = _begins(event)
        if not name or (found and found[-1].name == name):
            continue
        if found:
            found[-1] = Band(found[-1].name, found[-1].start, event.time)
        found.append(Band(name, event.time, event.time))
    if found:
        found[-1] = Band(found[-1].name, found[-1].start, last)
    return tuple(band for band in found if band.end > band.start)


def marks(events: Iterable[Event]) -> Iterator[Event]:
    """What a person should have seen: trips and alarms."""
    return (event for event in events if event.kind in (Kind.TRIP, Kind.ALARM))


def _begins(event: Event) -> str:
    """The name of the band that an event begins; empty when it begins none."""
    if event.kind is Kind.STEP and "where" in event.data:
        block, inside, _ = event.text.partition("[")
        return block if inside else event.text.split(" ")[0].replace("_", " ")
    if event.kind is Kind.CYCLE:
        return str(event.data.get("block", ""))
    state = event.data.get("state") if event.kind is Kind.RUN else None
    return str(state).lower() if state in HELD else ""
