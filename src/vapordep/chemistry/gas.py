"""Closed forms of dilute gases: mean speed, impingement, and the rate at which a sticking gas fills a surface."""

from math import pi, sqrt

from vapordep.units import GAS_CONSTANT

BOLTZMANN = 1.380649e-23
"""J/K, exact (SI 2019)."""


def mean_speed(molar_mass: float, temperature: float) -> float:
    """Mean thermal speed in m/s of a gas of `molar_mass` (kg/mol) at `temperature` (K): sqrt(8 R T / (pi M))."""
    return sqrt(8.0 * GAS_CONSTANT * temperature / (pi * molar_mass))


def impingement(pressure: float, molar_mass: float, temperature: float) -> float:
    """Molecules that hit a surface, in 1/(m2 s), from a gas at `pressure` (Pa): J = v p / (4 kB T) (Hertz-Knudsen)."""
    return mean_speed(molar_mass, temperature) * pressure / (4.0 * BOLTZMANN * temperature)


def adsorption_constant(sticking: float, site_area: float, molar_mass: float, temperature: float) -> float:
    """Langmuir constant k in 1/(Pa s): k = s0 beta v / (4 kB T), so that d(theta)/dt = k p (1 - theta).

    `sticking` is the probability beta on an empty site, `site_area` s0 in m2, `molar_mass` in kg/mol, T in K.
    """
    return site_area * sticking * impingement(1.0, molar_mass, temperature)
