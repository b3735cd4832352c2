"""Whether the chamber is evacuated: remembered between vacuum and air, and when the gauge falls silent."""

import math

from vapordep.model.batches import Batch, Sample
from vapordep.model.tags import Quality, Tag
from vapordep.safety.conditions import Latest
from vapordep.safety.monitors import Derivation
from vapordep.safety.monitors.readings import Evacuated
from vapordep.units import Pa

PRESSURE = "chamber.pressure"
MONITOR = Evacuated("chamber.evacuated", PRESSURE, 1e3, 1e4, {PRESSURE: Tag(PRESSURE, Pa, stale_after=1.0)})


def seen(*pressures: float | None) -> list[tuple[float, Quality]]:
    """What the monitor says to each pressure in Pa in turn; None is a gauge that says nothing."""
    state, found = MONITOR.initial, []
    for time, pressure in enumerate(pressures):
        known = Sample(float(time), math.nan, Quality.BAD) if pressure is None else Sample(time, pressure, Quality.GOOD)
        state, sample = MONITOR.update(state, float(time), {PRESSURE: known})
        assert sample is not None
        found.append((sample.value, sample.quality))
    return found


def test_it_is_evacuated_from_rough_vacuum_on_until_it_is_vented() -> None:
    assert [value for value, _ in seen(1e5, 5e3, 900.0, 5e3, 2e4, 5e3)] == [0.0, 0.0, 1.0, 1.0, 0.0, 0.0]


def test_at_its_limits_it_counts_as_the_worse() -> None:
    assert [value for value, _ in seen(1e3, 999.9, 1e4)] == [0.0, 1.0, 0.0]


def test_a_silent_gauge_changes_nothing() -> None:
    assert seen(1.0, None) == [(1.0, Quality.GOOD), (1.0, Quality.UNCERTAIN)]
    assert seen(1e5, None)[1] == (0.0, Quality.UNCERTAIN)


def test_before_the_first_look_there_is_no_value() -> None:
    [(value, quality)] = seen(None)
    assert math.isnan(value)
    assert quality is Quality.BAD
    assert MONITOR.tag.stale_after == math.inf


def test_without_a_gap_between_both_limits_arrays_are_judged_sample_by_sample() -> None:
    odd = Evacuated("chamber.evacuated", PRESSURE, 2e4, 1e4, {PRESSURE: Tag(PRESSURE, Pa, stale_after=1.0)})
    times = [n / 10.0 for n in range(1, 41)]
    pressures = [(1.5e4, 5e3, 3e4, 1.5e4, math.nan)[n % 5] for n in range(40)]
    stretch = [Batch.of(PRESSURE, times, pressures)]
    over, walked = Derivation([odd]), Derivation([odd])
    [found], [single] = over(stretch), walked.walk(stretch)
    assert found.values.tolist() == single.values.tolist()
    assert found.times.tolist() == single.times.tolist() == times
    assert found.quality.tolist() == single.quality.tolist()
    assert set(found.values.tolist()) == {0.0, 1.0}


def test_a_stretch_of_nothing_but_silence_says_nothing() -> None:
    class Mute(Evacuated):
        def update(self, state: bool | None, time: float, latest: Latest) -> tuple[bool | None, None]:  # type: ignore[override]
            return state, None

    mute = Mute("chamber.evacuated", PRESSURE, 2e4, 1e4, {PRESSURE: Tag(PRESSURE, Pa, stale_after=1.0)})
    assert Derivation([mute])([Batch.of(PRESSURE, [n / 10.0 for n in range(1, 41)], [1.0] * 40)]) == []
