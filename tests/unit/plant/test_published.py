"""The twin against published results that it was not made from: direction and size, from recalled papers."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import brentq

from tests.unit.chemistry.masses import mass_per_cycle
from tests.unit.plant.chamber import HOT, RUNNING, TMA, WATER, after, dosed, hot, plain, segment, warm
from tests.unit.plant.icvd_chamber import reference_icvd
from vapordep.chemistry import bet_uptake, film, film_of, kinetics, substance
from vapordep.chemistry.polymerisation import Reference
from vapordep.simulation.description import ROOM, Microbalance, SurfaceKinetics, VapourSource
from vapordep.simulation.icvd_description import VapourFeed
from vapordep.units import sccm, to_si
from vapordep_simulators.plant import Ald
from vapordep_simulators.plant.chamber.qcm import frequency
from vapordep_simulators.plant.films.copolymer import mayo_lewis
from vapordep_simulators.plant.films.polymer_growth import Growth, radical_flux
from vapordep_simulators.plant.steady.gas import species_of

CELSIUS = 273.15
LANGMUIR = 133.322e-6
"""Pa s."""
METHANE = 16.043
"""g/mol."""


def test_metal_weighs_what_methane_leaves_of_it_and_water_little() -> None:
    """Of three methyls 1.4 to 1.75 leave with the metal (Juppo 2000, Rahtu 2001): 87 to 97 % of a cycle's mass."""
    plant = Ald(warm(plain(microbalance=Microbalance(), substrate="silicon"), HOT))
    state = dosed(plant, dosed(plant, after(plant, hot(plant, 97.0), RUNNING, 1.0), "TMA", 0.2, 90.0), "H2O", 0.2, 90.0)
    weighed = []
    for source in ("TMA", "H2O"):
        before = segment(plant, state, RUNNING, 1.0).value("qcm.mass", state.t)
        state = dosed(plant, state, source, 0.2, 90.0)
        weighed.append(segment(plant, state, RUNNING, 1.0).value("qcm.mass", state.t) - before)
    molar = 1000.0 * substance(TMA).molar_mass
    cycle = molar + 1.5 * 1000.0 * substance(WATER).molar_mass - 3.0 * METHANE
    least, most = ((molar - left * METHANE) / cycle for left in (1.75, 1.4))
    assert least < weighed[0] / sum(weighed) < most
    assert 28e-8 < sum(weighed) < 42e-8, "33 to 38 ng/cm2 a cycle"


SHARES = [
    ("TMA", "H2O", 0.87, 0.97),  # Juppo 2000, Rahtu 2001
    ("TMA", "O3", 0.87, 0.97),
    ("DEZ", "H2O", 0.9, 1.15),  # Elam and George 2003: next to nothing comes, or goes, with the water
    ("TiCl4", "H2O", 1.3, 1.6),  # Matero 2001: two chlorides leave with the metal, and the water makes it lighter
    ("TMA", "EG", 0.41, 0.68),  # each glycol bound once, or twice
    ("DEZ", "EG", 0.6, 0.85),
    ("DEZ", "HQ", 0.46, 0.62),
]


@pytest.mark.parametrize("other", ["", "H2O", "EG"])
@pytest.mark.parametrize(("metal", "coreactant", "least", "most"), SHARES)
def test_the_halves_of_a_cycle_weigh_what_their_ligands_say(
    metal: str, coreactant: str, least: float, most: float, other: str
) -> None:
    """Also where the chamber knows another co-reactant, with which the metal weighs something else."""
    gases = {name: substance(name).name for name in (metal, coreactant, other) if name}
    settings = {gas: SurfaceKinetics(adsorption=1.0, residual_time=0.5) for gas in gases.values()}
    sources = {name: VapourSource(substance=gas, pressure=500.0) for name, gas in gases.items()}
    plant = Ald(warm(plain(microbalance=Microbalance(), substrate="silicon", sources=sources, kinetics=settings), HOT))
    state = after(plant, hot(plant, 97.0), RUNNING, 1.0)
    for source in (metal, coreactant, metal, coreactant):
        state = dosed(plant, state, source, 0.2, 60.0)
    weighed = []
    for source in (metal, coreactant):
        before = segment(plant, state, RUNNING, 1.0).value("qcm.mass", state.t)
        state = dosed(plant, state, source, 0.2, 60.0)
        weighed.append(segment(plant, state, RUNNING, 1.0).value("qcm.mass", state.t) - before)
    grown = film_of(metal, coreactant)
    if grown.uptake is None:
        assert sum(weighed) == pytest.approx(mass_per_cycle(grown.name, HOT - 273.15), rel=1e-3)
    assert least < weighed[0] / sum(weighed) < most


