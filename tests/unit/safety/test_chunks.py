"""A stream cut anywhere gives the same monitors and interlocks: those of the shipped reactors, to the last bit."""

import math
import struct
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vapordep.app.places import reactor_file
from vapordep.chemistry import substrate
from vapordep.files import data_folder
from vapordep.model.batches import Batch, Floats, Sample
from vapordep.model.reactor import Reactor
from vapordep.model.tags import Quality, Tag
from vapordep.reactor import read_reactor, tag_table
from vapordep.safety.interlocks.interlocks import Interlocks
from vapordep.safety.monitors import Derivation
from vapordep.safety.monitors.surface import Covered, Saturation
from vapordep.safety.protection import Rules
from vapordep.units import Dimension, Pa, degC, one, sccm, to_si

LASTS = 40.0
SHIPPED = sorted(path.stem for path in data_folder("reactors").glob("*.yaml"))
COUNTS = [25, pytest.param(250, marks=pytest.mark.many), pytest.param(2500, marks=pytest.mark.very_many)]
Stream = list[list[Batch]]
"""A list of batches for each exchange; they share their instants."""
Row = tuple[bytes, bytes, int]


@cache
def reactor(name: str = "glovebox_ald") -> Reactor:
    return read_reactor(reactor_file(name))


def rules(name: str) -> Rules:
    return Rules(reactor(name), substrate("lithium"), tag_table(reactor(name)))


# --- what instruments may read ---------------------------------------------------------------------------------------


class Readings:
    """What the instruments of a shipped reactor read over `LASTS` s: pulses, a vented chamber, faults, silence."""

    def __init__(self, seed: int, name: str = "glovebox_ald") -> None:
        self.reactor = reactor(name)
        self.tags = tag_table(self.reactor)
        self.draw = np.random.default_rng(seed)
        self.pulses = [(self.draw.uniform(1.0, LASTS), valve) for valve in self._drawn_valves()]
        self.vented = self.draw.uniform(0.0, 3.0 * LASTS)
        self.baseline = self.draw.choice([50.0, 97.0, 990.0, 2000.0])

    def _drawn_valves(self) -> list[str]:
        valves = [source.valve for source in self.reactor.sources.values()]
        return [str(valve) for valve in self.draw.choice(valves, self.draw.integers(0, 6))]

    def stream(self) -> Stream:
        polls = {"gauge": 0.2, "carrier_mfc": 0.25, "valves": 0.5}
        found = []
        for exchange in dict.fromkeys(tag.exchange for tag in self.tags.values() if tag.exchange):
            names = [tag.name for tag in self.tags.values() if tag.exchange == exchange]
            found.append(self._exchange(names, polls.get(exchange, 1.0)))
        return [group for group in found if len(group[0].times)]

    def _exchange(self, names: Sequence[str], every: float) -> list[Batch]:
        """Polls on a grid, some of them lost and some in a row."""
        times = np.arange(self.draw.uniform(0.0, every), LASTS, every)
        kept = self.draw.random(len(times)) > self.draw.choice([0.0, 0.1])
        if self.draw.random() < 0.3:
            silent = self.draw.uniform(0.0, LASTS)
            kept &= (times < silent) | (times > silent + self.draw.uniform(0.5, 6.0))
        times = times[kept]
        return [self._batch(name, times) for name in names]

    def _batch(self, name: str, times: Floats) -> Batch:
        values = self._values(name, times)
        quality = np.zeros(len(times), dtype=np.uint8)
        if self.draw.random() < 0.3:
            rate = self.draw.choice([0.02, 0.5])
            quality[self.draw.random(len(times)) < rate] = Quality.UNCERTAIN
            quality[self.draw.random(len(times)) < rate] = Quality.BAD
        return Batch(name, times, np.where(quality == Quality.BAD, np.nan, values), quality)

    def _values(self, name: str, times: Floats) -> Floats:
        if name.endswith(".valve") or name.endswith("soft_valve"):
            return self._valve(name, times)
        if self.tags[name].unit.dimension is Dimension.PRESSURE:
            return self._pressure(times)
        if name == "carrier.flow_setpoint":
            return np.where(times < self.draw.uniform(-10.0, LASTS), 0.0, to_si(20.0, sccm))
        if name == "carrier.flow":
            return to_si(20.0, sccm) * self.draw.normal(1.0, 0.1, len(times))
        if self.tags[name].unit.dimension is Dimension.STATE:
            return (self.draw.random(len(times)) < self.draw.choice([0.0, 0.1, 0.5, 1.0])).astype(np.float64)
        if self.tags[name].unit.dimension is not Dimension.TEMPERATURE:
            return self._wavering(name, times)
        wandering: Floats = to_si(100.0, degC) + np.cumsum(
            self.draw.normal(0.0, self.draw.choice([0.1, 8.0]), len(times))
        )
        return wandering

    def _wavering(self, name: str, times: Floats) -> Floats:
        """Flows, voltages, frequencies, places: around some value, off for a while, or 0 all the time."""
        scale = {Dimension.MOLAR_FLOW: to_si(2.0, sccm), Dimension.FREQUENCY: 5.9e6, Dimension.FRACTION: 0.5}
        about = scale.get(self.tags[name].unit.dimension, 5.0) * self.draw.choice([0.0, 0.3, 1.0])
        off = (times > self.draw.uniform(0.0, 2.0 * LASTS)) & (self.draw.random(len(times)) < 0.9)
        wavering: Floats = np.where(off, 0.0, about * self.draw.normal(1.0, 0.05, len(times)))
        return wavering

    def _valve(self, name: str, times: Floats) -> Floats:
        opened = np.zeros(len(times))
        for instant, valve in self.pulses:
            if valve == name:
                opened[(times >= instant) & (times < instant + self.draw.choice([0.6, 0.6, 15.0]))] = 1.0
        return opened

    def _pressure(self, times: Floats) -> Floats:
        pressure = self.baseline + self.draw.normal(0.0, 0.3, len(times))
        for instant, _ in self.pulses:
            since = times - instant
            pressure += np.where(
                since > 0.0, self.draw.choice([30.0, 3.0]) * np.exp(-np.maximum(since, 0.0) / 2.0), 0.0
            )
        open_chamber = (times > self.vented) & (times < self.vented + 3.0)
        return np.where(open_chamber, 1e5, pressure)


