"""Ground truth of the plant for reports: the film, what it cost, and what the lithium had to suffer."""

from math import exp
from typing import TYPE_CHECKING

from vapordep.chemistry import substance
from vapordep.simulation.plant import Truth
from vapordep_simulators.plant.chamber.chemistry_of import SurfaceChemistry
from vapordep_simulators.plant.films.film import FilmState
from vapordep_simulators.plant.pulsed.pulsed import Pulsed
from vapordep_simulators.plant.pulsed.state import AldState

if TYPE_CHECKING:
    from vapordep_simulators.plant.pulsed.ald import Ald


def truth(plant: "Ald", state: AldState) -> Truth:
    """What holds at the instant of `state`.

    `thickness` in m with its parts `nucleation` (excess of the first cycles) and `soaked` (CVD from absorbed
    precursor); `layers` by material; `mass` in kg/m2; `coverage` by metal; `cycles` reacted; `foil_temperature` and
    its maximum in K; `precursor_use` in mol by source; `exposures` in Pa s by substance; `bare_attack` likewise, each
    second weighted with the part of the surface that was still bare, and `bare` that part now; `overlap` in s with two
    incompatible sources open; `condensed` in mol as `line of <source>`, where it is not nothing; `peak_pressure` and
    `peak_partial` in Pa. Plain numbers and mappings, fit for JSON.
    """
    own = range(len(plant.description.sources)), plant.composition.network.own
    used = plant.pulsed.delivering.used(state.filled - state.gas.content - state.gas.bottles[own], state.gas)
    stage = state.thermal.temperature[plant.zones.index[plant.description.stage]]
    return cycled(plant.pulsed, state) | {
        "foil_temperature": stage + plant.description.foil_offset,
        "precursor_use": dict(zip(plant.description.sources, used.tolist(), strict=True)),
        "overlap": state.ledger.together,
    }


def cycled(pulsed: Pulsed, state: AldState) -> Truth:
    """What cycles have made of gas and surface."""
    film, species, chemistry = state.film, pulsed.composition.species, pulsed.composition.chemistry
    return {
        "t": state.t,
        "thickness": film.thickness,
        "nucleation": sum(film.excess),
        "soaked": sum(film.soaked),
        "mass": film.mass(chemistry),
        "layers": _layers(chemistry, film),
        "coverage": {
            substance(species[metal.species]).name: part
            for metal, part in zip(chemistry.metals, film.covered, strict=True)
        },
        "cycles": film.cycles,
        "foil_temperature_max": state.ledger.foil,
        "exposures": dict(zip(species, film.exposure.tolist(), strict=True)),
        "bare": exp(-film.reached),
        "bare_attack": {species[row]: float(film.attack[row]) for row in chemistry.attackers},
        "condensed": _condensed(pulsed, state),
        "peak_pressure": state.ledger.peak,
        "peak_partial": dict(zip(species, state.ledger.peaks.tolist(), strict=True)),
    }


def _condensed(pulsed: Pulsed, state: AldState) -> dict[str, float]:
    """What lies in lines that are, or were, colder than their bottle, mol by line."""
    sources = zip(pulsed.description.sources, state.ledger.condensed.tolist(), strict=True)
    return {f"line of {name}": amount for name, amount in sources if amount > 0.0}


def _layers(chemistry: SurfaceChemistry, film: FilmState) -> dict[str, dict[str, float]]:
    rows = zip(chemistry.films, film.thicknesses, film.steady, film.soaked, film.excess, strict=True)
    return {
        growing.film.name: {
            "thickness": thickness,
            "steady": steady,
            "soaked": soaked,
            "nucleation": excess,
            "mass": thickness * growing.film.density.value,
        }
        for growing, thickness, steady, soaked, excess in rows
        if thickness
    }
