"""Drifting pulses: a warning while a run goes on when what a source gives leaves its limits, never a trip."""

import math
from collections.abc import Iterator, Mapping

from vapordep.analysis import PulseShape, decay
from vapordep.analysis.decay import BEFORE
from vapordep.analysis.drift_causes import CAUSES, QUANTITIES, matters
from vapordep.analysis.drift_live import Follower
from vapordep.engine.trace import Trace
from vapordep.model.alarms import Alarm, Priority
from vapordep.model.events import Kind
from vapordep.model.pulses import PulseIntent
from vapordep.safety.alarms.alarms import Alarms

PREFIX = "drift."
"""The ids of these alarms begin so: `drift.TMA.area`."""
LAG = 0.2
"""Younger samples do not count, in s: over a line they come this late, and no sampler may know more than another."""
LONGEST_TAIL = 60.0
"""A pulse is looked at for so long after its opening at most, in s."""
REMEDIES: Mapping[str, str] = {
    "area": "Look at the bottle, its temperature and its hand valve; see `vapordep runs analyse`.",
    "delay": "Look at the valve and its air; see `vapordep runs analyse`.",
    "decay": "Compare line and wall temperatures with the bottle's, look at the pump; see `vapordep runs analyse`.",
    "baseline": "Look at carrier flow and pump, and do a leak check before the next run.",
}
"""By quantity, what a person is to look at."""
UNITS: Mapping[str, str] = {"area": "Pa s", "delay": "s", "decay": "s", "baseline": "Pa"}


class Drifting:
    """The quantities of each source and width, pulse by pulse, and an alarm for each that drifts."""

    def __init__(self, pressure: Trace, alarms: Alarms, now: float) -> None:
        """A run begins at `now` (s on the clock): what an earlier one said is over, for this one learns anew."""
        self._pressure = pressure
        self._alarms = alarms
        self._followed: dict[tuple[str, float], dict[str, Follower]] = {}
        self._raised: dict[str, tuple[str, float]] = {}
        self._beside: set[str] = set()
        for view in alarms.standing:
            if view.id.startswith(PREFIX):
                alarms.cleared(view.id, now, "another run learns anew")

    def take(self, intent: PulseIntent, shape: PulseShape, edges: tuple[float, float], until: float) -> None:
        """A finished pulse: its shape, the instants of its opening and closing, and of the end of its tail (s)."""
        width = round(edges[1] - edges[0], 3)
        followed = self._followed.setdefault((intent.source, width), {name: Follower() for name in QUANTITIES})
        for name, value in self._quantities(shape, *edges, until):
            if math.isfinite(value):
                followed[name].take(value)
                self._judge(intent, width, name, followed[name])

    def told(self, alarm: Alarm) -> None:
        """Something beside the pulses drifts."""
        self._beside.add(alarm.id)
        self._alarms.raised(alarm, Kind.ALARM)

    def over(self, id: str, now: float, why: str) -> None:
        """What was told is over, if it was."""
        if id in self._beside:
            self._beside.remove(id)
            self._alarms.cleared(id, now, why)

    def conclude(self, now: float) -> None:
        """The run is over, and with it what was said of its pulses."""
        for id in self._raised:
            self._alarms.cleared(id, now, "the run is over")
        self._raised.clear()

    def _quantities(self, shape: PulseShape, opened: float, shut: float, until: float) -> Iterator[tuple[str, float]]:
        yield "area", shape.area
        yield "delay", shape.onset
        yield "baseline", shape.baseline
        times, values = self._pressure.since(opened - BEFORE)
        fall = decay(times, values, opened, shut, min(until, opened + LONGEST_TAIL) - LAG)
        yield "decay", fall.time_constant if fall is not None and fall.time_constant else math.nan

    def _judge(self, intent: PulseIntent, width: float, quantity: str, seen: Follower) -> None:
        id = f"{PREFIX}{intent.source}.{quantity}"
        kind = intent.source, width
        if seen.drifts and matters(quantity, seen.change, seen.centre):
            if id not in self._raised:
                self._raised[id] = kind
                self._alarms.raised(_alarm(id, intent, quantity, seen), Kind.ALARM)
        elif self._raised.get(id) == kind:
            del self._raised[id]
            self._alarms.cleared(id, intent.planned_close, "it is as at first again")


def _alarm(id: str, intent: PulseIntent, quantity: str, seen: Follower) -> Alarm:
    unit = UNITS[quantity]
    rules = f"; of late {' and '.join(seen.broken)}" if seen.broken else ""
    return Alarm(
        id,
        intent.planned_close,
        Priority.LOW,
        f"{intent.source} drifts: its {quantity} is {100.0 * seen.change:+.1f} % from what its first pulses had",
        f"{seen.average:.4g} {unit} by pulse {intent.number}, at first {seen.centre:.4g} +- {seen.sigma:.2g}{rules}",
        "nothing was changed",
        REMEDIES[quantity],
        cause=CAUSES[quantity, seen.change > 0.0],
        consequence="the film may no longer be that of the first cycles",
    )
