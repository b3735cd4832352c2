"""Doses: each pulse from its durable intent to its measured record."""

import math
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Protocol

from vapordep.analysis import PulseShape
from vapordep.clock import Clock
from vapordep.devices.frames import Edges
from vapordep.engine.clearing import Given
from vapordep.engine.drifting import Drifting
from vapordep.engine.meter import UNSEEN, PulseMeter
from vapordep.engine.rig import CLOSED, OPEN, Rig
from vapordep.engine.supply import Supply
from vapordep.engine.weak import MOST_AGAIN, Doubt, Row, look_at
from vapordep.errors import CommandRefused, RunError
from vapordep.lazy import dataclass
from vapordep.model.batches import Batch
from vapordep.model.events import Kind
from vapordep.model.plan import OnWeak
from vapordep.model.pulses import PulseIntent, PulseRecord, Verdict
from vapordep.model.steps import BOOSTED, Dose

NAN = float("nan")
MARGIN = 0.005
"""The intent must be durable this long before the edge, in s."""
ISOLATED_FOR = 5.0
"""A pulse into a shut chamber is measured for so long, in s: later the pressure may be that of other gas."""


class Book(Protocol):
    """Where pulses are written: the recorder."""

    def intent(self, intent: PulseIntent) -> Future[None]:
        """Writes down that a pulse is about to be given; done when that is durable."""
        ...

    def pulse(self, pulse: PulseRecord) -> None:
        """Writes down how it went, in place of its intent or of what was known before."""
        ...


@dataclass(frozen=True, slots=True)
class Tail:
    """The last dose, not yet measured, as its last pulse; `isolated`: given into a chamber shut off from its pump."""

    intent: PulseIntent
    edges: Edges
    dose: Dose
    opened: float
    """When its first pulse was commanded open."""
    isolated: bool