def test_both_doses_of_alumina_saturate_within_the_langmuirs_that_surface_science_found() -> None:
    """Some 1e4 to 1e5 L near 450 K, more of water than of metal (Dillon 1995, Ott 1997), within a factor of three."""
    full = {name: np.log(100.0) / kinetics(name).adsorption_constant(450.0).value / LANGMUIR for name in (TMA, WATER)}
    assert 1e4 / 3.0 < full[TMA] < full[WATER] < 3e5


GRONER = [(33, 1.11), (58, 1.27), (80, 1.29), (100, 1.33), (125, 1.26), (177, 1.2), (300, 0.85)]


@pytest.mark.parametrize(("celsius", "angstrom"), GRONER)
def test_alumina_grows_as_measured_within_the_doubt_that_it_tells(celsius: float, angstrom: float) -> None:
    """Groner 2004 below 200 degC, Ott 1997 above. The twin is flat where the measured one falls by a tenth."""
    grown = film("Al2O3").growth_per_cycle.at(celsius + CELSIUS)
    assert grown.relative_uncertainty is not None
    assert grown.value == pytest.approx(angstrom * 1e-10, rel=grown.relative_uncertainty)


def test_styrene_and_methyl_methacrylate_give_their_azeotrope_and_their_ratios_back() -> None:
    """Ratios of 0.52 and 0.46 at 60 degC (Polymer Handbook): an azeotrope at 53 % styrene; Fineman and Ross 1950."""
    first, second = 0.52, 0.46
    azeotrope = (1.0 - second) / (2.0 - first - second)
    assert azeotrope == pytest.approx(0.53, abs=0.005)
    assert mayo_lewis(azeotrope, first, second) == pytest.approx(azeotrope)
    assert mayo_lewis(0.1, first, second) == pytest.approx(0.17, abs=0.01)
    fed = np.linspace(0.1, 0.9, 9)
    made = np.array([mayo_lewis(part, first, second) for part in fed])
    feed, film_ratio = fed / (1.0 - fed), made / (1.0 - made)
    slope, offset = np.polyfit(feed**2 / film_ratio, feed * (film_ratio - 1.0) / film_ratio, 1)
    assert (slope, -offset) == (pytest.approx(first), pytest.approx(second))


@pytest.mark.parametrize(("name", "energy"), [("ethylene glycol diacrylate", 166.0), ("DMAMS", 83.0)])
def test_growth_rises_with_the_filament_as_what_ends_its_chains_says(name: str, energy: float) -> None:
    """PEGDA by TBPO: 166 +- 5 kJ/mol below the crossover, and half of the plateau there (Ozaydin-Ince, Gleason 2009).

    That is the cracking's own energy. Where chains end each other growth goes as the root of the radicals: half of it.
    """
    reference = reference_icvd()
    sources = {name: VapourFeed(substance=name), "TBPO": reference.sources["TBPO"]}
    description = replace(reference, sources=sources)
    species = species_of(description)
    growth = Growth(description, species)
    flow, layers = float(to_si(2.0, sccm)), growth.uptakes([0.7])

    def rate(celsius: float, power: float = 1.0) -> float:
        fed = Reference(filament=celsius + CELSIUS, flow=flow)
        return growth.rates(layers, power * radical_flux(description, fed), 303.15)[0]

    cool, warmer = rate(170.0), rate(180.0)
    found = 8.314e-3 * np.log(warmer / cool) / (1.0 / (170.0 + CELSIUS) - 1.0 / (180.0 + CELSIUS))
    assert found == pytest.approx(energy, rel=0.03)
    half = 0.5 if energy > 100.0 else 0.5**0.5
    assert rate(242.0) / rate(400.0) == pytest.approx(half, rel=0.06)
    assert np.log(rate(250.0, 1.1) / rate(250.0)) / np.log(1.1) == pytest.approx(energy / 166.0, rel=0.12)


