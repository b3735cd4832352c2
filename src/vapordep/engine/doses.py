"""Doses: each pulse from its durable intent to its measured record."""

from concurrent.futures import Future
from typing import Protocol

from vapordep.clock import Clock
from vapordep.devices.line import Edges
from vapordep.engine.meter import PulseMeter
from vapordep.engine.rig import Rig
from vapordep.errors import RunError
from vapordep.model.events import Kind
from vapordep.model.plan import Dose
from vapordep.model.pulses import PulseIntent, PulseRecord, Verdict

NAN = float("nan")
MARGIN = 0.005
"""The intent must be durable this long before the edge, in s."""


class Book(Protocol):
    """Where pulses are written: the recorder."""

    def intent(self, intent: PulseIntent) -> Future[None]: ...
    def pulse(self, pulse: PulseRecord) -> None: ...


class Doses:
    """Gives the doses of a run; counts them, and writes each down when its tail is over."""

    def __init__(self, rig: Rig, book: Book, meter: PulseMeter) -> None:
        self.rig = rig
        self.book = book
        self.meter = meter
        self.given: list[PulseIntent] = []
        self._announced: tuple[Dose, int, Future[None]] | None = None
        self._tail: tuple[PulseIntent, Edges] | None = None

    @property
    def count(self) -> int:
        """How many doses were begun."""
        return len(self.given)

    def announce(self, dose: Dose, step: str, cycle: int, planned: float) -> None:
        """Makes the intent of the next dose durable during the step before it, so that the edge waits for no disk."""
        intent = self._intent(dose, step, cycle, planned)
        self._announced = (dose, intent.number, self.book.intent(intent))

    async def give(self, dose: Dose, step: str, cycle: int) -> None:
        """Gives one dose on the timeline.

        Raises RunError when its intent is not on disk in time, CommandRefused, and what the instrument raises.
        """
        rig = self.rig
        at = rig.timeline.edge()
        await self._durable(dose, step, cycle, at)
        self.write_tail(at)
        intent = self._intent(dose, step, cycle, at)
        rig.timeline.spend(dose.width)
        self.given.append(intent)
        try:
            edges = await rig.pulse(dose.source, at, dose.width, step)
        except BaseException:
            self.book.pulse(_unfinished(intent))
            raise
        self._tail = (intent, edges)

    def write_tail(self, until: float) -> None:
        """Measures and writes down the last pulse; its tail ends at the instant `until`."""
        if self._tail is None:
            return
        intent, edges = self._tail
        self._tail = None
        shape, verdict = self.meter.measure(intent.source, edges.commanded_open, until)
        self.book.pulse(
            PulseRecord(
                intent, edges.commanded_open, edges.commanded_close, edges.acknowledged_open,
                edges.acknowledged_close, shape.baseline, shape.peak, shape.area, verdict,
            )
        )  # fmt: skip
        if verdict is Verdict.WEAK:
            self.rig.note(Kind.ALARM, f"pulse {intent.number} of {intent.source} is weak", area_Pa_s=shape.area)

    def _intent(self, dose: Dose, step: str, cycle: int, at: float) -> PulseIntent:
        return PulseIntent(self.count + 1, dose.source, step, cycle, at, at + dose.width)

    async def _durable(self, dose: Dose, step: str, cycle: int, at: float) -> None:
        announced, self._announced = self._announced, None
        if announced is None or announced[0] is not dose or announced[1] != self.count + 1:
            written = self.book.intent(self._intent(dose, step, cycle, at))
        else:
            written = announced[2]
        await _until_done(written, at - MARGIN, self.rig.clock)


async def _until_done(written: Future[None], deadline: float, clock: Clock) -> None:
    """Waits for a write that another thread does; raises RunError when it is late or failed."""
    while not written.done():
        if clock.now() >= deadline:
            raise RunError("the record of the next dose is not on disk in time", remedy="check the disk, then restart")
        await clock.sleep(0.002)
    error = written.exception()
    if error is not None:
        raise RunError(f"the record of the next dose could not be written: {error}", remedy="check the disk") from error


def _unfinished(intent: PulseIntent) -> PulseRecord:
    """A pulse that was not seen through: what is not known is NaN."""
    return PulseRecord(intent, NAN, NAN, NAN, NAN, NAN, NAN, NAN, Verdict.UNSEEN)
