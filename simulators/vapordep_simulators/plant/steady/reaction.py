"""What happens to the gas of the iCVD chamber in one step: pumped, broken, condensed, grown away; and the books."""

from collections.abc import Callable, Sequence
from math import exp, inf

import numpy as np

from vapordep.chemistry import Role, cracking, substance, substrate
from vapordep.lazy import dataclass
from vapordep.simulation.icvd_description import IcvdDescription
from vapordep_simulators.plant.chamber.composition import PIRANI_FACTORS
from vapordep_simulators.plant.chamber.expansion import Floats
from vapordep_simulators.plant.chamber.filament import Wires
from vapordep_simulators.plant.chamber.thermal import GRID
from vapordep_simulators.plant.films.derivatising import Derivatising
from vapordep_simulators.plant.films.polymer_film import PolymerFilm
from vapordep_simulators.plant.films.polymer_growth import Growth, all_area
from vapordep_simulators.plant.steady.gas import FRAGMENTS, condensables, relaxed
from vapordep_simulators.plant.steady.state import Books, Snapshot

SHOWN = 1e-9
"""Thickness in m of a film that leaves 1/e of the substrate bare [D]."""
FIRST_LAYER = 5e-6
"""mol/m2 of liquid below which its mixture is rather that of the gas it comes from: a monolayer [D]."""
COLD = 373.15
"""A filament below this, in K, breaks nothing."""

Kelvins = Callable[[str], float]
Sink = tuple[int, int, float, float]
"""Surface, species, 1/s, and the mol of gas at which neither condenses nor evaporates."""


@dataclass(slots=True)
class _Turn:
    """One step under way: rates in 1/s and supply in mol/s by species, to which each process adds."""

    pascal: float
    pressures: list[float]
    warm: list[float]
    rates: Floats
    supply: Floats
    broken: list[tuple[int, float]]
    grown: list[list[float]]
    crowded: float = 0.0


