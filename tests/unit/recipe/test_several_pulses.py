"""Doses of several pulses in a recipe: their form, their time, what the check makes of them."""

from pathlib import Path

import pytest

from tests.unit.reactor.files import REACTOR, place, written
from vapordep.app.foretold.check import check
from vapordep.app.request import Request
from vapordep.errors import RecipeError
from vapordep.model.steps import Dose
from vapordep.reactor import read_reactor
from vapordep.recipe import estimate, examine, read_recipe
from vapordep.recipe.foretold.exposure import of_dose
from vapordep.recipe.foretold.situation import Situation

READ = read_reactor(REACTOR)
HEAT = "- heat: {stage: 100 degC, walls: 100 degC, rate: 5 K/min}\n- purge: {for: 30 s}\n"
TWICE = "- dose: {source: TMA, pulse: 50 ms, pulses: 2, gap: 0.5 s}"


def codes(folder: Path, steps: str) -> set[str]:
    found = examine(written(folder, HEAT + steps, "lithium"), READ).findings
    return {finding.code for finding in found if finding.refuses}


def test_two_pulses_take_their_gap_and_count_twice(tmp_path: Path) -> None:
    file = written(tmp_path, HEAT + TWICE)
    plan = read_recipe(file, READ).plan
    dose = plan.steps[-1]
    assert isinstance(dose, Dose)
    assert (dose.label, dose.duration) == ("dose TMA 2 x 50 ms", pytest.approx(0.6))
    assert estimate(plan, READ).steps[-1].duration == pytest.approx(0.6)
    assert plan.pulses == 2
    assert check(Request(file, REACTOR, tmp_path, "test")).pulses == {"TMA": 2}


@pytest.mark.parametrize(
    ("rest", "words"),
    [
        ("pulses: 2", "need a `gap`"),
        ("gap: 1 s", "need a `gap`"),
        ("pulses: 2, gap: 0.2 s", "too low"),
        ("pulses: 2, gap: 3 s", "too high"),
        ("pulses: 0, gap: 1 s", "greater than or equal to 1"),
        ("pulses: 2, gap: 1", "unit is missing"),
    ],
)
def test_what_is_no_such_dose_is_refused_with_its_line(rest: str, words: str, tmp_path: Path) -> None:
    step = f"- dose: {{source: TMA, pulse: 50 ms, {rest}}}"
    file = written(tmp_path, HEAT + step)
    with pytest.raises(RecipeError, match=r".") as caught:
        read_recipe(file, READ)
    [error] = caught.value.findings
    assert words in error.what
    assert error.where == place(file, step)


def test_amounts_and_areas_add_up_and_peaks_stand_on_each_other() -> None:
    situation = Situation(pumped=True, pumping=True, pressure=100.0)
    one, two = (of_dose(Dose(source="TMA", width=0.05, pulses=n, gap=0.5), situation, READ) for n in (1, 2))
    assert one is not None
    assert two is not None
    assert (two.area, two.amount) == (2.0 * one.area, 2.0 * one.amount)
    assert 1.7 * one.peak < two.peak < 1.85 * one.peak


def test_several_pulses_cover_what_one_does_not(tmp_path: Path) -> None:
    water = "\n- purge: {for: 60 s}\n- dose: {source: H2O, pulse: 30 ms}"
    assert codes(tmp_path, "- dose: {source: TMA, pulse: 15 ms}" + water) == set()
    text = (REACTOR.read_text(encoding="utf-8")).replace("temperature: 20 degC", "temperature: -2 degC", 1)
    cold = tmp_path / "cold.yaml"
    cold.write_text(text, encoding="utf-8")
    reactor = read_reactor(cold)

    def found(pulses: str) -> set[str]:
        file = written(tmp_path, f"{HEAT}- dose: {{source: TMA, pulse: 15 ms{pulses}}}{water}", "lithium")
        return {finding.code for finding in examine(file, reactor).findings if finding.refuses}

    assert found("") == {"C3"}
    assert found(", pulses: 4, gap: 0.5 s") == set()


def test_the_purge_after_it_is_judged_from_its_last_pulse(tmp_path: Path) -> None:
    water = "- dose: {source: H2O, pulse: 30 ms}"
    assert codes(tmp_path, f"{TWICE}\n- purge: {{for: 18.9 s}}\n{water}") == {"C2"}
    assert codes(tmp_path, f"{TWICE}\n- purge: {{for: 19 s}}\n{water}") == set()


@pytest.mark.parametrize(("gap", "refused"), [("0.3 s", set()), ("2 s", {"C3"})])
def test_pulses_that_the_gauge_sees_apart_do_not_add_up(gap: str, refused: set[str], tmp_path: Path) -> None:
    """In a chamber that is pumped in 0.2 s, two seconds are another dose: so the monitor of the surface counts."""
    fast = tmp_path / "fast.yaml"
    text = REACTOR.read_text(encoding="utf-8").replace("pumping_speed: 1.75 m3/h ", "pumping_speed: 17.5 m3/h ")
    fast.write_text(text, encoding="utf-8")
    dose = f"- dose: {{source: TMA, pulse: 50 ms, pulses: 4, gap: {gap}}}"
    water = "- purge: {for: 60 s}\n- dose: {source: H2O, pulse: 30 ms}"
    file = written(tmp_path, f"{HEAT}{dose}\n{water}", "lithium")
    found = examine(file, read_reactor(fast)).findings
    assert {finding.code for finding in found if finding.refuses} == refused
