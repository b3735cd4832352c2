"""Foretold stretches in the hub: they end where the first thing happens, and a stream cut anywhere gives the same."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vapordep.clock import VirtualClock, run_virtual
from vapordep.devices.hub import Hub
from vapordep.devices.rehearsal import Batches, Rehearsal
from vapordep.devices.waits import Awaited
from vapordep.model.batches import Batch
from vapordep.model.interlocks import Action, InterlockRule
from vapordep.model.tags import Quality, Tag, TagKind
from vapordep.safety.conditions import parse_condition
from vapordep.safety.interlocks.compiled import Trip, compile_rules
from vapordep.safety.interlocks.interlocks import Interlocks
from vapordep.safety.monitors.derivation import Derivation
from vapordep.safety.monitors.readings import FirstUsable
from vapordep.safety.monitors.valves import AnyOpen, Apart, Clearance
from vapordep.units import Pa, state

NAN = float("nan")
READ = {
    tag.name: tag
    for tag in (
        Tag("near", Pa, stale_after=1.0),
        Tag("far", Pa, stale_after=1.5),
        Tag("A.valve", state, TagKind.SETPOINT, stale_after=2.0),
        Tag("B.valve", state, TagKind.SETPOINT, stale_after=2.0),
    )
}
EVERY = {"near": 0.2, "far": 0.3, "A.valve": 0.5, "B.valve": 0.5}
RULES = [
    InterlockRule(
        id="LATE", require=("pressure < 100 Pa",), trip_after_time=0.9, action=Action.HOLD, protects="a test"
    ),
    InterlockRule(id="OFTEN", require=("near < 150 Pa",), trip_after_samples=3, action=Action.SAFE, protects="a test"),
    InterlockRule(id="APART", require=("apart",), action=Action.SAFE, protects="a test"),
    InterlockRule(
        id="OPEN",
        when="open",
        require=("pressure < 80 Pa",),
        trip_after_time=0.5,
        action=Action.WARN,
        protects="a test",
    ),
]


@dataclass
class Scene:
    """A hub with monitors and interlocks before it, and everything that came out."""

    clock: VirtualClock
    came: dict[str, list[tuple[float, float, int]]] = field(default_factory=dict)
    trips: list[tuple[str, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.derivation = Derivation(_monitors())
        tags = {**READ, **self.derivation.tags}
        self.hub = Hub(tags, self.clock)
        self.interlocks = Interlocks(compile_rules(RULES, tags, {}))
        self.interlocks.standings.on_trip.append(lambda trip: self.trips.append((trip.id, trip.time)))
        self.hub.derive, self.hub.judge, self.hub.rehearse = self.derivation, self.interlocks.evaluate, self._rehearse
        self.hub.deadline = lambda: self.interlocks.due
        self.rehearsed = 0
        self.hub.listen(self._take)
        self.interlocks.go_live(0.0)

    def _rehearse(self, until: float, batches: Batches) -> Rehearsal:
        self.rehearsed += 1
        monitors, interlocks = self.derivation.trial(), self.interlocks.trial()
        acting: list[Trip] = []
        interlocks.standings.on_trip.append(acting.append)
        derived = monitors(batches)
        interlocks.evaluate(until, [*batches, *derived])

        def adopt() -> None:
            self.derivation.adopt(monitors)
            self.interlocks.adopt(interlocks)

        return Rehearsal(derived, min((trip.time for trip in acting), default=float("inf")), adopt)

    def _take(self, batches: Batches) -> None:
        for batch in batches:
            rows = zip(batch.times.tolist(), batch.values.tolist(), batch.quality.tolist(), strict=True)
            self.came.setdefault(batch.tag, []).extend(rows)

    async def forward(self, groups: Sequence[Batches], until: float) -> None:
        """Tries, goes as far as nothing happens, publishes, and tries again, to `until`."""
        since = self.clock.now()
        while True:
            trial = self.hub.try_stretch(between(groups, since, until), until)
            await self.clock.sleep_until(trial.reached)
            trial.publish()
            since = trial.reached
            if since >= until:
                return


def _monitors() -> list[FirstUsable | AnyOpen | Apart | Clearance]:
    valves = ("A.valve", "B.valve")
    return [
        FirstUsable("pressure", ("near", "far"), READ),
        AnyOpen("open", valves, READ),
        Clearance("clear", valves, 1.0, READ),
        Apart("apart", valves, [valves], READ),
    ]


def between(groups: Sequence[Batches], after: float, until: float) -> list[Batches]:
    """The samples later than `after`, up to `until`."""
    found = []
    for group in groups:
        kept = (group[0].times > after) & (group[0].times <= until)
        if kept.any():
            times = group[0].times[kept]
            found.append([Batch(b.tag, times, b.values[kept], b.quality[kept]) for b in group])
    return found


def stream(draw: np.random.Generator, lasts: float = 12.0, *, gaps: bool = True) -> list[Batches]:
    """Poll grids of two gauges and a board with two valves; levels that wander, valves that meet, gauges that fail."""
    groups: list[Batches] = []
    for tag in ("near", "far"):
        times = np.arange(1, int(lasts / EVERY[tag]) + 1) * EVERY[tag]
        values = 60.0 + np.cumsum(draw.normal(0.0, 15.0, len(times)))
        lost = draw.random(len(times)) < 0.1
        quality = np.where(lost, Quality.BAD, Quality.GOOD).astype(np.uint8)
        kept = draw.random(len(times)) > 0.2 if gaps else np.full(len(times), True)
        groups.append([Batch(tag, times[kept], np.where(lost, NAN, values)[kept], quality[kept])])
    times = np.arange(1, int(lasts / 0.5) + 1) * 0.5
    good = np.zeros(len(times), dtype=np.uint8)
    groups.append([Batch(tag, times, (draw.random(len(times)) < 0.2) * 1.0, good) for tag in ("A.valve", "B.valve")])
    return groups


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), cuts=st.lists(st.floats(0.05, 11.95), max_size=12))
def test_a_stream_cut_anywhere_gives_the_same_tags_and_trips(seed: int, cuts: list[float]) -> None:
    groups = stream(np.random.default_rng(seed))

    async def main(clock: VirtualClock) -> Scene:
        scene = Scene(clock)
        for end in [*sorted(set(cuts)), 12.0]:
            await scene.forward(groups, end)
        return scene

    def whole(clock: VirtualClock) -> Scene:
        scene = Scene(clock)
        scene.hub.publish_stretch(groups, 12.0)
        return scene

    async def at_once(clock: VirtualClock) -> Scene:
        return whole(clock)

    cut, uncut = run_virtual(main), run_virtual(at_once)
    assert cut.trips == uncut.trips
    read = {instant for group in groups for instant in group[0].times.tolist()}

    def said(scene: Scene, tag: str) -> list[tuple[float, float, int]]:
        """Without the marks of silence, and what followed from them: only a stream that is cut has them."""
        return [row for row in scene.came[tag] if row[0] in read and row[2] != Quality.BAD]

    for tag in uncut.came:
        assert said(cut, tag) == said(uncut, tag), tag


def sample_by_sample(groups: Sequence[Batches], hub: Hub, holds: Callable[[], bool]) -> float:
    """The first instant at which a question is true when every sample comes by itself."""
    for instant in sorted({t for group in groups for t in group[0].times.tolist()}):
        for group in groups:
            for batch in group:
                place = np.flatnonzero(batch.times == instant)
                if len(place):
                    hub.latest[batch.tag] = Batch.one(
                        batch.tag, instant, float(batch.values[place[0]]), Quality(int(batch.quality[place[0]]))
                    ).last
        if holds():
            return instant
    return float("inf")


@pytest.mark.parametrize("kind", ["question", "question on its tags", "condition", "conditions"])
@pytest.mark.parametrize("seed", range(6))
def test_a_wait_ends_the_stretch_at_the_first_sample_that_makes_it_true(kind: str, seed: int) -> None:
    groups = stream(np.random.default_rng(seed), gaps=False)

    async def main(clock: VirtualClock) -> tuple[float, float, bool]:
        hub, reference = Hub(READ, clock), Hub(READ, clock)

        def holds(of: Hub = hub) -> bool:
            samples = [of.latest.get(tag) for tag in ("near", "far")]
            return all(sample is not None and sample.usable for sample in samples) and (
                of.latest["near"].value > 90.0 and of.latest["far"].value > 50.0
            )

        texts = ["near > 90 Pa", "far > 50 Pa"] if kind != "condition" else ["near > 90 Pa"]
        conditions = [parse_condition(text, READ) for text in texts]
        question = (
            (lambda: holds(reference))
            if kind != "condition"
            else (lambda: "near" in reference.latest and reference.latest["near"].value > 90.0)
        )
        awaited: Awaited = holds if "question" in kind else conditions[0] if kind == "condition" else conditions
        waiting = asyncio.ensure_future(hub.until(awaited, on=("near", "far") if kind.endswith("tags") else ()))
        await clock.sleep(0.0)
        trial = hub.try_stretch(groups, 12.0)
        before = dict(hub.latest)
        first = sample_by_sample(groups, reference, question)
        await clock.sleep_until(trial.reached)
        trial.publish()
        await clock.sleep(0.0)
        assert before == {}, "a trial leaves nothing behind"
        done = waiting.done()
        waiting.cancel()
        return trial.reached, min(first, 12.0), done

    reached, first, done = run_virtual(main)
    assert reached == first
    assert done == (first < 12.0)


def test_a_trip_ends_the_stretch_and_what_comes_later_is_not_published() -> None:
    times = np.arange(1, 26) * 0.2
    good = np.zeros(25, dtype=np.uint8)
    high = Batch("near", times, np.where(times > 2.9, 200.0, 50.0), good)
    others = [Batch(tag, times, np.zeros(25), good) for tag in READ if tag != "near"]

    async def main(clock: VirtualClock) -> Scene:
        scene = Scene(clock)
        scene.trips.clear()  # what is not known at the start
        scene.hub.publish([Batch.one(tag, 0.0, 0.0) for tag in READ])
        scene.came.clear()
        trial = scene.hub.try_stretch([[high, *others]], 5.0)
        assert not scene.came
        assert not scene.trips
        await clock.sleep_until(trial.reached)
        trial.publish()
        return scene

    scene = run_virtual(main)
    assert scene.trips == [("OFTEN", times[16])], "the third sample above"
    assert scene.came["near"][-1][0] == times[16]


def test_a_tag_that_is_not_foretold_falls_silent_in_time() -> None:
    async def main(clock: VirtualClock) -> tuple[float, Scene]:
        scene = Scene(clock)
        scene.hub.publish([Batch.one("far", 0.0, 20.0)])
        times = np.arange(1, 21) * 0.2
        await scene.forward([[Batch.of("near", times.tolist(), [30.0] * 20)]], 1.4)
        usable = scene.hub.latest["far"].quality
        assert usable is Quality.GOOD
        trial = scene.hub.try_stretch([], 4.0)
        await clock.sleep_until(trial.reached)
        trial.publish()
        return trial.reached, scene

    reached, scene = run_virtual(main)
    assert reached == pytest.approx(1.5, abs=1e-9)
    assert scene.hub.latest["far"].quality is Quality.BAD


def test_samples_at_the_end_alone_are_published_without_a_trial_unless_a_deadline_comes_before() -> None:
    async def main(clock: VirtualClock) -> list[tuple[float, int, float]]:
        scene = Scene(clock)
        seen = []
        scene.hub.publish([Batch.one("far", 0.0, 20.0)])
        for number in range(1, 10):
            end = 0.2 * number
            await scene.forward([[Batch.one("near", end, 170.0 if number > 6 else 30.0)]], end)
            seen.append((end, scene.rehearsed, scene.hub.latest["near"].value))
        assert scene.trips[-1] == ("OFTEN", 1.8)
        return seen

    seen = run_virtual(main)
    tried = [after[1] - before[1] for before, after in pairwise([(0.0, 0, 0.0), *seen])]
    assert tried[7], "a gauge falls silent before its end, 1.5 s after its last sample"
    assert sum(tried) <= 4, "for the most part nothing can happen before the end"
    assert [value for *_, value in seen] == [30.0] * 6 + [170.0] * 3


def test_a_listener_on_some_tags_gets_what_comes_with_them_and_nothing_else() -> None:
    async def main(clock: VirtualClock) -> tuple[list[list[str]], list[list[str]]]:
        hub = Hub(READ, clock)
        all_: list[list[str]] = []
        some: list[list[str]] = []
        hub.listen(lambda batches: all_.append([batch.tag for batch in batches]))
        hub.publish([Batch.one("near", 0.0, 1.0)])
        hub.listen(lambda batches: some.append([batch.tag for batch in batches]), on=("A.valve", "far"))
        hub.publish([Batch.one("near", 0.1, 1.0)])
        hub.publish([Batch.one("A.valve", 0.2, 1.0), Batch.one("B.valve", 0.2, 1.0)])
        hub.publish_stretch([[Batch.one("near", 0.3, 1.0)], [Batch.one("far", 0.3, 1.0)]], 0.3)
        return all_, some

    all_, some = run_virtual(main)
    assert all_ == [["near"], ["near"], ["A.valve", "B.valve"], ["near"], ["far"]]
    assert some == [["A.valve", "B.valve"], ["far"]]
