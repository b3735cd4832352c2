"""The surface in a changing gas: two-precursor kinetics for several metals and co-reactants, with residual gas.

Metal m holds the part c_m of the sites, C = sum c_m, and a gas that is felt with the pressure p_s takes them:

    c_m' = a_m (1 - C) - (sum b_k) c_m,   a = k(T) p_s

Where co-reactant k takes what metal m holds, one cycle of their film grows. Films that soak up metal precursor keep
it at the rate `solubility p/tau_in - m/tau_out`, and what the co-reactant finds of it becomes film too (CVD).
"""

from collections.abc import Iterator
from math import expm1

import numpy as np

from vapordep.chemistry import Uptake
from vapordep.lazy import dataclass
from vapordep_simulators.plant.chamber.chemistry_of import Growing, SurfaceChemistry
from vapordep_simulators.plant.chamber.expansion import Floats
from vapordep_simulators.plant.chamber.exposure import Exposure
from vapordep_simulators.plant.chamber.quadrature import WEIGHTS, Occupation, absorption, occupation
from vapordep_simulators.plant.films.film import FilmState, adsorbed

MOST_SINCE = 16
"""So many exposures wait at most until a film is worked out."""


ALL = 1.0 - 1e-9
"""A co-reactant that has taken more than this part of the sites has taken them all."""


class Coating:
    """A film that is worked out when it is asked for, in one go over all that it was exposed to until then."""

    __slots__ = ("_before", "_chemistry", "_film", "_since")

    def __init__(self, chemistry: SurfaceChemistry, before: FilmState, since: tuple[Exposure, ...] = ()) -> None:
        self._chemistry = chemistry
        self._before = before
        self._since = since
        self._film = None if since else before

    @property
    def film(self) -> FilmState:
        """The film as it is now."""
        if self._film is None:
            self._film = grown(self._chemistry, self._before, Exposure.joined(self._since)).film(-1)
        return self._film

    def holding(self, film: FilmState) -> "Coating":
        """Another film of the same chemistry in its place."""
        return Coating(self._chemistry, film)

    def after(self, exposure: Exposure) -> "Coating":
        """What becomes of it."""
        if self._film is not None or len(self._since) >= MOST_SINCE:
            return Coating(self._chemistry, self.film, (exposure,))
        return Coating(self._chemistry, self._before, (*self._since, exposure))


@dataclass(frozen=True, slots=True)
class Grown:
    """A film before the first of I intervals, and after each: what `FilmState` tells, in arrays.

    They are (I + 1, M), (I + 1, F) and (I + 1, m), or (I + 1,); `sites` (I + 1, classes times M), `ended` (I + 1, K).
    """

    covered: Floats
    steady: Floats
    soaked: Floats
    excess: Floats
    absorbed: Floats
    cycles: Floats
    reached: Floats
    exposure: Floats
    attack: Floats
    sites: Floats
    ended: Floats

    def film(self, edge: int) -> FilmState:
        """The film at an edge, counted as those of a list are."""
        layers = (self.covered, self.steady, self.soaked, self.excess, self.absorbed)
        covered, steady, soaked, excess, absorbed = (tuple(values[edge].tolist()) for values in layers)
        cycles, reached = float(self.cycles[edge]), float(self.reached[edge])
        exposure, attack = self.exposure[edge], self.attack[edge]
        sites, ended = tuple(self.sites[edge].tolist()), tuple(self.ended[edge].tolist())
        return FilmState(covered, steady, soaked, excess, absorbed, cycles, reached, exposure, attack, sites, ended)

    def sensed(self, chemistry: SurfaceChemistry, growth: tuple[float, ...]) -> Floats:
        """`FilmState.sensed` at each edge (I + 1,)."""
        densities = np.array([growing.film.density.value for growing in chemistry.films])
        felt: Floats = (self.steady + self.soaked + self.excess) @ densities + self.absorbed.sum(axis=1)
        held: Floats = (self.covered @ adsorbed(chemistry, growth) * self.ended).sum(axis=1)
        return felt + held


def grown(chemistry: SurfaceChemistry, film: FilmState, exposure: Exposure) -> Grown:
    """The film after each interval of an exposure."""
    return _Growth(chemistry, exposure).grown(film)


