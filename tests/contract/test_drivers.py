"""Every driver found, against its simulator: it tells the truth, refuses what is none, and commands what it is told."""

import asyncio
import inspect
import math
import random
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from itertools import product

import pytest

from tests.contract.bench import ANONYMOUS, DRIVERS, Bench, bench, bench_elsewhere
from vapordep.clock import VirtualClock, run_virtual
from vapordep.devices.catalogue import driver, find
from vapordep.devices.signals import Channel, Doubt, Polled, Reading, Setpoint
from vapordep.errors import InstrumentError, NoReply, ProtocolError
from vapordep.model.tags import Quality
from vapordep.simulation.instrument import SimInstrument
from vapordep.units import to_si

PATIENCE = 10.0
"""No operation may take longer than this, in s, whatever the instrument says."""
LATE = (0.001, 0.03, 0.049, 0.051, 0.07, 0.2, 0.4)
"""How long after the time-out a reply comes, in s."""
SET_INSIDE = ("working_setpoint", "thickness", "rate", "life")
"""Readbacks of what the instrument itself decides or works out."""
UNHEARD = (NoReply, ProtocolError)
ADDRESSED = [name for name in DRIVERS if name not in ANONYMOUS]


def every_driver(scenario: Callable[[Bench], Awaitable[None]]) -> Callable[[str], None]:
    """A test for each driver, in virtual time, on a fresh bench."""

    @pytest.mark.parametrize("name", DRIVERS)
    def test(name: str) -> None:
        async def main(clock: VirtualClock) -> None:
            await scenario(await bench(name, clock))

        run_virtual(main)

    test.__name__ = scenario.__name__
    test.__doc__ = scenario.__doc__
    return test


async def refused(bench: Bench, operation: Callable[[], Awaitable[object]], *errors: type[Exception]) -> None:
    """The operation must end in one of `errors`, in time; a value is wrong."""
    began = bench.clock.now()
    with pytest.raises(errors or (InstrumentError,)):
        await operation()
    assert bench.clock.now() - began < PATIENCE


async def replies_to(bench: Bench, operation: Callable[[], Awaitable[object]]) -> list[bytes]:
    """What the instrument says to the questions of one undisturbed operation."""
    await bench.prepare(operation)
    begin = len(bench.wire.said)
    await operation()
    return [said for said in bench.wire.said[begin:] if said]


@pytest.mark.parametrize("name", DRIVERS)
def test_names_its_manual_and_has_a_simulator(name: str) -> None:
    kind = driver(name)
    simulator = find("vapordep.simulators", name, SimInstrument)
    assert len(kind.manual) > 10
    assert len(simulator.manual) > 10
    assert "manual" in (sys.modules[kind.__module__].__doc__ or "").lower()
    assert kind.polls, "nothing is ever asked"


@pytest.mark.parametrize("name", DRIVERS)
def test_each_output_can_be_written_in_one_way(name: str) -> None:
    for signal in driver(name).signals.values():
        if isinstance(signal, Setpoint):
            assert (signal.write is None) != (signal.encode is None), signal.name
            assert signal.low <= signal.off <= signal.high


@every_driver
async def test_tells_who_it_is(bench: Bench) -> None:
    identity = await bench.device.identify()
    await bench.device.check_units()
    assert identity.maker
    assert identity.model
    assert await bench.device.identify() == identity


@every_driver
async def test_connecting_writes_nothing(bench: Bench) -> None:
    """Opening sends no byte; asking changes nothing and sends nothing that a write sends."""
    assert bench.wire.questions == []
    before = bench.world.changes
    for operation in bench.reads().values():
        await operation()
    assert bench.world.changes == before
    asked = set(bench.wire.questions)
    for operation in bench.writes().values():
        begin = len(bench.wire.questions)
        await operation()
        assert set(bench.wire.questions[begin:]) - asked, "a write sent only what asking sends"


@every_driver
async def test_readings_are_the_truth(bench: Bench) -> None:
    await bench.device.identify()
    readings = await bench.poll_all()
    good = set()
    for channel, reading in readings.items():
        signal = bench.device.signals[channel.name]
        if isinstance(reading, Doubt):
            assert reading.why
            assert (reading.quality is Quality.BAD) == math.isnan(reading.value)
            continue
        good.add(signal.name)
        if signal.name not in SET_INSIDE and not signal.writable:
            assert to_si(reading, signal.unit) == pytest.approx(bench.truth(channel), rel=0.02), str(channel)
    assert good == set(bench.device.signals), "these have a good reading; the others have none"


@every_driver
async def test_each_poll_fills_exactly_what_it_declares(bench: Bench) -> None:
    """How long a value counts goes by the poll that is said to fill it, so it must be that one and no other."""
    signals, filled = bench.device.signals, set()
    for exchange in bench.device.polls:
        declared = {channel for name in bench.device.filled_by(exchange) for channel in signals[name].channels()}
        assert set(await bench.read(exchange)) == declared, exchange.name
        assert not declared & filled, "two polls fill the same"
        filled |= declared


