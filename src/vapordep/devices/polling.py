"""Polling: each exchange of a device on its own grid of instants, its readings as batches in SI."""

import asyncio
import heapq
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from vapordep.clock import Clock
from vapordep.devices.device import Device, Identity
from vapordep.devices.replies import Preempted
from vapordep.devices.signals import Channel, Doubt, Polled, Reading, Readings, Signal
from vapordep.errors import InstrumentError, LineLost, WrongInstrument
from vapordep.lazy import dataclass
from vapordep.model.batches import BAD, GOOD, Batch, Sample
from vapordep.units import Unit, to_si

TRIES, AGAIN_AFTER = 3, 0.05
"""Of a question that was answered the time before, and the rest between two of them in s."""
RECONNECT_EVERY = 1.0
"""A lost line is tried again this often, in s."""

Publish = Callable[[list[Batch]], None]
"""Takes what one exchange gave."""
Arrived = list[tuple[str, Sample]]
"""Samples of one instant, each with its tag."""
Back = asyncio.Future[int]
"""Done when a poll that was foretold must be asked again: with its number on the grid."""
Foretell = Callable[[Device, Polled[Any], "Answer"], Back | None]
"""Takes over an exchange that has answered; None when it must be asked on."""
Report = Callable[[str, InstrumentError | None], None]
"""Takes a device's name with its first failure, or with None once all of it answers again."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a poll showed of its exchange."""

    start: float
    """Where its grid of instants begins, s on the clock."""
    tags: Mapping[Channel, str]
    """The tag of each channel that came."""
    lag: float
    """How much later than it was due it was sent, in s: others were before it on the line."""
    took: float
    """How much later its answer was there, in s."""


@dataclass(slots=True)
class Tally:
    """How often a device was asked, and how often in vain."""

    exchanges: int = 0
    errors: int = 0


