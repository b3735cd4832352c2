"""The iCVD plant against closed forms and the facts: gas, radiation, growth, composition, condensation, books."""

from dataclasses import replace
from math import exp, log

import numpy as np
import pytest

from tests.unit.plant.depletion import well_mixed
from tests.unit.plant.icvd_chamber import (
    CELSIUS,
    DMAMS,
    FLOWING,
    TBPO,
    WARM,
    after,
    hot,
    inputs,
    reference_icvd,
    segment,
    warm,
)
from vapordep.chemistry import bet_uptake, substance
from vapordep.errors import SimulationError
from vapordep.simulation.description import Carried, GasFeed
from vapordep.simulation.icvd_description import ChilledStage, Filament, Throttle, VapourFeed
from vapordep.units import GAS_CONSTANT, sccm, to_si
from vapordep_simulators.plant import build
from vapordep_simulators.plant.chamber.throttle import conductance, pumping
from vapordep_simulators.plant.films.polymer_growth import Growth, all_area
from vapordep_simulators.plant.steady.gas import relaxed
from vapordep_simulators.plant.steady.icvd import Icvd

PFDA = "1H,1H,2H,2H-perfluorodecyl acrylate"
R8_MINUTES = 20


def test_the_house_finds_the_plant_by_its_description() -> None:
    assert isinstance(build(reference_icvd()), Icvd)


def test_the_throttle_lets_through_what_its_law_says_and_no_more_than_the_pump() -> None:
    law = Throttle(least=1e-5, most=0.02)
    assert conductance(law, 0.0) == 1e-5
    assert conductance(law, 1.0) == pytest.approx(0.02)
    assert conductance(law, 0.5) == pytest.approx(1e-5 + (0.02 - 1e-5) * (1 - 0.5**0.5))
    assert 1 / pumping(law, 0.5, 5e-3) == pytest.approx(1 / 5e-3 + 1 / conductance(law, 0.5))
    assert pumping(law, 0.5, 0.0) == 0.0


def test_the_exact_step_also_holds_without_any_loss() -> None:
    found, area = relaxed(np.array([2.0, 2.0]), np.array([0.5, 0.5]), np.array([0.0, 0.1]), 0.25)
    assert found == pytest.approx([2.125, 5.0 - 3.0 * exp(-0.025)])
    assert area == pytest.approx([0.5 + 0.5 * 0.25**2 / 2, 5.0 * 0.25 - 3.0 * (1 - exp(-0.025)) / 0.1])


def test_the_flows_and_the_saturation_of_r8() -> None:
    plant, start = warm()
    steady = segment(plant, start, inputs(plant) | FLOWING, 400.0)
    end = steady.t1
    assert steady.value("chamber.pressure", end) == pytest.approx(20.0, rel=0.01)
    assert steady.value("DMAMS.flow", end) == pytest.approx(float(to_si(1.2, sccm)), rel=0.02)
    assert steady.value("TBPO.flow", end) == pytest.approx(float(to_si(0.6, sccm)), rel=0.01)
    partial = steady.value(f"chamber.partial.{DMAMS}", end)
    assert partial == pytest.approx(13.3, rel=0.02)
    assert steady.value("stage.saturation", end) == pytest.approx(0.44, abs=0.01)
    assert steady.value("stage.uptake", end) == pytest.approx(
        bet_uptake(steady.value("stage.saturation", end)), rel=1e-9
    )


def test_the_residence_time_of_r8_is_36_seconds_and_the_gas_follows_a_change_with_it() -> None:
    plant, start = warm()
    driven = inputs(plant) | FLOWING
    state = after(plant, start, driven, 600.0)
    moles = state.now.moles
    flow = sum(state.now.flows)
    tau = float(moles.sum()) / flow
    assert tau == pytest.approx(36.0, abs=2.0)
    # the blade stays where it is, and the monomer is shut: its share of the gas falls with that time constant
    shut = {**driven, "throttle.controller": None, "throttle.position": state.now.blade.position, "DMAMS.valve": 0.0}
    row = plant.march.species.index(DMAMS)
    later = after(plant, state, shut, 60.0)
    assert -60.0 / log(later.now.moles[row] / moles[row]) == pytest.approx(tau, rel=0.02)


