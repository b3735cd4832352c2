"""What a sweep proposes of a dose, and the doubt it tells where its points do not constrain the constant."""

from math import nan
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from vapordep.analysis.saturation import Constant, saturation
from vapordep.app.request import Request
from vapordep.app.sweep.found import Found, Proposal, found
from vapordep.app.sweep.point_run import Gave, Measured
from vapordep.app.sweep.points import Planned, Point
from vapordep.model.batches import Floats
from vapordep.model.run import RunState

GROWTH, K, CONDUCTANCE = 0.11e-9, 0.4, 1000.0
"""m a cycle, 1/(Pa s), and Pa s of exposure a second of pulse."""
COMPLETE: Any = SimpleNamespace(state=RunState.COMPLETE)


def fit_of(areas: Floats, grown: Floats) -> Found:
    """What was found of pulses with these exposures (Pa s), which grew so much a cycle (m)."""
    asked, recipe = Request(Path("r.yaml"), Path("reactor.yaml"), Path("h"), "test"), cast("Any", object())
    points = [
        Point(index, asked, recipe, (), Planned({"TMA": area / CONDUCTANCE}, {"TMA": 40.0}, ("Al2O3",)))
        for index, area in enumerate(areas.tolist())
    ]
    gave = {
        index: Gave(index, run=COMPLETE, measured=Measured(growth, areas={"TMA": area}))
        for index, (area, growth) in enumerate(zip(areas.tolist(), grown.tolist(), strict=True))
    }
    return found(points, gave)


def swept(least: float, most: float, noise: float = 0.0, number: int = 6) -> tuple[Constant, Proposal]:
    """The constant and the pulse proposed, from exposures (Pa s) between these and growth that scatters by a part."""
    areas = np.geomspace(least, most, number)
    scatter = 1.0 + noise * np.random.default_rng(7).standard_normal(number)
    what = fit_of(areas, GROWTH * -np.expm1(-K * areas) * scatter)
    assert what.saturation is not None
    (pulse,) = (each for each in what.proposals if each.what == "pulse")
    return what.saturation.constants[0], pulse


def test_points_on_the_bend_leave_no_doubt() -> None:
    constant, pulse = swept(0.5, 30.0)
    assert constant.well_known
    assert pulse.value == pytest.approx(np.log(100.0) / K / CONDUCTANCE, rel=0.15)
    assert pulse.doubt == ""


@pytest.mark.parametrize(("noise", "said"), [(1e-4, "within 0%"), (3e-3, "within ")])
def test_where_the_least_dose_fills_nearly_all_the_proposal_says_so(noise: float, said: str) -> None:
    constant, pulse = swept(-np.log(1.0 - 0.97) / K, 60.0, noise)
    assert constant.determined
    assert not constant.well_known
    assert said in pulse.doubt
    assert "fills 9" in pulse.doubt
    assert "sweep shorter pulses" in pulse.doubt
    assert "shorter ones were not given" not in pulse.doubt


def test_where_the_points_scatter_the_proposal_tells_by_how_much() -> None:
    constant, pulse = swept(1.0, 30.0, 0.06, 5)
    assert constant.determined
    assert constant.within == pytest.approx(3.18 * constant.error / constant.value), (
        "Student's t of 5 points, 2 numbers"
    )
    assert constant.within > 0.1
    assert not constant.well_known
    assert f"within {constant.within:.0%}" in pulse.doubt
    assert "scatter" in pulse.doubt


def test_both_doubts_are_told_of_a_pulse_that_must_be_longer_than_any() -> None:
    _, pulse = swept(0.3, 5.0, 0.06, 5)
    assert pulse.value > 5.0 / CONDUCTANCE
    assert "scatter" in pulse.doubt
    assert "extrapolated" in pulse.doubt


@pytest.mark.parametrize("noise", [5e-3, 1e-2, 2e-2])
@pytest.mark.parametrize("filled", [0.5, 0.95, 0.98])
def test_a_constant_without_doubt_is_right_within_a_tenth(filled: float, noise: float) -> None:
    """What tells no doubt must not be wrong: twelve sweeps of each."""
    areas = -np.log(1.0 - filled) / K * np.geomspace(1.0, 16.0, 6)
    for seed in range(12):
        scatter = 1.0 + noise * np.random.default_rng(seed).standard_normal(6)
        fit = saturation([areas], GROWTH * -np.expm1(-K * areas) * scatter)
        assert fit is not None
        (constant,) = fit.constants
        if constant.well_known:
            assert constant.value == pytest.approx(K, rel=0.1)


@pytest.mark.parametrize(
    ("grown", "said"),
    [
        ([GROWTH] * 3, "it needs 4 points that came to their end, and there are 3: give more values"),
        ([GROWTH, GROWTH, GROWTH, nan], "it needs 4 points"),
        ([nan] * 4, "nobody measured the growth"),
        ([0.0] * 4, "these points make no curve: nothing grew"),
    ],
)
def test_where_there_is_no_fit_it_says_what_is_lacking(grown: list[float], said: str) -> None:
    what = fit_of(np.geomspace(1.0, 9.0, len(grown)), np.array(grown))
    assert what.saturation is None
    assert what.reason.startswith(said)
