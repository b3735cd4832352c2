"""Closed forms of dilute gases against the published table of flat self-limited doses."""

from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vapordep.chemistry import BOLTZMANN, adsorption_constant, impingement, mean_speed

SITE_AREA = 2.25e-19

# The program that gave the table rounds kB to 1.38e-23 J/K and the atomic mass unit to 1.66e-27 kg, which makes its
# speeds 7e-5 and its fluxes 4e-4 differ from those of the exact constants; with its constants all digits agree.
ROUNDED_BOLTZMANN, ROUNDED_MASS_UNIT, MASS_UNIT = 1.38e-23, 1.66e-27, 1.66053906660e-27
SLOWER = sqrt(ROUNDED_BOLTZMANN / BOLTZMANN * MASS_UNIT / ROUNDED_MASS_UNIT)
DOSES = [  # kg/mol, K, Pa, sticking | m/s, 1/(m2 s), s
    (0.07209, 473.15, 26.66, 1e-3, 372.750, 3.8049e23, 1.16809e-2),
    (0.07209, 373.15, 26.66, 1e-4, 331.024, 4.2845e23, 1.03734e-1),
    (0.07209, 393.15, 10.0, 1e-3, 339.780, 1.56567e23, 2.83869e-2),
    (0.1235, 393.15, 10.0, 1e-3, 259.598, 1.19620e23, 3.71547e-2),
]


@pytest.mark.parametrize(("molar_mass", "temperature", "pressure", "sticking", "speed", "flux", "time"), DOSES)
def test_speed_flux_and_filling_time(
    molar_mass: float, temperature: float, pressure: float, sticking: float, speed: float, flux: float, time: float
) -> None:
    here = (
        mean_speed(molar_mass, temperature),
        impingement(pressure, molar_mass, temperature),
        1.0 / (adsorption_constant(sticking, SITE_AREA, molar_mass, temperature) * pressure),
    )
    assert here == pytest.approx((speed, flux, time), rel=5e-4)
    as_published = (here[0] * SLOWER, here[1] * SLOWER * BOLTZMANN / ROUNDED_BOLTZMANN)
    assert (*as_published, here[2] * here[1] / as_published[1]) == pytest.approx((speed, flux, time), rel=1e-5)


def test_a_part_per_million_of_water_in_air_makes_a_monolayer_in_milliseconds() -> None:
    flux = impingement(0.1, 18.015e-3, 298.15)
    assert flux == pytest.approx(3.60e21, rel=3e-3)
    assert 1e19 / flux == pytest.approx(2.8e-3, rel=1e-2)


@given(st.floats(1e-3, 1.0), st.floats(200.0, 700.0), st.floats(1e-6, 1e5))
def test_flux_is_linear_in_pressure_and_falls_with_mass_and_temperature(mass: float, kelvin: float, pa: float) -> None:
    flux = impingement(pa, mass, kelvin)
    assert impingement(2.0 * pa, mass, kelvin) == pytest.approx(2.0 * flux)
    assert impingement(pa, 4.0 * mass, kelvin) == pytest.approx(flux / 2.0)
    assert impingement(pa, mass, 4.0 * kelvin) == pytest.approx(flux / 2.0)