def test_the_filament_warms_in_seconds_and_the_stage_stays_in_its_window() -> None:
    plant, start = warm()
    ready = after(plant, start, inputs(plant) | FLOWING, 300.0)
    lit = segment(plant, ready, inputs(plant) | FLOWING | hot(plant), 300.0)
    times = np.arange(lit.t0, lit.t1, 0.25)
    found = lit.at(times, ["filament.true_temperature", "stage.temperature", "foil.temperature", "chiller.temperature"])
    wires = found["filament.true_temperature"]
    assert wires[-1] == pytest.approx(523.15, abs=1.0)
    reached = times[np.argmax(wires > wires[0] + (wires[-1] - wires[0]) * (1 - exp(-1)))] - lit.t0
    assert 1.0 <= reached <= 3.0
    assert found["stage.temperature"].min() > CELSIUS + 20
    assert found["foil.temperature"].max() < CELSIUS + 50
    assert found["stage.temperature"][-1] == pytest.approx(CELSIUS + 35, abs=0.5)


@pytest.mark.parametrize("external", [0.0, 1.0])
def test_radiation_warms_stage_and_film_by_what_the_facts_say(external: float) -> None:
    plant, start = warm()
    driven = inputs(plant) | FLOWING | {"chiller.external": external}
    dark = segment(plant, start, driven, 400.0)
    lit = segment(plant, dark.state_at(dark.t1), driven | hot(plant), 400.0)
    rise = {
        name: lit.value(name, lit.t1) - dark.value(name, dark.t1)
        for name in ("foil.temperature", "chiller.temperature")
    }
    assert 5.0 <= rise["foil.temperature"] - rise["chiller.temperature"] <= 20.0
    assert (rise["chiller.temperature"] < -3.0) == bool(external)


def test_without_its_chiller_the_stage_runs_away() -> None:
    plant, start = warm()
    end = after(plant, start, inputs(plant) | FLOWING | hot(plant) | {"chiller.running": 0.0}, 400.0)
    assert plant.march.reaction.foil(end.now) > CELSIUS + 55


def test_r8_grows_100_nm_in_20_minutes() -> None:
    plant, start = warm()
    ready = after(plant, start, inputs(plant) | FLOWING, 300.0)
    end = after(plant, ready, inputs(plant) | FLOWING | hot(plant), R8_MINUTES * 60.0)
    assert end.now.film.thickness == pytest.approx(100e-9, rel=0.2)
    truth = plant.truth(end)
    assert truth["condensed"] == {}
    assert truth["layers"]["pDMAMS"]["thickness"] == pytest.approx(truth["thickness"])


def test_what_came_went_or_is_still_there() -> None:
    plant, start = warm(stage=CELSIUS + 10)
    open_ = inputs(plant, stage=CELSIUS + 10) | FLOWING
    state = after(plant, start, open_ | {"carrier.valve": 1.0, "carrier.flow_setpoint": 1e-5}, 100.3)
    state = after(plant, state, open_ | hot(plant), 217.9)
    state = after(plant, state, inputs(plant, stage=CELSIUS + 10), 11.7)
    now, books = state.now, state.now.books
    assert now.condensed.sum() > 0.0
    made = np.zeros_like(books.fed)
    made[plant.march.reaction.fragments] = books.made
    balance = (
        books.fed + made - books.pumped - books.reacted - now.condensed.sum(axis=0) - (now.moles - start.now.moles)
    )
    assert np.abs(balance).max() < 1e-12 * books.fed.max()
    used = state.filled[0] - now.content[0]
    assert used == pytest.approx(books.fed[plant.march.species.index(DMAMS)], rel=1e-9)
    initiator = books.reacted[plant.march.species.index(TBPO)]
    assert books.made == pytest.approx(2.0 * initiator, rel=1e-9)
    film = plant.truth(state)
    grown = film["mass"] * plant.description.stage_area / substance(DMAMS).molar_mass
    assert 0.0 < grown < books.reacted[plant.march.species.index(DMAMS)]


