"""Exposures: vapour is held in the shut chamber, and nothing else; what could leak in or be too little is refused."""

from pathlib import Path

import pytest

from tests.recipes.dry import dry, reactor_of
from vapordep.app.foretold.expected import expect
from vapordep.errors import RecipeError
from vapordep.model.run import RunState
from vapordep.model.steps import Dose, Flow, Pump, Rest, Set, Wait
from vapordep.reactor import read_reactor
from vapordep.recipe import examine, read_recipe
from vapordep.units import degC, to_si

HEAD = """\
recipe: 1
name: exposed
process: MLD
substrate: SUBSTRATE
reactor: glovebox_mld
steps:
  - pump: {to: 1 Pa, within: 20 min, soft: true}
  - flow: {carrier: 20 sccm}
  - heat: {stage: 120 degC, walls: 120 degC, lines: 95 degC, rate: 5 K/min, within: 2 K}
  - heat: {EG: 80 degC, rate: 5 K/min, within: 1 K}
  - purge: {for: 30 s}
"""
CYCLE = """\
  - repeat: 2
    layer: zincone
    steps:
      - expose: {source: DEZ, pulse: 20 ms, to: 8 Pa, hold: 10 s, flow: {carrier: 20 sccm}}
      - purge: {for: 60 s}
      - expose: {source: EG, pulse: 50 ms, pulses: 2, gap: 0.5 s, to: 8 Pa, hold: 30 s, flow: {carrier: 20 sccm}}
      - purge: {for: 60 s}
"""
HOT = {zone: to_si(value, degC) for zone, value in {"stage": 120.0, "walls": 120.0, "lines": 95.0, "EG": 80.0}.items()}


def written(folder: Path, steps: str, substrate: str = "silicon") -> Path:
    recipe = folder / "exposed.yaml"
    recipe.write_text(HEAD.replace("SUBSTRATE", substrate) + steps, encoding="utf-8")
    return recipe


def expose(rest: str) -> str:
    return f"  - expose: {{source: DEZ, pulse: 20 ms, {rest}, flow: {{carrier: 20 sccm}}}}\n"


def refusals(folder: Path, steps: str, substrate: str) -> dict[str, str]:
    recipe = written(folder, steps, substrate)
    found = examine(recipe, read_reactor(reactor_of(recipe))).findings
    return {finding.code: finding.remedy for finding in found if finding.refuses}


def test_it_is_a_pumped_chamber_shut_dosed_held_and_pumped_again(tmp_path: Path) -> None:
    recipe = written(tmp_path, expose("to: 8 Pa, hold: 10 s"))
    steps = read_recipe(recipe, read_reactor(reactor_of(recipe))).plan.steps[-8:]
    assert [type(step) for step in steps] == [Pump, Set, Dose, Wait, Rest, Set, Pump, Flow]
    assert len({step.where for step in steps}) == 1, "all stand in one line of the recipe"


@pytest.mark.parametrize("wire", [False, pytest.param(True, marks=[pytest.mark.many, pytest.mark.timeout(600)])])
def test_exposures_grow_the_film_of_a_saturated_cycle(tmp_path: Path, wire: bool) -> None:
    recipe = written(tmp_path, CYCLE)
    report, truth = dry(recipe, tmp_path, {}, HOT, wire=wire)
    assert (report.state, report.trips, report.alarms) == (RunState.COMPLETE, (), ())
    assert truth["overlap"] == 0.0
    assert truth["exposures"]["diethylzinc"] > 2 * 10.0 * 8.0, "held for 10 s above 8 Pa, twice"
    assert truth["peak_partial"]["diethylzinc"] < 20.0, "a pulse of 20 ms, and no more"
    reactor = read_reactor(reactor_of(recipe))
    expected = expect(read_recipe(recipe, reactor).plan, reactor)
    assert report.film.thickness == pytest.approx(expected.film.thickness, rel=0.03)
    assert report.precursor_use["DEZ"] == pytest.approx(expected.precursor_use["DEZ"], rel=0.05)


def test_a_dose_that_does_not_reach_its_pressure_holds_the_run(tmp_path: Path) -> None:
    recipe = written(tmp_path, expose("to: 50 Pa, hold: 10 s"))
    report, truth = dry(recipe, tmp_path, {}, HOT)
    assert report.state is RunState.ABORTED, "nobody is there who could answer"
    assert "chamber.pressure > 50" in report.reason
    assert truth["peak_partial"]["diethylzinc"] < 20.0


def test_it_is_refused_where_too_much_air_may_leak_in_meanwhile(tmp_path: Path) -> None:
    cover = "  - dose: {source: DEZ, pulse: 50 ms}\n  - purge: {for: 60 s}\n"
    assert refusals(tmp_path, cover + expose("to: 8 Pa, hold: 8 min"), "lithium") == {}
    found = refusals(tmp_path, cover + expose("to: 8 Pa, hold: 30 min"), "lithium")
    assert found == {"R-EXPOSE": "hold for 8.333 min at most, and more often"}


def test_without_the_carrier_nothing_but_an_exposure_may_dose(tmp_path: Path) -> None:
    dosed = "  - flow: {carrier: 0 sccm}\n  - dose: {source: DEZ, pulse: 50 ms}\n"
    assert "F1" in refusals(tmp_path, dosed, "silicon")


def test_where_the_reactor_wants_its_carrier_it_is_refused(tmp_path: Path) -> None:
    recipe = written(tmp_path, expose("to: 8 Pa, hold: 10 s").replace("DEZ", "TMA"))
    recipe.write_text(recipe.read_text(encoding="utf-8").replace("reactor: glovebox_mld\n", ""), encoding="utf-8")
    found = examine(recipe, read_reactor(reactor_of(recipe))).findings
    assert "F1" in {finding.code for finding in found if finding.refuses}


@pytest.mark.parametrize(
    ("rest", "words"),
    [
        ("to: 5 Pa, hold: 10 s", "does not lie above `base`"),
        ("to: 8 Pa", "'hold' is missing"),
        ("hold: 10 s", "'to' is missing"),
        ("to: 8 Pa, hold: 10", "unit is missing"),
        ("to: 8 Pa, hold: 10 s, pulses: 2", "need a `gap`"),
    ],
)
def test_half_an_exposure_is_refused_with_its_line(rest: str, words: str, tmp_path: Path) -> None:
    recipe = written(tmp_path, expose(rest))
    with pytest.raises(RecipeError, match=r".") as caught:
        read_recipe(recipe, read_reactor(reactor_of(recipe)))
    [error] = caught.value.findings
    assert words in error.what
    assert error.where.endswith(":12")


@pytest.mark.parametrize(("purge", "told"), [("20 s", ["DEZ is shut in with EG"]), ("60 s", [])])
def test_what_a_purge_left_and_a_hold_shuts_in_is_told(purge: str, told: list[str], tmp_path: Path) -> None:
    """It is not pumped away for as long as the other vapour is held: all of it reacts."""
    recipe = written(tmp_path, CYCLE.replace("purge: {for: 60 s}", f"purge: {{for: {purge}}}"))
    found = [f for f in examine(recipe, read_reactor(reactor_of(recipe))).findings if "is shut in with" in f.message]
    assert {f.code for f in found} <= {"C2"}
    assert not any(f.refuses for f in found)
    assert sorted(f.message.partition("left of ")[2].partition(" for")[0] for f in found) == told
