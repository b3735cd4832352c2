"""Polling: an absolute grid, values in SI, failures told once, and a device that must prove who it is."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from tests.unit.devices.scripted import Scripted
from vapordep.clock import VirtualClock, run_virtual
from vapordep.devices import Channel, Device, Doubt, Framing, Identity, Line, Readings, bad, poll, readback, uncertain
from vapordep.devices.framings import Terminator
from vapordep.devices.polling import RECONNECT_EVERY, Poller, phases
from vapordep.errors import InstrumentError, LineLost, NoReply, ProtocolError, WrongInstrument
from vapordep.model.batches import Batch, Sample
from vapordep.model.tags import Quality
from vapordep.units import degC, mbar


class Thing(Device):
    """Tells a temperature often and two pressures seldom."""

    manual = "none"
    temperature = readback(degC, low=0.0, high=100.0)
    pressure = readback(mbar, low=0.0, high=1000.0, count=2)

    def make_framing(self) -> Framing:
        return Terminator(b"\r", reply_within=0.05)

    async def identify(self) -> Identity:
        return Identity("maker", "thing", (await self.ask(b"ID")).decode())

    @poll(every=0.1, stale_after=0.5)
    async def _often(self) -> Readings:
        return {self.temperature: float((await self.ask(b"T")).decode())}

    @poll(every=0.25, stale_after=1.0)
    async def _seldom(self) -> Readings:
        word = (await self.ask(b"P")).decode()
        first = bad(word) if word == "OFF" else uncertain(float(word), "low")
        return {self.pressure[0]: first, self.pressure[1]: math.inf}


@dataclass
class Scene:
    clock: VirtualClock
    wire: Scripted
    device: Thing
    poller: Poller
    batches: list[Batch] = field(default_factory=list)
    reports: list[tuple[float, InstrumentError | None]] = field(default_factory=list)
    replies: dict[bytes, bytes] = field(default_factory=lambda: {b"ID": b"17", b"T": b"25.0", b"P": b"2.0"})

    def of(self, tag: str) -> list[Batch]:
        return [batch for batch in self.batches if batch.tag == tag]

    def newest(self, tag: str) -> Sample | None:
        found = self.of(tag)
        return found[-1].last if found else None

    async def run_until(self, instant: float) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(instant - self.clock.now()):
                await self.poller.run()


def scene(play: Callable[[Scene], Awaitable[None]]) -> Callable[[], None]:
    def test() -> None:
        async def main(clock: VirtualClock) -> None:
            wire = Scripted(clock, lambda data: [(0.005, found[data[:-1]] + b"\r")] if data[:-1] in found else [])
            line = Line(wire, clock)
            await line.open()
            device = Thing("thing", line, {})
            tags = {Channel("temperature"): "stage.temperature", Channel("pressure", 0): "chamber.pressure"}
            tags[Channel("pressure", 1)] = "chamber.pirani"
            batches: list[Batch] = []
            reports: list[tuple[float, InstrumentError | None]] = []
            poller = Poller(
                device, tags, batches.extend, clock, lambda name, error: reports.append((clock.now(), error)),
                identity=Identity("maker", "thing", "17"), offset=0.02, newest=lambda tag: told.newest(tag),
            )  # fmt: skip
            told = Scene(clock, wire, device, poller, batches, reports)
            found = told.replies
            await play(told)

        run_virtual(main)

    return test


@scene
async def test_polls_stay_on_their_grid(scene: Scene) -> None:
    await scene.run_until(10.01)
    times = [batch.times[0] for batch in scene.of("stage.temperature")]
    assert len(times) == 100
    assert max(abs(time - (0.02 + 0.1 * k)) for k, time in enumerate(times)) < 0.01, (
        "waits for the other poll, no drift"
    )
    assert times[-1] == pytest.approx(9.92, abs=1e-9)
    assert len(scene.of("chamber.pressure")) == 40


@scene
async def test_values_are_si_with_their_quality(scene: Scene) -> None:
    scene.replies[b"T"] = b"25.0"
    await scene.run_until(0.2)
    assert scene.of("stage.temperature")[0].values[0] == pytest.approx(298.15)
    assert scene.of("stage.temperature")[0].last.quality is Quality.GOOD
    assert scene.of("chamber.pressure")[0].values[0] == pytest.approx(200.0)
    assert scene.of("chamber.pressure")[0].last.quality is Quality.UNCERTAIN
    assert math.isnan(scene.of("chamber.pirani")[0].values[0]), "infinity is no value"
    assert scene.of("chamber.pirani")[0].last.quality is Quality.BAD


@scene
async def test_a_word_instead_of_a_value_is_bad(scene: Scene) -> None:
    scene.replies[b"P"] = b"OFF"
    await scene.run_until(0.2)
    assert math.isnan(scene.of("chamber.pressure")[0].values[0])
    assert scene.of("chamber.pressure")[0].last.quality is Quality.BAD
    assert scene.reports == []


@scene
async def test_failure_and_recovery_are_told_once_and_counted(scene: Scene) -> None:
    await scene.run_until(1.0)
    asked = scene.poller.tally.exchanges
    del scene.replies[b"T"]
    await scene.run_until(2.0)
    assert [type(error) for _, error in scene.reports] == [NoReply]
    failed = scene.poller.tally.errors
    assert failed >= 5
    scene.replies[b"T"] = b"26.0"
    before = len(scene.of("stage.temperature"))
    await scene.run_until(3.0)
    assert [type(error) for _, error in scene.reports] == [NoReply, type(None)]
    assert scene.poller.tally.errors == failed
    assert scene.poller.tally.exchanges > asked
    assert len(scene.of("stage.temperature")) > before


@scene
async def test_nonsense_is_no_value(scene: Scene) -> None:
    scene.replies[b"T"] = b"\xff1.0"
    await scene.run_until(0.1)
    assert scene.of("stage.temperature") == []
    assert [type(error) for _, error in scene.reports] == [ProtocolError]


@scene
async def test_a_lost_line_is_opened_again_and_the_device_recognised(scene: Scene) -> None:
    async def unplug() -> None:
        await scene.clock.sleep(1.0)
        scene.wire.lost = True
        await scene.clock.sleep(2.5)
        scene.wire.lost = False

    async with asyncio.TaskGroup() as group:
        group.create_task(unplug())
        await scene.run_until(6.0)
    assert [type(error) for _, error in scene.reports] == [LineLost, type(None)]
    assert 3.5 <= scene.reports[-1][0] <= 3.5 + 2 * RECONNECT_EVERY
    first_value_again = next(time for batch in scene.of("stage.temperature") if (time := batch.times[0]) > 3.0)
    asked_who = [at for at, data in scene.wire.sent if data == b"ID\r"]
    assert asked_who[-1] < first_value_again, "who it is must be known before it is believed"


@scene
async def test_another_instrument_on_the_line_is_not_believed(scene: Scene) -> None:
    async def exchange() -> None:
        await scene.clock.sleep(1.0)
        scene.wire.lost = True
        scene.replies[b"ID"] = b"18"
        await scene.clock.sleep(0.5)
        scene.wire.lost = False

    async with asyncio.TaskGroup() as group:
        group.create_task(exchange())
        await scene.run_until(10.0)
    assert max(batch.times[0] for batch in scene.batches) < 1.1
    kinds = {type(error) for _, error in scene.reports}
    assert kinds == {LineLost, WrongInstrument}
    assert "18" in str(scene.reports[-1][1])


def test_polls_of_several_devices_are_spread() -> None:
    async def main(clock: VirtualClock) -> None:
        line = Line(Scripted(clock, lambda data: []), clock)
        devices = [Thing(name, line, {}) for name in "abcd"]
        assert phases(devices) == pytest.approx({"a": 0.0, "b": 0.025, "c": 0.05, "d": 0.075})

    run_virtual(main)


@scene
async def test_a_spoilt_reply_is_asked_for_again_before_the_next_poll(scene: Scene) -> None:
    """But who does not answer at all is asked no more often than before: others on its line wait for that."""
    await scene.run_until(1.0)

    async def spoil() -> None:
        del scene.replies[b"P"]
        await scene.clock.sleep(0.08)
        scene.replies[b"P"] = b"2.0"

    before = len(scene.of("chamber.pressure"))
    async with asyncio.TaskGroup() as group:
        group.create_task(spoil())
        await scene.run_until(1.25)
    assert len(scene.of("chamber.pressure")) == before + 1
    assert 1.08 < scene.of("chamber.pressure")[-1].last.time < 1.25

    del scene.replies[b"P"]
    await scene.run_until(2.0)
    failed = scene.poller.tally.errors
    await scene.run_until(3.0)
    assert scene.poller.tally.errors - failed <= 4


@scene
async def test_of_what_another_asks_only_news_is_told(scene: Scene) -> None:
    """What is asked for, what has changed, and what a poll that waits for the line would have told again by now."""
    device, seldom = scene.device, next(exchange for exchange in Thing.polls if exchange.name == "seldom")

    def told(asked: float, first: float | Doubt, second: float, wanted: tuple[Channel, ...] = ()) -> list[str]:
        before = len(scene.batches)
        readings = {device.pressure[0]: first, device.pressure[1]: second}
        scene.poller.overhear(seldom, asked, readings, wanted)
        assert all(batch.last.time == asked for batch in scene.batches[before:])
        return [batch.tag for batch in scene.batches[before:]]

    both = ["chamber.pressure", "chamber.pirani"]
    assert told(1.0, 2.0, 3.0) == both, "nobody has told of them yet"
    assert told(1.1, 2.0, 3.0) == []
    assert told(1.1, 2.0, 3.0, (device.pressure[1],)) == ["chamber.pirani"]
    assert told(1.2, 2.5, 3.0) == ["chamber.pressure"]
    assert told(1.3, 2.5, 3.0) == []
    assert told(1.35, 2.5, 3.0) == ["chamber.pirani"], "a poll each 0.25 s would have told it"
    assert told(1.4, uncertain(2.5, "low"), 3.0) == ["chamber.pressure"]
    assert told(1.41, 2.5, 3.0) == ["chamber.pressure"], "no doubt is left"
    assert told(1.41, 2.6, 3.0) == [], "asked no later than what is known"


@scene
async def test_what_another_asked_for_is_told_though_the_signal_stands_alone(scene: Scene) -> None:
    often = next(exchange for exchange in Thing.polls if exchange.name == "often")
    for asked in (1.0, 1.01):
        scene.poller.overhear(often, asked, {scene.device.temperature: 25.0}, (scene.device.temperature.channel,))
    assert [batch.last.time for batch in scene.batches] == [1.0, 1.01]
