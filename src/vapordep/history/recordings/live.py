"""The recorder of a live run: a thread of its own, so that neither an edge nor an interlock ever waits for a disk."""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import suppress
from datetime import datetime
from functools import partial
from queue import Empty, SimpleQueue

from vapordep.clock import perf
from vapordep.errors import HistoryError
from vapordep.history.database import sqlite
from vapordep.history.recordings.recorder import Recorder
from vapordep.history.recordings.tail import Publication
from vapordep.model.events import DURABLE, Event
from vapordep.model.film import Film
from vapordep.model.pulses import PulseIntent, PulseRecord
from vapordep.model.run import RunState

MOST_PUBLICATIONS = 16_384
"""Publications that may wait for the thread: more than a minute of 20 exchanges at 10 Hz."""
LONGEST_PAUSE = 64
"""Ticks between two tries to write to a disk that refuses; doubling up to here, so that none is hammered."""
TELL_AFTER = 4.0
"""Whoever waits for the end of a record is told after this time, in s, that the disk refuses it."""
FIRST_WAIT, LONGEST_WAIT = 0.1, 5.0
"""s between two tries to close the record."""


class RecorderThread:
    """The same methods as `Recorder`, none of which waits or raises for the disk; to be called from one thread.

    Samples wait in a bounded queue that drops the oldest and says so in an event; events and pulses are never dropped.
    While the disk refuses, `failure` says why and all is kept in memory, samples up to a bound.
    """

    def __init__(self, recorder: Recorder, capacity: int = MOST_PUBLICATIONS) -> None:
        recorder.write_through()  # an intent is on the disk when its future is done, whatever the run's mode
        self._recorder = recorder
        self._capacity = capacity
        self._lock = threading.Lock()
        self._wake: SimpleQueue[None] = SimpleQueue()  # woken by it, a thread does half of what an Event takes
        self._published: deque[Publication] = deque()
        self._orders: list[Callable[[], object]] = []
        self._intents: list[Future[None]] = []
        self._dropped = 0
        self._retry_in = 0
        self._pause = 1
        self._broken: HistoryError | None = None
        self._compaction: Iterator[None] | None = None
        self._ending: Callable[[], object] | None = None
        self._ended: Future[None] = Future()
        self._thread = threading.Thread(target=self._work, name=f"recorder {recorder.run_id}", daemon=True)
        self._thread.start()

    @property
    def failure(self) -> HistoryError | None:
        """Why nothing is durable at the moment; None while all is well. While it is not None, hold the run."""
        return self._broken or self._recorder.failure

    @property
    def samples(self) -> int:
        """Values packed so far."""
        return self._recorder.samples

    def publish(self, batches: Publication) -> None:
        """Keep what one exchange gave: batches that share their instants. Neither they nor their arrays may change."""
        with self._lock:
            self._published.append(batches)
            if len(self._published) > self._capacity:
                self._dropped += sum(map(len, self._published.popleft()))

    def event(self, event: Event) -> None:
        """Add an event to the chain; a durable kind wakes the thread at once, another is written with the next tick."""
        self._order(lambda: self._recorder.add(event))
        if event.kind in DURABLE:
            self._wake.put(None)

    def intent(self, intent: PulseIntent) -> Future[None]:
        """Write down that a pulse is about to be given; the future is done once that is on the disk."""
        durable: Future[None] = Future()
        self._order(lambda: self._expect(intent, durable))
        self._wake.put(None)
        return durable

    def pulse(self, pulse: PulseRecord) -> None:
        """Write down how a pulse went, in place of its intent."""
        self._order(lambda: self._recorder.pulse(pulse))

    def tick(self, t: float) -> None:
        """Pack and commit all that came since the last tick; `t` in s on the clock."""
        self._order(lambda: self._tick(t))
        self._wake.put(None)

    def finish(
        self,
        state: RunState,
        reason: str,
        *,
        ended: datetime,
        simulated_s: float,
        wall_s: float,
        summary: Mapping[str, object] | None = None,
        film: Film | None = None,
    ) -> Future[None]:
        """Seal the recording and enter the outcome, as `Recorder.finish`; the future is done, or failed, after that.

        While the disk refuses it is tried again: the future fails after some seconds, but the thread goes on as long as
        this process lives.
        """
        return self.close(partial(
            self._recorder.finish,
            state, reason, ended=ended, simulated_s=simulated_s, wall_s=wall_s, summary=summary, film=film,
        ))  # fmt: skip

    def close(self, seal: Callable[[], object]) -> Future[None]:
        """Do on the thread what seals the recording, as its last work; as `finish`."""
        self._ending = lambda: self._close(seal)
        self._wake.put(None)
        return self._ended

    def abandon(self) -> None:
        """Stop as if the process had died: what was committed stays, what waited is lost, nothing is sealed."""
        self._ending = self._recorder.abandon
        self._wake.put(None)
        self._thread.join()

    # ---- on the caller's thread ----

    def _order(self, order: Callable[[], object]) -> None:
        with self._lock:
            self._orders.append(order)

    # ---- on the recorder's thread ----

    def _work(self) -> None:
        try:
            while self._ending is None:
                self._rest()
                self._take()
                self._save()
                self._compact_while_idle()
            self._take()
            self._ending()
        except BaseException as error:  # ends the thread, so whoever waits for it must hear of it
            self._fail(_broken(error))
        else:
            self._settle(HistoryError("the recorder was stopped before this pulse was durable"))
            if not self._ended.done():
                self._ended.set_result(None)

    def _fail(self, error: HistoryError) -> None:
        self._broken = error
        self._settle(error)
        if not self._ended.done():
            self._ended.set_exception(error)

    def _close(self, finish: Callable[[], object]) -> None:
        """Tries until the disk takes it, and tells after a while that it does not."""
        began, wait = perf(), FIRST_WAIT
        while True:
            try:
                finish()
                return
            except HistoryError as error:
                if not sqlite.may_pass(error):
                    raise
                if perf() - began > TELL_AFTER:
                    self._fail(error)
            self._rest(wait)
            wait = min(2 * wait, LONGEST_WAIT)

    def _rest(self, longest: float | None = None) -> None:
        """Waits for work, so long (s) at most."""
        with suppress(Empty):
            self._wake.get(timeout=longest)
        while not self._wake.empty():
            self._wake.get()

    def _take(self) -> None:
        with self._lock:
            published, self._published = self._published, deque()
            orders, self._orders = self._orders, []
            dropped, self._dropped = self._dropped, 0
        for publication in published:
            self._recorder.publish(publication)
        for order in orders:
            try:
                order()
            except HistoryError as error:  # a batch that cannot be packed: said once and for all, the rest goes on
                self._broken = error
        if dropped:
            self._recorder.dropped(dropped)

    def _expect(self, intent: PulseIntent, durable: Future[None]) -> None:
        self._recorder.expect(intent)
        self._intents.append(durable)

    def _tick(self, t: float) -> None:
        self._recorder.tick(t)
        self._retry_in -= 1

    def _save(self) -> None:
        if self._recorder.failure is not None and self._retry_in > 0:
            return
        try:
            self._recorder.save()
        except HistoryError:  # kept as the recorder's `failure`
            self._retry_in, self._pause = self._pause, min(2 * self._pause, LONGEST_PAUSE)
        else:
            self._pause = 1
            self._settle(None)

    def _settle(self, error: HistoryError | None) -> None:
        """Tell all who wait for an intent that it is durable, or that it will not be."""
        intents, self._intents = self._intents, []
        for durable in intents:
            if durable.set_running_or_notify_cancel():
                durable.set_exception(error) if error else durable.set_result(None)

    def _compact_while_idle(self) -> None:
        """Go on with a compaction by one step, about a millisecond, and by more until there is other work."""
        steps = self._compaction or self._recorder.compacting()
        try:
            next(steps)
            while self._wake.empty():
                next(steps)
        except (StopIteration, HistoryError):  # done; or the disk refuses, and the tail stays as it is
            self._compaction = None
        else:
            self._compaction = steps


def _broken(error: BaseException) -> HistoryError:
    if isinstance(error, HistoryError):
        return error
    return HistoryError(f"the recorder failed: {error!r}", remedy="stop the run and report this")
