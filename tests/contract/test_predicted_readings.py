"""What every simulator foretells is what its driver reads over the wire at the same instants, to the last bit."""

import math
import random
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from itertools import pairwise

import numpy as np
import pytest

from tests.contract.bench import DRIVERS, WANTED, Paper
from vapordep.clock import VirtualClock, run_virtual
from vapordep.devices import Device, Line, Transport
from vapordep.devices.catalogue import driver, find
from vapordep.devices.polling import Poller
from vapordep.devices.signals import Polled
from vapordep.errors import InstrumentRefused
from vapordep.model.batches import Floats, Sample
from vapordep.model.tags import Quality
from vapordep.simulation.instrument import Option, SimInstrument
from vapordep.simulation.shown import Shown
from vapordep.units import Dimension, Torr, from_si, psi, sccm, to_si

OPTIONS: dict[str, list[Mapping[str, Option]]] = {
    "alicat": [{"full_scale": "100 sccm"}, {"standard_temperature": "25 degC", "full_scale": "20 sccm"}],
    "eurotherm": [
        {"decimals": 2, "units": "K"}, {"decimals": 0, "units": "F"}, {"framing": "tcp"},
    ],
    "mks946": [
        {"modules": "PR,CP,CM", "units": "MBAR"}, {"units": "PASCAL", "full_scale": "1333 Pa"}, {"units": "MICRON"},
    ],
    "modbus_relay": [{"framing": "tcp"}],
    "julabo": [{"address": 32, "control": "external"}],
    "mks651": [{"full_scale": "1 Torr", "ending": "cr"}, {"family": 600}],
    "sqm160": [{"density": "2.5 g/cm3", "tooling": "130 %", "sensor": 3}],
    "vat_throttle": [{"full_scale": "1 Torr", "address": 7}],
}  # fmt: skip
"""Settings beside the usual ones; a simulator that is not named here is tried with those only."""
UNTOLD = ("family",)
"""Settings of a simulator that its driver finds out."""
CASES = [(name, options) for name in DRIVERS for options in ({}, *OPTIONS.get(name, ()))]
QUALITIES = {
    "alicat": {Quality.GOOD, Quality.UNCERTAIN},
    "eurotherm": {Quality.GOOD},
    "mks946": {Quality.GOOD, Quality.BAD},
    "mks651": {Quality.GOOD, Quality.UNCERTAIN, Quality.BAD},
    "sqm160": {Quality.GOOD, Quality.BAD},
    "vat_throttle": {Quality.GOOD, Quality.UNCERTAIN, Quality.BAD},
}
"""What must have been seen on the way."""
LASTS = 400.0
"""s."""
CHUNKS = 12


SUPPLY = "supply"
"""In place of a dimension: the pressure of a gas line, where an instrument counts in psi."""


def truth(what: Dimension | str, t: float) -> float:
    """What the world holds: everything a reactor goes through, and beyond the ranges of its instruments."""
    part = t / LASTS
    match what:
        case "supply":
            return to_si(180.0 * part, psi)
        case Dimension.PRESSURE:
            return to_si(10.0 ** (-4.5 + 7.6 * part), Torr) if part < 0.97 else math.nan
        case Dimension.TEMPERATURE:
            return 250.0 + 100.0 * part + (1600.0 * (part - 0.7) if part > 0.7 else 0.0)
        case Dimension.FREQUENCY:
            return 6.05e6 - 1.2e6 * part if part < 0.97 else math.nan
        case Dimension.MOLAR_FLOW:
            return to_si(700.0 * (part - 0.1), sccm)
    return 0.5 - 0.5 * math.cos(t)


class Journey(Paper):
    """A world that goes through `truth` whatever its inputs are."""

    def __init__(self, dimensions: Mapping[str, Dimension | str]) -> None:
        super().__init__()
        self.dimensions = dimensions

    def read(self, point: str, t: float) -> float:
        return truth(self.dimensions.get(point, Dimension.FRACTION), t)

    def values(self, points: Collection[str], times: Floats) -> dict[str, Floats]:
        return {point: np.array([self.read(point, t) for t in times.tolist()]) for point in points}


class AtOnce(Transport):
    """A wire on which nothing takes time, so that one exchange happens at one instant."""

    where = "at once"

    def __init__(self, instrument: SimInstrument, clock: VirtualClock) -> None:
        self.instrument = instrument
        self.clock = clock
        self.said = b""

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    def send(self, data: bytes) -> None:
        self.said += b"".join(piece for _, piece in self.instrument.feed(data, self.clock.now()))

    async def receive(self, deadline: float) -> bytes:
        said, self.said = self.said, b""
        if not said:
            await self.clock.sleep_until(deadline)
        return said


