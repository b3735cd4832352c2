"""The trace of the pressure and the meter of pulses: what is measured, and what counts as weak."""

import math

import numpy as np
import pytest

from vapordep.engine import trace as traces
from vapordep.engine.meter import LEARNED_FROM, LEAST_PEAK, LONGEST_TAIL, WEAK, PulseMeter
from vapordep.engine.trace import Trace
from vapordep.model.batches import Batch
from vapordep.model.pulses import Verdict

BASE = 60.0


def pressure(trace: Trace, start: float, end: float, value: float, every: float = 0.1) -> None:
    for time in np.arange(start, end, every):
        trace.take([Batch.one("stage.temperature", time, 373.15), Batch.one(trace.tag, time, value)])


def pulse(trace: Trace, meter: PulseMeter, opened: float, tall: float) -> tuple[float, Verdict]:
    """Area and verdict of a pulse that lifts the pressure by `tall` Pa for a second."""
    pressure(trace, opened - 2.0, opened, BASE)
    pressure(trace, opened, opened + 1.0, BASE + tall)
    pressure(trace, opened + 1.0, opened + 5.0, BASE)
    shape, verdict = meter.measure("TMA", opened, opened + 5.0)
    return shape.area, verdict


def test_a_trace_gives_its_own_tag_s_samples_from_an_instant_on() -> None:
    trace = Trace("chamber.pressure")
    trace.take([Batch.of("chamber.pressure", [1.0, 2.0], [10.0, math.nan]), Batch.one("carrier.flow", 2.0, 5.0)])
    trace.take([Batch.one("chamber.pressure", 3.0, 30.0)])
    times, values = trace.since(1.5)
    np.testing.assert_array_equal(times, [2.0, 3.0])
    np.testing.assert_array_equal(values, [math.nan, 30.0])
    assert [len(found) for found in trace.since(9.0)] == [0, 0]


def test_a_trace_forgets_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traces, "LONGEST", 5)
    trace = Trace("chamber.pressure")
    pressure(trace, 0.0, 10.0, BASE, every=1.0)
    np.testing.assert_array_equal(trace.since(0.0)[0], [5.0, 6.0, 7.0, 8.0, 9.0])


def test_a_pulse_is_weak_only_against_what_its_source_usually_gives() -> None:
    trace = Trace("chamber.pressure")
    meter = PulseMeter(trace)
    usual = [pulse(trace, meter, 10.0 * n, 30.0) for n in range(1, LEARNED_FROM + 1)]
    assert {verdict for _, verdict in usual} == {Verdict.GOOD}
    assert usual[0][0] == pytest.approx(30.0, rel=0.15)
    assert pulse(trace, meter, 100.0, 30.0 * WEAK * 1.5)[1] is Verdict.GOOD
    assert pulse(trace, meter, 110.0, 30.0 * WEAK * 0.5)[1] is Verdict.WEAK
    assert pulse(trace, meter, 120.0, 30.0)[1] is Verdict.GOOD, "a weak one is no model for later ones"


@pytest.mark.parametrize(
    ("part", "left", "verdict"),
    [(0.5, 0.7, Verdict.GOOD), (0.5, 0.55, Verdict.WEAK), (0.13, 0.87, Verdict.WEAK), (0.02, 0.95, Verdict.GOOD)],
)
def test_of_a_carried_vapour_the_gas_goes_on_when_its_bottle_is_empty(
    part: float, left: float, verdict: Verdict
) -> None:
    trace = Trace("chamber.pressure")
    meter = PulseMeter(trace, {"TMA": part})
    usual = {pulse(trace, meter, 10.0 * n, 30.0)[1] for n in range(1, LEARNED_FROM + 1)}
    assert usual == {Verdict.GOOD}
    assert pulse(trace, meter, 100.0, 30.0 * left)[1] is verdict


def test_the_first_pulses_that_show_are_never_weak() -> None:
    trace = Trace("chamber.pressure")
    meter = PulseMeter(trace)
    assert [pulse(trace, meter, 10.0 * n, tall)[1] for n, tall in ((1, 30.0), (2, 1.5))] == [Verdict.GOOD] * 2


