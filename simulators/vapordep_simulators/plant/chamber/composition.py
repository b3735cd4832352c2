"""From a description to the network of gas: the species, and what each line, bottle, leak and gauge means to them."""

import numpy as np

from vapordep.chemistry import UnknownName, substance
from vapordep.errors import SimulationError
from vapordep.lazy import dataclass
from vapordep.simulation.description import ROOM, Gauge, Inflow, PlantDescription, Pushed
from vapordep.units import GAS_CONSTANT
from vapordep_simulators.plant.chamber.chemistry_of import SurfaceChemistry, surface_chemistry
from vapordep_simulators.plant.chamber.expansion import Floats
from vapordep_simulators.plant.chamber.gas import GasNetwork

AIR = {"nitrogen": 0.773, "oxygen": 0.207, "argon": 0.0096, "carbon dioxide": 0.0004, "water": 0.01}
"""Mole fractions of room air at 1 % of water."""

PIRANI_FACTORS = {"argon": 1.7, "helium": 0.8, "hydrogen": 0.5, "water": 0.5, "carbon dioxide": 0.9}
"""True pressure over indicated pressure (INFICON BCG450 manual); 1 for nitrogen, and for what is not listed."""


def mixture(gas: str) -> dict[str, float]:
    """Mole fractions of a gas by the proper names of its substances; UnknownName for one that chemistry lacks."""
    return dict(AIR) if gas == "air" else {substance(gas).name: 1.0}


@dataclass(frozen=True, slots=True)
class Composition:
    """What the gas of one reactor consists of.

    `inflow` (m,) is what leaks in, mol/s; `fill` and `ultimate` (m,) are mole fractions; `degassing` the start values
    in mol/s of the feeds that come after the controlled ones; the lags are the surface residues, then the gauges.
    """

    species: tuple[str, ...]
    network: GasNetwork
    chemistry: SurfaceChemistry
    inflow: Floats
    fill: Floats
    ultimate: Floats
    degassing: Floats
    gauge_rates: Floats


def composition(description: PlantDescription) -> Composition:
    """The composition; UnknownName for an unknown substance, SimulationError for an unknown kind of gauge."""
    known, strangers = _species(description)
    species = (*known, *strangers)
    chemistry = surface_chemistry(known, description.substrate, description.kinetics)
    fading = [inflow for inflow in description.inflows if inflow.decay is not None]
    sources = list(description.sources.values())
    feeds = [_fractions(species, feed.gas) for feed in description.feeds.values()]
    feeds += [_fractions(species, inflow.gas) for inflow in fading]
    felt = np.zeros((len(chemistry.reactants), len(species)))
    for row, reactant in enumerate(chemistry.reactants):
        felt[row, reactant.species] = 1.0
    gauges = [_sensitivity(species, point, gauge) for point, gauge in description.gauges.items()]
    network = GasNetwork(
        volume=description.volume,
        own=np.array([species.index(substance(source.substance).name) for source in sources], dtype=np.intp),
        headspace=np.array([source.headspace for source in sources]),
        conductance=np.array([source.conductance for source in sources]),
        evaporation=np.array([source.evaporation for source in sources]),
        feed_rates=np.array(
            [1.0 / feed.settling for feed in description.feeds.values()]
            + [1.0 / inflow.decay for inflow in fading if inflow.decay is not None]
        ),
        feed_gas=np.array(feeds).reshape(-1, len(species)).T,
        lag_weights=np.vstack([felt, np.array(gauges).reshape(-1, len(species))]),
    )
    steady = [inflow for inflow in description.inflows if inflow.decay is None]
    return Composition(
        species,
        network,
        chemistry,
        sum((_molar(inflow) * _fractions(species, inflow.gas) for inflow in steady), np.zeros(len(species))),
        _fractions(species, description.fill_gas),
        _fractions(species, description.ultimate_gas),
        np.array([_molar(inflow) for inflow in fading]),
        np.array([1.0 / gauge.lag for gauge in description.gauges.values()]),
    )


def _species(description: PlantDescription) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What chemistry knows, and what it does not: that is only pumped away."""
    gases = [description.fill_gas, description.ultimate_gas]
    gases += [feed.gas for feed in description.feeds.values()]
    gases += [source.substance for source in description.sources.values()]
    gases += [inflow.gas for inflow in description.inflows]
    gases += [s.delivery.gas for s in description.sources.values() if isinstance(s.delivery, Pushed)]
    known, strangers = dict.fromkeys(name for gas in gases for name in mixture(gas)), []
    for name in description.others:
        try:
            known[substance(name).name] = None
        except UnknownName:
            strangers.append(name)
    return tuple(known), tuple(strangers)


def _fractions(species: tuple[str, ...], gas: str) -> Floats:
    parts = mixture(gas)
    return np.array([parts.get(name, 0.0) for name in species])


def _molar(inflow: Inflow) -> float:
    return inflow.throughput / (GAS_CONSTANT * ROOM)


def _sensitivity(species: tuple[str, ...], point: str, gauge: Gauge) -> list[float]:
    if gauge.kind == "capacitance":
        return [1.0] * len(species)
    if gauge.kind == "pirani":
        return [1.0 / PIRANI_FACTORS.get(name, 1.0) for name in species]
    raise SimulationError(f"no gauge is of the kind {gauge.kind!r}", where=point, remedy="Use capacitance or pirani.")
