"""The surface in a changing gas: two-precursor kinetics for several metals and co-reactants, with residual gas.

Metal m holds the part c_m of the sites, C = sum c_m, and every gas reaches the surface with its own residual time:

    c_m' = a_m (1 - C) - (sum b_k) c_m,   a = k(T) p_s,   p_s' = (p - p_s)/tp      (tp keeps the exposure)

Where co-reactant k takes what metal m holds, one cycle of their film grows. Films that soak up metal precursor keep
it at the rate `solubility p/tau_in - m/tau_out`, and what the co-reactant finds of it becomes film too (CVD).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import expm1

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
    """A film over a piece of time: `edges` (I + 1,) in s since its start, and at each of them what `FilmState` tells.

    Arrays (I + 1, M) and (I + 1, F) and (I + 1, m), or (I + 1,).
    """

    edges: Floats
    covered: Floats
    steady: Floats
    soaked: Floats
    excess: Floats
    absorbed: Floats
    cycles: Floats
    reached: Floats
    exposure: Floats
    attack: Floats

    def film(self, edge: int) -> FilmState:
        """The film at an edge, counted as those of a list are."""
        layers = (self.covered, self.steady, self.soaked, self.excess, self.absorbed)
        covered, steady, soaked, excess, absorbed = (tuple(values[edge].tolist()) for values in layers)
        cycles, reached = float(self.cycles[edge]), float(self.reached[edge])
        exposure, attack = self.exposure[edge], self.attack[edge]
        return FilmState(covered, steady, soaked, excess, absorbed, cycles, reached, exposure, attack)


def grown(
    chemistry: SurfaceChemistry, film: FilmState, gas: Trajectory, rows: Rows, rates: SurfaceRates, duration: float
) -> Grown:
    """The film after each interval of a piece of `duration` s; intervals are chosen by what the gas does."""
    factors = rates.adsorption * rates.pascal

    def exponent(tau: Floats) -> Floats:
        total: Floats = gas.integral(tau)[:, rows.felt] @ factors
        return total

    edges = refined(exponent, duration, _fastest(gas, rows), MOST)
    return _Dosing(chemistry, gas, rows, rates, edges).grown(film)


def _fastest(gas: Trajectory, rows: Rows) -> float:
    """The fastest change in 1/s of what the surface feels."""
    if isinstance(gas, Stepped):
        return 1.0 / float(np.median(np.diff(gas.nodes)))
    assert isinstance(gas, Expansion)  # noqa: S101 - the only other kind
    moving = (gas.weights[rows.felt] != 0.0).any(axis=0)
    return float(-gas.rates[moving].min()) if moving.any() else 0.0


class _Dosing:
    """Exposures of all intervals at once, and what they make of a film."""

    def __init__(
        self, chemistry: SurfaceChemistry, gas: Trajectory, rows: Rows, rates: SurfaceRates, edges: Floats
    ) -> None:
        self.chemistry = chemistry
        self.rates = rates
        self.edges = edges
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

    def grown(self, film: FilmState) -> Grown:
        """The film at the end of each interval, and in the beginning."""
        covered, converted = self._shared(film.covered)
        fresh = converted.sum(axis=(1, 2))
        cycles = _summed(film.cycles, fresh)
        steady, excess = self._cycled(film, converted, fresh, cycles)
        soaked, absorbed = self._sorbed(film, steady + excess)
        metals = len(self.chemistry.metals)
        reached = _summed(film.reached, self.areas[:, -1, :metals].sum(axis=1))
        exposure, attack = _summed(film.exposure, self.exposures), self._attacked(film, reached)
        return Grown(self.edges, covered, steady, soaked, excess, absorbed, cycles, reached, exposure, attack)

    def _shared(self, covered: tuple[float, ...]) -> tuple[Floats, Floats]:
        """Coverage (I + 1, M) by metal, and the cycles (I, M, K) that each metal and co-reactant made in an interval.

        Exact in sum. Of several metals in the gas at once each gains by its exposure, and of several co-reactants each
        takes by its own: exact as long as one of each is there.
        """
        metals = len(self.chemistry.metals)
        sites = occupation(
            self.widths,
            self.speeds[..., :metals].sum(-1),
            self.areas[..., :metals].sum(-1),
            self.speeds[..., metals:].sum(-1),
            self.areas[..., metals:].sum(-1),
        )
        total = _followed(sum(covered), sites.keep, sites.gain)
        reached = self.areas[:, -1, :]
        gaining, takers = _parts(reached[:, :metals]), _parts(reached[:, metals:])
        held = np.exp(-reached[:, metals:].sum(axis=1))
        fresh = total[1:] - held * total[:-1]
        fresh_taken = sites.take * total[:-1] + sites.took - (1.0 - held) * total[:-1]
        parts = np.array([_followed(part, held, gaining[:, m] * fresh) for m, part in enumerate(covered)])
        parts = parts.reshape(metals, len(total)).T
        gone = (1.0 - held)[:, None] * parts[:-1] + gaining * fresh_taken[:, None]
        return parts, gone[:, :, None] * takers[:, None, :]

    def _cycled(self, film: FilmState, converted: Floats, fresh: Floats, cycles: Floats) -> tuple[Floats, Floats]:
        """Thickness (I + 1, F) from cycles as they always are, and from the first ones."""
        films = self.chemistry.films
        grew = converted[:, [one.metal for one in films], [one.coreactant for one in films]] * self.rates.growth
        more = self.chemistry.excess_between(cycles[:-1], cycles[1:])
        share = np.divide(more, fresh, out=np.zeros_like(fresh), where=fresh != 0.0)
        return _summed(film.steady, grew), _summed(film.excess, grew * share[:, None])

    def _sorbed(self, film: FilmState, depths: Floats) -> tuple[Floats, Floats]:
        """Thickness (I + 1, F) from what was absorbed, and what still is, kg/m2; `depths` (I + 1, F) without it."""
        soaked, absorbed = np.tile(film.soaked, (len(depths), 1)), np.tile(film.absorbed, (len(depths), 1))
        for f, uptake in enumerate(self.rates.uptake):
            # what was not there and has not grown takes nothing up
            if uptake is not None and (depths[-1, f] or film.soaked[f] or film.absorbed[f]):
                soaked[:, f], absorbed[:, f] = self._sorption(f, uptake, film, depths[:-1, f].tolist())
        return soaked, absorbed

    def _sorption(
        self, index: int, uptake: tuple[float, float], film: FilmState, depths: list[float]
    ) -> tuple[list[float], list[float]]:
        """How one film soaks up and gives back; the deeper it is, the more it takes."""
        growing = self.chemistry.films[index]
        law = growing.film.uptake
        assert law is not None  # noqa: S101 - it has rates
        partner = len(self.chemistry.metals) + growing.coreactant
        filling = uptake[0] * self.pressures[..., growing.metal]
        found = absorption(self.widths, filling, self.speeds[..., partner], self.areas[..., partner], uptake[1])
        scale, per_mass = law.thickness_scale.value, law.yield_.value / growing.film.density.value
        soaked, absorbed = [film.soaked[index]], [film.absorbed[index]]
        for depth, (keep, gain, take, took) in zip(depths, _rows(found), strict=True):
            filled = -expm1(-(depth + soaked[-1]) / scale)
            soaked.append(soaked[-1] + (take * absorbed[-1] + took * filled) * per_mass)
            absorbed.append(keep * absorbed[-1] + gain * filled)
        return soaked, absorbed

    def _attacked(self, film: FilmState, reached: Floats) -> Floats:
        """Exposure (I + 1, m) to what attacks the substrate, weighted with the part still bare."""
        bare = np.exp(-reached[:-1, None])
        if bare[0] == 0.0:
            return np.tile(film.attack, (len(reached), 1))
        return _summed(film.attack, self._suffering() * bare)

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


def _summed(start: Floats | tuple[float, ...] | float, added: Floats) -> Floats:
    """Sums (I + 1, ...) of what each interval added, one after the other."""
    sums: Floats = np.add.accumulate(np.concatenate([np.array(start, ndmin=added.ndim), added]))
    return sums


def _followed(start: float, keep: Floats, gain: Floats) -> Floats:
    """From interval to interval (I + 1,): what is kept of what was there, and what is gained."""
    values = [start]
    for kept, gained in zip(keep.tolist(), gain.tolist(), strict=True):
        values.append(kept * values[-1] + gained)
    return np.array(values)


def _parts(amounts: Floats) -> Floats:
    """The part of each in the sum of its row; none of nothing."""
    total = amounts.sum(axis=1, keepdims=True)
    parts: Floats = np.divide(amounts, total, out=np.zeros_like(amounts), where=total > 0.0)
    return parts


def _rows(found: Occupation) -> Iterator[tuple[float, float, float, float]]:
    parts = (found.keep.tolist(), found.gain.tolist(), found.take.tolist(), found.took.tolist())
    return zip(*parts, strict=True)
