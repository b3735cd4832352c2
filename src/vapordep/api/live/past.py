"""Events that were told: who comes back is given those they missed again, across the engine's last restart too."""

from collections import deque
from collections.abc import Sequence

from vapordep.link.news import Snapshot
from vapordep.model.events import Event

KEPT = 2000
Numbered = tuple[int | None, Event]
"""An event with its number; None where that was another life's of the engine."""


class Past:
    """The latest events of the engine's life that is heard, and what was heard of the one before."""

    def __init__(self) -> None:
        self._events: deque[tuple[int, Event]] = deque(maxlen=KEPT)
        self._since = 0
        """From this number on all events are known."""
        self._before: tuple[str, Sequence[tuple[int, Event]]] = "", ()
        """The epoch of that life, and its events."""

    def keep(self, number: int, event: Event) -> None:
        """Keeps what the engine has just told."""
        self._events.append((number, event))

    def renew(self, snapshot: Snapshot, epoch: str, number: int) -> None:
        """The engine gives its latest events again; up to that number of that epoch all were kept already."""
        if snapshot.epoch != epoch:
            self._before = epoch, tuple(self._events)
        if snapshot.epoch != epoch or snapshot.events_after > number:
            self._events.clear()  # another life, or some are missing in between
            self._since = snapshot.events_after
        had = self._events[-1][0] if self._events else self._since
        numbered = zip(snapshot.event_numbers, snapshot.events, strict=False)
        self._events.extend((number, event) for number, event in numbered if number > had)

    def after(self, number: int, last: int) -> tuple[list[Numbered], bool]:
        """All that are known after a number up to the `last`, and whether these are all that there were."""
        oldest = self._events[0][0] - 1 if len(self._events) == KEPT else self._since
        return [(n, event) for n, event in self._events if number < n <= last], number >= oldest

    def across(self, had: str, last: int) -> list[Numbered]:
        """After an id of the life before: what was heard of that one, and this one's up to the `last`.

        Whether that is all nobody knows. Nothing after what is no id of it.
        """
        epoch, events = self._before
        life, _, text = had.partition(":")
        if not epoch or life != epoch or not (text.isascii() and text.isdigit()):
            return []
        return [*((None, event) for n, event in events if n > int(text)), *self.after(0, last)[0]]