def connected(name: str, options: Mapping[str, Option], clock: VirtualClock) -> tuple[Device, SimInstrument]:
    """A driver with its simulator in a world that moves; every terminal that the driver knows is wired."""
    kind = driver(name)
    wired = {f"{channel}": signal for signal in kind.signals.values() for channel in signal.channels()}
    dimensions = {
        f"bench.{key}": SUPPLY if signal.unit is psi else signal.unit.dimension for key, signal in wired.items()
    }
    simulator = find("vapordep.simulators", name, SimInstrument)
    instrument = simulator("bench", Journey(dimensions), {key: f"bench.{key}" for key in wired}, options, 5)
    line = Line(AtOnce(instrument, clock), clock)
    device = kind("bench", line, {key: value for key, value in options.items() if key not in UNTOLD})
    device.framing.rest = 0.0  # a pause after each exchange would carry the next to another instant
    device.framing.alike = False  # so would waiting for a second reply
    return device, instrument


async def read(device: Device, exchange: Polled[object], clock: VirtualClock) -> dict[str, Sample]:
    """One exchange at this instant, as it is published: in SI, with its quality, by terminal."""
    channels = {channel: f"{channel}" for signal in device.signals.values() for channel in signal.channels()}
    poller = Poller(device, channels, lambda batches: None, clock, lambda *told: None)
    return {batch.tag: batch.last for batch in poller.batches(clock.now(), await device.read(exchange))}


def instants(seed: int) -> Iterator[Floats]:
    """Rising instants in chunks."""
    draw = random.Random(seed)  # noqa: S311 - the same instants in every run
    for begin, end in pairwise(np.linspace(0.0, LASTS, CHUNKS + 1).tolist()):
        yield np.array(sorted(draw.uniform(begin + 4.0, end - 1.0) for _ in range(40)))


async def something_is_written(device: Device, draw: random.Random) -> None:
    """An output goes to a random value; a relay that can flash does so."""
    outputs = [c for s in device.signals.values() if s.writable for c in s.channels()]
    if not outputs:
        return
    channel = draw.choice(outputs)
    signal = device.signals[channel.name]
    most = from_si(WANTED[signal.unit.dimension], signal.unit)
    if getattr(signal, "time_pulse", None) is not None and draw.random() < 0.5:
        await device.pulse(channel, 7.0)
    else:
        low, high = device.range(channel)
        wanted = most if signal.unit.dimension is Dimension.STATE else draw.uniform(0.0, most)
        with suppress(InstrumentRefused):  # a word that does not fit the decimals
            await device.write(channel, min(max(wanted, low), high))


@pytest.mark.parametrize(("name", "options"), CASES)
def test_what_is_foretold_is_what_the_driver_reads(name: str, options: Mapping[str, Option]) -> None:
    async def main(clock: VirtualClock) -> None:
        device, instrument = connected(name, options, clock)
        await device.line.open()
        instrument.power_up(clock.now())
        draw = random.Random(3)  # noqa: S311 - the same journey in every run
        seen: set[Quality] = set()
        await device.identify()
        for times in instants(1):
            await something_is_written(device, draw)
            await compare(device, instrument, times, clock, seen)
        assert QUALITIES.get(name, {Quality.GOOD}) <= seen, "the journey shows too little"

    run_virtual(main)


async def compare(
    device: Device, instrument: SimInstrument, times: Floats, clock: VirtualClock, seen: set[Quality]
) -> None:
    everything = {f"{channel}" for signal in device.signals.values() for channel in signal.channels()}
    foretold = instrument.readings(everything, times)
    assert foretold is not None, "this simulator has to be asked over the wire"
    for place, instant in enumerate(times.tolist()):
        await clock.sleep_until(instant)
        for exchange in device.polls:
            for terminal, sample in (await read(device, exchange, clock)).items():
                shown = foretold[terminal]
                at = f"{terminal} at {instant!r} s"
                assert shown.quality[place] == sample.quality, at
                assert np.array_equal(shown.values[place], sample.value, equal_nan=True), at
                seen.add(sample.quality)


@pytest.mark.parametrize("name", DRIVERS)
def test_foretelling_changes_nothing_and_does_not_depend_on_the_cut(name: str) -> None:
    async def main(clock: VirtualClock) -> None:
        device, instrument = connected(name, {}, clock)
        instrument.power_up(0.0)
        terminals = {f"{channel}" for signal in device.signals.values() for channel in signal.channels()}
        times = np.concatenate(list(instants(2)))
        whole = foretell(instrument, terminals, times)
        draw = random.Random(4)  # noqa: S311 - the same cuts in every run
        cuts = sorted(draw.sample(range(1, len(times)), 9))
        parts = [foretell(instrument, terminals, part) for part in np.split(times, cuts)]
        for terminal, shown in whole.items():
            for field in ("values", "quality"):
                pieces = np.concatenate([getattr(part[terminal], field) for part in parts])
                assert np.array_equal(pieces, getattr(shown, field), equal_nan=True)

    run_virtual(main)


def foretell(instrument: SimInstrument, terminals: Collection[str], times: Floats) -> Mapping[str, Shown]:
    found = instrument.readings(terminals, times)
    if found is None and not type(instrument).__module__.startswith("vapordep_simulators."):
        pytest.skip("another package's simulator that is asked sample by sample")
    assert found is not None
    return found
