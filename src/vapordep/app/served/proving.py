"""Proving of hand valves: one short opening of a source between runs, and what the gauge shows of it."""

from math import isfinite

import numpy as np

from vapordep.app.running.connection import Connection, Core
from vapordep.app.served.judging import verdict_on
from vapordep.engine.meter import LAG, LATE, LEAST_PEAK, PulseMeter
from vapordep.engine.rig import OPEN, PRESSURE
from vapordep.engine.trace import Trace
from vapordep.engine.weak import look_at
from vapordep.errors import InputError, RunError
from vapordep.link.orders import ProveHandValve
from vapordep.model.commands import Pulse
from vapordep.model.events import Event, Kind
from vapordep.model.hand_valves import HandValve, Shown
from vapordep.model.sources import SourceLine
from vapordep.units import Dimension, format_si

USUAL, LONGEST = 0.05, 0.5
"""s that a test pulse lasts where nobody says otherwise, and at most: what comes lands on what lies on the stage."""
AHEAD = 2.0
"""s between the order and the opening: by then the order is on record, should the process not live to tell of it."""
STEADY = 3.0
"""s before the opening over which the gauge's own noise is taken."""
OVER_NOISE = 6.0
"""So many standard deviations of that noise a rise must have: of a hundred samples none reaches half of that."""
RESIDENCE_TIMES, LEAST_LOOK, MOST_LOOK = 5.0, 3.0, 20.0
"""A rise is looked for over so many residence times of the chamber, and so many s at least and at most."""
GONE = 0.5
"""At the end of that less than this part of a rise may be left: what stays is no pulse."""


class Proving:
    """Gives test pulses through the gate, and knows what the latest of each source showed."""

    def __init__(self, connection: Connection) -> None:
        self.found: dict[str, HandValve] = {}
        self._connection = connection
        connection.on_core.append(self._attend)
        self._attend(connection.core)

    async def prove(self, order: ProveHandValve) -> HandValve:
        """Opens a source once and looks at the gauge; the reactor must be armed.

        Raises InputError for what is no test pulse, RunError while the pressure is not steady, CommandRefused with what
        stands against it, and what the instrument raises.
        """
        source = self._source(order.source)
        width = order.width or max(USUAL, source.shortest_pulse)
        _require(source, width)
        clock, trace = self._connection.clock, self._trace
        why = f"test pulse of {format_si(width, Dimension.TIME)} by {order.by}"
        gate = self._connection.core.protection.gate
        if verdict_on(gate, source.valve, OPEN).allowed:  # else the gate says why not
            _require_steady(trace, clock.now())
        at = clock.now() + AHEAD
        text = f"{why} of {source.name} is due"
        self._connection.log(
            Event(clock.now(), Kind.COMMAND, text, {"source": source.name, "width_s": width, "due_s": at})
        )
        edges = await gate.pulse(Pulse(source.valve, at, width, why))
        residence = self._connection.reactor.chamber.residence_time
        until = edges.commanded_close + min(max(RESIDENCE_TIMES * residence, LEAST_LOOK), MOST_LOOK)
        await clock.sleep_until(until)
        shown, baseline, rise = judged(trace, edges.commanded_open, until)
        civil = clock.civil_at(edges.commanded_open).isoformat(timespec="seconds")
        found = self.found[source.name] = HandValve(source.name, shown, civil, order.by, width, baseline, rise)
        self._connection.log(_event(found, source, why, edges.commanded_open))
        return found

    def _attend(self, core: Core) -> None:
        self._trace = Trace(PRESSURE)
        core.hub.listen(self._trace.take, (PRESSURE,))

    def _source(self, name: str) -> SourceLine:
        sources = self._connection.reactor.sources
        if name not in sources:
            raise InputError(f"there is no source {name!r}", remedy=f"one of {', '.join(sources)}")
        return sources[name]


def _require(source: SourceLine, width: float) -> None:
    if source.steady:
        what = f"{source.name} flows steadily: a test pulse proves nothing of it"
        raise InputError(what, where=source.name, remedy="a step `flow_check` proves its flow")
    if not source.shortest_pulse <= width <= LONGEST:
        least, most = (format_si(each, Dimension.TIME) for each in (source.shortest_pulse, LONGEST))
        what = f"a test pulse of {format_si(width, Dimension.TIME)} is none"
        raise InputError(what, where=source.name, remedy=f"give it {least} to {most}")


def _require_steady(trace: Trace, now: float) -> None:
    """Raises RunError while the pressure changes by itself: then a rise would prove nothing."""
    values = trace.since(now - STEADY)[1]
    values = values[np.isfinite(values)]
    third = len(values) // 3
    if third < 1:
        raise RunError("the chamber's pressure is not read", where=PRESSURE, remedy="see to its gauge, then try again")
    first, last = values[:third], values[-third:]
    change, noise = float(last.mean() - first.mean()), float(max(first.std(), last.std()))
    if abs(change) > max(LEAST_PEAK * abs(float(last.mean())) / 2.0, OVER_NOISE * noise):
        what = f"the chamber's pressure changes by {format_si(change, Dimension.PRESSURE)} in {STEADY:g} s"
        raise RunError(what, where=PRESSURE, remedy="wait until it is steady, then try again")


def judged(trace: Trace, opened: float, until: float) -> tuple[Shown, float, float]:
    """What the gauge showed from the opening up to `until` (s on the clock), with baseline and rise in Pa."""
    shape = PulseMeter(trace).shape(opened, until)
    times, values = trace.since(opened - STEADY)
    usable = np.isfinite(values)
    times, values = times[usable], values[usable]
    before = values[times < opened]
    if shape is None or len(before) < 3:
        return Shown.UNCLEAR, float("nan"), float("nan")
    noise = max(OVER_NOISE * float(before.std()), LEAST_PEAK * abs(shape.baseline))
    if shape.peak <= noise:
        return Shown.NO_RISE, shape.baseline, shape.peak
    left = float(values[times <= until][-1]) - shape.baseline
    prompt = shape.onset <= LATE + LAG + 2.0 * shape.spacing
    shown = Shown.OPEN if prompt and left < GONE * shape.peak else Shown.UNCLEAR
    return shown, shape.baseline, shape.peak


def told(found: HandValve, valve: str) -> str:
    """What was found, in a sentence with what to do about it."""
    if not isfinite(found.baseline):
        return f"{found.source}: the gauge told nothing of the test pulse; see that it is read, then try again"
    rise, before = (format_si(each, Dimension.PRESSURE) for each in (found.rise, found.baseline))
    if found.shown is Shown.OPEN:
        return f"{found.source}: the pressure rose by {rise} above {before}: its hand valve is open"
    if found.shown is Shown.NO_RISE:
        return f"{found.source}: no rise above {before}: nothing came; {look_at(valve)}"
    return f"{found.source}: the pressure changed by {rise}, but not as after a pulse; try again when it is steady"


def _event(found: HandValve, source: SourceLine, why: str, at: float) -> Event:
    data = {"source": found.source, "hand_valve": found.shown.value, "width_s": found.width}
    if isfinite(found.baseline):
        data |= {"baseline_Pa": found.baseline, "rise_Pa": found.rise}
    return Event(at, Kind.COMMAND, f"{why}: {told(found, source.valve)}", data)