def between(stream: Stream, after: float, until: float) -> list[Batch]:
    """The samples later than `after`, up to `until`."""
    found = []
    for group in stream:
        times = group[0].times
        first, end = times.searchsorted(after, "right"), times.searchsorted(until, "right")
        if first < end:
            found += [Batch(b.tag, times[first:end], b.values[first:end], b.quality[first:end]) for b in group]
    return found


def instants(stream: Stream) -> list[float]:
    return sorted({time for group in stream for time in group[0].times.tolist()})


# --- what came of them -----------------------------------------------------------------------------------------------


def bits(sample: Sample) -> Row:
    return struct.pack("d", sample.time), struct.pack("d", sample.value), int(sample.quality)


class Watch:
    """Monitors and interlocks, and all that they said."""

    def __init__(self, name: str = "glovebox_ald", *, walking: bool = False) -> None:
        made = rules(name)
        self.derivation = made.derivation
        self.derive: Callable[[Sequence[Batch]], list[Batch]] = self.derivation.walk if walking else self.derivation
        self.interlocks = Interlocks(made.compiled)
        self.said: dict[str, list[Row]] = {}
        self.trips: list[tuple[str, float]] = []
        self.interlocks.standings.on_trip.append(lambda trip: self.trips.append((trip.id, trip.time)))
        self.interlocks.go_live(-2.0)

    def take(self, batches: Sequence[Batch], until: float) -> None:
        derived = self.derive(batches)
        for batch in derived:
            rows = zip(batch.times.tolist(), batch.values.tolist(), batch.quality.tolist(), strict=True)
            self.said.setdefault(batch.tag, []).extend(bits(Sample(t, v, Quality(q))) for t, v, q in rows)
        self.interlocks.evaluate(until, [*batches, *derived])

    @property
    def standing(self) -> tuple[object, ...]:
        """All that was said and is remembered."""
        newest = {tag: bits(sample) for tag, sample in self.derivation.latest.items()}
        known = {tag: bits(sample) for tag, sample in self.interlocks.latest.items()}
        latched = [trip.id for trip in self.interlocks.trips], self.interlocks.next_deadline()
        return self.said, self.trips, tuple(self.derivation._states), newest, known, latched


