"""Laws against temperature: their shapes, their ranges, and that they never clamp."""

import math

import pytest

from vapordep.chemistry import Arrhenius, Confidence, Constant, Exponential, Interpolated, Law, Mark
from vapordep.chemistry.laws import arrhenius_energy
from vapordep.errors import InputError

LINE = Interpolated(((300.0, 1.0), (400.0, 2.0), (500.0, 2.0)), low=300.0, high=500.0, mark=Mark.G, source="here")


@pytest.mark.parametrize(
    ("kelvin", "value"), [(300.0, 1.0), (350.0, 1.5), (400.0, 2.0), (450.0, 2.0), (200.0, 0.0), (600.0, 2.0)]
)
def test_interpolation_meets_its_points_and_goes_on_beyond_them(kelvin: float, value: float) -> None:
    assert LINE.value(kelvin) == pytest.approx(value)


@pytest.mark.parametrize(("kelvin", "outside"), [(299.9, True), (300.0, False), (500.0, False), (500.1, True)])
def test_outside_the_range_the_flag_stands(kelvin: float, outside: bool) -> None:
    assert LINE.at(kelvin).extrapolated is outside


def test_without_a_stated_range_every_value_is_extrapolated() -> None:
    assert Constant(1.0, low=None, high=None, mark=Mark.U, source="").at(300.0).extrapolated


def test_a_number_keeps_its_doubts() -> None:
    law = Constant(
        2.0, low=1.0, high=9.0, mark=Mark.U, source="a guess", relative_uncertainty=0.5, confidence=Confidence.LOW
    )
    number = law.at(5.0)
    assert (number.low, number.value, number.high) == (1.0, 2.0, 3.0)
    assert (number.mark, number.source, number.confidence) == (Mark.U, "a guess", Confidence.LOW)


def test_arrhenius_goes_through_both_points() -> None:
    energy = arrhenius_energy((373.15, 3.0), (473.15, 0.2))
    law = Arrhenius(3.0, 373.15, energy, low=373.15, high=473.15, mark=Mark.C, source="")
    assert energy == pytest.approx(-39.75e3, rel=1e-3)
    assert law.value(373.15) == 3.0
    assert law.value(473.15) == pytest.approx(0.2)


def test_an_exponential_falls_by_its_slope() -> None:
    law = Exponential(4.0, 358.15, math.log(2.0) / 10.0, low=350.0, high=450.0, mark=Mark.C, source="")
    assert law.value(368.15) == pytest.approx(2.0)


@pytest.mark.parametrize("kelvin", [0.0, -20.0, math.nan, math.inf])
@pytest.mark.parametrize("law", [LINE, Constant(1.0, low=None, high=None, mark=Mark.U, source="")])
def test_what_is_no_absolute_temperature_is_refused(law: Law, kelvin: float) -> None:
    with pytest.raises(InputError, match="kelvin"):
        law.at(kelvin)
