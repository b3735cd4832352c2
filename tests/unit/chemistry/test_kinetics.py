"""Surface kinetics: the published rows, the interpolation between them, and settings that say they are settings."""

import pytest

from vapordep.chemistry import KINETICS, Confidence, Kinetics, Mark, UnknownName, kinetics
from vapordep.chemistry.laws import arrhenius_energy

C = 273.15


@pytest.mark.parametrize(
    ("name", "celsius", "exposure"), [("TMA", 200, 1.43), ("H2O", 200, 7.17), ("TMA", 100, 11.4), ("H2O", 100, 57.1)]
)
def test_exposure_for_99_per_cent(name: str, celsius: float, exposure: float) -> None:
    assert 4.605 / kinetics(name).adsorption_constant(celsius + C).value == pytest.approx(exposure, rel=5e-3)


@pytest.mark.parametrize(("name", "constant"), [("TMA", 0.404), ("H2O", 0.081)])
def test_constants_of_the_first_recipe(name: str, constant: float) -> None:
    assert kinetics(name).adsorption_constant(100 + C).value == pytest.approx(constant, rel=5e-3)


def test_sticking_between_the_rows() -> None:
    energy = arrhenius_energy((373.15, 1e-4), (473.15, 1e-3))
    assert energy == pytest.approx(33.8e3, rel=1e-3)
    at_120 = kinetics("TMA").adsorption_constant(120 + C).value
    assert at_120 == pytest.approx(0.77 * 1.75e-4 / 2e-4, rel=1e-2)  # the rounded sticking of 2e-4 gives 0.77


@pytest.mark.parametrize(
    ("name", "celsius", "seconds", "tolerance"),
    [
        ("TMA", 100, 3.0, 1e-9),
        ("TMA", 200, 0.2, 1e-9),
        ("TMA", 120, 1.6, 0.03),
        ("TMA", 85, 5.1, 0.01),
        ("H2O", 100, 10.0, 1e-9),
        ("H2O", 200, 0.2, 1e-9),
        ("H2O", 120, 3.9, 0.01),
        ("H2O", 85, 21.5, 0.02),
        ("DEZ", 120, 2.0, 1e-9),
        ("EG", 120, 5.0, 1e-9),
        ("HQ", 120, 8.0, 1e-9),
        ("glycerol", 120, 8.0, 1e-9),
        ("LiOtBu", 120, 5.0, 1e-9),
        ("O3", 120, 2.0, 1e-9),
    ],
)
def test_residual_time_constants(name: str, celsius: float, seconds: float, tolerance: float) -> None:
    assert kinetics(name).residual_time_constant(celsius + C).value == pytest.approx(seconds, rel=tolerance)


@pytest.mark.parametrize(
    ("name", "constant"),
    [("DEZ", 0.5), ("EG", 0.05), ("HQ", 0.03), ("glycerol", 0.02), ("LiOtBu", 0.02), ("O3", 0.1), ("TiCl4", 0.2)],
)
def test_assumed_constants_are_marked_as_settings(name: str, constant: float) -> None:
    number = kinetics(name).adsorption_constant(120 + C)
    assert (number.value, number.mark, number.confidence) == (constant, Mark.U, Confidence.LOW)
    assert not number.extrapolated
    assert kinetics(name).adsorption_constant(150 + C).extrapolated


@pytest.mark.parametrize(
    ("celsius", "extrapolated"), [(80, True), (85, False), (100, False), (200, False), (210, True)]
)
def test_the_range_of_the_published_rows(celsius: float, extrapolated: bool) -> None:
    for name in ("TMA", "H2O"):
        assert kinetics(name).adsorption_constant(celsius + C).extrapolated is extrapolated
        assert kinetics(name).residual_time_constant(celsius + C).extrapolated is extrapolated


@pytest.mark.parametrize("entry", KINETICS, ids=lambda entry: entry.substance)
def test_residues_leave_faster_when_hot(entry: Kinetics) -> None:
    assert entry.residual_time.value(100 + C) > 2.0 * entry.residual_time.value(150 + C)


def test_argon_has_no_kinetics() -> None:
    with pytest.raises(UnknownName, match="argon"):
        kinetics("argon")