class Doses:
    """Gives the doses of a run, and writes each down as its valve has shut, and again when its tail is over.

    No intent is left without its end.
    """

    def __init__(
        self, rig: Rig, book: Book, meter: PulseMeter, on_weak: OnWeak = OnWeak.CONTINUE,
        drifting: Drifting | None = None, supply: Supply | None = None,
    ) -> None:  # fmt: skip
        self.rig = rig
        self.book = book
        self.meter = meter
        self.on_weak = on_weak
        self._drifting = drifting
        self._supply = supply
        self.given: list[PulseIntent] = []
        """The pulses that opened a valve, or may have: not those that were refused."""
        self._valves = {source.valve: name for name, source in rig.reactor.sources.items()}
        self._opened: dict[str, float] = {}
        self._number = 0
        self._announced: tuple[PulseIntent, Future[None]] | None = None
        self._tail: Tail | None = None
        self._row = Row()
        rig.hub.listen(self._watch, self._valves)

    @property
    def count(self) -> int:
        """How many doses were given."""
        return len(self.given)

    def announce(self, dose: Dose, step: str, cycle: int, planned: float) -> None:
        """Makes the intent of the next dose durable during the step before it, so that the edge waits for no disk."""
        intent = self._intent(dose, step, cycle, planned)
        self._announced = (intent, self.book.intent(intent))

    async def give(self, dose: Dose, step: str, cycle: int) -> None:
        """Gives one dose on the timeline.

        Raises RunError when its intent is not on disk in time or the doses before it were too weak, CommandRefused, and
        what the instrument raises.
        """
        before = self._tail
        self.write_tail(self.rig.timeline.edge())
        if before is not None and self._row.due is not None:
            await self._answer(self._row.due, before)
        await self._give(dose, step, cycle)

    async def _give(self, dose: Dose, step: str, cycle: int) -> None:
        """All pulses of a dose; what it takes from its bottle is counted, unless no valve has opened for it."""
        taken, count = self._supply.take(dose) if self._supply is not None else 0.0, len(self.given)
        try:
            await self._give_pulses(dose, step, cycle)
        except BaseException:
            if self._supply is not None and len(self.given) == count:
                self._supply.give_back(dose.source, taken)
            raise

    async def _give_pulses(self, dose: Dose, step: str, cycle: int) -> None:
        """Each pulse is on record by itself, and the last one has the area of all."""
        if dose.boost:
            await self._boost(dose, step)
        isolated = self.rig.value(self.rig.reactor.pump.valve) == CLOSED
        intent, edges = await self._pulse(dose, step, cycle, more=dose.pulses > 1)
        opened = edges.commanded_open
        self.rig.clearing.given(Given(dose.source, opened, edges.commanded_close))
        for left in range(dose.pulses - 1, 0, -1):
            self.book.pulse(_given(intent, edges, Verdict.PART))
            await self.rig.timeline.wait(dose.gap)
            intent, edges = await self._pulse(dose, step, cycle, more=left > 1)
            self.rig.clearing.given(Given(dose.source, opened, edges.commanded_close))
        self.book.pulse(_given(intent, edges, Verdict.UNMEASURED))
        self._tail = Tail(intent, edges, dose, opened, isolated)
        self.rig.stirred = math.inf

    async def _boost(self, dose: Dose, step: str) -> None:
        """Gas into the bottle; the dose that it pushes comes a little later, so that both edges can be prepared."""
        at = self.rig.timeline.edge()
        await self.rig.boost(dose.source, at, dose.boost, step)
        self.rig.timeline.spend(dose.boost + BOOSTED)

    async def _pulse(self, dose: Dose, step: str, cycle: int, *, more: bool) -> tuple[PulseIntent, Edges]:
        """One pulse; `more`: the intent of the next is written down at once, so that its edge waits for no disk."""
        at = self.rig.timeline.edge()
        intent = self._intent(dose, step, cycle, at)
        written = self._written(intent)
        self._number = intent.number
        if more:
            self.announce(dose, step, cycle, at + dose.width + dose.gap)
        try:
            await _until_done(written, at - MARGIN, self.rig.clock)
            edges = await self.rig.pulse(dose.source, at, dose.width, step)
        except BaseException as error:
            self._broken_off(intent, refused=isinstance(error, CommandRefused))
            raise
        self.given.append(intent)
        self.rig.timeline.spend(dose.width)
        self.rig.timeline.ended(edges.commanded_close)
        return intent, edges

    async def _answer(self, doubt: Doubt, tail: "Tail") -> None:
        """What the recipe wants done about weak doses, before the next dose is given."""
        self._row.forget()
        told = f"{doubt}, the third in a row"
        if self.on_weak is OnWeak.HOLD:
            raise self._too_weak(told, doubt)
        if self.on_weak is OnWeak.CONTINUE:
            self.rig.note(Kind.STEP, f"{told}: going on, as the recipe says")
            return
        purged = self.rig.timeline.due - tail.edges.commanded_close
        for number in range(1, MOST_AGAIN + 1):
            self.rig.note(Kind.STEP, f"{told}: its dose is given again, {number} of at most {MOST_AGAIN}")
            await self._give(tail.dose, f"{tail.intent.step} again", tail.intent.cycle)
            await self.rig.timeline.wait(purged)
            self.write_tail(self.rig.timeline.edge())
            if self._row.last is None:
                return
        self._row.forget()
        raise self._too_weak(f"{told}, and {MOST_AGAIN} more did not help", doubt)

    def _too_weak(self, told: str, doubt: Doubt) -> RunError:
        """The reason of the hold says what to look at: a person may see nothing else of it."""
        advice = look_at(self.rig.reactor.sources[doubt.intent.source].valve)
        return RunError(f"not given, for {told}; {advice}", remedy="mend that, then restart")

    def write_tail(self, until: float) -> None:
        """Measures and writes down the last pulse; its tail ends at the instant `until` (s).

        Or before, when the run changed what flows or is pumped: what the gauge shows then is no pulse any more.
        """
        if self._tail is None:
            return
        until = min(until, self.rig.stirred)
        tail, self._tail = self._tail, None
        intent, edges = tail.intent, tail.edges
        shape, verdict = self._measure(tail, until)
        self.book.pulse(_given(intent, edges, verdict, shape))
        if self._drifting is not None and not tail.isolated:
            self._drifting.take(intent, shape, (tail.opened, edges.commanded_close), until)
        if not verdict.doubtful:
            self._row.count(intent.source, None)
            return
        learned = self.meter.learned(intent.source, tail.dose.width * tail.dose.pulses)
        doubt = Doubt(intent, tail.dose, verdict, shape.area, learned, shape.onset)
        self._row.count(intent.source, doubt)
        self.rig.note(Kind.ALARM, str(doubt), area_Pa_s=shape.area, learned_Pa_s=learned, onset_s=shape.onset)

    def _measure(self, tail: "Tail", until: float) -> tuple[PulseShape, Verdict]:
        """A pulse into a chamber that is shut off stands as it is: its area grows with the exposure."""
        source, opened = tail.intent.source, tail.opened
        if tail.isolated:
            until = min(until, tail.edges.commanded_close + ISOLATED_FOR)
            return self.meter.shape(opened, until) or UNSEEN, Verdict.ISOLATED
        return self.meter.measure(source, opened, until, tail.dose.width * tail.dose.pulses)

    def conclude(self) -> None:
        """The run is over: the last tail, and a dose that was announced but never came."""
        self.write_tail(self.rig.clock.now())
        for watcher in (self._drifting, self._supply):
            if watcher is not None:
                watcher.conclude(self.rig.clock.now())
        announced, self._announced = self._announced, None
        if announced is not None:
            self.book.pulse(_unfinished(announced[0]))

    def _intent(self, dose: Dose, step: str, cycle: int, at: float) -> PulseIntent:
        return PulseIntent(self._number + 1, dose.source, step, cycle, at, at + dose.width)

    def _written(self, intent: PulseIntent) -> Future[None]:
        """When the intent is durable: it was announced, or is written now, in place of another that did not come."""
        announced, self._announced = self._announced, None
        if announced is not None and _same(announced[0], intent):
            return announced[1]
        return self.book.intent(intent)

    def _watch(self, batches: Sequence[Batch]) -> None:
        """A hub listener: when each source was last open, or doubtful after a pulse that did not end well."""
        for batch in batches:
            source = self._valves.get(batch.tag)
            if source is not None and (opened := batch.times[batch.values == OPEN]).size:
                self._opened[source] = opened.item(-1)

    def _broken_off(self, intent: PulseIntent, *, refused: bool) -> None:
        """The valve may have opened all the same, as where what was refused is the second try of a lost command."""
        opened = self._opened.get(intent.source, -math.inf) >= intent.planned_open
        if opened:
            self.given.append(intent)
        self.book.pulse(_unfinished(intent, Verdict.REFUSED if refused and not opened else Verdict.UNSEEN))


