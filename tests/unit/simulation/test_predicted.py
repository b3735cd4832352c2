"""The predicted sampler: the pollers' grids, the same samples however time is cut, and time that stops in time."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vapordep.app.instruments import channels, instruments
from vapordep.app.twin.simulated import SimulatedReactor, simulated_reactor
from vapordep.clock import VirtualClock, run_virtual
from vapordep.devices.device import Device
from vapordep.devices.hub import Hub
from vapordep.devices.polling import Poller, phases
from vapordep.devices.signals import Channel, Polled
from vapordep.model.batches import Batch, Floats
from vapordep.model.reactor import Reactor
from vapordep.model.tags import Tag
from vapordep.reactor import read_reactor
from vapordep.reactor.table import tag_table
from vapordep.simulation.exchanges import Exchange, Outlook
from vapordep.simulation.faults import Faulty
from vapordep.simulation.instrument import Replies, SimInstrument
from vapordep.simulation.noise import normal
from vapordep.simulation.predicted import AWAITED, FIRST, LONGEST, PredictedSampler
from vapordep.simulation.shown import Shown
from vapordep.simulation.world import World
from vapordep.units import Pa

REACTOR = Path(__file__).parents[3] / "reactors" / "glovebox_ald.yaml"


class Noise(SimInstrument):
    """Tells noise that is a pure function of the instant, and counts what it was asked."""

    manual = "none"

    def __init__(self, name: str = "noise") -> None:
        self.name = name
        self.shift = 0.0
        self.asked: list[int] = []
        self.spoken: list[float] = []

    def feed(self, data: bytes, now: float) -> Replies:
        return []

    def speak(self, now: float) -> Replies:
        self.spoken.append(now)
        self.next_speech = now + 7.0 if now < 20.0 else float("inf")
        return []

    def readings(self, terminals: object, times: Floats) -> dict[str, Shown]:
        self.asked.append(len(times))
        return {"pressure": Shown.of(self.shift + normal(1, "noise", np.rint(times * 1e6)))}


class Still:
    """A world in which nothing is."""

    def __init__(self) -> None:
        self.changes = 0
        self.solved: list[float] = []

    def ahead(self, until: float) -> None:
        self.solved.append(until)

    def advance(self, until: float) -> float:
        return until


@given(
    start=st.floats(0.0, 5.0),
    every=st.sampled_from([0.05, 0.1, 0.2, 0.25, 0.5, 5.0]),
    cuts=st.lists(st.floats(0.0, 30.0), max_size=15),
)
def test_the_grid_is_the_pollers_however_time_is_cut(start: float, every: float, cuts: list[float]) -> None:
    exchange = Exchange(Noise(), {"pressure": "p"}, start, every)
    grid = [start + number * every for number in range(int(31.0 / every) + 1)]
    ends = sorted({0.0, 30.0, *cuts, *(instant for instant in grid[:7] if instant < 30.0)})
    found = np.concatenate([exchange.instants(after, until) for after, until in pairwise(ends)])
    assert found.tolist() == [instant for instant in grid if 0.0 < instant <= 30.0]


@dataclass
class Scene:
    """A sampler over noise at 10 Hz, with a hub that notes what came and when."""

    clock: VirtualClock
    world: Still = field(default_factory=Still)
    noise: Noise = field(default_factory=Noise)
    came: list[tuple[float, Batch]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.hub = Hub({"p": Tag("p", Pa)}, self.clock)
        self.hub.listen(lambda batches: self.came.extend((self.clock.now(), batch) for batch in batches))
        self.sampler = PredictedSampler(self.world, {"noise": self.noise}, self.hub, self.clock)
        exchange = Exchange(self.noise, {"pressure": "p"}, 0.05, 0.1)
        self.sampler.outlooks.append(Outlook(exchange, self.clock.now()))
        self.clock.loop.world = self.sampler

    @property
    def times(self) -> list[float]:
        return self.times_of("p")

    def times_of(self, tag: str) -> list[float]:
        return [time for _, batch in self.came if batch.tag == tag for time in batch.times.tolist()]


def sampled(scenario: Callable[[Scene], Coroutine[Any, Any, None]]) -> Scene:
    """The scene after a scenario, with the sampler's task beside it."""

    async def main(clock: VirtualClock) -> Scene:
        scene = Scene(clock)
        task = asyncio.ensure_future(scene.sampler.run())
        try:
            await clock.sleep(0.0)
            await scenario(scene)
        finally:
            task.cancel()
        return scene

    return run_virtual(main)


def test_samples_come_before_the_timers_of_their_instant() -> None:
    seen: list[float] = []

    async def wait(scene: Scene) -> None:
        await scene.clock.sleep_until(0.05 + 40 * 0.1)
        seen.append(scene.hub.latest["p"].time)

    scene = sampled(wait)
    assert seen == [0.05 + 40 * 0.1]
    assert len(scene.times) == 41


