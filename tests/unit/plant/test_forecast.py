"""The forecast: a loop that leaps gives what the same loop gives walked cycle by cycle."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.unit.plant.chamber import reference_chamber
from vapordep.simulation.description import GasFeed, Made, PlantDescription, VapourSource
from vapordep_simulators.plant.pulsed.forecast import Forecast, forecast

FLOW = {"carrier": 20 * 7.4358e-7}


def alucone() -> PlantDescription:
    """A film that soaks up its precursor the more the thicker it is: the hardest loop to leap over."""
    reference = reference_chamber()
    sources = {
        "TMA": VapourSource(substance="trimethylaluminium"),
        "EG": VapourSource(substance="ethylene glycol", temperature=353.15),
    }
    return PlantDescription(feeds={"carrier": GasFeed()}, sources=sources, zones=reference.zones, foil_offset=2.0)


def loop(made: Forecast, coreactant: str) -> Callable[[], None]:
    made.settle({"walls": 393.15, "stage": 393.15}, FLOW)

    def cycle() -> None:
        made.dose("TMA", 0.05)
        made.wait(60.0)
        made.dose(coreactant, 0.2 if coreactant == "EG" else 0.03)
        made.wait(60.0)

    return cycle


@pytest.mark.parametrize("coreactant", ["EG", "H2O"])
def test_leaps_land_where_steps_do(coreactant: str) -> None:
    description = alucone() if coreactant == "EG" else reference_chamber()
    walked, leapt = forecast(description), forecast(description)
    step, cycle = loop(walked, coreactant), loop(leapt, coreactant)
    for _ in range(60):
        step()
    leapt.repeat(60, cycle)
    for name in ("thickness", "nucleation", "soaked", "mass", "cycles"):
        assert leapt.truth[name] == pytest.approx(walked.truth[name], rel=1e-3, abs=1e-13), name
    assert leapt.truth["precursor_use"] == pytest.approx(walked.truth["precursor_use"], rel=1e-3)
    assert leapt.truth["exposures"]["trimethylaluminium"] == pytest.approx(
        walked.truth["exposures"]["trimethylaluminium"], rel=1e-3
    )


def test_the_cost_grows_with_the_logarithm_of_the_count() -> None:
    made = forecast(reference_chamber())
    cycle, walked = loop(made, "H2O"), []

    def counted() -> None:
        walked.append(1)
        cycle()

    made.repeat(5000, counted)
    assert len(walked) < 50
    assert made.truth["cycles"] == pytest.approx(5000.0, rel=0.02)


def test_what_a_generator_makes_counts_in_cycles_that_are_leapt_over_and_when_the_reactor_has_changed() -> None:
    reference, flow = reference_chamber(), 250 * 7.4358e-7
    ozone = VapourSource(substance="ozone", pressure=1e5, delivery=Made(through="oxygen", fraction=0.12))
    feeds = {**reference.feeds, "oxygen": GasFeed(gas="oxygen")}
    made = forecast(
        replace(reference, substrate="silicon", feeds=feeds, sources={"TMA": reference.sources["TMA"], "O3": ozone})
    )

    def cycle() -> None:
        made.dose("TMA", 0.05)
        made.wait(40.0)
        made.dose("O3", 0.5)
        made.wait(40.0)

    made.settle({"walls": 423.15, "stage": 423.15}, {**FLOW, "oxygen": flow})
    made.repeat(30, cycle)
    made.settle({"walls": 473.15, "stage": 473.15}, {**FLOW, "oxygen": flow})
    assert made.truth["precursor_use"]["O3"] == pytest.approx(30 * 0.5 * flow * 0.12 * 2.0 / 3.0, rel=1e-3)
    assert made.truth["layers"]["Al2O3 O3"]["thickness"] == pytest.approx(30 * 1.0e-10, rel=0.02)


def test_loops_nest() -> None:
    flat, nested = forecast(reference_chamber()), forecast(reference_chamber())
    cycle = loop(flat, "H2O")
    flat.repeat(40, cycle)
    inner = loop(nested, "H2O")
    nested.repeat(8, lambda: nested.repeat(5, inner))
    assert nested.truth["thickness"] == pytest.approx(flat.truth["thickness"], rel=2e-3)


def test_a_film_stays_when_temperatures_change() -> None:
    made = forecast(reference_chamber())
    made.repeat(3, loop(made, "H2O"))
    before = made.truth
    made.settle({"walls": 373.15, "stage": 373.15}, FLOW)
    after = made.truth
    assert after["foil_temperature"] == pytest.approx(375.15)
    assert after["thickness"] == pytest.approx(before["thickness"], rel=1e-3)
    assert after["precursor_use"] == pytest.approx(before["precursor_use"], rel=1e-6)