def test_a_filament_uses_up_initiator_as_a_stirred_chamber_does() -> None:
    description = replace(reference_icvd(), filament=Filament(cracking=0.02))
    plant, start = warm(description)
    open_ = inputs(plant) | {"TBPO.valve": 1.0, "throttle.controller": None, "throttle.position": 0.06}
    dark = after(plant, start, open_, 300.0)
    lit = after(plant, dark, open_ | hot(plant, 600.0), 300.0)
    row = plant.march.species.index(TBPO)
    known = plant.march.reaction.initiators[0][1]
    rate = 0.02 * known.share(lit.now.hot.wires, known.crossover(0.0))
    tau = float(dark.now.moles[row]) / dark.now.flows[1]
    left = (lit.now.moles[row] / lit.now.flows[1]) / (dark.now.moles[row] / dark.now.flows[1])
    assert left == pytest.approx(well_mixed(rate, tau), rel=0.01)


def test_growth_falls_when_the_stage_is_warmer_and_rises_with_the_filament() -> None:
    plant, _ = warm()
    rates, ready = {}, {}
    for stage in (35, 45):
        _, start = warm(stage=CELSIUS + stage)
        ready[stage] = after(plant, start, inputs(plant, stage=CELSIUS + stage) | FLOWING, 120.0)
    for stage, kelvin in ((35, 523.15), (45, 523.15), (35, 473.15)):
        driven = inputs(plant, stage=CELSIUS + stage) | FLOWING | hot(plant, kelvin)
        rates[stage, kelvin] = after(plant, ready[stage], driven, 60.0).now.rate
    assert rates[45, 523.15] < 0.7 * rates[35, 523.15]
    assert rates[35, 473.15] < 0.5 * rates[35, 523.15]


def test_the_apparent_energy_of_v3d3_in_the_henry_limit_is_the_published_one() -> None:
    plant, _ = warm()
    v3d3 = "1,3,5-trivinyl-1,3,5-trimethylcyclotrisiloxane"
    growth = Growth(plant.description, (v3d3,))
    fit = substance(v3d3).fit()

    def rate(kelvin: float) -> float:
        uptakes = growth.uptakes([1e-3 / fit.value(kelvin)])
        # so few radicals that they do not kill chains: the rate goes as the monomer
        return growth.rates(uptakes, 1e-30, kelvin)[0]

    slope = GAS_CONSTANT * log(rate(313.15) / rate(303.15)) / (1 / 303.15 - 1 / 313.15)
    assert slope == pytest.approx(-23.2e3, abs=0.5e3)


def test_growth_goes_as_the_monomer_when_there_is_much_and_falls_faster_when_there_is_little() -> None:
    plant, _ = warm()
    growth, monomer = plant.march.reaction.growth, plant.march.reaction.growth.monomers[0]

    def order(uptake: float) -> float:
        rates = [growth.rates([uptake * factor], monomer.flux, 308.15)[0] for factor in (1.0, 1.001)]
        return log(rates[1] / rates[0]) / log(1.001)

    assert order(1e4) == pytest.approx(1.0, abs=1e-3)
    assert order(bet_uptake(0.1)) == pytest.approx(1.5, abs=0.01)
    assert order(1e-4) == pytest.approx(2.0, abs=1e-2)
    assert growth.uptakes([0.0]) == [0.0]
    assert growth.uptakes([3.0]) == [bet_uptake(0.98)]


def gradient() -> tuple[Icvd, object]:
    """DMAMS through a needle and PFDA through a flow controller."""
    plain = reference_icvd()
    sources = {
        "DMAMS": replace(plain.sources["DMAMS"], metered=True, conductance=1e-3),
        "PFDA": VapourFeed(substance=PFDA, temperature=CELSIUS + 80, conductance=1e-3, metered=True),
        "TBPO": plain.sources["TBPO"],
    }
    return warm(replace(plain, sources=sources), stage=CELSIUS + 40)