@settings(max_examples=20, deadline=None)
@given(sleeps=st.lists(st.floats(0.001, 40.0), min_size=1, max_size=12))
def test_samples_do_not_depend_on_where_deadlines_cut_them(sleeps: list[float]) -> None:
    async def wait(scene: Scene) -> None:
        for sleep in sleeps:
            await scene.clock.sleep(sleep)

    scene = sampled(wait)
    end = scene.clock.now()
    grid = [instant for k in range(int(end / 0.1) + 2) if (instant := 0.05 + k * 0.1) <= end]
    assert scene.times == grid
    values = [value for _, batch in scene.came for value in batch.values.tolist()]
    assert values == normal(1, "noise", np.rint(np.array(grid) * 1e6)).tolist()
    assert all(now == pytest.approx(batch.times[-1], abs=0.1) for now, batch in scene.came)


def test_a_wait_is_over_at_its_sample_and_nothing_later_is_known() -> None:
    reached: list[float] = []

    async def wait(scene: Scene) -> None:
        await scene.hub.until(lambda: "p" in scene.hub.latest and scene.hub.latest["p"].value > 2.0, on=["p"])
        reached.append(scene.clock.now())

    async def deadline(scene: Scene) -> None:
        async with asyncio.timeout(1e4):
            await wait(scene)

    scene = sampled(deadline)
    values = [value for _, batch in scene.came for value in batch.values.tolist()]
    assert values[-1] > 2.0
    assert max(values[:-1]) <= 2.0
    assert reached == [scene.times[-1]]


def test_stretches_are_bounded_and_each_sample_comes_alone_while_somebody_is_attentive() -> None:
    async def wait(scene: Scene) -> None:
        await scene.clock.sleep(LONGEST + 30.0)
        scene.hub.attentive = lambda: True
        await scene.clock.sleep(0.5)

    scene = sampled(wait)
    ends = [now for now, _ in scene.came]
    assert ends[0] == LONGEST
    assert [len(batch) for _, batch in scene.came][-5:] == [1] * 5
    assert [now for now, _ in scene.came[-5:]] == scene.times[-5:]


def test_stretches_begin_short_and_double_while_somebody_waits_for_a_reading() -> None:
    async def in_vain(scene: Scene) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(3.0 * AWAITED):
                await scene.hub.until(lambda: False, on=["p"])

    ends = [now for now, _ in sampled(in_vain).came]
    lengths = np.diff([0.0, *ends]).tolist()
    assert lengths[:3] == [FIRST, 2.0 * FIRST, 4.0 * FIRST]
    assert max(lengths) == AWAITED

    async def twice(scene: Scene) -> None:
        async with asyncio.timeout(1e4):
            await scene.hub.until(lambda: "p" in scene.hub.latest and scene.hub.latest["p"].time > 200.0, on=["p"])
        scene.came.clear()
        await in_vain(scene)

    first, second, third, *_ = [now for now, _ in sampled(twice).came]
    assert (second - first, third - second) == pytest.approx((2.0 * FIRST, 4.0 * FIRST))


def told(scene: Scene) -> None:
    scene.noise.heard += 1


def driven(scene: Scene) -> None:
    scene.world.changes += 1


@pytest.mark.parametrize("change", [told, driven])
def test_what_was_foretold_further_than_a_stretch_is_forgotten_after_a_change(change: Callable[[Scene], None]) -> None:
    async def wait(scene: Scene) -> None:
        await scene.clock.sleep(10.0)
        scene.noise.shift = 100.0
        change(scene)
        await scene.clock.sleep(10.0)

    scene = sampled(wait)
    values = [value for _, batch in scene.came for value in batch.values.tolist()]
    shifted = [value > 50.0 for value in values]
    assert shifted == [time > 10.0 for time in scene.times]


def test_timers_soon_after_a_long_stretch_cut_what_is_foretold_already() -> None:
    async def wait(scene: Scene) -> None:
        await scene.clock.sleep(10.0)
        for _ in range(4):
            await scene.clock.sleep(0.1)

    scene = sampled(wait)
    assert scene.noise.asked == [105]
    assert len(scene.times) == 104
    assert scene.world.solved == [10.5]


def test_what_one_instrument_was_told_leaves_what_is_foretold_of_others() -> None:
    other = Noise("other")

    async def wait(scene: Scene) -> None:
        scene.hub.tags = {tag: Tag(tag, Pa) for tag in ("p", "q")}
        exchange = Exchange(other, {"pressure": "q"}, 0.05, 0.1)
        scene.sampler.outlooks.append(Outlook(exchange, scene.clock.now()))
        await scene.clock.sleep(10.0)
        told(scene)
        await scene.clock.sleep(0.3)

    scene = sampled(wait)
    assert scene.noise.asked == [105, 8]
    assert other.asked == [105]
    assert scene.times_of("q") == scene.times


