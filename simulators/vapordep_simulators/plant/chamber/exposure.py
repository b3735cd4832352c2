"""What the gas of a piece of time does to the surface, interval by interval, whatever lies on it.

Every gas reaches the surface with its own residual time: p_s' = (p - p_s)/tp, which keeps the exposure.
"""

from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np

from vapordep.lazy import dataclass
from vapordep_simulators.plant.chamber.chemistry_of import Growing, SurfaceChemistry
from vapordep_simulators.plant.chamber.expansion import Expansion, Floats
from vapordep_simulators.plant.chamber.gas import Trajectory
from vapordep_simulators.plant.chamber.quadrature import POINTS, refined
from vapordep_simulators.plant.chamber.stepping import Stepped

MOST = 2000
"""Most intervals of one piece of time."""
_ENDS = np.append(POINTS, 1.0)
_START = np.zeros(1)


@dataclass(frozen=True, slots=True)
class SurfaceRates:
    """At one temperature: k (R,) in 1/(Pa s), 1/tp (R,), growth a cycle (F,) in m, uptake (F, 2) as (in, out).

    Uptake is 0 of a film that takes nothing up. `pascal` is the pressure of one mole in the chamber.
    """

    adsorption: Floats
    release: Floats
    growth: tuple[float, ...]
    uptake: Floats
    pascal: float


def surface_rates(chemistry: SurfaceChemistry, foil: float, pascal: float) -> SurfaceRates:
    """The rates on a foil of the temperature `foil` in K."""
    reactants = chemistry.reactants
    return SurfaceRates(
        np.array([one.adsorption.value(foil) for one in reactants]),
        1.0 / np.array([one.residual_time.value(foil) for one in reactants]),
        tuple(max(growing.film.growth_per_cycle.value(foil), 0.0) for growing in chemistry.films),
        np.array([_uptake(growing, foil) for growing in chemistry.films]).reshape(-1, 2),
        pascal,
    )


def _uptake(growing: Growing, foil: float) -> tuple[float, float]:
    uptake = growing.film.uptake
    if uptake is None:
        return 0.0, 0.0
    return uptake.solubility.value(foil) / uptake.tau_in.value(foil), 1.0 / uptake.tau_out.value(foil)


@dataclass(frozen=True, slots=True)
class Rows:
    """Where a trajectory of the gas holds the species, and what the surface feels of the reactants."""

    species: int
    felt: slice


@dataclass(frozen=True, slots=True)
class Exposure:
    """I intervals of time that follow each other; arrays begin with one of them, and then with its four points.

    `widths` (I,) in s; `gases` (I, m) in Pa s; pressures `everywhere` (I, 4, m) and `felt` (I, 4, R) in Pa; `speeds`
    (I, 4, R) in 1/s at which bare sites would be taken, and `areas` (I, 5, R) their integrals from the start of the
    interval to its points and its end. What holds of the foil: `growth` (I, F) in m a cycle, `uptake` (I, F, 2) as
    (in, out), 0 of a film that takes nothing up.
    """

    widths: Floats
    gases: Floats
    everywhere: Floats
    felt: Floats
    speeds: Floats
    areas: Floats
    growth: Floats
    uptake: Floats

    @classmethod
    def joined(cls, parts: Sequence["Exposure"]) -> "Exposure":
        """One after the other."""
        if len(parts) == 1:
            return parts[0]
        return cls(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)))

    def slowed(self, factors: Floats) -> "Exposure":
        """As sites feel it that take each reactant with k times one of `factors` (R,)."""
        return replace(self, speeds=self.speeds * factors, areas=self.areas * factors)


def exposed(gas: Trajectory, rows: Rows, rates: SurfaceRates, duration: float) -> Exposure:
    """The exposure of a piece of `duration` s, in intervals that are chosen by what the gas does."""
    factors = rates.adsorption * rates.pascal

    def exponent(tau: Floats) -> Floats:
        total: Floats = gas.integral(tau)[:, rows.felt] @ factors
        return total

    return _over(gas, rows, rates, refined(exponent, duration, _fastest(gas, rows), MOST))


def _fastest(gas: Trajectory, rows: Rows) -> float:
    """The fastest change in 1/s of what the surface feels."""
    if isinstance(gas, Stepped):
        return 1.0 / float(np.median(np.diff(gas.nodes)))
    assert isinstance(gas, Expansion)  # noqa: S101 - the only other kind
    moving = (gas.weights[rows.felt] != 0.0).any(axis=0)
    return float(-gas.rates[moving].min()) if moving.any() else 0.0


def _over(gas: Trajectory, rows: Rows, rates: SurfaceRates, edges: Floats) -> Exposure:
    """The exposure over the intervals between the `edges` (I + 1,), in s since the start."""
    widths = edges[1:] - edges[:-1]
    instants = np.concatenate(((edges[:-1, None] + widths[:, None] * _ENDS).ravel(), _START))
    shape = (len(widths), len(_ENDS), -1)
    values = np.maximum(gas.at(instants)[:-1], 0.0).reshape(shape)[:, :4] * rates.pascal
    areas = gas.integral(instants) * rates.pascal
    ends = areas[4:-1:5]
    before = np.concatenate((areas[-1:], ends[:-1]))
    felt = np.maximum(areas[:-1, rows.felt].reshape(shape) - before[:, None, rows.felt], 0.0)
    return Exposure(
        widths,
        (ends - before)[:, : rows.species],
        values[..., : rows.species],
        values[..., rows.felt],
        values[..., rows.felt] * rates.adsorption,
        felt * rates.adsorption,
        np.array([rates.growth]).repeat(len(widths), axis=0),
        rates.uptake[None].repeat(len(widths), axis=0),
    )