class Reaction:
    """The gas and the surfaces of a description, made ready to be followed."""

    def __init__(self, description: IcvdDescription, species: Sequence[str]) -> None:
        self.description = description
        self.species = species
        self.growth = Growth(description, species)
        self.condensables = condensables(description, species)
        self.wires = Wires(description.filament)
        self.places = (description.stage, *description.surfaces)
        self.areas = (description.stage_area, *(surface.area for surface in description.surfaces.values()))
        self.area = all_area(description)
        self.fragments = species.index(FRAGMENTS)
        self.derivatising = Derivatising(description, species, self.growth.monomers)
        self._curves = {vapour.row: vapour.saturated for vapour in self.condensables}
        roles = [None if name == FRAGMENTS else substance(name).role for name in species]
        self.initiators = [(row, cracking(species[row])) for row, role in enumerate(roles) if role is Role.INITIATOR]
        own = [species.index(substance(source.substance).name) for source in description.sources.values()]
        self._monomer_sources = [i for i, row in enumerate(own) if roles[row] in (Role.MONOMER, Role.CROSSLINKER)]
        coated = substrate(description.substrate).name
        self.attackers = [
            row for row, name in enumerate(species) if name != FRAGMENTS and coated in substance(name).attacks
        ]
        self.gauge_weights = [
            np.array([1.0 / PIRANI_FACTORS.get(name, 1.0) if gauge.kind == "pirani" else 1.0 for name in species])
            for gauge in description.gauges.values()
        ]
        self.gauge_keep = [exp(-GRID / gauge.lag) for gauge in description.gauges.values()]

    def foil(self, now: Snapshot) -> float:
        """The film's own temperature in K."""
        bright = self.wires.brightness(now.hot.wires, now.chilled.stage)
        return now.chilled.stage + self.description.foil_offset + self.description.chilled_stage.film_rise * bright

    def surface_temperatures(self, now: Snapshot, kelvins: Kelvins) -> list[float]:
        """Temperatures in K of the film on the stage, then of the other surfaces."""
        others = self.description.surfaces.values()
        return [self.foil(now), *(kelvins(s.zone) + s.offset if s.zone else s.temperature for s in others)]

    def saturations(self, pressures: Sequence[float], kelvin: float) -> list[float]:
        """P/Psat of each monomer on a surface at `kelvin`, from partial pressures in Pa by species."""
        rows = [monomer.row for monomer in self.growth.monomers]
        return [pressures[row] / self._curves[row](kelvin) if row in self._curves else 0.0 for row in rows]

    def step(
        self,
        now: Snapshot,
        kelvins: Kelvins,
        supply: Floats,
        pumped: float,
        pascal: float,
        flows: tuple[float, ...],
    ) -> Snapshot:
        """Gas, film and books one step later; `supply` in mol/s, `pumped` S/V in 1/s, one mole is `pascal` Pa."""
        rates = np.full(len(self.species), pumped)
        pressures = (now.moles * pascal).tolist()
        warm = self.surface_temperatures(now, kelvins)
        turn = _Turn(pascal, pressures, warm, rates, supply.copy(), self._broken(now, flows), [])
        for row, rate in turn.broken:
            rates[row] += rate
        self._grow(now, turn)
        sinks = self._condense(now, turn)
        taken_up = self.derivatising.rates(now.film, now.walls, pascal)
        for row, rate in taken_up:
            rates[row] += rate
        moles, area = relaxed(now.moles, turn.supply, rates, GRID)
        condensed = _condensed(now, sinks, area, moles)
        made = 2.0 * sum(rate * float(area[row]) for row, rate in turn.broken)
        moles[self.fragments] += made
        film, walls, reacted = self._film(now, turn, area)
        for row, rate in (*turn.broken, *taken_up):
            reacted[row] += rate * float(area[row])
        film = self.derivatising.converted(film, now.film, area, pascal)
        return now._replace(
            moles=moles,
            gauges=self._gauges(now, moles, pascal),
            film=film,
            rate=(film.height - now.film.height) / GRID,
            walls=walls,
            condensed=condensed,
            books=self._books(now, turn, supply, pumped * area, reacted, made),
        )

    def _broken(self, now: Snapshot, flows: tuple[float, ...]) -> list[tuple[int, float]]:
        """How fast each initiator is broken at the filament, 1/s."""
        kelvin = now.hot.wires
        if kelvin < COLD:
            return []
        monomers = sum(flows[i] for i in self._monomer_sources)
        most = self.description.filament.cracking
        return [(row, most * known.share(kelvin, known.crossover(monomers))) for row, known in self.initiators]

    def _grow(self, now: Snapshot, turn: _Turn) -> None:
        """Adds to a turn how fast each monomer grows away on each surface, 1/s; the gas shares its radicals evenly."""
        monomers = self.growth.monomers
        if not any(turn.pressures[monomer.row] > 0.0 for monomer in monomers):
            return
        turn.crowded = sum(self.saturations(turn.pressures, turn.warm[0]))
        flux = 2.0 * sum(rate * float(now.moles[row]) for row, rate in turn.broken) / self.area
        if flux <= 0.0:
            return
        for kelvin, area in zip(turn.warm, self.areas, strict=True):
            uptakes = self.growth.uptakes(self.saturations(turn.pressures, kelvin))
            away = [
                area * rate / float(now.moles[monomer.row]) if rate > 0.0 else 0.0
                for monomer, rate in zip(monomers, self.growth.rates(uptakes, flux, kelvin), strict=True)
            ]
            for monomer, rate in zip(monomers, away, strict=True):
                turn.rates[monomer.row] += rate
            turn.grown.append(away)

    def _condense(self, now: Snapshot, turn: _Turn) -> list[Sink]:
        """Adds to a turn what condenses, or evaporates again, and tells where."""
        present = [v for v in self.condensables if now.moles[v.row] > 0.0 or now.condensed[:, v.row].any()]
        if not present:
            return []
        sinks, moles = [], [float(now.moles[vapour.row]) for vapour in present]
        for place, (kelvin, area) in enumerate(zip(turn.warm, self.areas, strict=True)):
            alone = [vapour.saturated(kelvin) / turn.pascal for vapour in present]
            held = [float(now.condensed[place, vapour.row]) for vapour in present]
            for vapour, much, bears, lies in zip(present, moles, _borne(moles, alone, held, area), held, strict=True):
                if much > bears or lies > 0.0:
                    rate = vapour.rate(area, kelvin, self.description.volume)
                    sinks.append((place, vapour.row, rate, bears))
                    turn.rates[vapour.row] += rate
                    turn.supply[vapour.row] += rate * bears
        return sinks

    def _film(self, now: Snapshot, turn: _Turn, area: Floats) -> tuple[PolymerFilm, tuple[float, ...], Floats]:
        """Film on the stage, thickness on the other surfaces, and what both took of each species in mol."""
        reacted = np.zeros(len(self.species))
        if not turn.grown:
            return now.film, now.walls, reacted
        monomers = self.growth.monomers
        taken = [
            [rate * float(area[monomer.row]) for monomer, rate in zip(monomers, away, strict=True)]
            for away in turn.grown
        ]
        for amounts in taken:
            for monomer, amount in zip(monomers, amounts, strict=True):
                reacted[monomer.row] += amount
        film = now.film.grown([amount / self.areas[0] for amount in taken[0]], monomers)
        walls = tuple(
            thickness
            + sum(a * m.molar_mass / m.polymer.density.value for a, m in zip(amounts, monomers, strict=True)) / size
            for thickness, amounts, size in zip(now.walls, taken[1:], self.areas[1:], strict=True)
        )
        return film, walls, reacted

    def _gauges(self, now: Snapshot, moles: Floats, pascal: float) -> tuple[float, ...]:
        found = []
        for shown, weights, keep in zip(now.gauges, self.gauge_weights, self.gauge_keep, strict=True):
            pressure = float(weights @ moles) * pascal
            found.append(pressure + (shown - pressure) * keep)
        return tuple(found)

    def _books(self, now: Snapshot, turn: _Turn, supply: Floats, pumped: Floats, reacted: Floats, made: float) -> Books:
        books = now.books
        exposed = np.array(turn.pressures) * GRID
        attack = books.attack
        if self.attackers:
            attack = attack.copy()
            bare = exp(-now.film.thickness / SHOWN - now.covered)
            attack[self.attackers] += bare * exposed[self.attackers]
        return Books(
            books.fed + supply * GRID,
            books.pumped + pumped,
            books.reacted + reacted,
            books.made + made,
            books.exposure + exposed,
            attack,
            max(books.peak, sum(turn.pressures)),
            max(books.foil, turn.warm[0]),
            max(books.filament, now.hot.wires),
            max(books.crowded, turn.crowded),
        )


