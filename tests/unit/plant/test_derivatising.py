"""A film of amine under sultone in the shut chamber: converted by its exposure, on stage and walls, leapt or not."""

from dataclasses import replace
from math import exp

import pytest

from tests.unit.plant.icvd_chamber import CELSIUS, after, inputs, reference_icvd, segment
from vapordep.chemistry import derivatisations, polymer, substance
from vapordep.simulation.icvd_description import VapourFeed
from vapordep.simulation.plant import Value
from vapordep.units import GAS_CONSTANT
from vapordep_simulators.plant.films.polymer_film import PolymerFilm
from vapordep_simulators.plant.steady import icvd as plant_module
from vapordep_simulators.plant.steady.icvd import Icvd
from vapordep_simulators.plant.steady.state import IcvdState

SULTONE, DMAEMA = "1,3-propane sultone", "2-(dimethylamino)ethyl methacrylate"
AMOUNT = 7e-5
HOUR, QUARTER = 3600.0, 900.0


def chamber() -> Icvd:
    feeds = {
        "DMAEMA": VapourFeed(substance=DMAEMA, temperature=CELSIUS + 40),
        "sultone": VapourFeed(substance=SULTONE, temperature=CELSIUS + 65, conductance=5e-4),
    }
    return Icvd(replace(reference_icvd(), sources=feeds, inflows=()))


def filmed(plant: Icvd, pressure: float = 1.4) -> IcvdState:
    """Some 10 nm of pure pDMAEMA in the shut chamber full of sultone."""
    place = [plant.march.species[monomer.row] for monomer in plant.march.reaction.growth.monomers].index(DMAEMA)
    added = [0.0] * len(plant.march.reaction.growth.monomers)
    added[place] = AMOUNT
    film = PolymerFilm.bare(len(added)).grown(added, plant.march.reaction.growth.monomers)
    warm = {"walls": CELSIUS + 70, "lines": CELSIUS + 80, "stage": CELSIUS + 45}
    return plant.initial(0.0, pressure=pressure, gas=SULTONE, temperatures=warm, film=film)


def shut(plant: Icvd) -> dict[str, Value]:
    held = inputs(plant, stage=CELSIUS + 45)
    held |= {f"{name}.power": 0.0 for name in plant.description.zones}
    zone = plant.description.zones["walls"]
    return {
        **held,
        "pump.valve": 0.0,
        "throttle.controller": None,
        "walls.power": (50.0 + CELSIUS + 20 - zone.ambient) / zone.gain,
    }


def test_the_conversion_follows_the_exposure_alone() -> None:
    plant = chamber()
    end = after(plant, filmed(plant), shut(plant), HOUR)
    truth = plant.truth(end)
    [known] = [known for known in derivatisations(SULTONE) if known.monomer == DMAEMA]
    share = 1.0 - exp(-known.rate.value * truth["exposures"][SULTONE])
    assert 0.1 < share < 0.2
    assert truth["conversion"] == {"pDMAEMA": pytest.approx(share, rel=1e-3)}
    grown = AMOUNT * truth["conversion"]["pDMAEMA"] * substance(SULTONE).molar_mass
    dry = AMOUNT * substance(DMAEMA).molar_mass
    assert truth["mass"] == pytest.approx(dry + grown, rel=1e-6)
    assert truth["thickness"] == pytest.approx((dry + grown) / polymer(DMAEMA).density.value, rel=1e-6)
    assert truth["layers"]["pDMAEMA"]["thickness"] == pytest.approx(truth["thickness"], rel=1e-12)
    assert truth["profile"][-1][0] == pytest.approx(truth["thickness"], rel=1e-12)


def test_what_the_film_takes_the_gas_has_lost_also_to_the_walls() -> None:
    plant = chamber()
    start = filmed(plant)
    walled = replace(start, now=start.now._replace(walls=(2e-9, 0.0)))
    for state in (start, walled):
        end = after(plant, state, shut(plant), 900.0)
        row = plant.march.species.index(SULTONE)
        lost = float(state.now.moles[row] - end.now.moles[row])
        share = plant.truth(end)["conversion"]["pDMAEMA"]
        area = plant.description.stage_area + 0.12 * state.now.walls[0] / state.now.film.thickness
        assert lost == pytest.approx(AMOUNT * share * area, rel=1e-6)
        assert float(end.now.books.reacted[row]) == pytest.approx(lost, rel=1e-6)
    assert lost > 0.005 * 1.4 * plant.description.volume / (GAS_CONSTANT * (CELSIUS + 70))


def test_a_film_that_grows_on_is_converted_less_and_no_more_than_it_is() -> None:
    film = PolymerFilm.bare(1)
    monomers = chamber().march.reaction.growth.monomers[:1]
    film = film.grown([1e-5], monomers).derivatised(0, 1e-5, 0.1, 1000.0).grown([1e-5], monomers)
    assert film.converted[0] / film.amounts[0] == pytest.approx(0.5)
    assert film.height == pytest.approx(film.thickness + 1e-9)


def test_without_its_vapour_or_without_a_film_nothing_is_converted() -> None:
    plant = chamber()
    argon = replace(filmed(plant), now=plant.initial(0.0, pressure=1.4).now._replace(film=filmed(plant).now.film))
    assert plant.truth(after(plant, argon, shut(plant), 20.0))["conversion"] == {"pDMAEMA": 0.0}
    bare = plant.initial(0.0, pressure=1.4, gas=SULTONE, temperatures={"walls": CELSIUS + 70})
    assert plant.truth(after(plant, bare, shut(plant), 20.0))["conversion"] == {}


def test_a_hold_is_leapt_over_and_converts_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    plant = chamber()
    state = after(plant, filmed(plant), shut(plant), HOUR)  # everything is as warm as it will be
    leapt = segment(plant, state, shut(plant), QUARTER)
    assert len(leapt.knots) < QUARTER / 0.25 / 4
    monkeypatch.setattr(plant_module, "leap_of", lambda *case: None)
    walked = segment(plant, state, shut(plant), QUARTER)
    for name in ("conversion", "thickness", "mass", "exposures"):
        assert plant.truth(leapt.state_at(state.t + QUARTER))[name] == pytest.approx(
            plant.truth(walked.state_at(state.t + QUARTER))[name], rel=1e-4
        )
