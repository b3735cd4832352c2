"""The closed forms of depletion, against their equations and against Argonne's models."""

from math import exp, inf, log

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from tests.unit.plant.depletion import (
    damkoehler,
    plug_flow,
    plug_profile,
    stirred_coverage,
    stirred_dose,
    stirred_vapour,
    tube_coverage,
    tube_dose,
    tube_mean_coverage,
    tube_vapour,
    well_mixed,
)
from vapordep.errors import InputError
from vapordep_simulators.plant.chamber.expansion import Floats


def test_a_tube_leaves_less_than_a_stirred_chamber() -> None:
    assert well_mixed(0.5, 2.0) == 0.5
    assert plug_flow(0.5, 2.0) == pytest.approx(exp(-1.0))
    assert [plug_profile(0.5, 2.0, place) for place in (0.0, 1.0)] == [1.0, plug_flow(0.5, 2.0)]


@pytest.mark.parametrize("da", [0.0, 0.3, 5.0, 40.0])
def test_a_dose_fills_a_stirred_chamber_and_a_tube_as_their_equations_say(da: float) -> None:
    """Both against an independent solver; the tube in 800 cells, each fed with what the one before it leaves."""
    cells = 800
    at = np.linspace(0.2, 1.5, 5) * (1.0 + da)

    def stirred(t: float, y: Floats) -> Floats:
        return (1.0 - y) / (1.0 + da * (1.0 - y))

    def tube(t: float, y: Floats) -> Floats:
        outlet = np.exp(-np.cumsum((1.0 - y) * da / cells))
        return (1.0 - y) * np.sqrt(outlet * np.concatenate([[1.0], outlet[:-1]]))

    one = solve_ivp(stirred, (0.0, at[-1]), np.zeros(1), t_eval=at, rtol=1e-10, atol=1e-12).y[0]
    many = solve_ivp(tube, (0.0, at[-1]), np.zeros(cells), t_eval=at, rtol=1e-8, atol=1e-10).y
    for dose, mean, along in zip(at.tolist(), one.tolist(), many.T, strict=True):
        assert stirred_coverage(dose, da) == pytest.approx(mean, rel=1e-6)
        assert tube_mean_coverage(dose, da) == pytest.approx(along.mean(), rel=1e-3)
        middle = (cells // 2 + 0.5) / cells
        assert tube_coverage(dose, da, middle) == pytest.approx(along[cells // 2], rel=2e-3, abs=1e-6)
        assert tube_dose(tube_coverage(dose, da, 1.0), da) == pytest.approx(dose, rel=1e-6)


def test_a_depleted_dose_begins_as_a_reaction_of_first_order_and_ends_as_none() -> None:
    da = damkoehler(1e-3, 0.1, 72.085e-3, 473.15, 5e-4)
    assert da == pytest.approx(1e-3 * 372.8 / 4.0 * 0.1 / 5e-4, rel=1e-3)
    assert stirred_vapour(0.0, da) == well_mixed(da, 1.0)
    assert tube_vapour(0.0, da, 1.0) == pytest.approx(plug_flow(da, 1.0))
    assert stirred_vapour(1.0, da) == 1.0
    assert tube_vapour(60.0, da, 1.0) == pytest.approx(1.0)
    assert tube_vapour(da / 2.0, da, 0.0) == pytest.approx(1.0)
    assert tube_mean_coverage(1e3, 2e3) == pytest.approx(0.5)
    assert tube_coverage(1e3, 4e3, 1.0) == pytest.approx(0.0, abs=1e-300)
    assert (stirred_dose(1.0, da), tube_dose(1.0, da), tube_dose(0.0, da)) == (inf, inf, 0.0)
    for what in (stirred_dose, tube_dose):
        with pytest.raises(InputError, match="part of a surface"):
            what(1.5, da)


@pytest.mark.parametrize(
    ("da", "drum", "bed"), [(1.0, 0.4329, 0.5101), (10.0, 0.8254, 0.9307), (100.0, 0.9661, 0.9931)]
)
def test_with_just_enough_precursor_a_chamber_is_as_full_as_argonnes_models_say(
    da: float, drum: float, bed: float
) -> None:
    """Of `aldsim` at tau = 1: theta - ln(1 - theta)/Da = 1, and 1 - ln(1 + (e^Da - 1) e^-Da)/Da."""
    found = stirred_coverage(da, da)
    assert found - log(1.0 - found) / da == pytest.approx(1.0)
    assert found == pytest.approx(drum, abs=5e-5)
    assert tube_mean_coverage(da, da) == pytest.approx(bed, abs=5e-5)
