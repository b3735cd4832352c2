"""Doses: purges between incompatible sources to the millisecond, saturation by the area on the gauge, P over Psat."""

import math
from pathlib import Path

import numpy as np
import pytest

from vapordep.app.verdict.doses import purges, series
from vapordep.history.recordings.recording import Samples
from vapordep.model.pulses import PulseIntent, PulseRecord, Verdict
from vapordep.reactor import read_reactor
from vapordep.recipe.foretold.exposure import adsorption, saturated

ROOT = Path(__file__).resolve().parents[4]
REACTOR = read_reactor(ROOT / "reactors" / "glovebox_ald.yaml")
TAU = REACTOR.chamber.residence_time
NAN = math.nan
HOT = 373.15


def pulse(
    source: str, opened: float, area: float = 50.0, peak: float = 20.0, kind: Verdict = Verdict.GOOD
) -> PulseRecord:
    intent = PulseIntent(1, source, "step", 1, opened, opened + 0.05)
    return PulseRecord(intent, opened, opened + 0.05, NAN, NAN, 10.0, peak, area, kind)


def hot(tag: str) -> Samples | None:
    if not tag.endswith(".temperature"):
        return None
    return Samples(np.array([0.0]), np.array([HOT]), np.zeros(1, dtype=np.uint8))


def cold(tag: str) -> Samples | None:
    return None


def test_the_shortest_purge_of_each_pair_is_from_shut_to_open() -> None:
    given = [pulse("TMA", 0.0), pulse("H2O", 30.05), pulse("TMA", 80.1), pulse("H2O", 105.15)]
    found = {(p.first, p.second): p for p in purges(given, REACTOR, hot)}
    assert {pair: p.shortest for pair, p in found.items()} == pytest.approx(
        {("TMA", "H2O"): 25.0, ("H2O", "TMA"): 50.0}
    )
    assert found["TMA", "H2O"].time == 105.15
    assert found["TMA", "H2O"].refused == pytest.approx(9.2 * TAU + 0.03, rel=0.01)
    assert found["TMA", "H2O"].doubted == pytest.approx(9.2 * TAU + 5 * 3.0, rel=0.02), "tp of TMA at 100 degC is 3 s"
    assert found["H2O", "TMA"].doubted == pytest.approx(9.2 * TAU + 5 * 10.0, rel=0.02), "tp of water is 10 s"


def test_sources_that_may_meet_need_no_purge_and_one_alone_has_none() -> None:
    assert purges([pulse("H2O", 0.0), pulse("EG", 1.0)], REACTOR, hot) == ()
    assert purges([pulse("TMA", 0.0), pulse("TMA", 9.0)], REACTOR, hot) == ()
    assert purges([], REACTOR, hot) == ()


def test_an_unknown_temperature_leaves_the_rule_without_a_residue() -> None:
    [found] = purges([pulse("TMA", 0.0), pulse("H2O", 30.0)], REACTOR, cold)
    assert found.doubted == pytest.approx(found.refused, abs=0.1)


def test_a_dose_fills_what_its_area_says() -> None:
    constant = adsorption("water", HOT)
    assert constant is not None
    [found] = series(
        [pulse("H2O", 5.0, area=10.0), pulse("H2O", 9.0, area=40.0), pulse("H2O", 12.0, area=60.0)], REACTOR, hot
    )
    assert found.saturation == pytest.approx(1.0 - math.exp(-constant * 40.0))
    assert found.least_saturation is not None
    assert found.least_saturation.value == pytest.approx(1.0 - math.exp(-constant * 10.0))
    assert found.least_saturation.time == 5.0


def test_the_highest_pressure_over_saturation_is_that_of_the_highest_peak() -> None:
    saturation = saturated(REACTOR.sources["H2O"], HOT)
    assert saturation is not None
    [found] = series([pulse("H2O", 5.0, peak=10.0), pulse("H2O", 9.0, peak=40.0)], REACTOR, hot)
    assert found.crowding is not None
    assert (found.crowding.value, found.crowding.time) == (pytest.approx(40.0 / saturation), 9.0)


def test_a_pulse_that_nobody_saw_has_no_numbers_and_is_counted() -> None:
    [found] = series([pulse("TMA", 5.0, NAN, NAN, Verdict.UNSEEN), pulse("TMA", 9.0, kind=Verdict.WEAK)], REACTOR, hot)
    assert (found.pulses, found.unseen, found.weak, found.late, found.area) == (2, 1, 1, 0, 50.0)
    assert found.doubtful == 2
    [refused] = series([pulse("TMA", 5.0, NAN, NAN, Verdict.REFUSED), pulse("TMA", 9.0)], REACTOR, hot)
    assert (refused.pulses, refused.unseen, refused.refused, refused.doubtful) == (2, 0, 1, 1)
    [alone] = series([pulse("TMA", 5.0, NAN, NAN, Verdict.UNSEEN)], REACTOR, cold)
    assert alone.least_saturation is alone.crowding is None
    assert math.isnan(alone.saturation)


def test_the_area_of_a_pulse_into_a_shut_chamber_says_nothing() -> None:
    pulses = [pulse("TMA", 5.0, area=9000.0, kind=Verdict.ISOLATED), pulse("TMA", 9.0, area=40.0)]
    [found] = series(pulses, REACTOR, hot)
    assert (found.pulses, found.doubtful, found.area) == (2, 0, 40.0)


def test_no_pulses_no_series() -> None:
    assert series([], REACTOR, hot) == ()


def test_a_carried_dose_fills_by_its_vapour_alone_and_not_by_what_carries_it() -> None:
    whole = read_reactor(ROOT / "reactors" / "thermal_ald.yaml")
    [found] = series([pulse("TiCl4", 0.0, area=40.0)], whole, hot)
    vapour = saturated(whole.sources["TiCl4"], 293.15) or NAN
    constant = adsorption("titanium tetrachloride", HOT) or NAN
    assert found.area == 40.0, "as the gauge saw it"
    assert found.saturation == pytest.approx(1.0 - math.exp(-constant * 40.0 * vapour / 10e3), rel=1e-6)
    assert found.crowding is not None
    assert found.crowding.value == pytest.approx(20.0 * vapour / 10e3 / (saturated(whole.sources["TiCl4"], HOT) or NAN))
