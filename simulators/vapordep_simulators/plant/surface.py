"""The surface in a changing gas: two-precursor kinetics for several metals and co-reactants, with residual gas.

Metal m holds the part c_m of the sites, C = sum c_m, and every gas reaches the surface with its own residual time:

    c_m' = a_m (1 - C) - (sum b_k) c_m,   a = k(T) p_s,   p_s' = (p - p_s)/tp      (tp keeps the exposure)

Where co-reactant k takes what metal m holds, one cycle of their film grows. Films that soak up metal precursor keep
it at the rate `solubility p/tau_in - m/tau_out`, and what the co-reactant finds of it becomes film too (CVD).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from math import exp, expm1

import numpy as np

from vapordep_simulators.plant.chemistry_of import Growing, SurfaceChemistry
from vapordep_simulators.plant.expansion import Expansion, Floats
from vapordep_simulators.plant.film import FilmState
from vapordep_simulators.plant.gas import Trajectory
from vapordep_simulators.plant.quadrature import POINTS, WEIGHTS, Occupation, absorption, occupation, refined
from vapordep_simulators.plant.stepping import Stepped

MOST = 2000
"""Most intervals of one piece of time."""
_ENDS = np.append(POINTS, 1.0)


@dataclass(frozen=True, slots=True)
class SurfaceRates:
    """At one temperature: k (R,) in 1/(Pa s), 1/tp (R,), growth a cycle (F,) in m, uptake (F,) as (in, out).

    `pascal` is the pressure of one mole in the chamber.
    """

    adsorption: Floats
    release: Floats
    growth: tuple[float, ...]
    uptake: tuple[tuple[float, float] | None, ...]
    pascal: float


def surface_rates(chemistry: SurfaceChemistry, foil: float, pascal: float) -> SurfaceRates:
    """The rates on a foil of the temperature `foil` in K."""
    reactants = chemistry.reactants
    return SurfaceRates(
        np.array([one.adsorption.value(foil) for one in reactants]),
        1.0 / np.array([one.residual_time.value(foil) for one in reactants]),
        tuple(max(growing.film.growth_per_cycle.value(foil), 0.0) for growing in chemistry.films),
        tuple(_uptake(growing, foil) for growing in chemistry.films),
        pascal,
    )


def _uptake(growing: Growing, foil: float) -> tuple[float, float] | None:
    uptake = growing.film.uptake
    if uptake is None:
        return None
    return uptake.solubility.value(foil) / uptake.tau_in.value(foil), 1.0 / uptake.tau_out.value(foil)


@dataclass(frozen=True, slots=True)
class Rows:
    """Where a trajectory of the gas holds the species, and what the surface feels of the reactants."""

    species: int
    felt: slice


@dataclass(frozen=True, slots=True)
class Grown:
    """A film over a piece of time: `edges` (I + 1,) in s since its start, and the film at each."""

    edges: list[float]
    films: list[FilmState]


def grown(
    chemistry: SurfaceChemistry, film: FilmState, gas: Trajectory, rows: Rows, rates: SurfaceRates, duration: float
) -> Grown:
    """The film after each interval of a piece of `duration` s; intervals are chosen by what the gas does."""
    factors = rates.adsorption * rates.pascal

    def exponent(tau: Floats) -> Floats:
        total: Floats = gas.integral(tau)[:, rows.felt] @ factors
        return total

    edges = refined(exponent, duration, _fastest(gas, rows), MOST)
    dosing = _Dosing(chemistry, gas, rows, rates, edges)
    films = [film]
    for step in dosing.steps(film):
        films.append(step)
    return Grown(edges.tolist(), films)


def _fastest(gas: Trajectory, rows: Rows) -> float:
    """The fastest change in 1/s of what the surface feels."""
    if isinstance(gas, Stepped):
        return 1.0 / float(np.median(np.diff(gas.nodes)))
    assert isinstance(gas, Expansion)  # noqa: S101 - the only other kind
    moving = (gas.weights[rows.felt] != 0.0).any(axis=0)
    return float(-gas.rates[moving].min()) if moving.any() else 0.0


class _Dosing:
    """Exposures of all intervals at once, and then the film from interval to interval."""

    def __init__(
        self, chemistry: SurfaceChemistry, gas: Trajectory, rows: Rows, rates: SurfaceRates, edges: Floats
    ) -> None:
        self.chemistry = chemistry
        self.rates = rates
        self.widths = np.diff(edges)
        instants = np.append((edges[:-1, None] + self.widths[:, None] * _ENDS).ravel(), 0.0)
        shape = (len(self.widths), len(_ENDS), -1)
        values = np.maximum(gas.at(instants)[:-1], 0.0)
        areas = gas.integral(instants)
        before = np.vstack([areas[-1], areas[4:-1:5]])[:-1]
        self.exposures = (areas[4:-1:5, : rows.species] - before[:, : rows.species]) * rates.pascal
        felt = np.maximum(areas[:-1, rows.felt].reshape(shape) - before[:, None, rows.felt], 0.0)
        self.everything = values[:, : rows.species].reshape(shape)[:, :4] * rates.pascal
        self.pressures = values[:, rows.felt].reshape(shape)[:, :4] * rates.pascal
        self.felt = felt * rates.pascal
        self.speeds = self.pressures * rates.adsorption
        self.areas = self.felt * rates.adsorption

    def steps(self, film: FilmState) -> Iterator[FilmState]:
        """The film at the end of each interval."""
        metals = len(self.chemistry.metals)
        sites = occupation(
            self.widths,
            self.speeds[..., :metals].sum(-1),
            self.areas[..., :metals].sum(-1),
            self.speeds[..., metals:].sum(-1),
            self.areas[..., metals:].sum(-1),
        )
        sorption = [self._sorption(f) for f in range(len(self.chemistry.films))]
        reached = self.areas[:, -1, :].tolist()
        barest = list(accumulate((sum(row[:metals]) for row in reached), initial=film.reached))
        exposures = _summed(film.exposure, self.exposures)
        attacks = _summed(film.attack, self._suffering() * np.array([[exp(-part)] for part in barest[:-1]]))
        for i, (keep, gain, take, took) in enumerate(_rows(sites)):
            covered, converted = _shared(film.covered, reached[i], metals, keep, gain, take, took)
            steady, soaked, excess, absorbed, cycles = self._deposited(film, converted, sorption, i)
            film = FilmState(
                covered, steady, soaked, excess, absorbed, cycles, barest[i + 1], exposures[i + 1], attacks[i + 1]
            )
            yield film

    def _suffering(self) -> Floats:
        """Exposure (I, m) to what attacks the substrate, of a surface that is all bare when the interval starts.

        Of a reactant counts what reaches the surface, of another gas all.
        """
        metals = len(self.chemistry.metals)
        still_bare = np.exp(-self.areas[:, :4, :metals].sum(-1))
        attacking = np.zeros(self.everything.shape)
        attackers = list(self.chemistry.attackers)
        attacking[..., attackers] = self.everything[..., attackers]
        for r, reactant in enumerate(self.chemistry.reactants):
            if reactant.species in self.chemistry.attackers:
                attacking[..., reactant.species] = self.pressures[..., r]
        suffering: Floats = np.einsum("ijk,ij,i->ik", attacking, WEIGHTS * still_bare, self.widths)
        return suffering

    def _sorption(self, index: int) -> list[tuple[float, float, float, float]] | None:
        """How one film soaks up and gives back, for each interval and a fully developed film."""
        uptake = self.rates.uptake[index]
        if uptake is None:
            return None
        growing = self.chemistry.films[index]
        partner = len(self.chemistry.metals) + growing.coreactant
        filling = uptake[0] * self.pressures[..., growing.metal]
        found = absorption(self.widths, filling, self.speeds[..., partner], self.areas[..., partner], uptake[1])
        return list(_rows(found))

    def _deposited(
        self,
        film: FilmState,
        converted: list[list[float]],
        sorption: list[list[tuple[float, float, float, float]] | None],
        interval: int,
    ) -> "_Deposit":
        """The film's thicknesses, what it has absorbed, and its cycles, after an interval."""
        fresh = sum(map(sum, converted))
        steady, excess, cycles = film.steady, film.excess, film.cycles + fresh
        if fresh:
            steady, excess = self._cycled(film, converted, fresh)
        if not any(sorption):
            return steady, film.soaked, excess, film.absorbed, cycles
        soaked, absorbed = list(film.soaked), list(film.absorbed)
        for f, (intervals, growing) in enumerate(zip(sorption, self.chemistry.films, strict=True)):
            uptake = growing.film.uptake
            if intervals is None or uptake is None:
                continue
            keep, gain, take, took = intervals[interval]
            depth = film.steady[f] + film.soaked[f] + film.excess[f]
            filled = -expm1(-depth / uptake.thickness_scale.value)
            reacted = take * absorbed[f] + took * filled
            absorbed[f] = keep * absorbed[f] + gain * filled
            soaked[f] += reacted * uptake.yield_.value / growing.film.density.value
        return steady, tuple(soaked), excess, tuple(absorbed), cycles

    def _cycled(
        self, film: FilmState, converted: list[list[float]], fresh: float
    ) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Thickness (F,) from cycles as they always are, and from the first ones, after `fresh` more of all."""
        steady, excess = list(film.steady), list(film.excess)
        more = self.chemistry.excess_between(film.cycles, film.cycles + fresh)
        for f, growing in enumerate(self.chemistry.films):
            part = converted[growing.metal][growing.coreactant]
            if part:
                steady[f] += part * self.rates.growth[f]
                excess[f] += part / fresh * more * self.rates.growth[f]
        return tuple(steady), tuple(excess)


_Deposit = tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...], tuple[float, ...], float]
"""Steady, soaked, excess, absorbed (F,), and cycles, as `FilmState` has them."""


def _summed(start: Floats, added: Floats) -> Floats:
    """Sums (I + 1, m) of what each interval added, one after the other."""
    sums: Floats = np.add.accumulate(np.vstack([start, added]))
    return sums


def _rows(found: Occupation) -> Iterator[tuple[float, float, float, float]]:
    parts = (found.keep.tolist(), found.gain.tolist(), found.take.tolist(), found.took.tolist())
    return zip(*parts, strict=True)


def _shared(
    covered: tuple[float, ...], reached: list[float], metals: int, keep: float, gain: float, take: float, took: float
) -> tuple[tuple[float, ...], list[list[float]]]:
    """Coverage by metal after an interval, and the cycles that each metal and co-reactant made of it.

    Exact in sum. Of several metals in the gas at once each gains by its exposure, and of several co-reactants each
    takes by its own: exact as long as one of each is there.
    """
    total = sum(covered)
    metal_sum, coreactant_sum = sum(reached[:metals]), sum(reached[metals:])
    taken = take * total + took
    after = keep * total + gain
    held = exp(-coreactant_sum)
    fresh, fresh_taken = after - held * total, taken - (1.0 - held) * total
    coverage, converted = [], []
    shares = [area / coreactant_sum if coreactant_sum > 0.0 else 0.0 for area in reached[metals:]]
    for m, part in enumerate(covered):
        share = reached[m] / metal_sum if metal_sum > 0.0 else 0.0
        coverage.append(held * part + share * fresh)
        gone = (1.0 - held) * part + share * fresh_taken
        converted.append([gone * taker for taker in shares])
    return tuple(coverage), converted
