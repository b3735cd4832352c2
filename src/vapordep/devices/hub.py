"""The hub: every batch passes here; monitors and interlocks see it first, then everybody else."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence

from vapordep.clock import Clock
from vapordep.model.batches import Batch, Sample
from vapordep.model.tags import Quality, Tag

Batches = Sequence[Batch]
Derive = Callable[[Batches], Batches]
Judge = Callable[[float, Batches], None]
Listener = Callable[[Batches], None]


class Hub:
    """Keeps the latest sample of every tag and hands batches on, all in one synchronous pass without any await.

    `derive` turns readings into derived tags, `judge(until, batches)` is the interlocks' evaluation; both are set
    once, when the reactor is put together.
    """

    def __init__(self, tags: Mapping[str, Tag], clock: Clock) -> None:
        self.tags = tags
        self.clock = clock
        self.latest: dict[str, Sample] = {}
        self.derive: Derive = lambda batches: ()
        self.judge: Judge = lambda until, batches: None
        self._listeners: list[Listener] = []
        self._waits: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []
        self._watched_since = clock.now()

    def publish(self, batches: Batches) -> None:
        """Takes batches that came together, in SI; a tag that nobody declared is a fault of the program."""
        until = self._keep(batches)
        derived = self.derive(batches)
        self._keep(derived)
        together = (*batches, *derived) if derived else batches
        self.judge(until, together)
        for listener in self._listeners:
            listener(batches)
            for batch in derived:
                listener((batch,))
        if self._waits:
            self._settle()

    def tick(self, now: float) -> None:
        """Marks what has been silent for too long as BAD, and lets the interlocks judge the silence."""
        silent = [Batch.one(name, now, float("nan"), Quality.BAD) for name in self._fallen_silent(now)]
        if silent:
            self.publish(silent)
        else:
            self.judge(now, ())
            if self._waits:
                self._settle()

    def listen(self, listener: Listener) -> None:
        """Adds somebody who is handed all batches after interlocks and latest values; it must not block.

        Batches handed over together share their instants.
        """
        self._listeners.append(listener)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Waits until `holds()` is true; it is asked after every batch and every tick."""
        if holds():
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (holds, future)
        self._waits.append(entry)
        try:
            await future
        finally:
            if entry in self._waits:
                self._waits.remove(entry)

    def _keep(self, batches: Batches) -> float:
        until = self.clock.now()
        for batch in batches:
            if batch.tag not in self.tags:
                raise KeyError(f"nobody declared the tag {batch.tag}")
            if len(batch):
                self.latest[batch.tag] = batch.last
                until = max(until, float(batch.times[-1]))
        return until

    def _fallen_silent(self, now: float) -> list[str]:
        silent = []
        for name, tag in self.tags.items():
            sample = self.latest.get(name)
            if sample is None:
                if now - self._watched_since > tag.stale_after:
                    silent.append(name)
            elif sample.quality is not Quality.BAD and now - sample.time > tag.stale_after:
                silent.append(name)
        return silent

    def _settle(self) -> None:
        for entry in [entry for entry in self._waits if entry[0]()]:
            self._waits.remove(entry)
            if not entry[1].done():
                entry[1].set_result(None)


class Subscription:
    """A reader of batches that may be slow: beyond `size` the oldest are dropped, and it is told how many."""

    def __init__(self, hub: Hub, size: int = 1000) -> None:
        self._queue: deque[Batches] = deque(maxlen=size)
        self._arrived = asyncio.Event()
        self.dropped = 0
        hub.listen(self._take)

    def _take(self, batches: Batches) -> None:
        if len(self._queue) == self._queue.maxlen:
            self.dropped += 1
        self._queue.append(batches)
        self._arrived.set()

    async def __aiter__(self) -> AsyncIterator[Batches]:
        while True:
            await self._arrived.wait()
            while self._queue:
                yield self._queue.popleft()
            self._arrived.clear()
