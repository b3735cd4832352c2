"""Left alone for long: healthy cycling with noise and bad frames trips nothing, and takes no more with time."""

import gc
import math
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.recipes.dry import ROOT, dry
from tests.scenarios.rigs import HOT, Scene, dose, glovebox, plan, play, purge, repeat, trouble
from vapordep.model.events import Kind
from vapordep.model.plan import Plan
from vapordep.model.run import RunState, Verb
from vapordep.model.steps import Heat
from vapordep.simulation.faults import BadFrames
from vapordep.units import degC, to_si

ZONES = {"lines": to_si(60.0, degC), "walls": HOT, "stage": HOT}
RATE = 5.0 / 60.0
"""K/s."""
BAD = 1e-3
"""The share of replies that a bad cable spoils."""
TEN_MINUTES, HOUR, DAY = 600.0, 3600.0, 86400.0
NUCLEATION = 5 * (0.05 + 40.0)
CYCLE = 0.05 + 40.0 + 0.03 + 75.0
LONGEST_RECIPE = 5000
"""Cycles that the shipped recipe takes at most."""
MOST_GROWTH = 16 << 20
"""Bytes that a process may grow by once it is warm: the events of an hour, and the slack of its allocator."""
MOST_OBJECTS = 20_000
"""Objects, likewise."""


@dataclass(frozen=True)
class Usage:
    """What this process holds: open files, objects, bytes in memory."""

    files: int
    objects: int
    resident: int

    @classmethod
    def now(cls) -> "Usage":
        gc.collect()
        resident = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096
        return cls(len(list(Path("/proc/self/fd").iterdir())), len(gc.get_objects()), resident)

    def assert_flat(self, later: "Usage") -> None:
        """`later` is no more than this, but for what is to be kept."""
        assert later.files <= self.files
        assert later.objects - self.objects < MOST_OBJECTS
        assert later.resident - self.resident < MOST_GROWTH


def cycling(duration: float) -> Plan:
    """Heating, prime and cycles of the shipped recipe, about so long, in s."""
    heat = Heat(targets=ZONES, rate=RATE, tolerance=2.0, timeout=1200.0)
    cycles = round((duration - NUCLEATION) / CYCLE)
    prime = repeat(5, dose(), purge(40.0), name="nucleation")
    return plan(heat, prime, repeat(cycles, dose(), purge(40.0), dose("H2O", 0.03), purge(75.0), layer="Al2O3"))


def endured(duration: float, seed: int, usage: list[Usage]) -> Scene:
    """Cycling by wire with bad frames everywhere; somebody restarts it when a dose was not acknowledged."""

    async def look_after(scene: Scene) -> None:
        while True:
            await scene.clock.sleep(60.0)
            if sys.platform == "linux" and scene.clock.now() > TEN_MINUTES:
                usage.append(Usage.now())
            if scene.run.state is RunState.HELD:
                scene.ask(Verb.RESTART)

    faults = {name: [BadFrames(rate=BAD, seed=1000 * seed + n)] for n, name in enumerate(glovebox().instruments)}
    return play(cycling(duration), look_after, faults=faults, hot=ZONES, seed=seed, within=1.5 * duration)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [1, *(pytest.param(n, marks=pytest.mark.many) for n in range(2, 11))])
def test_an_hour_by_wire_with_noise_and_bad_frames_trips_nothing(seed: int) -> None:
    usage: list[Usage] = []
    scene = endured(HOUR, seed, usage)
    assert scene.run.state is RunState.COMPLETE, trouble(scene)
    noticed = [event for event in scene.kind(Kind.INSTRUMENT) if "answers again" not in event.text]
    assert len(noticed) > 20, "the cable was bad"
    assert scene.kind(Kind.TRIP) == []
    assert len(scene.kind(Kind.ALARM)) < scene.over_at / TEN_MINUTES, trouble(scene)
    if usage:
        usage[0].assert_flat(usage[-1])


@pytest.mark.timeout(6 * 3600)
@pytest.mark.parametrize(
    "days", [pytest.param(1.0, marks=pytest.mark.many), pytest.param(30.0, marks=pytest.mark.very_many)]
)
def test_days_of_healthy_cycling_trip_nothing_and_take_no_more_with_time(tmp_path: Path, days: float) -> None:
    """Run after run of the shipped recipe, each recorded; with `-s` it tells what the process holds after each."""
    usage: list[Usage] = []
    left, alarms = round(days * DAY / CYCLE), 0
    longest = min(math.ceil(left / 4), LONGEST_RECIPE // 2)
    while left > 0:
        cycles = min(left, longest)
        report, _ = dry(ROOT / "recipes" / "al2o3_on_lithium.yaml", tmp_path, {"cycles": str(cycles)})
        assert (report.state, report.trips) == (RunState.COMPLETE, ()), report.reason
        left, alarms = left - cycles, alarms + len(report.alarms)
        usage.append(Usage.now())
        sys.stderr.write(f"\n{left} cycles left: {usage[-1]}")
    assert alarms < days * DAY / TEN_MINUTES
    usage[1].assert_flat(usage[-1])