def test_the_composition_of_a_copolymer_follows_the_flows_one_residence_time_late() -> None:
    plant, start = gradient()
    low, high = float(to_si(0.1, sccm)), float(to_si(0.6, sccm))
    common = inputs(plant, stage=CELSIUS + 40) | hot(plant) | {"DMAMS.valve": 1.0, "PFDA.valve": 1.0, "TBPO.valve": 1.0}
    first = common | {"DMAMS.flow_setpoint": 2 * high, "PFDA.flow_setpoint": low}
    state = after(plant, start, first, 300.0)
    tau = float(state.now.moles.sum()) / sum(state.now.flows)
    held = {"throttle.controller": None, "throttle.position": state.now.blade.position}
    second = first | held | {"PFDA.flow_setpoint": high}
    swap = segment(plant, state, second, 240.0)
    times = np.arange(swap.t0, swap.t1, 0.5)
    gas = swap.at(times, [f"chamber.partial.{PFDA}"])[f"chamber.partial.{PFDA}"]
    reached = times[np.argmax(gas > gas[0] + (gas[-1] - gas[0]) * (1 - exp(-1)))] - swap.t0
    assert reached == pytest.approx(tau, rel=0.1)
    amounts = swap.at(times, [f"film.amount.{PFDA}", f"film.amount.{DMAMS}"])
    new = np.diff(amounts[f"film.amount.{PFDA}"])
    part = new / (new + np.diff(amounts[f"film.amount.{DMAMS}"]))
    half = times[np.argmax(part > 0.5 * (part[0] + part[-1]))] - swap.t0
    assert 0.2 * tau < half < tau


def test_the_profile_tells_what_the_film_is_made_of_at_every_depth() -> None:
    plant, start = gradient()
    flow = float(to_si(0.6, sccm))
    common = inputs(plant, stage=CELSIUS + 40) | hot(plant) | {"DMAMS.valve": 1.0, "PFDA.valve": 1.0, "TBPO.valve": 1.0}
    state = after(plant, start, common | {"DMAMS.flow_setpoint": 2 * flow}, 240.0)
    state = after(plant, state, common | {"PFDA.flow_setpoint": flow}, 240.0)
    truth = plant.truth(state)
    tops = [top for top, _ in truth["profile"]]
    assert tops == sorted(tops)
    assert tops[-1] == truth["thickness"]
    assert truth["profile"][0][1][DMAMS] > 0.99
    assert truth["profile"][-1][1][PFDA] > 0.9
    assert set(truth["layers"]) == {"pDMAMS", "pPFDA"}


def test_above_saturation_the_monomer_condenses_on_the_stage_and_evaporates_again() -> None:
    plant, start = warm(stage=CELSIUS + 20)
    # N4 with this reactor's flows: the stage as cold as 20 degC bears 10 Pa of DMAMS
    driven = inputs(plant, stage=CELSIUS + 15, pressure=40.0) | FLOWING
    wet = segment(plant, start, driven, 200.0)
    end = wet.state_at(wet.t1)
    assert plant.truth(end)["condensed"]["stage"] > 0.0
    assert plant.truth(end)["crowded"] >= 1.0
    assert 1.0 < wet.value("stage.saturation", wet.t1) < 1.3
    dry = after(plant, end, inputs(plant, stage=CELSIUS + 45, pressure=0.1), 500.0)
    assert plant.truth(dry)["condensed"] == {}


def test_a_line_colder_than_its_bottle_catches_the_vapour() -> None:
    plant, start = warm(lines=CELSIUS + 30)
    driven = inputs(plant) | FLOWING | {"lines.power": (CELSIUS + 30 - 293.15) / 150.0}
    end = after(plant, start, driven, 300.0)
    assert plant.truth(end)["condensed"]["line of DMAMS"] > 0.0
    assert end.now.flows[0] < 0.1 * float(to_si(1.2, sccm))


