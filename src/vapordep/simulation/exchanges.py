"""One exchange of a simulated instrument: its grid of instants, and what is foretold of it as long as that holds."""

import math
from collections.abc import Mapping

import numpy as np

from vapordep.devices.rehearsal import Batches, count_until, part
from vapordep.errors import SimulationError
from vapordep.lazy import dataclass
from vapordep.model.batches import Batch, Floats
from vapordep.simulation.instrument import SimInstrument

NO_TIMES: Floats = np.empty(0)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One exchange of a simulated instrument that is foretold: the poll number k is at `start` + k `every` (s)."""

    instrument: SimInstrument
    tags: Mapping[str, str]
    """The tag of each terminal that it reads."""
    start: float
    every: float
    lag: float = 0.0
    """How much later than that its question goes out on a line which others use as well, in s."""
    took: float = 0.0
    """How much later than that its answer is there, in s."""

    def number_after(self, instant: float) -> int:
        """The first poll whose question goes out later than `instant` (s)."""
        start, every, lag = self.start, self.every, self.lag
        number = max(math.floor((instant - start - lag) / every) - 1, 0)
        while start + number * every + lag <= instant:  # as `asked` has it, to the last bit
            number += 1
        return number

    def due(self, number: int) -> float:
        """When a poll is due, s."""
        return self.start + number * self.every

    def asked(self, number: int) -> float:
        """When the question of a poll goes out, s."""
        return self.due(number) + self.lag

    def instants(self, after: float, until: float) -> Floats:
        """The instants of its questions later than `after`, up to `until` and with it (s)."""
        first, beyond = self.number_after(after), self.number_after(until)
        if first >= beyond:
            return NO_TIMES
        return self.start + np.arange(first, beyond, dtype=np.float64) * self.every + self.lag

    def batches(self, after: float, until: float) -> list[Batch]:
        """What its polls in that time read, a batch a tag; none when no poll falls into it."""
        times = self.instants(after, until)
        if not len(times):
            return []
        shown = self.instrument.readings(self.tags, times)
        if shown is None:
            raise SimulationError(
                "it can no longer tell its readings before it is asked",
                where=self.instrument.name,
                remedy="dry-run with --wire",
            )
        return [Batch(tag, times, shown[key].values, shown[key].quality) for key, tag in self.tags.items()]


class Outlook:
    """What one exchange is foretold to read, and how much of that is over."""

    __slots__ = ("_batches", "_first", "_of", "_until", "exchange", "next")

    def __init__(self, exchange: Exchange, since: float) -> None:
        """Its questions up to the instant `since` (s) are over; nothing is foretold yet."""
        self.exchange = exchange
        self.next = exchange.asked(exchange.number_after(since))
        """The instant of its next question, s."""
        self._batches: Batches = ()
        self._first = 0
        self._until = -math.inf
        self._of = (-1, -1)

    def holds(self, until: float, changes: int) -> bool:
        """Whether all up to `until` (s) is foretold, and from what there is.

        That hangs on what was driven in the world, which `changes` counts, and on what the instrument was told; what
        others were told is nothing to it.
        """
        return until <= self._until and self._of == (changes, self.exchange.instrument.heard)

    def foretell(self, since: float, until: float, changes: int) -> None:
        """Foretells what comes later than `since`, up to `until` and with it (s)."""
        self._batches, self._first = self.exchange.batches(since, until), 0
        self._until, self._of = until, (changes, self.exchange.instrument.heard)

    def forget(self) -> None:
        """Something else may come."""
        self._until = -math.inf

    def up_to(self, instant: float) -> Batches:
        """The samples to come up to an instant (s) and at it; of what is foretold at least one."""
        return part(self._batches, self._first, count_until(self._batches, instant, self._first))

    def go_on(self, instant: float) -> None:
        """The questions up to an instant (s) and at it are over."""
        if instant < self.next:
            return
        if instant < self._until:
            self._first = count_until(self._batches, instant, self._first)
            if self._first < len(self._batches[0]):
                self.next = self._batches[0].times.item(self._first)
                return
        self.next = self.exchange.asked(self.exchange.number_after(instant))
