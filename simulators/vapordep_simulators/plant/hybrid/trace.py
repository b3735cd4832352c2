"""What goes on beside the gas while a hybrid chamber gives pulses: stage, filament and throttle, step by step."""

from collections.abc import Callable
from math import floor, inf

from vapordep_simulators.plant.chamber.chilled import Chilled
from vapordep_simulators.plant.chamber.thermal import GRID, Warming
from vapordep_simulators.plant.chamber.throttle import pumping
from vapordep_simulators.plant.steady.march import Drive, March
from vapordep_simulators.plant.steady.motor_needle import needles_after
from vapordep_simulators.plant.steady.state import Blade, Hot, Snapshot


class Trace:
    """Stage, wires and needles at the instants of the grid from `first` on; the temperatures that pulses are given in.

    The pressure in which the wires lose heat is that of the beginning: they are out, and only cool.
    """

    def __init__(
        self, march: March, warming: Warming, drive: Drive, pair: tuple[Snapshot, Snapshot], grid: int, last: int
    ) -> None:
        """`pair` are the snapshots one step before `grid` and at it; `last` is where the record ends."""
        before, now = pair
        description = march.description
        self.first = grid - 1
        self.chilled: list[Chilled] = [before.chilled, now.chilled]
        self.hot: list[Hot] = [before.hot, now.hot]
        self.needles: list[tuple[Blade, ...]] = [before.needles, now.needles]
        self._stage = description.stage
        self._warming = warming
        self.still_from = warming.still_from
        pressure = now.gauges[0]
        for place in range(1, last - self.first):
            walls = warming.temperatures_on_grid(place)(description.gas_zone)
            chilled, hot = self.chilled[-1], self.hot[-1]
            self.chilled.append(march.stage(chilled, hot, drive, walls))
            self.hot.append(march.filament(hot, drive, walls, pressure))
            t = (self.first + place) * GRID
            self.needles.append(needles_after(march.sources, self.needles[-1], drive.motors, t))
            if (
                self.chilled[-1] == chilled
                and self.hot[-1] == hot
                and t >= warming.still_from
                and not any(drive.motors)
            ):
                self.still_from = t
                rest = last - self.first - place - 1
                self.chilled += [chilled] * rest
                self.hot += [hot] * rest
                self.needles += [self.needles[-1]] * rest
                return
        self.still_from = inf

    def stage_at(self, t: float) -> float:
        """Of the stage at the instant `t` (s), K."""
        place = min(max(t / GRID - self.first, 0.0), len(self.chilled) - 1.0)
        index = min(int(place), len(self.chilled) - 2)
        left, right = self.chilled[index].stage, self.chilled[index + 1].stage
        return left + (right - left) * (place - index)

    def temperatures_at(self, t: float) -> Callable[[str], float]:
        """True temperatures in K at the instant `t` (s), by the name of a zone or of the stage."""
        zones = self._warming.temperatures_at(t)
        return lambda zone: self.stage_at(t) if zone == self._stage else zones(zone)


class Blades:
    """The throttle in the way to the pump: its blade at the instants of the grid from `first` on, as far as asked."""

    def __init__(self, march: March, drive: Drive, pair: tuple[Snapshot, Snapshot], grid: int) -> None:
        before, now = pair
        self.first = grid - 1
        self.known: list[Blade] = [before.blade, now.blade]
        self._march = march
        self._drive = drive
        told = drive.position if drive.controller is None else getattr(drive.controller, "position", None)
        self._place = None if told is None else min(max(told, 0.0), 1.0)
        """Where it goes, whatever the gauge shows; None while it holds a pressure."""

    def speed(self, t: float, pumped: float, gauge: float) -> tuple[float, float]:
        """As the march has it: over each step that of the middle of the blade's way."""
        place = floor(t / GRID) - self.first
        before, after = self.at(place, gauge), self.at(place + 1, gauge)
        speed = pumping(self._march.description.throttle, 0.5 * (before.position + after.position), pumped)
        still = before.position == after.position == self._place
        return speed, inf if still else (self.first + place + 1) * GRID

    def at(self, place: int, gauge: float) -> Blade:
        """The blade `place` steps after the first, where the first gauge shows `gauge` Pa one step before it."""
        while len(self.known) <= place:
            t = (self.first + len(self.known) - 1) * GRID
            self.known.append(self._march.blade(self.known[-1], gauge, self._drive, t))
        return self.known[place]