def test_a_vapour_pressure_that_was_thought_too_high_condenses_in_truth() -> None:
    plain = reference_icvd()
    sources = {**plain.sources, "DMAMS": replace(plain.sources["DMAMS"], conductance=3.0e-4)}
    plant, start = warm(replace(plain, pressure_factors={"DMAMS": 0.4}, sources=sources))
    end = after(plant, start, inputs(plant) | FLOWING, 300.0)
    assert plant.truth(end)["crowded"] >= 1.0
    assert "stage" in plant.truth(end)["condensed"]


def test_an_empty_bottle_gives_no_more() -> None:
    sources = {"DMAMS": replace(reference_icvd().sources["DMAMS"], content=1e-4)}
    plant, start = warm(replace(reference_icvd(), sources={**reference_icvd().sources, **sources}))
    end = after(plant, start, inputs(plant) | FLOWING, 300.0)
    assert end.now.content[0] == 0.0
    assert end.now.flows[0] == 0.0
    assert end.now.books.fed[plant.march.species.index(DMAMS)] == pytest.approx(1e-4)


def test_the_supply_holds_its_voltage_or_its_current_and_nothing_flows_through_a_broken_wire() -> None:
    plant, start = warm()
    on = inputs(plant) | {"filament.on": 1.0, "filament.voltage_setpoint": 30.0}
    limited = segment(
        plant,
        after(plant, start, on | {"filament.current_setpoint": 1.0}, 5.0),
        on | {"filament.current_setpoint": 1.0},
        1.0,
    )
    assert limited.value("filament.current", limited.t1) == pytest.approx(1.0)
    assert 12.0 < limited.value("filament.voltage", limited.t1) < 12.5
    free = on | {"filament.current_setpoint": 10.0}
    state = after(plant, start, free, 30.0)
    assert state.now.hot.voltage == pytest.approx(30.0)
    broken = after(plant, state, free | {"filament.broken": 1.0}, 1.0)
    assert (broken.now.hot.voltage, broken.now.hot.current) == (30.0, 0.0)


def test_the_crystal_feels_adsorption_film_and_warmth() -> None:
    plant, start = warm()
    dark = segment(plant, start, inputs(plant) | FLOWING, 150.0)
    adsorbed = dark.value("qcm.mass", dark.t1)
    assert 0.5e-6 < adsorbed < 2e-6
    lit = segment(plant, dark.state_at(dark.t1), inputs(plant) | FLOWING | hot(plant), 120.0)
    grown = lit.value("film.mass", lit.t1)
    assert lit.value("qcm.mass", lit.t1) - grown == pytest.approx(adsorbed, rel=0.5)
    drift = -2.0 * (lit.value("stage.true_temperature", lit.t1) - 293.15)
    assert lit.value("qcm.frequency", lit.t1) == pytest.approx(
        6e6 / (1.0 + lit.value("qcm.mass", lit.t1) / 1.227e-7 / 6e6) + drift, abs=1e-6
    )


CUTS = [0.1, 0.25, 3.0, 17.31]


@pytest.mark.parametrize("cut", CUTS)
def test_how_time_is_cut_changes_nothing(cut: float) -> None:
    plant, start = warm()
    driven = inputs(plant) | FLOWING | hot(plant)
    whole = after(plant, start, driven, 60.0)
    state = start
    while state.t < 60.0:
        state = after(plant, state, driven, min(cut, 60.0 - state.t))
    assert np.array_equal(state.now.moles, whole.now.moles)
    assert state.now.film == whole.now.film
    assert (state.now.hot, state.now.chilled, state.now.blade) == (whole.now.hot, whole.now.chilled, whole.now.blade)
    assert state.now.books.peak == whole.now.books.peak


