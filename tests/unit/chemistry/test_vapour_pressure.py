"""Vapour pressures at the check temperatures of their table, with bands, flags and rivals."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vapordep.chemistry import SUBSTANCES, Mark, Substance, UnknownName, substance
from vapordep.errors import InputError

CHECKS: list[
    tuple[str, str | None, dict[int, float], float]
] = [  # name, choice, {degC: Pa}, relative tolerance (the table rounds to two or three digits)
    ("TMA", None, {20: 1166, 25: 1544}, 1e-3),
    ("TMA", "NIST", {20: 1280, 25: 1687}, 2e-3),
    ("DEZ", None, {0: 483, 20: 1624, 25: 2144}, 1e-3),
    ("DEZ", "supplier", {20: 1624}, 1e-3),
    ("DEZ", "NIST", {0: 654, 20: 2123, 25: 2770}, 1e-3),
    ("H2O", None, {20: 2339}, 2e-3),
    ("EG", None, {20: 7.57, 60: 187, 70: 364, 80: 678, 100: 2091}, 6e-3),
    ("glycerol", None, {20: 0.0126, 100: 25.8, 120: 99.7, 140: 330}, 2e-2),
    ("HQ", None, {25: 1.8e-3, 100: 8.1, 120: 44.6, 130: 98, 140: 208, 150: 425}, 1e-2),
    ("LiOtBu", None, {110: 13.3, 150: 143, 160: 241}, 1e-2),
    ("TiCl4", None, {20: 1278, 25: 1655}, 1e-3),
    ("NH3", None, {20: 857e3}, 1e-3),
    ("TBPO", None, {20: 3286, 25: 4096}, 2e-3),
    ("DMAEMA", None, {20: 72, 25: 101, 40: 261}, 1e-2),
    ("GMA", None, {20: 50, 25: 70, 40: 187}, 1.1e-2),
    ("HEMA", None, {20: 10.6, 25: 16.8}, 1e-2),
    ("PFDA", None, {25: 10.8, 40: 30.6, 80: 321}, 1e-2),
    ("EGDA", None, {25: 17.8, 40: 51}, 1e-2),
    ("V4D4", None, {25: 6.1, 40: 19.6, 70: 148}, 1e-2),
    ("V3D3", None, {25: 158, 40: 377}, 1e-2),
    ("4VP", None, {20: 158, 25: 219}, 1e-2),
    ("DVB", None, {25: 93}, 1e-2),
    ("DMAMS", None, {25: 14.7, 30: 21, 40: 42, 50: 81}, 1e-2),
    ("1,3-propane sultone", None, {25: 0.39, 45: 1.99, 60: 6, 80: 22}, 2e-2),
    ("DBB", None, {64: 800, 197: 101325}, 1e-2),
    ("styrene", None, {20: 608}, 1e-2),
]
POINTS = [(name, choice, t + 273.15, p, tol) for name, choice, row, tol in CHECKS for t, p in row.items()]
WITH_FIT = [entry for entry in SUBSTANCES if entry.vapour_pressures]


@pytest.mark.parametrize(("name", "choice", "kelvin", "pascal", "tolerance"), POINTS)
def test_check_values(name: str, choice: str | None, kelvin: float, pascal: float, tolerance: float) -> None:
    assert substance(name).vapour_pressure(kelvin, choice).pressure == pytest.approx(pascal, rel=tolerance)


def test_every_fit_is_checked() -> None:
    checked = {(substance(name).name, substance(name).fit(choice).label) for name, choice, _, _ in CHECKS}
    assert checked == {(entry.name, fit.label) for entry in WITH_FIT for fit in entry.vapour_pressures}


def test_hydroquinone_is_the_solid_not_the_liquid_stretched_to_room_temperature() -> None:
    room = substance("hydroquinone").vapour_pressure(298.15)
    assert room.label == "solid"
    assert room.pressure < 0.18 / 50.0
    assert substance("hydroquinone").vapour_pressure(342.37).pressure == pytest.approx(0.4, rel=1e-3)


@pytest.mark.parametrize(
    ("name", "celsius", "extrapolated"),
    [
        ("TMA", 20, False),
        ("TMA", 80, True),
        ("TMA", 0, True),
        ("DMAEMA", 20, True),
        ("H2O", 20, False),
        ("DMAMS", 35, True),
    ],
)
def test_a_stretched_fit_says_so(name: str, celsius: float, extrapolated: bool) -> None:
    assert substance(name).vapour_pressure(celsius + 273.15).extrapolated is extrapolated


def test_beyond_the_range_the_fit_goes_on() -> None:
    tma = substance("TMA")
    top = tma.vapour_pressure(350.0).pressure
    assert tma.vapour_pressure(360.0).pressure > 1.3 * top


def test_the_band_is_the_stated_uncertainty() -> None:
    dmams = substance("DMAMS").vapour_pressure(308.15)  # 13.3 Pa of it: saturation 0.44, in truth 0.28 to 1.1
    assert dmams.pressure == pytest.approx(30.0, rel=0.02)
    assert 13.3 / dmams.high == pytest.approx(0.28, abs=0.01)
    assert 13.3 / dmams.low == pytest.approx(1.1, abs=0.02)


@pytest.mark.parametrize("name", ["TMA", "DEZ"])
def test_rival_fits_lie_in_each_others_bands_at_room_temperature(name: str) -> None:
    first, second = (substance(name).vapour_pressure(295.65, fit.label) for fit in substance(name).vapour_pressures)
    assert first.pressure != pytest.approx(second.pressure, rel=0.05)
    assert first.pressure == pytest.approx(second.pressure, rel=0.32)


def test_an_unknown_choice_names_the_known_ones() -> None:
    with pytest.raises(UnknownName, match="supplier, NIST"):
        substance("DEZ").vapour_pressure(293.15, "Sigma")


@pytest.mark.parametrize(("name", "hint"), [("O3", "generator"), ("Ar", "gas line")])
def test_without_a_fit_nothing_is_invented(name: str, hint: str) -> None:
    with pytest.raises(InputError, match=hint):
        substance(name).vapour_pressure(293.15)


def test_celsius_given_for_kelvin_is_refused_at_the_pole() -> None:
    with pytest.raises(InputError, match="kelvin"):
        substance("EG").vapour_pressure(20.0)


@pytest.mark.parametrize("kelvin", [math.nan, -1.0, 0.0, math.inf])
def test_no_absolute_temperature(kelvin: float) -> None:
    with pytest.raises(InputError, match="kelvin"):
        substance("TMA").vapour_pressure(kelvin)


@given(st.sampled_from(WITH_FIT), st.floats(250.0, 460.0), st.floats(0.1, 30.0))
def test_pressure_rises_with_temperature_and_lies_in_its_band(entry: Substance, kelvin: float, step: float) -> None:
    for fit in entry.vapour_pressures:
        here, there = entry.vapour_pressure(kelvin, fit.label), entry.vapour_pressure(kelvin + step, fit.label)
        assert here.pressure < there.pressure
        assert 0.0 < here.low < here.pressure < here.high


@pytest.mark.parametrize("entry", WITH_FIT, ids=lambda entry: entry.name)
def test_every_fit_states_mark_source_and_uncertainty(entry: Substance) -> None:
    for fit in entry.vapour_pressures:
        assert fit.source
        assert fit.uncertainty_basis
        assert 0.0 < (fit.relative_uncertainty or 0.0) < 1.0
        if fit.mark is Mark.U:
            assert (fit.relative_uncertainty or 0.0) >= 0.4
