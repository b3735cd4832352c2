"""Exposure of a bare surface: against closed forms of a leak under a pump and into a shut chamber."""

import math

import numpy as np
import pytest

from vapordep.analysis.bare_exposure import Course, bare_exposure
from vapordep.model.impurities import AIR, CARRIER, GLOVEBOX, Impurities
from vapordep.units import from_si, langmuir

VOLUME, SPEED, LEAK = 1e-3, 5e-4, 2e-7


def course(pressure: float, speed: float, *, flowing: bool, lasting: float = 300.0) -> Course:
    times = np.arange(0.0, lasting + 1.0)
    return Course(times, np.full(len(times), pressure), np.full(len(times), speed), np.full(len(times), flowing))


def test_a_leak_into_a_shut_chamber_gathers_with_the_square_of_time() -> None:
    found = bare_exposure(course(1.0, 0.0, flowing=False), LEAK, VOLUME)
    assert found.leak == pytest.approx({gas: part * LEAK / VOLUME * 300.0**2 / 2.0 for gas, part in AIR.items()})


def test_a_leak_under_a_pump_comes_to_rest() -> None:
    found = bare_exposure(course(1.0, SPEED, flowing=False), LEAK, VOLUME)
    tau = VOLUME / SPEED
    expected = LEAK / SPEED * (300.0 - tau * -math.expm1(-300.0 / tau))
    assert found.leak["O2"] == pytest.approx(AIR["O2"] * expected, rel=1e-9)


def test_one_langmuir_is_a_millionth_of_a_torr_for_a_second() -> None:
    found = bare_exposure(course(133.322e-6, SPEED, flowing=False), 0.0, VOLUME)
    assert from_si(found.base, langmuir) == pytest.approx(300.0, rel=1e-5)


def test_a_carrier_brings_its_impurities_and_the_filling_those_of_the_glovebox() -> None:
    flowing = bare_exposure(course(97.0, SPEED, flowing=True), math.nan, VOLUME)
    assert flowing.carrier == pytest.approx({gas: part * 97.0 * 300.0 for gas, part in CARRIER.items()})
    assert (flowing.base, math.isnan(flowing.leak["O2"])) == (0.0, True)
    filled = bare_exposure(course(1e5, 0.0, flowing=False), 0.0, VOLUME)
    assert filled.carrier == pytest.approx({gas: part * 1e5 * 300.0 for gas, part in GLOVEBOX.items()})


def test_a_silent_gauge_counts_as_it_was() -> None:
    silent = course(2.0, SPEED, flowing=False)
    silent.pressure[[0, 1, 100, 101]] = math.nan
    assert bare_exposure(silent, 0.0, VOLUME).base == pytest.approx(2.0 * 298.0)
    assert bare_exposure(course(2.0, SPEED, flowing=False, lasting=0.0), LEAK, VOLUME).duration == 0.0


def test_a_purer_carrier_brings_less() -> None:
    pure = Impurities(carrier={"H2O": 1e-8, "O2": 0.0, "N2": 0.0})
    found = bare_exposure(course(97.0, SPEED, flowing=True), 0.0, VOLUME, pure)
    assert found.carrier == pytest.approx({"H2O": 1e-8 * 97.0 * 300.0, "O2": 0.0, "N2": 0.0})
