"""The published two-precursor model of a cycle, as a pure function: doses, purges and residual gas, in zero dimensions.

Paulson, Yanguas-Gil, Abuomar and Elam, ACS Appl. Mater. Interfaces 2021 (Argonne `aldopt`): the part c of the sites
that the first precursor holds obeys dc/dt = a1 (1 - c) - a2 c. While precursor i is dosed for t_d its rate is
a_i t_d/(t_d + tp_i) with a_i = s0 beta_i J_i, and at any other time it decays as exp(-t/tp_i). Growth is counted where
the first precursor lands. The original steps in time; here the steady cycle is solved for directly, to 1e-8.
"""

import numpy as np

from vapordep.chemistry import adsorption_constant
from vapordep.lazy import dataclass
from vapordep_simulators.plant.chamber.expansion import Expansion
from vapordep_simulators.plant.chamber.quadrature import POINTS, occupation, refined

MOST = 20_000
"""Most intervals of one phase."""


@dataclass(frozen=True, slots=True)
class Precursor:
    """Pressure in Pa, molar mass in kg/mol, sticking probability, and tp in s with which its residue decays."""

    pressure: float
    molar_mass: float
    sticking: float
    residual_time: float


def relative_growth(
    first: Precursor,
    second: Precursor,
    times: tuple[float, float, float, float],
    *,
    temperature: float,
    site_area: float,
) -> float:
    """Steady growth per cycle relative to saturation; above 1 what is left from too short purges adds CVD.

    `times` in s: first dose, purge, second dose, purge; `temperature` in K; `site_area` in m2.
    """
    rates = [
        adsorption_constant(one.sticking, site_area, one.molar_mass, temperature) * one.pressure
        for one in (first, second)
    ]
    return steady_growth(rates[0], rates[1], times, (first.residual_time, second.residual_time))


def steady_growth(
    first_rate: float,
    second_rate: float,
    times: tuple[float, float, float, float],
    residual_times: tuple[float, float],
) -> float:
    """As `relative_growth`, from the rates a1 and a2 (1/s) of a site that saturates at the dosed pressures."""
    decays = 1.0 / residual_times[0], 1.0 / residual_times[1]
    dosed = (
        first_rate * times[0] / (times[0] + residual_times[0]),
        second_rate * times[2] / (times[2] + residual_times[1]),
    )
    residues = dosed[0], dosed[1] * float(np.exp(-times[3] * decays[1]))
    keep, gain, take, took = 1.0, 0.0, 0.0, 0.0
    for phase, duration in enumerate(times):
        signals, residues = _phase(phase, duration, dosed, decays, residues)
        for one in _intervals(signals, duration):
            # compose the affine maps: coverage, and what the second precursor took, per coverage at the start
            take, took = take + one[2] * keep, took + one[2] * gain + one[3]
            keep, gain = one[0] * keep, one[0] * gain + one[1]
    start = gain / (1.0 - keep) if keep < 1.0 else 0.0
    return take * start + took


def _phase(
    phase: int, duration: float, dosed: tuple[float, float], decays: tuple[float, float], residues: tuple[float, float]
) -> tuple[Expansion, tuple[float, float]]:
    """The two rates over a phase, and what they are at its end."""
    start, steady = list(residues), [False, False]
    if phase in (0, 2):
        which = phase // 2
        start[which], steady[which] = dosed[which], True
    rates = np.array([0.0 if still else decay for still, decay in zip(steady, decays, strict=True)])
    signals = Expansion(-rates, np.diag(start), np.zeros(2), np.zeros(2))
    end = signals.at(np.array([duration]))[0]
    return signals, (float(end[0]), float(end[1]))


def _intervals(signals: Expansion, duration: float) -> list[tuple[float, float, float, float]]:
    if duration <= 0.0:
        return []
    edges = refined(lambda tau: signals.integral(tau).sum(axis=1), duration, float(-signals.rates.min()), MOST)
    widths = np.diff(edges)
    points = edges[:-1, None] + widths[:, None] * np.append(POINTS, 1.0)
    rates = signals.at(points.ravel()).reshape(*points.shape, 2)[:, :4]
    areas = signals.integral(points.ravel()).reshape(*points.shape, 2)
    areas = areas - signals.integral(edges[:-1])[:, None]
    found = occupation(widths, rates[..., 0], areas[..., 0], rates[..., 1], areas[..., 1])
    return list(zip(*(part.tolist() for part in (found.keep, found.gain, found.take, found.took)), strict=True))
