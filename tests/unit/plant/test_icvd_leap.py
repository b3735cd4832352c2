"""Leaps of the iCVD plant: a chamber that changes evenly costs little, and what it tells is what small steps tell."""

from collections.abc import Mapping

import numpy as np
import pytest

from tests.unit.plant.icvd_chamber import FLOWING, after, hot, inputs, segment, warm
from vapordep.simulation.plant import Value
from vapordep_simulators.plant.steady import icvd as plant_module
from vapordep_simulators.plant.steady.icvd import Icvd
from vapordep_simulators.plant.steady.march import March

POINTS = ("chamber.pressure", "film.thickness", "stage.temperature", "filament.temperature", "qcm.mass", "DMAMS.flow")
SETTLED = 900.0


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many steps of the grid were taken one by one."""
    taken, original = [0], March.step

    def counted(march: March, *arguments: object) -> object:
        taken[0] += 1
        return original(march, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(March, "step", counted)
    return taken


def growing() -> tuple[Icvd, object, Mapping[str, Value]]:
    plant, start = warm()
    return plant, start, inputs(plant) | FLOWING | hot(plant)


def test_a_steady_growth_is_leapt_over_and_grows_the_same_film(
    steps: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    plant, start, driven = growing()
    state = after(plant, start, driven, SETTLED)  # type: ignore[arg-type]
    steps[0] = 0
    leapt = plant.solve(state, driven, SETTLED, SETTLED + 600.0)
    assert steps[0] < 600.0 / 0.25 / 4
    monkeypatch.setattr(plant_module, "leap_of", lambda *case: None)
    walked = plant.solve(state, driven, SETTLED, SETTLED + 600.0)
    times = np.arange(SETTLED, SETTLED + 600.0, 7.3)
    for point, values in walked.at(times, POINTS).items():
        assert leapt.at(times, [point])[point] == pytest.approx(values, rel=1e-4), point
    books = plant.truth(leapt.state_at(SETTLED + 600.0)), plant.truth(walked.state_at(SETTLED + 600.0))
    for name in ("thickness", "mass", "precursor_use", "exposures", "crowded"):
        assert books[0][name] == pytest.approx(books[1][name], rel=1e-4), name


def test_a_leap_that_is_cut_goes_on_as_if_it_were_not() -> None:
    plant, start, driven = growing()
    state = after(plant, start, driven, SETTLED)  # type: ignore[arg-type]
    whole = plant.solve(state, driven, SETTLED, SETTLED + 120.0)
    for cut in (0.3, 7.0, 21.4):
        at, now = SETTLED, state
        while at < SETTLED + 120.0:
            end = min(at + cut, SETTLED + 120.0)
            part = plant.solve(now, driven, at, end)
            for point in POINTS:
                assert part.value(point, end) == pytest.approx(whole.value(point, end), rel=1e-6), (point, end)
            at, now = end, part.state_at(end)


def test_a_change_ends_a_leap_at_once() -> None:
    plant, start, driven = growing()
    state = after(plant, start, driven, SETTLED + 9.0)  # type: ignore[arg-type]
    dark = {**driven, "filament.on": 0.0}
    out = plant.solve(state, dark, SETTLED + 9.0, SETTLED + 69.0)
    assert out.value("filament.temperature", SETTLED + 69.0) < 373.15
    assert out.value("film.rate", SETTLED + 69.0) == 0.0


def test_a_shut_chamber_fills_through_its_leak_evenly(steps: list[int]) -> None:
    plant, start = warm()
    shut = {**inputs(plant), "pump.valve": 0.0, "throttle.controller": None}
    filling = segment(plant, start, shut, 3600.0)
    assert steps[0] < 3600.0 / 0.25 / 30
    rise = filling.value("chamber.pressure", 3600.0) - filling.value("chamber.pressure", 1800.0)
    description = plant.description
    leak = sum(inflow.throughput for inflow in description.inflows if inflow.decay is None)
    walls = filling.value("walls.true_temperature", 3600.0)
    assert rise == pytest.approx(leak * walls / 293.15 * 1800.0 / description.volume, rel=1e-3)


def test_what_settles_faster_than_a_leap_lasts_is_not_thrown_farther_by_each(
    steps: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    plant, start = warm()
    pumped = {**inputs(plant), "throttle.controller": None}  # gas and gauges follow within a second
    leapt = segment(plant, start, pumped, 3600.0)
    assert steps[0] < 3600.0 / 0.25 / 15
    monkeypatch.setattr(plant_module, "leap_of", lambda *case: None)
    walked = segment(plant, start, pumped, 3600.0)
    times = np.arange(60.0, 3600.0, 7.3)
    for point, rel in (("chamber.pressure", 1e-6), ("chamber.true_pressure", 1e-6), ("stage.temperature", 1e-4)):
        assert leapt.at(times, [point])[point] == pytest.approx(walked.at(times, [point])[point], rel=rel), point


def test_what_a_shut_chamber_bears_is_what_small_steps_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    plant, start = warm()
    shut = {**inputs(plant), "pump.valve": 0.0, "throttle.controller": None}
    leapt = plant.truth(segment(plant, start, shut, 1800.0).state_at(1800.0))
    monkeypatch.setattr(plant_module, "leap_of", lambda *case: None)
    walked = plant.truth(segment(plant, start, shut, 1800.0).state_at(1800.0))
    for name in ("exposures", "bare_attack"):  # they grow as the square of time
        assert leapt[name] == pytest.approx(walked[name], rel=1e-4), name
