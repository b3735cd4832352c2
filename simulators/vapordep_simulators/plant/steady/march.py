"""One step of the iCVD plant on its grid: throttle, filament, stage and supply; the gas itself is `icvd_reaction`'s."""

from math import exp, inf

import numpy as np

from vapordep.chemistry import substance
from vapordep.lazy import dataclass
from vapordep.simulation.description import ROOM, Carried, Made, Pushed
from vapordep.simulation.icvd_description import IcvdDescription, VapourFeed
from vapordep.simulation.plant import Controller
from vapordep.units import GAS_CONSTANT
from vapordep_simulators.plant.chamber.chilled import Chilled, Chiller, Cooling
from vapordep_simulators.plant.chamber.expansion import Floats
from vapordep_simulators.plant.chamber.thermal import GRID, HAIR
from vapordep_simulators.plant.chamber.throttle import moved, pumping
from vapordep_simulators.plant.steady.delivering import (
    Pushing,
    carried,
    oxygen_left,
    ozone_of,
    pushed,
    strengths,
)
from vapordep_simulators.plant.steady.gas import fractions_of, source_curve, species_of
from vapordep_simulators.plant.steady.motor_needle import needles_after
from vapordep_simulators.plant.steady.reaction import Kelvins, Reaction
from vapordep_simulators.plant.steady.state import Blade, Hot, Snapshot

UPSTREAM = 10.0
"""How much better a bottle is connected with its line than the line, through its needle, with the chamber [D]."""


@dataclass(frozen=True, slots=True)
class Drive:
    """What the inputs say over a step, in SI.

    `speed` of the pump in m3/s; `targets` of the feeds and `wanted` of the sources in mol/s; by source `open`,
    `switched` (a generator that is on, gas that is let into a bottle) and `motors` (what tells them their place); of
    the throttle the `position` or the `controller`; of the filament's supply whether it is `on`, and its limits.
    """

    speed: float
    targets: tuple[float, ...]
    wanted: tuple[float, ...]
    open: tuple[bool, ...]
    switched: tuple[bool, ...]
    position: float
    controller: Controller | None
    on: bool
    broken: bool
    motors: tuple[Controller | None, ...]
    voltage: float
    current: float
    chiller: Chiller


@dataclass(frozen=True, slots=True)
class _Given:
    """What the sources do in a step, by source, mol/s or mol; see `Snapshot`. `pushing` is gas that comes along."""

    metered: tuple[float, ...]
    flows: tuple[float, ...]
    content: tuple[float, ...]
    in_lines: tuple[float, ...]
    supplied: tuple[float, ...]
    pushing: tuple[float, ...]