def test_growth_falls_with_the_stage_as_published_apparent_energies_say() -> None:
    """-20 to -90 kJ/mol at constant monomer pressure, steeper near saturation (Gleason and others, 2004 to 2011)."""
    description = reference_icvd()
    species = species_of(description)
    growth = Growth(description, species)
    [monomer] = growth.monomers
    known = substance(species[monomer.row]).fit(None)

    def rate(pressure: float, kelvin: float) -> float:
        uptakes = growth.uptakes([pressure / known.value(kelvin)])
        return growth.rates(uptakes, 1e-3 * monomer.flux, kelvin)[0]

    energies = []
    for saturation in (0.3, 0.5, 0.6):
        pressure = saturation * known.value(303.15)
        cool, warmer = rate(pressure, 303.15), rate(pressure, 313.15)
        energies.append(-8.314 * np.log(warmer / cool) / (1.0 / 313.15 - 1.0 / 303.15) / 1000.0)
    assert -90.0 < energies[2] < energies[1] < energies[0] < -20.0
    assert bet_uptake(0.9) > 3.0 * bet_uptake(0.6), "multilayers near saturation"


QUARTZ_DENSITY, SHEAR = 2648.0, 2.947e10
"""kg/m3 and Pa, of an AT cut."""


@pytest.mark.parametrize(("megahertz", "nanograms"), [(5.0, 17.7), (6.0, 12.3)])
def test_a_fresh_crystal_has_the_sensitivity_of_sauerbrey(megahertz: float, nanograms: float) -> None:
    """In ng/cm2 a Hz: sqrt(rho mu)/(2 f^2), Sauerbrey 1959."""
    sensitivity = (QUARTZ_DENSITY * SHEAR) ** 0.5 / (2.0 * (1e6 * megahertz) ** 2)
    assert 1e8 * sensitivity == pytest.approx(nanograms, rel=5e-3)
    balance = Microbalance(frequency=1e6 * megahertz, sensitivity=sensitivity)
    assert balance.frequency - frequency(balance, 1e-6, ROOM) == pytest.approx(1e-6 / sensitivity, rel=1e-4)
    if megahertz == 6.0:
        assert Microbalance().sensitivity == pytest.approx(sensitivity, rel=1e-3)


@pytest.mark.parametrize("z", [0.336, 1.0, 1.08])
@pytest.mark.parametrize(("load", "within"), [(1e-4, 2e-5), (3e-3, 1e-4), (3e-2, 5e-3)])
def test_a_loaded_crystal_goes_as_the_impedances_say(z: float, load: float, within: float) -> None:
    """Lu and Lewis 1972, with the Z-ratios of Al2O3, quartz and Al: 100 nm of polymer, 1 um of oxide, and 10 um."""
    quartz = QUARTZ_DENSITY * 1668.0 / 6e6
    balance = Microbalance(sensitivity=quartz / 6e6)

    def beyond(hertz: float) -> float:
        part = np.pi * hertz / balance.frequency
        return float(np.tan(part) * z + np.tan(z * load / quartz * part))

    exact = brentq(beyond, 0.6 * balance.frequency, balance.frequency - 1e-3)
    shift = balance.frequency - exact
    assert balance.frequency - frequency(balance, load, ROOM) == pytest.approx(shift, rel=within)
