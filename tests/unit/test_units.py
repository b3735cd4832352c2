"""The table of units: exact factors, strict spellings, and text that comes back as it went."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vapordep import units
from vapordep.errors import UnitError
from vapordep.units import (
    Dimension,
    Unit,
    figures,
    format_si,
    from_si,
    parse,
    si_unit,
    spellings,
    standard_flow,
    to_si,
    unit,
)

D = Dimension
ALL = [unit(symbol, dimension) for dimension in D for symbol in spellings(dimension)]


@pytest.mark.parametrize(
    ("text", "dimension", "si"),
    [
        ("50 ms", D.TIME, 0.05),
        ("40s", D.TIME, 40.0),
        ("2 h", D.TIME, 7200.0),
        ("20 degC", D.TEMPERATURE, 293.15),
        ("20 °C", D.TEMPERATURE, 293.15),
        ("32 degF", D.TEMPERATURE, 273.15),
        ("3 K", D.TEMPERATURE_DIFFERENCE, 3.0),
        ("9 delta_degF", D.TEMPERATURE_DIFFERENCE, 5.0),
        ("6 K/min", D.TEMPERATURE_RATE, 0.1),
        ("1 atm", D.PRESSURE, 101325.0),
        ("760 Torr", D.PRESSURE, 101325.0),
        ("1000 mTorr", D.PRESSURE, 133.32236842105263),
        ("1 micron", D.PRESSURE, 0.13332236842105263),
        ("14.695948775513 psi", D.PRESSURE, 101325.0),
        ("+1.5e-3 mbar", D.PRESSURE, 0.15),
        ("1 L", D.VOLUME, 1e-3),
        ("1 L", D.EXPOSURE, 1.3332236842105263e-4),
        ("1.75 m3/h", D.VOLUME_FLOW, 4.861111111111111e-4),
        ("1 cfm", D.VOLUME_FLOW, 4.719474432e-4),
        ("1 sccm", D.MOLAR_FLOW, 7.4358e-7),
        ("1 slm", D.MOLAR_FLOW, 7.4358e-4),
        ("1 mTorr/min", D.PRESSURE_RATE, 2.2220394736842105e-3),
        ("1 Torr L/s", D.THROUGHPUT, 0.13332236842105263),
        ("33 ng/cm2", D.MASS_PER_AREA, 3.3e-7),
        ("0.11 nm/cycle", D.GROWTH_PER_CYCLE, 1.1e-10),
        ("5 nm/min", D.GROWTH_RATE, 8.333333333333333e-11),
        ("45 µm", D.LENGTH, 4.5e-5),
        ("50 %", D.FRACTION, 0.5),
        ("0.5", D.FRACTION, 0.5),
    ],
)
def test_a_quantity_is_read_in_si(text: str, dimension: Dimension, si: float) -> None:
    assert parse(text, dimension) == pytest.approx(si, rel=1e-5 if "scc" in text or "slm" in text else 1e-13)


def test_a_standard_cubic_centimetre_is_that_of_the_ideal_gas() -> None:
    assert units.sccm.factor == pytest.approx(101325 * 1e-6 / (8.31446261815324 * 273.15) / 60, rel=1e-12)
    at_25_degc = standard_flow(reference_temperature=298.15)
    assert at_25_degc.factor / units.sccm.factor == pytest.approx(273.15 / 298.15, rel=1e-12)
    assert standard_flow("slm").factor == units.slm.factor
    with pytest.raises(UnitError, match="use sccm or slm"):
        standard_flow("scfh")


@pytest.mark.parametrize(
    ("text", "dimension", "told"),
    [
        ("50", D.TIME, "the unit is missing in '50'"),
        ("0,05 s", D.TIME, "comma"),
        ("1,000 Pa", D.PRESSURE, "comma"),
        ("nan s", D.TIME, "not a finite number"),
        ("-inf s", D.TIME, "not a finite number"),
        ("1e999 s", D.TIME, "too large"),
        ("1e308 d", D.TIME, "too large"),
        ("fast", D.TIME, "does not begin with a number"),
        ("", D.TIME, "does not begin with a number"),
        ("0x10 s", D.TIME, "unknown unit"),
        ("1_000 s", D.TIME, "unknown unit"),
        ("٣ s", D.TIME, "does not begin with a number"),
        ("50 Mtorr", D.PRESSURE, "upper and lower case differ .* 'mTorr'"),
        ("50 PA", D.PRESSURE, "did you mean 'Pa'"),
        ("50 MS", D.TIME, "did you mean 'ms'"),
        ("20 C", D.TEMPERATURE, "did you mean 'degC'"),
        ("20 sscm", D.MOLAR_FLOW, "did you mean 'sccm'"),
        ("5 degC", D.TEMPERATURE_DIFFERENCE, "temperature, but temperature difference is expected.*delta_degC"),
        ("5 delta_degC", D.TEMPERATURE, "temperature difference, but temperature is expected"),
        ("5 min", D.LENGTH, "unit of time, but length is expected. Do: .* m, cm, mm, um, nm, angstrom"),
        ("-300 degC", D.TEMPERATURE, "below absolute zero"),
        ("5 " + "x" * 5000, D.TIME, "unknown unit 'xxx"),
    ],
)
def test_what_is_not_a_quantity_is_refused_with_a_remedy(text: str, dimension: Dimension, told: str) -> None:
    with pytest.raises(UnitError, match=told) as caught:
        parse(text, dimension)
    assert caught.value.remedy
    assert len(str(caught.value)) < 300


def test_a_spelling_with_two_meanings_needs_its_dimension() -> None:
    with pytest.raises(UnitError, match="temperature or temperature difference"):
        unit("K")
    with pytest.raises(UnitError, match="volume or exposure"):
        unit("L")
    assert unit("K", D.TEMPERATURE_DIFFERENCE) == units.delta_K


@pytest.mark.parametrize("dimension", D, ids=lambda dimension: dimension.value)
def test_the_first_unit_of_every_dimension_is_si(dimension: Dimension) -> None:
    si = si_unit(dimension)
    assert (si.factor, si.offset) == (1.0, 0.0)
    assert math.isfinite(parse(format_si(1.0, dimension), dimension))


@given(st.sampled_from(ALL), st.floats(-1e6, 1e6))
def test_conversion_goes_there_and_back(one: Unit, number: float) -> None:
    assert from_si(to_si(number, one), one) == pytest.approx(number, rel=1e-9, abs=1e-9)


@given(st.sampled_from(list(D)), st.floats(1e-9, 1e6))
def test_what_a_person_is_shown_can_be_read_again(dimension: Dimension, value: float) -> None:
    again = parse(format_si(value, dimension), dimension)
    assert again == pytest.approx(value, rel=6e-4, abs=0.06 if dimension is D.TEMPERATURE else 0.0)


@pytest.mark.parametrize(
    ("value", "dimension", "shown"),
    [
        (0.05, D.TIME, "50 ms"),
        (0.99999, D.TIME, "1 s"),
        (75.0, D.TIME, "75 s"),
        (4320.0, D.TIME, "72 min"),
        (0.0, D.TIME, "0 s"),
        (-0.002, D.TIME, "-2 ms"),
        (373.15, D.TEMPERATURE, "100 degC"),
        (3.0, D.TEMPERATURE_DIFFERENCE, "3 K"),
        (97.226, D.PRESSURE, "97.23 Pa"),
        (20 * units.sccm.factor, D.MOLAR_FLOW, "20 sccm"),
        (0.0, D.MOLAR_FLOW, "0 sccm"),
        (4e-9, D.LENGTH, "4 nm"),
        (3.3e-7, D.MASS_PER_AREA, "33 ng/cm2"),
        (0.994, D.FRACTION, "99.4 %"),
        (math.nan, D.PRESSURE, "no value"),
    ],
)
def test_a_person_is_shown_a_unit_of_the_right_size(value: float, dimension: Dimension, shown: str) -> None:
    assert format_si(value, dimension) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(16570.4, "16570"), (-94664.0, "-94660"), (1.234e6, "1.234e+06"), (1.5e-7, "1.5e-07"), (0.0, "0")],
)
def test_large_numbers_need_no_exponent(value: float, shown: str) -> None:
    assert figures(value) == shown


def test_arrays_convert_like_numbers() -> None:
    celsius = np.array([0.0, 100.0, np.nan])
    assert to_si(celsius, units.degC) == pytest.approx([273.15, 373.15, np.nan], nan_ok=True)
    assert from_si(to_si(celsius, units.degF), units.degF) == pytest.approx([0.0, 100.0, np.nan], nan_ok=True)