@every_driver
async def test_silence(bench: Bench) -> None:
    bench.wire.tamper(lambda number, said: [])
    for operation in (bench.reads() | bench.writes()).values():
        await refused(bench, operation, NoReply)


@every_driver
async def test_garbage(bench: Bench) -> None:
    noise = random.Random(1)  # noqa: S311 - the same noise in every run
    bench.wire.tamper(lambda number, said: [(0.0, noise.randbytes(len(said)))])
    for operation in (bench.reads() | bench.writes()).values():
        await refused(bench, operation, *UNHEARD)


@every_driver
async def test_half_a_reply_at_every_byte(bench: Bench) -> None:
    """Of every question of every operation: cut short anywhere, the reply is none."""
    for operation in (bench.reads() | bench.writes()).values():
        said = await replies_to(bench, operation)
        for number, reply in enumerate(said):
            for length in range(1, len(reply)):  # none at all is silence, and may mean that a question is not known
                await bench.prepare(operation)
                bench.wire.tamper(lambda n, whole, number=number, length=length: _cut(n, whole, number, length))
                await refused(bench, operation, *UNHEARD)


def _cut(n: int, whole: bytes, number: int, length: int) -> list[tuple[float, bytes]]:
    return [(0.0, whole[:length] if n == number else whole)]


@every_driver
async def test_flipped_bits(bench: Bench) -> None:
    """With a checksum none is accepted; without, each gives a reading or a typed error."""
    await bench.device.identify()
    for exchange in bench.device.polls:
        operation = partial(bench.device.read, exchange)
        said = await replies_to(bench, operation)
        for number, bit in ((number, bit) for number, reply in enumerate(said) for bit in range(8 * len(reply))):
            await bench.prepare(operation)
            bench.wire.tamper(lambda n, whole, number=number, bit=bit: _flip(n, whole, number, bit))
            if bench.device.framing.checked:
                await refused(bench, operation, *UNHEARD)
                continue
            with suppress(InstrumentError):
                await operation()


