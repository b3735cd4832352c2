"""The predicted sampler: a dry run's readings in arrays, as far ahead as nothing happens, in place of polls over bytes.

The exchanges that pollers hand over keep their grids of instants. While a command uses a line, its polls come back to
it, so that each waits for the other as long as on the wire. When the virtual loop wants to go to its next
deadline, the plant is solved there, the instruments foretell what each poll would read, and monitors, interlocks and
waits are tried on all of it. The first sample at which one acts or comes true ends the stretch: only up to there does
time go on, and only up to there is anything published.
"""

import asyncio
import math
from collections.abc import Mapping, Sequence
from functools import partial
from operator import attrgetter
from typing import Any, Protocol

from vapordep.clock import Clock
from vapordep.devices.device import Device
from vapordep.devices.hub import Hub, Trial
from vapordep.devices.line import Line
from vapordep.devices.polling import Answer, Back
from vapordep.devices.rehearsal import Batches
from vapordep.devices.signals import Polled
from vapordep.lazy import dataclass
from vapordep.simulation.exchanges import NO_TIMES, Exchange, Outlook
from vapordep.simulation.instrument import SimInstrument

LONGEST = 960.0
"""Seconds of one stretch: what is solved and tried at once."""
FIRST, AWAITED = 7.5, 480.0
"""The same while somebody waits for a reading, at first and at most; it doubles until the wait is over, for what was
tried and foretold beyond the sample that ends it is for nothing."""
FURTHER = 0.5
"""So much further than it is asked for, in s, anything is foretold: timers before an edge then cut what is known."""


class Foretold(Protocol):
    """The world behind the instruments."""

    @property
    def changes(self) -> int:
        """How often something was driven in it: what was foretold before may not come then."""
        ...

    def ahead(self, until: float) -> None:
        """Make everything up to `until` (s) ready to be read."""
        ...

    def advance(self, until: float) -> float:
        """Go on to `until` (s); the instant reached."""
        ...


@dataclass(frozen=True, slots=True)
class Taken:
    """An exchange that was taken over from its poller, which waits until it comes `back`."""

    outlook: Outlook
    line: Line
    back: Back

    @property
    def exchange(self) -> Exchange:
        """What it asks, and when."""
        return self.outlook.exchange

    def busy_until(self, now: float) -> float:
        """When the poll that were under way on the wire at `now` would be over, s; in the past when there is none."""
        due = math.floor((now - self.exchange.start) / self.exchange.every)
        return self.exchange.start + due * self.exchange.every + self.exchange.took


