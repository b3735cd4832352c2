"""Keeping the record: when rows are packed and made durable, in virtual time and live."""

from math import inf

from vapordep.clock import Clock, VirtualClock, perf
from vapordep.devices.hub import Hub
from vapordep.history.live import RecorderThread
from vapordep.history.recorder import Recorder
from vapordep.model.batches import Batch

Record = Recorder | RecorderThread
VIRTUAL_ROW = 600.0
"""In virtual time a row of the recording's tail holds this many s of the run: a purge is foretold up to its end."""
PACED_ROW = 60.0
"""The same while virtual time keeps a pace, for whoever looks on."""
VIRTUAL_COMMIT = 0.5
"""In virtual time rows are made durable this often, in wall s; events and doses that must be durable are so at once."""
LIVE_ROW = 0.1
"""Live, a row holds this many s and is durable as soon as the disk takes it."""


def ageless(hub: Hub, now: float) -> list[Batch]:
    """What was said once and never ages, such as `substrate.trip`, for a record that begins."""
    names = [name for name, tag in hub.tags.items() if tag.stale_after == inf and name in hub.latest]
    return [Batch.one(name, now, hub.latest[name].value) for name in names]


async def keep(record: Record, clock: Clock) -> None:
    """Packs rows on an absolute grid until it is cancelled."""
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
    paced = isinstance(clock, VirtualClock) and clock.loop.pace is not None
    while True:
        due += PACED_ROW if paced else VIRTUAL_ROW
        await clock.sleep_until(due)
        record.tick(clock.now())
        if perf() - committed > VIRTUAL_COMMIT:
            committed = perf()
            record.commit()
