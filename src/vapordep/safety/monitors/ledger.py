"""The ledger of a bare surface: its exposure to water, oxygen and nitrogen while the run goes on, at their worst.

What leaks in comes to rest under the pump, V dp/dt = Q - S p, and gathers while the chamber is shut; a gas that flows
brings its impurities, and so did the gas that fills the chamber. Counting ends when the surface is covered, by a
verified dose or by a polymer that is thick enough, and begins anew when the chamber was opened.
`analysis.bare_exposure` says the same afterwards, from the record.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import exp, inf
from typing import Any, NamedTuple

import numpy as np

from vapordep.chemistry import Substrate, substance
from vapordep.model.batches import GOOD, Batch, Floats, Sample
from vapordep.model.columns import Columns
from vapordep.model.impurities import BASE, GASES
from vapordep.model.reactor import Reactor
from vapordep.model.tags import Quality, Tag, TagKind
from vapordep.safety.conditions import Latest, usable_value
from vapordep.safety.monitors.grown import CLOSED, FILM, Grown
from vapordep.safety.monitors.monitor import Monitor, batch_of, moments
from vapordep.safety.monitors.readings import Constant
from vapordep.safety.monitors.surface import VENTED
from vapordep.safety.vapour import polymerises
from vapordep.units import Dimension, Unit, langmuir, unit

PERIOD = 5.0
"""The books are brought up to date this often, in s, with a reading of the stage: nothing of it is in a hurry."""
LEAST_FLOW = 1e-7
"""Less than this, in mol/s, is a controller's zero (0.13 sccm)."""
LEAK = "chamber.leak"
BASE_EXPOSURE = "bare.base"


def ledger_of(reactor: Reactor, substrate: Substrate, known: Mapping[str, Tag]) -> Iterator[Monitor[Any]]:
    """The leak that counts and the exposures; 0 for a substrate that water does not attack.

    `known` must grow by each tag before the next monitor is made. Where no monitor tells when the surface is covered,
    as without doses and without a crystal, it counts as bare to the end.
    """
    tags = [f"bare.{gas}" for gas in GASES] + [BASE_EXPOSURE]
    if substrate.name not in substance("water").attacks:
        for tag in tags:
            yield Constant(_unaging(tag, langmuir), 0.0)
        return
    impure = reactor.impurities
    assumed = substrate.leak_block if impure.leak is None else impure.leak
    yield Constant(_unaging(LEAK, unit("Pa m3/s", Dimension.THROUGHPUT)), assumed)
    if reactor.microbalance and reactor.filament and (monomers := _monomers(reactor)):
        yield Grown(reactor.microbalance, reactor.filament, monomers, known)
    for tag, gas in zip(tags, GASES, strict=False):
        parts = Parts(impure.air[gas], impure.carrier[gas], impure.filling[gas])
        yield Exposure(tag, parts, reactor, known, f"{substrate.name}.covered")
    yield Exposure(BASE_EXPOSURE, Parts(base=1.0), reactor, known, f"{substrate.name}.covered")


@dataclass(frozen=True, slots=True)
class Parts:
    """How much of one gas is in the air, in a gas that flows, in the filling, and in what is left below `BASE`."""

    air: float = 0.0
    carrier: float = 0.0
    filling: float = 0.0
    base: float = 0.0


class Seen(NamedTuple):
    """The books at the instant `time` (s): the last known pressure in Pa, and the exposure without the leak in Pa s.

    For each Pa m3/s of leak: `air`, the pressure of leaked air in Pa, and `gathered`, its integral in Pa s. The leak
    was there before a check said how large it is.
    """

    time: float = -inf
    pressure: float = 0.0
    exposure: float = 0.0
    air: float = 0.0
    gathered: float = 0.0
    told: float = -1.0
    """What was last published."""


class Around(NamedTuple):
    """What there is at the instant `time` (s), the same for every gas: `pressure` in Pa, None when it is not known.

    `covered`: the surface; `flowing`: any gas; the pumping `speed` in m3/s; the `leak` in Pa m3/s.
    """

    time: float
    pressure: float | None
    covered: bool
    flowing: bool
    speed: float
    leak: float