class PredictedSampler:
    """What a virtual loop asks to advance, in place of the bare world; `run` is a task beside the pollers.

    An exchange of which an instrument cannot foretell the readings stays with its poller, at its pace. A pulse leaves
    the polls of its line foretold: it keeps the line for less than the time between two of them.
    """

    def __init__(self, world: Foretold, instruments: Mapping[str, SimInstrument], hub: Hub, clock: Clock) -> None:
        """`instruments` by the names of their devices."""
        self.outlooks: list[Outlook] = []
        self._taken: list[Taken] = []
        self._calm: dict[tuple[str, str], Answer] = {}
        """The quickest answer of each exchange: how long it waits for others when nobody claims the line."""
        self._world = world
        self._instruments = instruments
        self._hub = hub
        self._clock = clock
        self._since = clock.now()
        self._next_poll = -math.inf
        self._patience = FIRST
        self._next: asyncio.Future[Trial] | None = None

    def take_over(self, device: Device, exchange: Polled[Any], answer: Answer) -> Back | None:
        """From the next poll on, foretells an exchange, until a command needs its line."""
        instrument = self._instruments[device.name]
        terminals = {str(channel): tag for channel, tag in answer.tags.items()}
        shown = instrument.readings(terminals, NO_TIMES)
        if self._next is None or device.line.claims or shown is None or not terminals.keys() <= shown.keys():
            return None
        key = (device.name, exchange.name)
        calm = self._calm[key] = min(answer, self._calm.get(key, answer), key=attrgetter("took"))
        foretold = Exchange(instrument, terminals, answer.start, exchange.every, calm.lag, calm.took)
        back: Back = asyncio.get_running_loop().create_future()
        self._keep([*self._taken, Taken(Outlook(foretold, self._since), device.line, back)])
        device.line.on_claim = partial(self._give_back, device.line)
        return back

    def _give_back(self, line: Line, *, urgent: bool) -> float:
        """A command wants the line: its polls are asked again; when those are over that are under way, s.

        An urgent one does not wait for them: they give way, and are asked once more.
        """
        now = self._clock.now()
        mine = [taken for taken in self._taken if taken.line is line]
        if not mine:
            return -math.inf
        self._keep([taken for taken in self._taken if taken.line is not line])
        for taken in mine:
            number, under_way = taken.exchange.number_after(now), taken.busy_until(now) > now
            taken.back.set_result(number - 1 if urgent and under_way and taken.exchange.due(number) > now else number)
        return max((taken.busy_until(now) for taken in mine if not urgent), default=-math.inf)

    def _keep(self, taken: list[Taken]) -> None:
        self._taken = taken
        self.outlooks = [each.outlook for each in taken]
        self._next_poll = -math.inf

    async def run(self) -> None:
        """Publishes what was foretold, each stretch when its end is reached, until it is cancelled."""
        try:
            while True:
                self._next = asyncio.get_running_loop().create_future()
                (await self._next).publish()
        finally:
            self._next = None

    def advance(self, until: float) -> float:
        """Goes towards `until` (s), as far as nothing happens; the instant reached."""
        waiting = self._next is not None and not self._next.done()
        if not waiting:
            return self._go_on(until)
        self._let_speak(self._since)
        longest = self._patience if self._hub.awaited else LONGEST
        until = min(until, self._since + longest, self._unasked())
        if self._hub.attentive():
            until = min(until, self.next_poll())
        groups = self.foretell(until)
        if not groups and until < min(self._hub.deadline(), self._hub.falls_silent(until)):
            return self._go_on(until)
        trial = self._hub.try_stretch(groups, until)
        if trial.eventful:
            trial.reached = min(self._answered(trial.reached), until)
        self._learn(trial, whole=until == self._since + longest)
        assert self._next is not None  # noqa: S101 - for the type checker
        self._next.set_result(trial)
        return self._go_on(trial.reached)

    def _learn(self, trial: Trial, *, whole: bool) -> None:
        """How far to look next while somebody waits."""
        if trial.eventful or not self._hub.awaited:
            self._patience = FIRST
        elif whole:
            self._patience = min(2.0 * self._patience, AWAITED)

    def foretell(self, until: float) -> Sequence[Batches]:
        """What the exchanges read after what was published, up to `until` (s): batches of each that reads anything."""
        if self.next_poll() > until:
            return []
        due = [each for each in self.outlooks if each.next <= until]
        stale = [each for each in due if not each.holds(until, self._world.changes)]
        if stale:
            further = min(until + FURTHER, self._unasked())
            self._world.ahead(further)
            for each in stale:
                each.foretell(self._since, further, self._world.changes)
        return [each.up_to(until) for each in due]

    def next_poll(self) -> float:
        """The instant of the next poll that is foretold, s; found anew once it has come."""
        if not self._since < self._next_poll:
            self._next_poll = min((each.next for each in self.outlooks), default=math.inf)
        return self._next_poll

    def _answered(self, asked: float) -> float:
        """When the answers to questions of the instant `asked` (s) are there, s: only then somebody can act on them."""
        before = math.nextafter(asked, -math.inf)
        exchanges = (each.exchange for each in self.outlooks)
        waits = (each.took - each.lag for each in exchanges if len(each.instants(before, asked)))
        return asked + max(waits, default=0.0)

    def _go_on(self, reached: float) -> float:
        self._since = self._world.advance(reached)
        if self._next_poll <= self._since:
            for each in self.outlooks:
                each.go_on(self._since)
        self._let_speak(self._since)
        return self._since

    def _let_speak(self, now: float) -> None:
        """What these instruments do unasked up to `now` (s); nobody listens to what they say."""
        for each in self.outlooks:
            instrument = each.exchange.instrument
            while instrument.next_speech <= now:
                instrument.speak(instrument.next_speech)
                self._forget(instrument)

    def _forget(self, instrument: SimInstrument) -> None:
        for each in self.outlooks:
            if each.exchange.instrument is instrument:
                each.forget()

    def _unasked(self) -> float:
        """When the next of these instruments does something by itself, s."""
        return min((each.exchange.instrument.next_speech for each in self.outlooks), default=math.inf)
