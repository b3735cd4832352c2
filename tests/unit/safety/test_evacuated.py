"""Whether the chamber is evacuated: remembered between vacuum and air, and when the gauge falls silent."""

import math

from vapordep.model.batches import Sample
from vapordep.model.tags import Quality, Tag
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


def test_a_silent_gauge_changes_nothing() -> None:
    assert seen(1.0, None) == [(1.0, Quality.GOOD), (1.0, Quality.UNCERTAIN)]
    assert seen(1e5, None)[1] == (0.0, Quality.UNCERTAIN)


def test_before_the_first_look_there_is_no_value() -> None:
    [(value, quality)] = seen(None)
    assert math.isnan(value)
    assert quality is Quality.BAD
    assert MONITOR.tag.stale_after == math.inf