class March:
    """The plant's laws, made ready from a description."""

    def __init__(self, description: IcvdDescription) -> None:
        self.description = description
        self.species = species_of(description)
        self.reaction = Reaction(description, self.species)
        self.wires = self.reaction.wires
        self.cooling = Cooling(description.chilled_stage, GRID)
        self.sources = tuple(description.sources.values())
        self.curves = [source_curve(description, source) for source in self.sources]
        self.own = [self.species.index(substance(source.substance).name) for source in self.sources]
        self._sensor_keep = exp(-GRID / description.filament.sensor_lag)
        self._pushed = [index for index, source in enumerate(self.sources) if isinstance(source.delivery, Pushed)]
        self._settle = [exp(-GRID / source.settling) for source in self.sources]
        self._gather()

    def _gather(self) -> None:
        """What feeds, leaks and walls bring."""
        description, species = self.description, self.species
        fading = [inflow for inflow in description.inflows if inflow.decay is not None]
        brought = [fractions_of(species, feed.gas) for feed in description.feeds.values()]
        self._carrier_gas = np.array(brought).reshape(-1, len(species))
        rows = {name: row for row, name in enumerate(description.feeds)}
        self.carriers = [
            rows[source.delivery.through] if isinstance(source.delivery, Carried | Made) else None
            for source in self.sources
        ]
        self._pushing = [
            species.index(substance(source.delivery.gas).name) if isinstance(source.delivery, Pushed) else 0
            for source in self.sources
        ]
        for row, name in enumerate(description.feeds):
            if name in description.carrying:
                brought[row] *= 0.0
        brought += [fractions_of(species, inflow.gas) for inflow in fading]
        self.feed_gas = np.array(brought).reshape(-1, len(species))
        times = [feed.settling for feed in description.feeds.values()]
        times += [inflow.decay for inflow in fading if inflow.decay is not None]
        self.feed_keep = [exp(-GRID / time) for time in times]
        self.feed_mean = [time / GRID * (1.0 - keep) for time, keep in zip(times, self.feed_keep, strict=True)]
        self.fading = tuple(inflow.throughput / (GAS_CONSTANT * ROOM) for inflow in fading)
        self.leak = np.zeros(len(species))
        for inflow in description.inflows:
            if inflow.decay is None:
                self.leak += inflow.throughput / (GAS_CONSTANT * ROOM) * fractions_of(species, inflow.gas)
        self.ultimate = fractions_of(species, description.ultimate_gas)

    def step(self, now: Snapshot, drive: Drive, kelvins: Kelvins, t: float) -> Snapshot:
        """The snapshot one step after `now`, which is of the instant `t` (s); `kelvins` of the zones."""
        description = self.description
        gas = kelvins(description.gas_zone)
        pascal = GAS_CONSTANT * gas / description.volume
        total = float(now.moles.sum()) * pascal
        blade = self.blade(now.blade, now.gauges[0], drive, t)
        feeds, brought = self._feeds(now, drive)
        supply = brought @ self._way_in(drive.open, now.supplied) if len(brought) else np.zeros(len(self.species))
        given = self._vapours(now, drive, kelvins, total, brought.tolist())
        for row, flow in zip(self.own, given.flows, strict=True):
            supply[row] += flow
        for row, flow in zip(self._pushing, given.pushing, strict=True):
            supply[row] += flow
        speed = pumping(description.throttle, 0.5 * (now.blade.position + blade.position), drive.speed)
        supply += self.leak + speed * description.ultimate_pressure / (GAS_CONSTANT * gas) * self.ultimate
        after = self.reaction.step(now, kelvins, supply, speed / description.volume, pascal, given.flows)
        return after._replace(
            feeds=feeds,
            metered=given.metered,
            flows=given.flows,
            content=given.content,
            in_lines=given.in_lines,
            supplied=given.supplied,
            needles=needles_after(self.sources, now.needles, drive.motors, t),
            blade=blade,
            hot=self.filament(now.hot, drive, gas, total),
            chilled=self.stage(now.chilled, now.hot, drive, gas),
        )

    def blade(self, now: Blade, gauge: float, drive: Drive, t: float) -> Blade:
        """The throttle one step after the instant `t` (s), at which the first gauge showed `gauge` Pa."""
        _, wanted, memory, due = now
        if drive.controller is None:
            wanted, memory, due = drive.position, None, -inf
        elif t >= due - HAIR:
            memory = drive.controller.initial(gauge) if memory is None else memory
            memory, wanted = drive.controller.step(memory, gauge, t)
            due = t + drive.controller.period
        return Blade(moved(self.description.throttle, now.position, wanted, GRID), wanted, memory, due)

    def stage(self, now: Chilled, hot: Hot, drive: Drive, walls: float) -> Chilled:
        """Bath and stage one step later, among walls at `walls` K."""
        return self.cooling.after(now, drive.chiller, walls, ROOM, self.wires.brightness(hot.wires, now.stage))

    def filament(self, now: Hot, drive: Drive, around: float, pressure: float) -> Hot:
        """The wires one step later, among walls at `around` K, in `pressure` Pa of gas."""
        kelvin = now.wires
        voltage, current = self.wires.supplied(drive.on, drive.voltage, drive.current, kelvin, drive.broken)
        wires = self.wires.after(kelvin, voltage * current, around, pressure, GRID)
        middle = 0.5 * (kelvin + wires)
        return Hot(wires, middle + (now.sensor - middle) * self._sensor_keep, voltage, current)

    def _way_in(self, opened: tuple[bool, ...], supplied: tuple[float, ...]) -> Floats:
        """What each feed brings of each species: what carries a vapour comes in through its source's open valve.

        Of the oxygen of a generator what it leaves.
        """
        through = [feed for feed, is_open in zip(self.carriers, opened, strict=True) if feed is not None and is_open]
        if not through:
            return self.feed_gas
        gas = self.feed_gas.copy()
        gas[through] = self._carrier_gas[through]
        for source, feed, is_open, strength in zip(self.sources, self.carriers, opened, supplied, strict=True):
            if is_open and feed is not None and isinstance(source.delivery, Made):
                gas[feed] *= oxygen_left(source.delivery, strength)
        return gas

    def _feeds(self, now: Snapshot, drive: Drive) -> tuple[tuple[float, ...], Floats]:
        """Flows at the end of the step, and on average over it, mol/s."""
        targets = (*drive.targets, *(0.0 for _ in self.fading))
        ends = tuple(t + (f - t) * keep for f, t, keep in zip(now.feeds, targets, self.feed_keep, strict=True))
        means = [t + (f - t) * mean for f, t, mean in zip(now.feeds, targets, self.feed_mean, strict=True)]
        return ends, np.array(means)

    def _vapours(self, now: Snapshot, drive: Drive, kelvins: Kelvins, total: float, brought: list[float]) -> _Given:
        rows = [self._vapour(now, drive, kelvins, total, brought, index) for index in range(len(self.sources))]
        metered, given, left, in_lines = zip(*rows, strict=True) if rows else ((), (), (), ())
        supplied, pushing = strengths(self.sources, now.supplied, drive.switched), [0.0] * len(rows)
        flows, content = list(given), list(left)
        for index in self._pushed:
            step = self._push(now, drive, kelvins, total, index)
            flows[index] = min(step.vapour, now.content[index] / GRID)
            content[index] = now.content[index] - flows[index] * GRID
            pushing[index], supplied[index] = step.gas, step.left
        return _Given(metered, tuple(flows), tuple(content), in_lines, tuple(supplied), tuple(pushing))

    def _push(self, now: Snapshot, drive: Drive, kelvins: Kelvins, total: float, index: int) -> Pushing:
        """One step of a bottle that gas pushes; an empty one holds gas alone."""
        source = self.sources[index]
        assert isinstance(source.delivery, Pushed)  # noqa: S101 - for the type checker
        kelvin = kelvins(source.zone) if source.zone else source.temperature
        inside = self.curves[index](kelvin) if now.content[index] > 0.0 else 0.0
        return pushed(
            source, source.delivery, now.supplied[index], (inside, kelvin), total,
            pushing=drive.switched[index], opened=drive.open[index],
        )  # fmt: skip

    def _vapour(
        self, now: Snapshot, drive: Drive, kelvins: Kelvins, total: float, brought: list[float], index: int
    ) -> tuple[float, float, float, float]:
        """Of one source: its metered flow, what it gives (mol/s), what is left in it, what its line holds (mol)."""
        source, limit, left = self.sources[index], now.metered[index], now.content[index]
        if source.metered:
            wanted = drive.wanted[index] if drive.open[index] else 0.0
            limit = wanted + (limit - wanted) * self._settle[index]
        if not drive.open[index] or left <= 0.0 or index in self._pushed:
            return limit, 0.0, left, now.in_lines[index]
        carrier = self.carriers[index]
        if carrier is None:
            flow, caught = self._through(source, index, kelvins, total)
        else:
            flow, caught = brought[carrier] * self._ratio(source, index, now, kelvins), 0.0
        flow *= now.needles[index].position
        if source.metered:
            flow = min(flow, limit)
        taken = (flow + caught) * GRID
        part = min(1.0, left / taken) if taken > 0.0 else 0.0
        return limit, flow * part, left - taken * part, now.in_lines[index] + caught * part * GRID

    def _ratio(self, source: VapourFeed, index: int, now: Snapshot, kelvins: Kelvins) -> float:
        """The mol of vapour that a mol of what goes through a source takes along, or is made into."""
        if isinstance(source.delivery, Made):
            return ozone_of(source.delivery, now.supplied[index])
        assert isinstance(source.delivery, Carried)  # noqa: S101 - for the type checker
        return carried(self.curves[index](kelvins(source.zone) if source.zone else source.temperature), source.delivery)

    def _through(self, source: VapourFeed, index: int, kelvins: Kelvins, total: float) -> tuple[float, float]:
        """What goes into `total` Pa, and what stays in a line that is colder than the bottle, mol/s.

        Nothing flows back into a bottle whose pressure is lower than the chamber's: its needle is taken as a check.
        """
        kelvin = kelvins(source.zone) if source.zone else source.temperature
        pressure, caught = self.curves[index](kelvin), 0.0
        bears = self.curves[index](kelvins(source.line)) if source.line else pressure
        if bears < pressure:
            caught = UPSTREAM * source.conductance * (pressure - bears) / (GAS_CONSTANT * kelvin)
            pressure = bears
        return max(source.conductance * (pressure - total), 0.0) / (GAS_CONSTANT * kelvin), caught