class Exposure(Monitor[Seen]):
    """The exposure to one gas, in Pa s, since the chamber was last open. It does not age."""

    def __init__(self, name: str, parts: Parts, reactor: Reactor, tags: Mapping[str, Tag], covered: str) -> None:
        self.parts = parts
        self.volume, self.speed = reactor.chamber.volume, reactor.chamber.pumping_speed
        self.soft_speed = reactor.pump.soft_speed or self.speed / 10.0
        self.pressure, self.leak = tags["chamber.pressure"], tags[LEAK]
        self.covered, self.film = tags.get(covered), tags.get(FILM)
        self.valve = tags[reactor.pump.valve]
        self.soft_valve = tags[reactor.pump.soft_valve] if reactor.pump.soft_valve else None
        self.flows = tuple(tags[f"{line}.flow"] for line in reactor.lines)
        maybe = [tag for tag in (self.covered, self.film, self.soft_valve) if tag]
        read = (self.pressure, self.leak, self.valve, *self.flows, *maybe)
        stage = f"{reactor.stage.zone}.temperature"
        super().__init__(_unaging(name, langmuir), (stage,), Seen(), tuple(tag.name for tag in read))

    def update(self, state: Seen, time: float, latest: Latest) -> tuple[Seen, Sample | None]:
        """Adds what came since it last looked, as pressure, valves and flows are now."""
        if time - state.time < PERIOD:
            return state, None
        return self._look(state, self._around(time, latest))

    def over(self, state: Seen, instants: Floats, columns: Columns) -> tuple[Seen, Batch | None]:
        """The same, at those instants at which it looks."""
        since = state.time
        due = columns.kept(("due", since), instants, lambda: _due(instants, since))  # the same for every gas
        if not len(due):
            return state, None
        said = []
        for around in columns.kept(("around", self.beside), due, lambda: self._around_all(due, columns)):
            state, sample = self._look(state, around)
            if sample is not None:
                said.append(sample)
        return state, batch_of(self.tag.name, said) if said else None

    def _look(self, state: Seen, around: Around) -> tuple[Seen, Sample | None]:
        time, pressure, mark = around.time, around.pressure, GOOD
        if pressure is None:
            pressure, mark = state.pressure, Quality.UNCERTAIN
        exposure, air, gathered = state.exposure, state.air, state.gathered
        if pressure >= VENTED:
            exposure = air = gathered = 0.0
        elif not around.covered:
            elapsed = time - state.time if state.time > -inf else 0.0
            still = self.parts.base if pressure < BASE else self.parts.filling
            brought = self.parts.carrier if around.flowing else still
            exposure += brought * max(pressure, 0.0) * elapsed
            air, more = self._leaked(air, elapsed, around.speed)
            gathered += more
        whole = exposure + self.parts.air * around.leak * gathered
        said = None if whole == state.told else Sample(time, whole, mark)
        return Seen(time, pressure, exposure, air, gathered, whole), said

    def _around_all(self, due: Floats, columns: Columns) -> list[Around]:
        return [self._around(time, latest) for time, latest in moments(columns, self.beside, due)]

    def _around(self, time: float, latest: Latest) -> Around:
        return Around(
            time,
            usable_value(latest, self.pressure, time),
            self._is_on(latest, self.covered) or self._is_closed(latest),
            any(_flows(latest, tag, time) for tag in self.flows),
            self._speed(latest),
            usable_value(latest, self.leak) or 0.0,
        )

    def _leaked(self, air: float, elapsed: float, speed: float) -> tuple[float, float]:
        """The pressure of leaked air after `elapsed` s at a pumping `speed` (m3/s), and its integral."""
        if speed <= 0.0:
            rise = elapsed / self.volume
            return air + rise, (air + 0.5 * rise) * elapsed
        rest, fade = 1.0 / speed, exp(-speed / self.volume * elapsed)
        return rest + (air - rest) * fade, rest * elapsed + (air - rest) * (1.0 - fade) * self.volume / speed

    def _speed(self, latest: Latest) -> float:
        """The pumping speed in m3/s; a valve that nobody sees counts as shut."""
        if self._is_on(latest, self.valve):
            return self.speed
        return self.soft_speed if self._is_on(latest, self.soft_valve) else 0.0

    def _is_closed(self, latest: Latest) -> bool:
        """Whether a polymer lies on the surface that is thick enough."""
        return self.film is not None and (usable_value(latest, self.film) or 0.0) >= CLOSED

    @staticmethod
    def _is_on(latest: Latest, tag: Tag | None) -> bool:
        return tag is not None and bool(usable_value(latest, tag))


def _monomers(reactor: Reactor) -> tuple[str, ...]:
    """The valves of what polymerises on a filament's radicals."""
    return tuple(source.valve for source in reactor.sources.values() if source.steady and polymerises(source))


def _due(instants: Floats, since: float) -> Floats:
    """Those of the instants (s) at which the books are brought up to date, the last time at the instant `since`."""
    due = []
    for instant in instants.tolist():
        if instant - since >= PERIOD:
            due.append(instant)
            since = instant
    return np.array(due)


def _flows(latest: Latest, tag: Tag, time: float) -> bool:
    """Whether a gas flows; one of which nobody knows counts as if it did."""
    flow = usable_value(latest, tag, time)
    return flow is None or flow > LEAST_FLOW


def _unaging(name: str, its: Unit) -> Tag:
    """What a surface saw stays seen, however long nothing new is heard."""
    return Tag(name, its, TagKind.DERIVED, low=0.0, stale_after=inf)
