"""Keeping the record: when samples are packed or gathered and made durable, in virtual time and live."""

from concurrent.futures import Future
from math import inf

from vapordep.clock import Clock, VirtualClock, perf
from vapordep.devices.hub import Hub
from vapordep.engine.doses import Book
from vapordep.history.recordings.live import RecorderThread
from vapordep.history.recordings.recorder import Recorder, done
from vapordep.model.batches import Batch
from vapordep.model.pulses import PulseIntent, PulseRecord

Record = Recorder | RecorderThread
GATHERING = 600.0
"""In virtual time samples are gathered each time this many s have gone by: a purge is foretold up to its end."""
PACED_ROW = 60.0
"""While virtual time keeps a pace, a row of the recording's tail holds this many s, for whoever looks on."""
VIRTUAL_COMMIT = 0.5
"""In virtual time intents of doses and rows are made durable this often, in wall s; what happens, at once."""
LIVE_ROW = 0.1
"""Live, a row holds this many s and is durable as soon as the disk takes it."""


def ageless(hub: Hub, now: float) -> list[Batch]:
    """What was said once and never ages, such as `substrate.trip`, for a record that begins."""
    names = [name for name, tag in hub.tags.items() if tag.stale_after == inf and name in hub.latest]
    return [Batch.one(name, now, hub.latest[name].value) for name in names]


class Unhurried:
    """The book of doses in virtual time, where no gas waits for an intent: it is durable within half a second.

    A dry run that is killed loses the samples of its last seconds, and has lost nothing that took place.
    """

    def __init__(self, record: Recorder) -> None:
        self._record = record

    def intent(self, intent: PulseIntent) -> Future[None]:
        """Notes it; nobody has to wait."""
        self._record.expect(intent)
        return done()

    def pulse(self, pulse: PulseRecord) -> None:
        """Notes how it went, in place of its intent."""
        self._record.pulse(pulse)


def book_of(record: Record, clock: Clock) -> Book:
    """Where a run writes its doses: before each of them, unless nobody looks on and nothing is dosed."""
    return Unhurried(record) if isinstance(record, Recorder) and not _is_paced(clock) else record


async def keep(record: Record, clock: Clock) -> None:
    """Packs rows, or gathers, on an absolute grid until it is cancelled."""
    if isinstance(record, RecorderThread):
        await _keep_live(record, clock)
    else:
        await _keep_inline(record, clock)


async def _keep_live(record: RecorderThread, clock: Clock) -> None:
    due = clock.now()
    while True:
        due += LIVE_ROW
        await clock.sleep_until(due)
        record.tick(clock.now())


async def _keep_inline(record: Recorder, clock: Clock) -> None:
    due, committed = clock.now(), perf()
    every, take = (PACED_ROW, record.tick) if _is_paced(clock) else (GATHERING, record.gather)
    while True:
        due += every
        await clock.sleep_until(due)
        take(clock.now())
        if perf() - committed > VIRTUAL_COMMIT:
            committed = perf()
            record.commit()


def _is_paced(clock: Clock) -> bool:
    """Whether it goes with the wall clock, if faster: somebody looks on."""
    return not isinstance(clock, VirtualClock) or clock.loop.pace is not None