def test_an_instrument_does_in_time_what_it_does_unasked() -> None:
    async def wait(scene: Scene) -> None:
        scene.noise.next_speech = 3.0
        await scene.clock.sleep(60.0)

    scene = sampled(wait)
    assert scene.noise.spoken == [3.0, 10.0, 17.0, 24.0]
    assert {3.0, 10.0, 17.0, 24.0} <= {now for now, _ in scene.came}


def test_what_goes_wrong_while_publishing_ends_the_task() -> None:
    def fail(batches: object) -> None:
        raise RuntimeError("a listener failed")

    async def main(clock: VirtualClock) -> None:
        scene = Scene(clock)
        scene.hub.listen(fail)
        async with asyncio.TaskGroup() as group:
            group.create_task(scene.sampler.run())
            group.create_task(clock.sleep(5.0))

    with pytest.raises(ExceptionGroup) as caught:
        run_virtual(main)
    assert isinstance(caught.value.exceptions[0], RuntimeError)


# --- the shipped reactor ----------------------------------------------------------------------------------------------


async def polled_once(
    reactor: Reactor, simulated: SimulatedReactor, clock: VirtualClock
) -> tuple[PredictedSampler, Hub, dict[str, Device]]:
    """Pollers that hand over what can be foretold, until all of it is."""
    parts = instruments(reactor, clock, simulated.transports(clock))
    await parts.connect()
    hub = Hub(tag_table(reactor), clock)
    sampler = PredictedSampler(simulated.world, simulated.instruments, hub, clock)
    clock.loop.world = sampler
    group = [asyncio.ensure_future(sampler.run())]
    offsets = phases(list(parts.devices.values()))
    for device in parts.devices.values():
        tags: dict[Channel, str] = channels(reactor, device)
        poller = Poller(
            device, tags, hub.publish, clock, lambda *told: None, offset=offsets[device.name],
            foretell=sampler.take_over,
        )  # fmt: skip
        group.append(asyncio.ensure_future(poller.run()))
    await clock.sleep(10.0)
    for task in group[1:]:
        if not task.done():
            task.cancel()
    return sampler, hub, dict(parts.devices)


def _is_read(device: Device, poll: Polled[Any]) -> bool:
    """Whether somebody reads a channel of what the poll fills: inputs that no reactor file names are not asked for."""
    return bool(device.filled_by(poll) & {channel.name for channel in device.wanted})


def test_every_exchange_of_the_shipped_reactor_is_foretold_but_that_of_a_faulty_instrument() -> None:
    async def main(clock: VirtualClock) -> tuple[int, int, set[str]]:
        reactor = read_reactor(REACTOR)
        simulated = simulated_reactor(reactor, "lithium", 1)
        made = dict(simulated.instruments)
        made["gauge"] = Faulty(made["gauge"])
        faulty = SimulatedReactor(simulated.world, made)
        sampler, _, devices = await polled_once(reactor, faulty, clock)
        return (
            len(sampler.outlooks),
            sum(_is_read(device, poll) for device in devices.values() for poll in device.polls),
            {each.exchange.instrument.name for each in sampler.outlooks},
        )

    foretold, all_, names = run_virtual(main)
    assert foretold == all_ - 1
    assert "gauge" not in names


@settings(max_examples=8, deadline=None)
@given(cuts=st.lists(st.floats(0.01, 59.9), max_size=10))
def test_a_reactor_shows_the_same_however_the_stretch_is_cut(cuts: list[float]) -> None:
    def shown(ends: list[float]) -> dict[str, list[float]]:
        async def main(clock: VirtualClock) -> dict[str, list[float]]:
            reactor = read_reactor(REACTOR)
            simulated = simulated_reactor(reactor, "lithium", 3)
            sampler, _, _ = await polled_once(reactor, simulated, clock)
            drive(simulated.world, clock.now())
            begun, found = clock.now(), dict[str, list[float]]()
            for after, until in zip([0.0, *ends], [*ends, 60.0], strict=True):
                simulated.world.ahead(begun + until)
                for each in sampler.outlooks:
                    for batch in each.exchange.batches(begun + after, begun + until):
                        found.setdefault(batch.tag, []).extend(batch.values.tolist())
            return found

        return run_virtual(main)

    whole, cut = shown([]), shown(sorted(set(cuts)))
    assert whole.keys() == cut.keys()
    for tag, values in whole.items():
        np.testing.assert_array_equal(values, cut[tag], err_msg=tag)


def drive(world: World, now: float) -> None:
    """Pumps, with a little argon, and gives a pulse."""
    for point, value, after in (
        ("pump.valve", 1.0, 0.0), ("carrier.valve", 1.0, 0.0), ("carrier.flow_setpoint", 1.5e-5, 0.0),
        ("TMA.valve", 1.0, 30.0), ("TMA.valve", 0.0, 30.05), ("stage.power", 0.4, 40.0),
    ):  # fmt: skip
        world.drive(point, value, now + after)