class _Growth:
    """What an exposure makes of a film."""

    def __init__(self, chemistry: SurfaceChemistry, exposure: Exposure) -> None:
        self.chemistry = chemistry
        self.exposure = exposure
        self.metals = len(chemistry.metals)

    def grown(self, film: FilmState) -> Grown:
        """The film at the end of each interval, and in the beginning."""
        covered, converted, sites = self._occupied(film)
        fresh = converted.sum(axis=(1, 2))
        cycles = _summed(film.cycles, fresh)
        steady, excess = self._cycled(film, converted, fresh, cycles)
        soaked, absorbed = self._sorbed(film, steady + excess)
        reached = _summed(film.reached, self.exposure.areas[:, -1, : self.metals].sum(axis=1))
        exposure, attack = _summed(film.exposure, self.exposure.gases), self._attacked(film, reached)
        ended = self._ended(film, converted)
        return Grown(covered, steady, soaked, excess, absorbed, cycles, reached, exposure, attack, sites, ended)

    def _ended(self, film: FilmState, converted: Floats) -> Floats:
        """The part of the sites (I + 1, K) that each co-reactant took last."""
        ended: Floats = np.array([film.ended] * (len(converted) + 1))
        if self._stays_ended(film, converted):
            return ended
        for i, parts in enumerate(converted.sum(axis=1)):
            whole = float(parts.sum())
            now = parts / whole if whole >= 1.0 else (1.0 - whole) * ended[i] + parts
            ended[i + 1] = now > ALL if now.max() > ALL else now
        return ended

    def _occupied(self, film: FilmState) -> tuple[Floats, Floats, Floats]:
        """Coverage (I + 1, M), what was converted (I, M, K), and the coverage of each class of sites."""
        classes = self.chemistry.classes
        if not classes:
            covered, converted = self._shared(film.covered, self.exposure)
            return covered, converted, np.zeros((len(covered), 0))
        starts = np.reshape(film.sites, (len(classes), self.metals))
        each = [
            self._shared(tuple(start), self.exposure.slowed(one.factors))
            for one, start in zip(classes, starts.tolist(), strict=True)
        ]
        covered = sum((one.share * part for one, (part, _) in zip(classes, each, strict=True)), np.zeros(()))
        converted = sum((one.share * part for one, (_, part) in zip(classes, each, strict=True)), np.zeros(()))
        return covered, converted, np.hstack([part for part, _ in each])

    def _shared(self, covered: tuple[float, ...], exposure: Exposure) -> tuple[Floats, Floats]:
        """Coverage (I + 1, M) by metal, and the cycles (I, M, K) that each metal and co-reactant made in an interval.

        Exact in sum. Of several metals in the gas at once each gains by its exposure, and of several co-reactants each
        takes by its own: exact as long as one of each is there.
        """
        metals, speeds, areas = self.metals, exposure.speeds, exposure.areas
        sites = occupation(
            exposure.widths,
            speeds[..., :metals].sum(-1),
            areas[..., :metals].sum(-1),
            speeds[..., metals:].sum(-1),
            areas[..., metals:].sum(-1),
        )
        total = _followed(sum(covered), sites.keep, sites.gain)
        reached = areas[:, -1, :]
        gaining, takers = _parts(reached[:, :metals]), _parts(reached[:, metals:])
        held = np.exp(-reached[:, metals:].sum(axis=1))
        fresh = total[1:] - held * total[:-1]
        fresh_taken = sites.take * total[:-1] + sites.took - (1.0 - held) * total[:-1]
        parts = np.array([_followed(part, held, gaining[:, m] * fresh) for m, part in enumerate(covered)])
        parts = parts.reshape(metals, len(total)).T
        gone = (1.0 - held)[:, None] * parts[:-1] + gaining * fresh_taken[:, None]
        return parts, gone[:, :, None] * takers[:, None, :]

    @staticmethod
    def _stays_ended(film: FilmState, converted: Floats) -> bool:
        """Whether nobody takes anything but who has taken all sites before."""
        if 1.0 not in film.ended:
            return not film.ended
        by_it = converted[..., film.ended.index(1.0)]
        return bool(np.count_nonzero(by_it) == np.count_nonzero(converted))

    def _cycled(self, film: FilmState, converted: Floats, fresh: Floats, cycles: Floats) -> tuple[Floats, Floats]:
        """Thickness (I + 1, F) from cycles as they always are, and from the first ones."""
        films = self.chemistry.films
        grew = converted[:, [one.metal for one in films], [one.coreactant for one in films]] * self.exposure.growth
        more = self.chemistry.excess_between(cycles[:-1], cycles[1:])
        share = np.divide(more, fresh, out=np.zeros_like(fresh), where=fresh != 0.0)
        return _summed(film.steady, grew), _summed(film.excess, grew * share[:, None])

    def _sorbed(self, film: FilmState, depths: Floats) -> tuple[Floats, Floats]:
        """Thickness (I + 1, F) from what was absorbed, and what still is, kg/m2; `depths` (I + 1, F) without it."""
        soaked, absorbed = np.tile(film.soaked, (len(depths), 1)), np.tile(film.absorbed, (len(depths), 1))
        for f, growing in enumerate(self.chemistry.films):
            # what was not there and has not grown takes nothing up
            if growing.film.uptake is not None and (depths[-1, f] or film.soaked[f] or film.absorbed[f]):
                soaked[:, f], absorbed[:, f] = self._sorption(f, growing, growing.film.uptake, film, depths[:-1, f])
        return soaked, absorbed

    def _sorption(
        self, index: int, growing: Growing, law: Uptake, film: FilmState, depths: Floats
    ) -> tuple[list[float], list[float]]:
        """How one film soaks up and gives back; the deeper it is, the more it takes."""
        exposure, partner = self.exposure, self.metals + growing.coreactant
        taken_in, given_back = exposure.uptake[:, index].T
        filling = taken_in[:, None] * exposure.felt[..., growing.metal]
        found = absorption(
            exposure.widths, filling, exposure.speeds[..., partner], exposure.areas[..., partner], given_back
        )
        scale, per_mass = law.thickness_scale.value, law.yield_.value / growing.film.density.value
        soaked, absorbed = [film.soaked[index]], [film.absorbed[index]]
        for depth, (keep, gain, take, took) in zip(depths.tolist(), _rows(found), strict=True):
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
        exposure, attackers = self.exposure, list(self.chemistry.attackers)
        still_bare = np.exp(-exposure.areas[:, :4, : self.metals].sum(-1))
        attacking = np.zeros(exposure.everywhere.shape)
        attacking[..., attackers] = exposure.everywhere[..., attackers]
        for r, reactant in enumerate(self.chemistry.reactants):
            if reactant.species in self.chemistry.attackers:
                attacking[..., reactant.species] = exposure.felt[..., r]
        suffering: Floats = np.einsum("ijk,ij,i->ik", attacking, WEIGHTS * still_bare, exposure.widths)
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