class Poller:
    """Asks one device for ever: the k-th poll at `start` + k times `every`, whether others were late or not.

    A poll that is missed or fails is not made up for: the next instant of the grid asks again. A reading that gave
    way to an urgent command is asked again at once. After a lost line the device must prove to be the one it was
    (`identity`) and to be set to its units before its values are published again.
    """

    def __init__(
        self,
        device: Device,
        tags: Mapping[Channel, str],
        publish: Publish,
        clock: Clock,
        report: Report,
        *,
        identity: Identity | None = None,
        unknown: InstrumentError | None = None,
        offset: float = 0.0,
        foretell: Foretell | None = None,
        newest: Callable[[str], Sample | None] = lambda tag: None,
        glance: Callable[[Arrived], None] = lambda arrived: None,
    ) -> None:
        """With `foretell`, an exchange is asked only while nobody has taken it over.

        `newest` tells the newest sample of a tag that anybody published. `glance` sees new samples before batches are
        made of them.
        `unknown` is why the device could not be recognised so far: nothing of it is published before it is.
        """
        self.device = device
        self.tally = Tally()
        self._clock = clock
        self._publish = publish
        self._report = report
        self._identity = identity
        self._unknown = unknown
        self._offset = offset
        self._foretell = foretell
        self._newest_of = newest
        self._glance = glance
        self._channels = {channel: (tag, device.signals[channel.name].unit) for channel, tag in tags.items()}
        self._wired: dict[Channel | Signal, tuple[str, Unit]] = {
            key: wired
            for channel, wired in self._channels.items()
            for key in (channel, *((device.signals[channel.name],) if channel.index is None else ()))
        }
        """The same by all that may stand in readings."""
        device.wanted = frozenset(tags)
        self._grid: list[tuple[float, int, int]] = []
        self._come_back = asyncio.Event()
        self._newest: dict[str, float] = {}
        self._failing: dict[str, type[InstrumentError]] = {}

    async def run(self) -> None:
        """Polls what somebody reads until it is cancelled; the first poll is due `offset` s from now."""
        if self._unknown is not None:
            await self._reconnect(self.device.polls[0], self._unknown, self.device.line.epoch)
        start = self._clock.now() + self._offset
        wanted = (place for place, exchange in enumerate(self.device.polls) if self._is_wanted(exchange))
        self._grid = [(start, place, 0) for place in wanted]
        while self._grid or self._foretell is not None:
            due, place, number = await self._next_due()
            exchange = self.device.polls[place]
            epoch = self.device.line.epoch
            answer: Answer | None = None
            try:
                answer = await self._poll(exchange, start, due)
            except LineLost as lost:
                await self._reconnect(exchange, lost, epoch)
            if answer is None or not self._is_foretold(place, answer):
                number += max(1, math.floor((self._clock.now() - due) / exchange.every) + 1)
                heapq.heappush(self._grid, (start + number * exchange.every, place, number))

    def _is_wanted(self, exchange: Polled[Any]) -> bool:
        """Whether anything that the exchange fills has a tag."""
        filled = self.device.filled_by(exchange)
        return any(channel.name in filled for channel in self._channels)

    async def _next_due(self) -> tuple[float, int, int]:
        """Waits for the next instant of the grid, also when an exchange comes back that is due sooner."""
        if self._foretell is None:
            await self._clock.sleep_until(self._grid[0][0])
        while not self._grid or self._clock.now() < self._grid[0][0]:
            self._come_back.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout_at(self._grid[0][0] if self._grid else None):
                    await self._come_back.wait()
        return heapq.heappop(self._grid)

    def _is_foretold(self, place: int, answer: Answer) -> bool:
        exchange = self.device.polls[place]
        back = self._foretell(self.device, exchange, answer) if self._foretell is not None else None
        if back is None:
            return False

        def again(number: Back) -> None:
            if not number.cancelled():
                due = answer.start + number.result() * exchange.every
                heapq.heappush(self._grid, (due, place, number.result()))
                self._come_back.set()

        back.add_done_callback(again)
        return True

    async def _poll(self, exchange: Polled[Any], start: float, due: float) -> Answer | None:
        """Asks once, and soon again where it was answered before; None when nothing was answered.

        One spoilt frame must not wait for the next poll: two of them in a row would make a slow value stale. Who has
        been silent before does not keep others on its line waiting.
        """
        self.tally.exchanges += 1
        tries = 1 if exchange.name in self._failing else TRIES
        while True:
            try:
                asked, readings = await self.device.poll(exchange)
            except Preempted:
                continue
            except LineLost:
                raise
            except InstrumentError as error:
                self._failed(exchange, error)
                tries -= 1
                if not tries:
                    return None
                await self._clock.sleep(AGAIN_AFTER)
                continue
            self.take(asked, readings)
            self._recovered(exchange)
            found = (_channel(signal) for signal in readings)
            tags = {channel: self._channels[channel][0] for channel in found if channel in self._channels}
            return Answer(start, tags, asked - due, self._clock.now() - due) if readings else None

    def take(self, asked: float, readings: Readings) -> None:
        """Publishes what was answered to a question of the instant `asked` (s), by whomever it was asked.

        A poll of several questions that had to let urgent commands pass may be older than what they read: then it says
        nothing new.
        """
        new = [each for each in self._samples(asked, readings) if asked > self._newest.get(each[0], -math.inf)]
        if new:
            self._glance(new)
            self._newest.update((tag, asked) for tag, _ in new)
            self._publish(_batches(asked, new))

    def overhear(
        self, exchange: Polled[Any], asked: float, readings: Readings, wanted: Collection[Channel]
    ) -> None:  # fmt: skip
        """Publishes what a question of somebody else tells: of the channels that were `wanted`, and all news.

        News is what has changed, and what a poll would have told again by now: that one may be waiting for the line.
        """
        asked_for = [self._channels[channel][0] for channel in wanted if channel in self._channels]
        told: dict[Channel | Signal, Reading] = {}
        for signal, reading in readings.items():
            wired = self._wired.get(signal)
            if wired is not None and (wired[0] in asked_for or self._is_news(*wired, reading, asked - exchange.every)):
                told[signal] = reading
        self.take(asked, told)

    def _is_news(self, tag: str, unit: Unit, reading: Reading, old: float) -> bool:
        newest = self._newest_of(tag)
        if newest is None or newest.time <= old or newest.quality is not GOOD or isinstance(reading, Doubt):
            return True
        return newest.value != to_si(reading, unit)

    def batches(self, asked: float, readings: Readings) -> list[Batch]:
        """The readings of one exchange in SI, at the instant `asked` (s); channels without a tag are left out."""
        return _batches(asked, self._samples(asked, readings))

    def _samples(self, asked: float, readings: Readings) -> Arrived:
        found = []
        for signal, reading in readings.items():
            wanted = self._wired.get(signal)
            if wanted is None:
                continue
            tag, unit = wanted
            value, quality = (reading.value, reading.quality) if isinstance(reading, Doubt) else (reading, GOOD)
            if quality is BAD or not math.isfinite(value):
                value, quality = math.nan, BAD
            found.append((tag, Sample(asked, float(to_si(value, unit)), quality)))
        return found

    async def _reconnect(self, exchange: Polled[Any], lost: InstrumentError, epoch: int) -> None:
        """Tries until the line is back and the same device answers on it."""
        error = lost
        while True:
            self._failed(exchange, error)
            await self._clock.sleep(RECONNECT_EVERY)
            try:
                if self._identity is not None or isinstance(error, LineLost):  # else it may disturb who does answer
                    await self.device.line.reopen(epoch)
                    epoch = self.device.line.epoch
                await self.recognise()
                return
            except InstrumentError as again:
                error = again

    async def recognise(self) -> Identity:
        """Asks who answers and in which units; raises WrongInstrument when it is not the one it was before."""
        found = await self.device.identify()
        if self._identity is not None and found != self._identity:
            raise WrongInstrument(
                f"{_told(found)} answers instead of {_told(self._identity)}",
                where=self.device.name,
                remedy="check which instrument is on this line",
            )
        await self.device.check_units()
        self._identity = found
        return found

    def _failed(self, exchange: Polled[Any], error: InstrumentError) -> None:
        """Counts, and tells the first failure of all, and another instrument when it is noticed."""
        self.tally.errors += 1
        before = self._failing.get(exchange.name)
        noticed = isinstance(error, WrongInstrument) and before is not WrongInstrument
        if not self._failing or noticed:
            self._report(self.device.name, error)
        self._failing[exchange.name] = type(error)

    def _recovered(self, exchange: Polled[Any]) -> None:
        """Tells it once every exchange is answered again."""
        if self._failing.pop(exchange.name, None) is not None and not self._failing:
            self._report(self.device.name, None)


def _batches(asked: float, arrived: Arrived) -> list[Batch]:
    times = np.array((asked,))
    return [Batch.single(tag, sample, times) for tag, sample in arrived]


def _channel(signal: Channel | Signal) -> Channel:
    return signal.channel if isinstance(signal, Signal) else signal


def _told(identity: Identity) -> str:
    return " ".join(filter(None, (identity.maker, identity.model, identity.serial)))


def phases(devices: Sequence[Device]) -> dict[str, float]:
    """An offset for each device by name, s, so that their polls spread over the fastest grid."""
    fastest = min((exchange.every for device in devices for exchange in device.polls), default=0.0)
    return {device.name: fastest * number / len(devices) for number, device in enumerate(devices)}
