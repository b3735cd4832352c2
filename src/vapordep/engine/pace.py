"""Whether a film still grows as it did: looked at each minute by the crystal, told as a warning, never a trip.

A needle has no reading, and a throttle that holds the pressure hides what a source no longer gives: the crystal is the
only one that sees its bottle run empty.
"""

import math

from vapordep.engine.growth import at_rest
from vapordep.engine.rig import Rig
from vapordep.model.alarms import Alarm, Priority
from vapordep.model.icvd import Microbalance
from vapordep.units import Dimension, format_si

LOOK = 60.0
"""Growth is taken over so long, in s."""
SPAN = 3.0
"""Of the readings of so long, in s, the median counts at either end."""
SLOWER = 0.7
"""Below this part of the most that grew in such a time [D]: a stage that warms takes less."""
DIGITS = 3e-10
"""m: less is not told by a monitor of whole angstroms."""
PERSISTENT = 2
"""So many looks in a row it must be slower."""
ID = "drift.growth"


class Pace:
    """One deposition whose flows do not change, from `due` (s on the clock) minus `LOOK` on."""

    def __init__(self, rig: Rig, balance: Microbalance | None) -> None:
        self._rig, self._balance = rig, balance
        self.due = math.inf if balance is None else rig.clock.now() + LOOK
        """When it is to be looked at again, in s."""
        self._most = 0.0
        self._slower = 0

    def look(self) -> None:
        """Compares what grew since the last look with the most that ever did."""
        now, grown = self._rig.clock.now(), self._grown()
        if now < self.due:
            return
        self.due = now + LOOK
        if grown != grown:
            return
        self._most = max(self._most, grown)
        fell = grown < SLOWER * self._most and self._most - grown > DIGITS
        self._slower = self._slower + 1 if fell else 0
        drifting = self._rig.drifting
        if drifting is not None and self._slower == PERSISTENT:
            drifting.told(_alarm(now, grown, self._most))
        elif drifting is not None and not fell:
            drifting.over(ID, now, "it grows as it did")

    def end(self) -> None:
        """The deposition is over, and with it what was said of it."""
        if self._rig.drifting is not None:
            self._rig.drifting.over(ID, self._rig.clock.now(), "the deposition is over")

    def _grown(self) -> float:
        """In m for the stage since `LOOK` ago; NaN where the crystal said nothing."""
        if self._balance is None or self._rig.crystal is None:
            return math.nan
        times, readings = self._rig.crystal.since(self._rig.clock.now() - LOOK)
        if not len(times):
            return math.nan
        before, after = readings[times <= times[0] + SPAN], readings[times >= times[-1] - SPAN]
        return (at_rest(after) - at_rest(before)) / self._balance.tooling


def _alarm(now: float, grown: float, most: float) -> Alarm:
    minute, best = (f"{format_si(value * 60.0 / LOOK, Dimension.LENGTH)} a minute" for value in (grown, most))
    return Alarm(
        ID,
        now,
        Priority.LOW,
        "the film grows more slowly than it did",
        f"{minute}, {best} at its fastest",
        "nothing was changed",
        "Look at the bottles, their temperatures and hand valves, at throttle position, filament and stage.",
        cause="a source gives less: its bottle runs empty or is colder; or filament or stage are not what they were",
        consequence="the film ends thinner by time, or later by thickness",
    )
