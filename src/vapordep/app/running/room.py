"""Whether the record of a run will fit the disk, foreseen from its plan and the paces of the drivers."""

import shutil
from pathlib import Path

from vapordep.app.words import clock_time
from vapordep.devices.catalogue import driver
from vapordep.errors import FileError
from vapordep.history.folder import ANOTHER, SPACE_FLOOR, nearest, sized
from vapordep.history.recordings.recorder import COMPACT_AT
from vapordep.model.reactor import Reactor
from vapordep.recipe import Recipe, estimate

DERIVED = 2.0
"""So many samples are kept for each that is read: some tags follow from readings. 1.5 in one of al2o3_on_lithium."""
BYTES_A_SAMPLE = 1.0
"""What a sample takes in a sealed recording: `bench.storage` measures 0.73, a run of that recipe, all in, 0.86."""
TAIL_BYTES = 10.0
"""What a sample takes until it is compacted, in its row and, for a while, once more in the log beside it."""


def require_room(history: Path, recipe: Recipe, reactor: Reactor) -> str:
    """What to tell of the room that a run will leave, empty where there is plenty.

    Raises FileError when its record would not fit the disk.
    """
    lasts, pace = estimate(recipe.plan, reactor).total, samples_a_second(reactor)
    needed, free = foreseen(lasts, pace), shutil.disk_usage(nearest(history)).free
    told = f"about {sized(needed)} for {clock_time(lasts)} h at {pace:.0f} samples/s; {sized(free)} are free"
    if needed > free:
        remedy = f"make room, such as by `vapordep history prune`, shorten the run, or {ANOTHER}"
        raise FileError(f"the record of this run would not fit the disk: {told}", where=str(history), remedy=remedy)
    if free - needed < SPACE_FLOOR:
        return f"the record of this run will nearly fill the disk of {history}: {told}"
    return ""


def foreseen(lasts: float, pace: float) -> float:
    """Bytes of the record of a run that lasts so long, in s, with so many samples a second, at its largest."""
    samples = lasts * pace
    return samples * BYTES_A_SAMPLE + 2.0 * min(samples, COMPACT_AT) * TAIL_BYTES


def samples_a_second(reactor: Reactor) -> float:
    """How many samples a second are kept: what the drivers read of what has a tag, and what follows from that."""
    read = 0.0
    for name, instrument in reactor.instruments.items():
        signals = [cell.signal for cell in reactor.wiring if cell.instrument == name]
        for exchange in (kind := driver(instrument.driver, instrument.where)).polls:
            filled = kind.filled_by(exchange)
            read += sum(signal in filled for signal in signals) / exchange.every
    return DERIVED * read