@pytest.mark.parametrize("tall", [0.0, -3.0, BASE * LEAST_PEAK * 0.9])
def test_a_source_that_never_showed_is_weak_from_its_first_pulse_on(tall: float) -> None:
    trace = Trace("chamber.pressure")
    meter = PulseMeter(trace)
    assert {pulse(trace, meter, 10.0 * n, tall)[1] for n in range(1, 9)} == {Verdict.WEAK}
    assert math.isnan(meter.learned("TMA", 0.0)), "nothing is no model for later pulses"
    assert pulse(trace, meter, 100.0, 30.0)[1] is Verdict.GOOD, "somebody opened its hand valve"


def test_a_source_that_fades_slowly_is_found_weak() -> None:
    trace = Trace("chamber.pressure")
    meter = PulseMeter(trace)
    verdicts = [pulse(trace, meter, 10.0 * n, 30.0 * 0.92**n)[1] for n in range(1, 40)]
    assert verdicts[-1] is Verdict.WEAK
    assert meter.learned("TMA", 0.0) > 5.0


def test_a_pulse_is_judged_by_those_of_its_own_width() -> None:
    trace = Trace("chamber.pressure")
    meter = PulseMeter(trace)
    for n in range(1, 5):
        pulse(trace, meter, 10.0 * n, 30.0)
    pressure(trace, 98.0, 100.0, BASE)
    pressure(trace, 100.0, 101.0, BASE + 3.0)
    pressure(trace, 101.0, 105.0, BASE)
    assert meter.measure("TMA", 100.0, 105.0, 0.015)[1] is Verdict.GOOD
    assert meter.measure("TMA", 100.0, 105.0)[1] is Verdict.WEAK


@pytest.mark.parametrize(("late", "verdict"), [(0.3, Verdict.GOOD), (0.8, Verdict.LATE)])
def test_a_pulse_that_shows_late_is_late_beyond_lag_and_polls(late: float, verdict: Verdict) -> None:
    trace = Trace("chamber.pressure")
    pressure(trace, 8.0, 10.0 + late, BASE)
    pressure(trace, 10.0 + late, 11.0 + late, BASE + 30.0)
    pressure(trace, 11.0 + late, 15.0, BASE)
    assert PulseMeter(trace).measure("TMA", 10.0, 15.0)[1] is verdict


def test_a_pulse_without_readings_is_unseen() -> None:
    shape, verdict = PulseMeter(Trace("chamber.pressure")).measure("TMA", 10.0, 20.0)
    assert verdict is Verdict.UNSEEN
    assert math.isnan(shape.area)


@pytest.mark.parametrize(("late", "verdict"), [(0.2, Verdict.GOOD), (0.9, Verdict.LATE)])
def test_a_long_pulse_that_rises_all_the_time_is_not_late(late: float, verdict: Verdict) -> None:
    """5 s into a chamber that hardly empties: a third of its peak is there after 1.5 s."""
    trace = Trace("chamber.pressure")
    pressure(trace, 8.0, 10.0 + late, BASE)
    for step in range(50):
        pressure(trace, 10.0 + late + 0.1 * step, 10.05 + late + 0.1 * step, BASE + step)
    pressure(trace, 15.0 + late, 19.0, BASE)
    shape, told = PulseMeter(trace).measure("O3", 10.0, 19.0, 5.0)
    assert shape.onset == pytest.approx(1.5 + late, abs=0.2)
    assert told is verdict


def test_a_tail_ends_after_a_minute_at_the_latest() -> None:
    trace = Trace("chamber.pressure")
    pressure(trace, 0.0, 10.0, BASE)
    pressure(trace, 10.0, 300.0, BASE + 1.0)
    shape, _ = PulseMeter(trace).measure("TMA", 10.0, 300.0)
    assert shape.area == pytest.approx(LONGEST_TAIL, rel=0.01)
