"""Ground truth of the iCVD plant for reports: the film at every depth, what condensed where, what the stage bore."""

from math import exp
from typing import TYPE_CHECKING

from vapordep.simulation.plant import Truth
from vapordep_simulators.plant.steady.reaction import SHOWN
from vapordep_simulators.plant.steady.state import IcvdState

if TYPE_CHECKING:
    from vapordep_simulators.plant.steady.icvd import Icvd


def truth(plant: "Icvd", state: IcvdState) -> Truth:
    """What holds at the first instant of the grid not before that of `state`.

    `thickness` in m, `mass` in kg/m2, `layers` by polymer; `profile` from the substrate outwards as the top of each
    slab in m and mole fractions by monomer; `wall_thickness` in m by surface; `condensed` in mol by surface, and by
    line as `line of <source>`, where it is not nothing; `crowded` the highest sum of P/Psat on the stage;
    `conversion` the share of each polymer's groups that vapour has converted; `precursor_use` in mol by
    source; `exposures` and `bare_attack` in Pa s; temperatures in K. Fit for JSON.
    """
    now, march, reaction = state.now, plant.march, plant.march.reaction
    names = [march.species[monomer.row] for monomer in reaction.growth.monomers]
    return {
        "t": state.t,
        "thickness": now.film.height,
        "nucleation": 0.0,
        "soaked": 0.0,
        "mass": now.film.mass,
        "layers": _layers(plant, state),
        "profile": [[top, dict(zip(names, parts, strict=True))] for top, parts in now.film.whole_profile()],
        "cycles": 0.0,
        "conversion": reaction.derivatising.shares(now.film),
        "wall_thickness": dict(zip(reaction.places[1:], now.walls, strict=True)),
        "condensed": _condensed(plant, state),
        "crowded": now.books.crowded,
        "foil_temperature": reaction.foil(now),
        "foil_temperature_max": now.books.foil,
        "filament_temperature_max": now.books.filament,
        "precursor_use": {
            name: full - left
            for name, full, left in zip(plant.description.sources, state.filled, now.content, strict=True)
        },
        "exposures": dict(zip(march.species, now.books.exposure.tolist(), strict=True)),
        "bare": exp(-now.film.thickness / SHOWN - now.covered),
        "bare_attack": {march.species[row]: float(now.books.attack[row]) for row in reaction.attackers},
        "overlap": 0.0,
        "peak_pressure": now.books.peak,
    }


def _layers(plant: "Icvd", state: IcvdState) -> dict[str, dict[str, float]]:
    """The film by polymer, as if each monomer's part of it lay alone."""
    found = {}
    film = state.now.film
    for place, (monomer, amount) in enumerate(zip(plant.march.reaction.growth.monomers, film.amounts, strict=True)):
        if amount > 0.0:
            mass = amount * monomer.molar_mass + film.taken[place]
            thickness = mass / monomer.polymer.density.value
            found[monomer.polymer.name] = {
                "thickness": thickness,
                "steady": thickness,
                "soaked": 0.0,
                "nucleation": 0.0,
                "mass": mass,
            }
    return found


def _condensed(plant: "Icvd", state: IcvdState) -> dict[str, float]:
    """What has condensed and not evaporated again, mol."""
    places = plant.march.reaction.places
    found = dict(zip(places, state.now.condensed.sum(axis=1).tolist(), strict=True))
    lines = zip(plant.description.sources, state.now.in_lines, strict=True)
    found |= {f"line of {name}": amount for name, amount in lines}
    return {place: amount for place, amount in found.items() if amount > 0.0}