def _condensed(now: Snapshot, sinks: Sequence[Sink], area: Floats, moles: Floats) -> Floats:
    """What lies on each surface one step later, mol; what would have evaporated beyond it never came into `moles`."""
    condensed = now.condensed.copy()
    for place, row, rate, bears in sinks:
        held = condensed[place, row] + rate * (float(area[row]) - bears * GRID)
        moles[row] += min(held, 0.0)
        condensed[place, row] = max(held, 0.0)
    return condensed


def _borne(moles: Sequence[float], alone: Sequence[float], held: Sequence[float], area: float) -> Sequence[float]:
    """The mol of each vapour in the gas at which it neither condenses on a surface nor evaporates from it.

    Vapours that mix condense together once their parts of saturation make one, and each is borne by its part of the
    liquid (Raoult); what a surface of `area` m2 does not hold yet begins as the gas that makes it. `alone` is what each
    would be borne with by itself, mol; `held` lies there.
    """
    crowding = [much / most for much, most in zip(moles, alone, strict=True)]
    total, lying = sum(crowding), sum(held)
    if total <= 1.0 and lying <= 0.0:
        return [inf] * len(moles)
    first = FIRST_LAYER * area if total > 0.0 else 0.0
    parts = [lies + (first * part / total if first else 0.0) for lies, part in zip(held, crowding, strict=True)]
    whole = sum(parts)
    return [most * part / whole for most, part in zip(alone, parts, strict=True)]