def _same(announced: PulseIntent, intent: PulseIntent) -> bool:
    """Whether it is the dose that was announced; its instant may have moved."""
    return (announced.number, announced.source, announced.step) == (intent.number, intent.source, intent.step)


def _given(intent: PulseIntent, edges: Edges, verdict: Verdict, shape: PulseShape = UNSEEN) -> PulseRecord:
    return PulseRecord(
        intent, edges.commanded_open, edges.commanded_close, edges.acknowledged_open, edges.acknowledged_close,
        shape.baseline, shape.peak, shape.area, verdict,
    )  # fmt: skip


async def _until_done(written: Future[None], deadline: float, clock: Clock) -> None:
    """Waits for a write that another thread does; raises RunError when it is late or failed."""
    while not written.done():
        if clock.now() >= deadline:
            raise RunError("the record of the next dose is not on disk in time", remedy="check the disk, then restart")
        await clock.sleep(0.002)
    error = written.exception()
    if error is not None:
        raise RunError(f"the record of the next dose could not be written: {error}", remedy="check the disk") from error


def _unfinished(intent: PulseIntent, verdict: Verdict = Verdict.UNSEEN) -> PulseRecord:
    """A pulse that was not seen through: what is not known is NaN."""
    return PulseRecord(intent, NAN, NAN, NAN, NAN, NAN, NAN, NAN, verdict)