def whole(stream: Stream, ends: Sequence[float], name: str = "glovebox_ald", *, walking: bool = False) -> Watch:
    watch = Watch(name, walking=walking)
    watch.take([Batch.one("stage.temperature", -1.0, 300.0)], -1.0)  # what is said once is said
    since = -1.0
    for end in [*ends, LASTS + 20.0]:
        watch.take(between(stream, since, end), end)
        since = end
    return watch


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("count", COUNTS)
def test_a_stream_cut_anywhere_gives_the_same_monitors_and_interlocks(count: int, name: str) -> None:
    @settings(max_examples=count if name == "glovebox_ald" else count // 3, deadline=None)
    @given(seed=st.integers(0, 2**32), cuts=st.lists(st.floats(0.0, LASTS), max_size=8))
    def holds(seed: int, cuts: list[float]) -> None:
        stream = Readings(seed, name).stream()
        single = whole(stream, instants(stream), name, walking=True).standing
        assert whole(stream, sorted(cuts), name).standing == single
        assert whole(stream, sorted(cuts), name, walking=True).standing == single

    holds()


@pytest.mark.parametrize("name", SHIPPED)
def test_these_streams_move_most_monitors_and_trip_something(name: str) -> None:
    watches = [whole(Readings(seed, name).stream(), [], name) for seed in range(6)]
    assert any(watch.trips for watch in watches)
    derived = {monitor.tag.name for monitor in watches[0].derivation.monitors}
    moved = {tag for watch in watches for tag, rows in watch.said.items() if len({row[1:] for row in rows}) > 1}
    assert len(derived & moved) > 0.5 * len(derived), derived - moved


# --- the surface, which follows doses --------------------------------------------------------------------------------

SEEN = {
    tag.name: tag
    for tag in (
        Tag("chamber.pressure", Pa, stale_after=0.5),
        Tag("foil.temperature", degC, stale_after=3.0),
        Tag("TMA.valve", one, stale_after=2.0),
        Tag("H2O.valve", one, stale_after=2.0),
    )
}


def surface() -> Derivation:
    saturation = Saturation("saturation", {"TMA.valve": lambda kelvin: 0.02 * kelvin / 373.0}, ("H2O.valve",), SEEN)
    return Derivation([saturation, Covered("covered", saturation.tag)])


def doses(seed: int) -> list[Batch]:
    """Pulses that fall fast, slowly or never, gauges with holes, and a lid that is opened."""
    draw = np.random.default_rng(seed)
    for_ever = draw.random() < 0.2
    holes = np.where(draw.random(800) < (0.0 if for_ever else 0.005), draw.choice([0.9, 1.4], 800), 0.2)
    times = np.cumsum(holes)
    seconds = np.arange(0.0, times[-1], 0.5) + 0.05
    pressure = 97.0 + draw.normal(0.0, 0.2, len(times))
    valves = {valve: np.zeros(len(seconds)) for valve in ("TMA.valve", "H2O.valve")}
    for opened in seconds[[9]] if for_ever else draw.choice(seconds[9:], draw.integers(1, 6)):
        valve, width = draw.choice(["TMA.valve", "TMA.valve", "H2O.valve"]), draw.choice([0.6, 2.0, 10.0])
        valves[valve][(seconds >= opened) & (seconds < opened + width)] = 1.0
        since = times - opened
        fall = 1e6 if for_ever else draw.choice([1.0, 2.0, 1e6], p=[0.5, 0.4, 0.1])
        pressure += np.where(since > 0.0, draw.choice([0.5, 40.0, 60.0]) * np.exp(-np.maximum(since, 0.0) / fall), 0.0)
    pressure[draw.random(len(times)) < 0.01] = np.nan
    if draw.random() < 0.5 and not for_ever:
        lid = draw.uniform(0.0, times[-1])
        pressure[(times > lid) & (times < lid + 3.0)] = 1e5
    lost = np.where(np.isnan(pressure), Quality.BAD, Quality.GOOD).astype(np.uint8)
    good = np.zeros(len(seconds), dtype=np.uint8)
    return [
        Batch("foil.temperature", seconds, np.full(len(seconds), 373.0), good),
        Batch("chamber.pressure", times, pressure, lost),
        *(Batch(valve, seconds, opened, good) for valve, opened in valves.items()),
    ]


def cut(batches: Sequence[Batch], after: float, until: float) -> list[Batch]:
    return [found for batch in batches for found in between([[batch]], after, until)]


def followed(batches: Sequence[Batch], ends: Sequence[float], *, walking: bool) -> tuple[object, ...]:
    derivation = surface()
    derive = derivation.walk if walking else derivation
    said: dict[str, list[Row]] = {}
    since = -math.inf
    for end in [*ends, math.inf]:
        for batch in derive(cut(batches, since, end)):
            rows = zip(batch.times.tolist(), batch.values.tolist(), batch.quality.tolist(), strict=True)
            said.setdefault(batch.tag, []).extend(bits(Sample(t, v, Quality(q))) for t, v, q in rows)
        since = end
    return said, tuple(derivation._states)


@pytest.mark.parametrize("count", COUNTS)
def test_doses_cut_anywhere_give_the_same_surface(count: int) -> None:
    @settings(max_examples=count, deadline=None)
    @given(seed=st.integers(0, 2**32), cuts=st.lists(st.floats(0.0, 160.0), max_size=8))
    def holds(seed: int, cuts: list[float]) -> None:
        stream = doses(seed)
        single = followed(stream, sorted({t for batch in stream for t in batch.times.tolist()}), walking=True)
        assert followed(stream, sorted(cuts), walking=False) == single
        assert followed(stream, sorted(cuts), walking=True) == single

    holds()


def test_doses_are_judged_in_these_streams() -> None:
    ends = [followed(doses(seed), (), walking=False)[0] for seed in range(40)]
    assert sum(len(said["saturation"]) > 1 for said in ends if isinstance(said, dict)) >= 5


# --- which way is taken ----------------------------------------------------------------------------------------------


def test_a_long_stretch_is_not_walked(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Readings(1).stream()
    watch = whole(stream, [10.0])
    monkeypatch.setattr(watch.derivation, "walk", pytest.fail)
    for monitor in watch.derivation.monitors:
        monkeypatch.setattr(monitor, "update", pytest.fail)
    times = np.arange(70.0, 100.0, 0.2)
    good = np.zeros(len(times), dtype=np.uint8)
    calm = [Batch(name, times, np.full(len(times), 0.0), good) for name in tag_table(reactor())]
    assert {batch.tag for batch in watch.derivation(calm)} >= {"chamber.pressure", "TMA.clearance", "sources.apart"}


def test_a_stretch_that_begins_before_what_is_known_is_walked() -> None:
    late = Batch.of("TMA.valve", [float(n) for n in range(50)], [float(n == 20) for n in range(50)])
    known = Batch.one("TMA.valve", 30.0, 0.0)
    watch, walking = Watch(), Watch(walking=True)
    for each in (watch, walking):
        each.take([known], 30.0)
        each.take([late], 60.0)
    assert watch.standing == walking.standing
