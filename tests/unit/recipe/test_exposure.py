"""Exposure: the closed forms of a pulse agree with published figures and with the simulated plant."""

import pytest

from tests.unit.reactor.files import REACTOR
from vapordep.app.twin.plant import describe
from vapordep.model.chamber import Chamber
from vapordep.reactor import read_reactor
from vapordep.recipe.foretold.exposure import (
    Uptake,
    adsorption,
    cvd_part,
    exposure,
    isolated_pulse,
    pulse,
    residual_time,
    share_left,
    stored,
)
from vapordep.recipe.foretold.situation import Situation
from vapordep_simulators.plant.pulsed.forecast import forecast

CHAMBER = Chamber(1e-3, 0.1, 5e-4, 0.0, {}, ())


def test_a_pulse_of_the_reference_reactor() -> None:
    """50 ms from 1200 Pa: 54.46 Pa s and a peak of 26.8915 Pa."""
    given = pulse(CHAMBER, 97.2260, 1200.0, 393.15, 0.05)
    assert given.area == pytest.approx(54.460, rel=1e-4)
    assert given.peak == pytest.approx(26.8915, rel=1e-5)
    assert given.amount * 8.314462618 * 393.15 == pytest.approx(54.460 * 5e-4, rel=1e-4), "all of it is pumped away"


def test_a_weak_bottle_gives_nothing() -> None:
    assert pulse(CHAMBER, 97.0, 7.6, 393.15, 0.05) == pulse(CHAMBER, 97.0, 97.0, 393.15, 0.05)
    assert pulse(CHAMBER, 97.0, 7.6, 393.15, 0.05).area == 0.0


@pytest.mark.parametrize(("source", "width", "area"), [("TMA", 0.05, 53.0), ("H2O", 0.03, 67.0), ("EG", 0.1, 57.0)])
def test_the_doses_of_the_shipped_reactor(source: str, width: float, area: float) -> None:
    reactor = read_reactor(REACTOR)
    hot = {"walls": 393.15, "stage": 393.15, "EG": 353.15}
    situation = Situation(
        pumped=True,
        pumping=True,
        pressure=100.0,
        temperatures=hot,
        spans={zone: (kelvin, kelvin) for zone, kelvin in hot.items()},
    )
    given = exposure(source, width, situation, reactor)
    assert given is not None
    assert given.area == pytest.approx(area, rel=0.04)


def test_what_a_purge_leaves() -> None:
    assert share_left(9.2103, 1.0, 0.0) == pytest.approx(1e-4, rel=1e-3)
    assert share_left(75.0, 2.0, 10.0) == pytest.approx(1.25 * 5.53e-4, rel=1e-2), "tp 10 s outlives the gas"
    assert share_left(10.0, 2.0, 2.0) == pytest.approx(share_left(10.0, 2.0, 2.0002), rel=1e-3), "no pole where equal"
    assert share_left(0.0, 2.0, 10.0) == pytest.approx(1.0)


@pytest.mark.parametrize("purge", [19.0, 22.0, 25.0])
def test_the_part_that_grows_by_cvd_is_what_the_plant_gives(purge: float) -> None:
    """TMA purged too shortly before water, at 100 degC: growth beyond that of a cycle that is purged for long."""
    reactor = read_reactor(REACTOR)
    kelvin = {"walls": 373.15, "stage": 373.15}

    def growth(time: float) -> float:
        found = forecast(describe(reactor, "silicon"))
        found.settle(kelvin, {"carrier": 20 * 7.4358e-7})

        def cycle() -> None:
            found.dose("TMA", 0.05)
            found.wait(time)
            found.dose("H2O", 0.03)
            found.wait(120.0)

        found.repeat(4, cycle)
        before = found.truth["thickness"]
        found.repeat(1, cycle)
        thickness: float = found.truth["thickness"] - before
        return thickness

    excess = growth(purge) / growth(60.0) - 1.0
    foil = 373.15 + 2.0
    uptakes = []
    for name, area in (("trimethylaluminium", 53.0), ("water", 67.0)):
        constant = adsorption(name, foil)
        assert constant is not None
        uptakes.append(Uptake(constant * area, residual_time(name, foil)))
    assert excess > 1e-3
    assert cvd_part(uptakes[0], purge, uptakes[1], reactor.chamber.residence_time) == pytest.approx(excess, rel=0.25)


@pytest.mark.parametrize(("held", "purge"), [(30.0, 50.0), (30.0, 70.0), (5.0, 50.0), (120.0, 70.0)])
def test_what_a_held_vapour_leaves_on_the_surface_counts_too(held: float, purge: float) -> None:
    """Water held in the shut chamber at 100 degC, then purged too shortly before TMA."""
    reactor = read_reactor(REACTOR)
    kelvin, foil = {"walls": 373.15, "stage": 373.15}, 373.15 + 2.0

    def growth(time: float) -> float:
        found = forecast(describe(reactor, "silicon"))
        found.settle(kelvin, {})

        def cycle() -> None:
            found.pump(on=False)
            found.dose("H2O", 0.05)
            found.wait(held)
            found.pump(on=True)
            found.wait(time)
            found.dose("TMA", 0.1)
            found.wait(60.0)

        found.repeat(4, cycle)
        before = found.truth["thickness"]
        found.repeat(1, cycle)
        thickness: float = found.truth["thickness"] - before
        return thickness

    chamber = reactor.chamber
    water = isolated_pulse(chamber, 0.1, 2339.0, 373.15, 0.05)
    metal = pulse(chamber, 0.1, 1166.0, 373.15, 0.1)
    taken = adsorption("water", foil), adsorption("trimethylaluminium", foil)
    assert taken[0] is not None
    assert taken[1] is not None
    residual = residual_time("water", foil)
    left = Uptake(taken[0] * water.area, residual, stored(taken[0], water.peak, residual, held))
    dosed = Uptake(taken[1] * metal.area, residual_time("trimethylaluminium", foil))
    excess = growth(purge) / growth(300.0) - 1.0
    assert excess > 1e-3
    assert cvd_part(left, purge, dosed, chamber.residence_time) == pytest.approx(excess, rel=0.3)