def test_an_array_holds_the_bits_of_single_reads() -> None:
    plant, start = warm()
    driven = inputs(plant) | FLOWING | hot(plant)
    found = segment(plant, after(plant, start, driven, 3.1), driven, 17.3)
    times = np.sort(np.random.default_rng(5).uniform(found.t0, found.t1, 40))
    for point, values in found.at(times).items():
        alone = np.array([found.value(point, t) for t in times.tolist()])
        assert np.array_equal(values, alone, equal_nan=True), point
    assert found.at(np.empty(0), ["film.thickness"])["film.thickness"].shape == (0,)


def test_what_cannot_be_is_refused() -> None:
    plain = reference_icvd()
    with pytest.raises(SimulationError, match="no zone oven"):
        Icvd(replace(plain, gas_zone="oven"))
    with pytest.raises(SimulationError, match="volume"):
        Icvd(replace(plain, volume=0.0))
    with pytest.raises(SimulationError, match="no gauge"):
        Icvd(replace(plain, gauges={}))
    with pytest.raises(SimulationError, match="reactivity"):
        Icvd(replace(plain, reactivity={("DMAMS", "PFDA"): 0.0}))
    plant, start = warm()
    with pytest.raises(SimulationError, match="no point"):
        segment(plant, start, inputs(plant), 1.0).value("chamber.colour", 0.5)
    with pytest.raises(SimulationError, match="no number"):
        segment(plant, start, inputs(plant) | {"filament.on": None}, 1.0)
    with pytest.raises(SimulationError, match="cannot start"):
        plant.solve(start, {}, 1.0, 2.0)
    assert all_area(plant.description) == pytest.approx(0.145)
    assert ChilledStage().rise + ChilledStage().film_rise >= 5.0


def test_a_feed_that_leads_into_a_source_of_pulses_goes_past_the_chamber() -> None:
    shown = {}
    for carrying in (frozenset[str](), frozenset({"carrier"})):
        plant, start = warm(replace(reference_icvd(), carrying=carrying))
        flowing = {
            **inputs(plant),
            "throttle.controller": None,
            "carrier.valve": 1.0,
            "carrier.flow_setpoint": float(to_si(20.0, sccm)),
        }
        filled = segment(plant, start, flowing, 60.0)
        shown[bool(carrying)] = filled.value("chamber.pressure", 60.0), filled.value("carrier.flow", 60.0)
    assert shown[False][0] > 5.0
    assert shown[True][0] < 0.2
    assert shown[True][1] == shown[False][1] == pytest.approx(float(to_si(20.0, sccm)), rel=1e-3)


def test_a_bubbler_gives_what_its_carrier_takes_along_while_its_valve_is_open() -> None:
    """As n = n_carrier P/(Pt - P) says; the carrier comes in with it, and else goes past the chamber."""
    reference, flow = reference_icvd(), float(to_si(5.0, sccm))
    bubbler = replace(reference.sources["DMAMS"], delivery=Carried(through="push", pressure=2e3))
    feeds = {**reference.feeds, "push": GasFeed(settling=1e-3, dead_time=0.0, shut_off=False)}
    sources = {**reference.sources, "DMAMS": bubbler}
    plant, state = warm(replace(reference, feeds=feeds, sources=sources, carrying=frozenset({"push"}), inflows=()))
    driven = {**inputs(plant), "throttle.controller": None, "throttle.position": 1.0, "push.flow_setpoint": flow}
    before = after(plant, state, driven, 60.0)
    assert before.now.moles.sum() * 8.314 * WARM["walls"] / reference.volume == pytest.approx(0.1, rel=0.02)
    opened = after(plant, before, {**driven, "DMAMS.valve": 1.0}, 60.0)
    inside = substance(DMAMS).fit().value(WARM["DMAMS"])
    given = flow * inside / (2e3 - inside)
    argon, vapour = (opened.now.moles[plant.march.species.index(name)] for name in ("argon", DMAMS))
    rest = 0.1 * reference.volume / (8.314 * WARM["walls"])
    assert vapour / (argon - rest) == pytest.approx(given / flow, rel=0.01)
    assert before.now.content[0] - opened.now.content[0] == pytest.approx(60.0 * given, rel=0.01)