def _flip(n: int, whole: bytes, number: int, bit: int) -> list[tuple[float, bytes]]:
    damaged = bytearray(whole)
    if n == number:
        damaged[bit // 8] ^= 1 << bit % 8
    return [(0.0, bytes(damaged))]


@every_driver
async def test_a_late_reply_answers_no_other_question(bench: Bench) -> None:
    """It comes any time after the time-out, when the truth has changed and maybe something else was asked."""
    await bench.device.identify()
    for after, late, later in product(LATE, bench.device.polls, bench.device.polls):
        await bench.prepare(partial(bench.device.read, late))
        before = await bench.read(later)
        delay = bench.device.framing.reply_within + after
        bench.wire.tamper(lambda n, said, delay=delay: [(delay if n == 0 else 0.0, said)])
        await refused(bench, partial(bench.device.read, late), NoReply)
        _double(bench)
        _compare(bench, before, await _in_the_end(bench, later))
        _double(bench, 0.5)


@every_driver
async def test_a_reply_that_comes_twice_answers_no_other_question(bench: Bench) -> None:
    """The second one comes while the next question waits for its own, soon or after what the instrument rests."""
    await bench.device.identify()
    for number, point in enumerate(sorted(bench.world.points)):
        bench.world.points[point] *= 1.0 + 0.1 * number
    truth = await bench.poll_all()
    count = len([said for said in bench.wire.said if said])
    for again, doubled in product((0.002, bench.device.framing.rest + 0.002), range(count)):
        bench.wire.tamper(
            lambda n, said, again=again, doubled=doubled: [(0.0, said)] + ([(again, said)] if n == doubled else [])
        )
        for exchange in bench.device.polls:
            with suppress(InstrumentError):
                for channel, reading in (await bench.read(exchange)).items():
                    if not isinstance(reading, Doubt):
                        assert reading == pytest.approx(truth[channel], rel=0.03, abs=0.2), (channel, doubled)


async def _in_the_end(bench: Bench, exchange: Polled[object]) -> dict[Channel, Reading]:
    """What is read as soon as the wire lets a reply through in time."""
    for _ in range(3):
        with suppress(NoReply):
            return await bench.read(exchange)
    raise AssertionError(f"{exchange.name} is no longer answered")


def _double(bench: Bench, factor: float = 2.0) -> None:
    for point in bench.world.points:
        bench.world.points[point] *= factor


def _compare(bench: Bench, before: dict[Channel, Reading], after: dict[Channel, Reading]) -> None:
    """Readbacks must show that the truth has doubled."""
    for channel, reading in after.items():
        signal = bench.device.signals[channel.name]
        if isinstance(reading, float) and not signal.writable and signal.name not in SET_INSIDE:
            earlier = before[channel]
            assert isinstance(earlier, float)
            assert to_si(reading, signal.unit) == pytest.approx(2.0 * to_si(earlier, signal.unit), rel=0.03), channel


@pytest.mark.parametrize("name", ADDRESSED)
def test_the_reply_of_another_unit_is_not_taken(name: str) -> None:
    async def main(clock: VirtualClock) -> None:
        ours, other = await bench(name, clock), await bench_elsewhere(name, clock)
        for which, operation in (ours.reads() | ours.writes()).items():
            foreign = await replies_to(other, (other.reads() | other.writes())[which])
            await ours.prepare(operation)
            ours.wire.tamper(lambda n, said, foreign=foreign: [(0.0, foreign[n % len(foreign)])])
            await refused(ours, operation, *UNHEARD)

    run_virtual(main)


@pytest.mark.parametrize("name", ADDRESSED)
def test_waiting_goes_on_after_the_reply_of_another_unit(name: str) -> None:
    async def main(clock: VirtualClock) -> None:
        ours, other = await bench(name, clock), await bench_elsewhere(name, clock)
        for which, operation in ours.reads().items():
            foreign = await replies_to(other, other.reads()[which])
            await ours.prepare(operation)
            ours.wire.tamper(lambda n, said, foreign=foreign: [(0.0, foreign[n % len(foreign)]), (0.01, said)])
            await operation()

    run_virtual(main)


LOOK_ALIKE = {("scpi_supply", "julabo")}
"""Bare numbers in lines that end alike: these are told apart when they are identified, and by their other replies."""


@pytest.mark.parametrize("name", DRIVERS)
@pytest.mark.parametrize("stranger", DRIVERS)
def test_the_reply_of_another_device_is_not_taken(name: str, stranger: str) -> None:
    async def main(clock: VirtualClock) -> None:
        ours, other = await bench(name, clock), await bench(stranger, clock)
        said = [reply for operation in other.reads().values() for reply in await replies_to(other, operation)]
        reads = {"identify": ours.device.identify} if (name, stranger) in LOOK_ALIKE else ours.reads()
        for operation in reads.values():
            for reply in said:
                await ours.prepare(operation)
                ours.wire.tamper(lambda n, whole, reply=reply: [(0.0, reply)])
                await refused(ours, operation)

    if name != stranger:
        run_virtual(main)


@every_driver
async def test_off_is_off_and_stays_off(bench: Bench) -> None:
    """As the safe state does it: each output on, then off twice; the world must feel it."""
    await bench.device.identify()
    for channel in bench.outputs():
        signal = bench.device.signals[channel.name]
        for state in bench.outputs():
            await bench.device.write(state, bench.device.signals[state.name].off)
        at_rest = dict(bench.world.inputs)
        await bench.device.write(channel, bench.on(channel))
        assert bench.world.inputs != at_rest, f"{channel} changes nothing"
        for _ in range(2):
            await bench.device.write(channel, signal.off, urgent=True)
            readings = await bench.poll_all()
            assert readings[channel] == pytest.approx(signal.off), str(channel)
        numbers = {point for point, value in at_rest.items() if isinstance(value, float)}
        assert {point: bench.world.inputs[point] for point in numbers} == {point: at_rest[point] for point in numbers}


@every_driver
async def test_what_is_out_of_range_is_refused_and_not_clamped(bench: Bench) -> None:
    for channel in bench.outputs():
        low, high = bench.device.range(channel)
        before = bench.world.changes
        for value in (low - 1.0, high + 1.0, math.nan, math.inf):
            await refused(bench, lambda channel=channel, value=value: bench.device.write(channel, value))
        assert bench.world.changes == before


@every_driver
async def test_a_pulse_that_the_instrument_times_ends(bench: Bench) -> None:
    for channel in bench.outputs():
        signal = bench.device.signals[channel.name]
        if not isinstance(signal, Setpoint) or signal.pulse_resolution is None:
            continue
        await bench.device.write(channel, signal.off)
        at_rest = dict(bench.world.inputs)
        await bench.device.pulse(channel, 3.0 * signal.pulse_resolution)
        assert bench.world.inputs != at_rest
        await bench.clock.sleep(3.0 * signal.pulse_resolution + 0.01)
        await bench.poll_all()
        assert bench.world.inputs == at_rest


def test_the_suite_is_awake() -> None:
    """The scenarios above are tests, and run on every driver file."""
    assert len(DRIVERS) >= 4
    found = [each for name, each in globals().items() if name.startswith("test_") and inspect.isfunction(each)]
    assert not any(asyncio.iscoroutinefunction(each) for each in found)
