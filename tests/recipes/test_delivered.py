"""Doses of a bubbler, a generator, a pushed bottle and a cylinder: checked, and run with either sampler."""

from pathlib import Path

import pytest

from tests.recipes.dry import dry, reactor_of
from vapordep.app.foretold.expected import expect
from vapordep.errors import RecipeError
from vapordep.model.run import RunState
from vapordep.model.steps import Dose
from vapordep.reactor import read_reactor
from vapordep.recipe import examine, read_recipe
from vapordep.recipe.findings import Severity
from vapordep.units import degC, to_si

HEAD = """\
recipe: 1
name: delivered
process: ALD
substrate: silicon
reactor: thermal_ald
steps:
  - pump: {to: 5 Pa, within: 20 min, soft: true}
  - flow: {carrier: 20 sccm}
  - heat: {stage: 120 degC, walls: 120 degC, lines: 105 degC, rate: 5 K/min, within: 2 K}
  - heat: {EG: 80 degC, rate: 5 K/min, within: 2 K}
"""
GASES = "  - flow: {oxygen: 250 sccm, push: 50 sccm}\n"
ON = '  - set: {output: O3.power, value: "on"}\n'
READY = "  - wait: {until: O3.ready, within: 10 min}\n"
PURGE = "  - purge: {for: 40 s}\n"
OZONE = "  - dose: {source: O3, pulse: 500 ms}\n"
BUBBLED = "  - dose: {source: TiCl4, pulse: 200 ms}\n"
PUSHED = "  - dose: {source: EG, pulse: 100 ms, boost: 300 ms}\n"
AMMONIA = "  - dose: {source: NH3, pulse: 15 ms}\n"
HOT = {zone: to_si(value, degC) for zone, value in {"stage": 120.0, "walls": 120.0, "lines": 105.0, "EG": 80.0}.items()}


def written(folder: Path, steps: str) -> Path:
    recipe = folder / "delivered.yaml"
    recipe.write_text(HEAD + steps, encoding="utf-8")
    return recipe


def found(folder: Path, steps: str) -> dict[str, str]:
    recipe = written(folder, steps)
    return {
        finding.code: f"{finding.message}; {finding.remedy}"
        for finding in examine(recipe, read_reactor(reactor_of(recipe))).findings
        if finding.refuses or finding.code == "R-BOOST"
    }


@pytest.mark.parametrize("wire", [False, pytest.param(True, marks=[pytest.mark.many, pytest.mark.timeout(600)])])
def test_what_they_give_is_what_the_check_expects(tmp_path: Path, wire: bool) -> None:
    steps = PUSHED + PURGE + GASES + ON + READY + OZONE + PURGE + BUBBLED + PURGE + AMMONIA + PURGE
    recipe = written(tmp_path, steps)
    report, truth = dry(recipe, tmp_path, {}, HOT, wire=wire)
    assert (report.state, report.trips, report.alarms) == (RunState.COMPLETE, (), ())
    assert truth["overlap"] == 0.0
    reactor = read_reactor(reactor_of(recipe))
    expected = expect(read_recipe(recipe, reactor).plan, reactor)
    assert expected.precursor_use.keys() == {"EG", "O3", "TiCl4", "NH3"}, "of no others not even a rounding error"
    for source in ("O3", "TiCl4", "NH3"):
        assert report.precursor_use[source] == pytest.approx(expected.precursor_use[source], rel=0.05), source
    # its bottle may be 2 K colder than it was set to
    assert report.precursor_use["EG"] == pytest.approx(expected.precursor_use["EG"], rel=0.15)
    assert truth["driven"]["O3.power"] == 0.0, "off at the end, without being told"
    assert truth["driven"]["EG.boost_valve"] == 0.0
    assert len(truth["valves"]["EG.boost_valve"]) == 2
    opened, shut = (instant for instant, _ in truth["valves"]["EG.boost_valve"])
    assert shut - opened == pytest.approx(0.3, abs=1e-3)
    assert truth["valves"]["EG.valve"][0][0] - shut == pytest.approx(0.5, abs=0.05)


def test_a_pushed_dose_takes_its_boost_and_the_time_to_prepare_its_edge(tmp_path: Path) -> None:
    recipe = written(tmp_path, PUSHED)
    step = read_recipe(recipe, read_reactor(reactor_of(recipe))).plan.steps[-1]
    assert isinstance(step, Dose)
    assert (step.boost, step.duration) == (0.3, pytest.approx(0.3 + 0.5 + 0.1))


@pytest.mark.parametrize("boost", ["300", "0 s", "300 sccm", "1 h"])
def test_what_is_no_boost_is_refused_with_its_line(boost: str, tmp_path: Path) -> None:
    recipe = written(tmp_path, PUSHED.replace("300 ms", boost))
    with pytest.raises(RecipeError, match=r"delivered.yaml:11"):
        read_recipe(recipe, read_reactor(reactor_of(recipe)))


@pytest.mark.parametrize(
    ("steps", "code", "told"),
    [
        (ON + READY + OZONE, "R-SOURCE", "no gas flows through oxygen"),
        (GASES + OZONE, "R-SOURCE", "the generator of O3 is off"),
        (GASES + ON + "  - purge: {for: 60 s}\n" + OZONE, "R-SOURCE", "takes 2 min to warm up"),
        (GASES + ON + READY + '  - set: {output: O3.power, value: "off"}\n' + OZONE, "R-SOURCE", "is off"),
        (BUBBLED, "R-SOURCE", "no gas flows through push"),
        (PUSHED.replace(", boost: 300 ms", ""), "R-BOOST", "without the gas that pushes its vapour"),
        ("  - dose: {source: TMA, pulse: 50 ms, boost: 300 ms}\n", "R-BOOST", "no gas pushes the vapour of TMA"),
        ("  - set: {output: EG.boost_valve, value: open}\n", "R-VALVE", "opens only before a dose"),
    ],
)
def test_what_a_source_lacks_is_told_before_anything_runs(steps: str, code: str, told: str, tmp_path: Path) -> None:
    assert told in found(tmp_path, steps).get(code, ""), found(tmp_path, steps)


def test_a_dose_that_leaves_sites_empty_is_told_with_how_many_it_fills(tmp_path: Path) -> None:
    """50 sccm through 10 kPa take 7 sccm of TiCl4 along: 7.3 Pa s in 0.2 s, at a k of 0.2."""
    recipe = written(tmp_path, GASES + BUBBLED + PURGE + "  - dose: {source: TiCl4, pulse: 1 s}\n")
    notes = [f for f in examine(recipe, read_reactor(reactor_of(recipe))).findings if f.code == "R-DOSE"]
    assert [(note.severity, note.message) for note in notes] == [
        (Severity.NOTE, "TiCl4 fills about 77 % of the sites: a cycle grows by as much less")
    ]


def test_a_generator_that_has_warmed_up_while_purging_is_accepted(tmp_path: Path) -> None:
    assert found(tmp_path, GASES + ON + "  - purge: {for: 130 s}\n" + OZONE) == {}


def test_a_generator_that_loses_its_oxygen_gives_no_dose(tmp_path: Path) -> None:
    recipe = written(tmp_path, GASES + ON + "  - rest: {for: 60 s}\n" + OZONE)
    with pytest.MonkeyPatch.context() as patch:
        from tests.recipes.dry import past_the_check

        past_the_check(patch)
        report, truth = dry(recipe, tmp_path, {}, HOT)
    assert report.state is not RunState.COMPLETE
    assert "O3.ready" in report.reason
    assert "O3.valve" not in truth["valves"]


def test_alumina_grows_by_ozone_as_expected_and_what_nobody_knows_is_told(tmp_path: Path) -> None:
    metal = "      - dose: {source: TMA, pulse: 50 ms}\n      - purge: {for: 40 s}\n"
    cycle = "  - repeat: 6\n    layer: Al2O3\n    steps:\n" + metal
    recipe = written(tmp_path, GASES + ON + READY + cycle + "    " + OZONE + "    " + PURGE)
    report, truth = dry(recipe, tmp_path, {}, HOT)
    reactor = read_reactor(reactor_of(recipe))
    expected = expect(read_recipe(recipe, reactor).plan, reactor)
    assert report.state is RunState.COMPLETE
    assert truth["layers"]["Al2O3 O3"]["thickness"] == pytest.approx(6 * 1.0e-10, rel=0.02)
    assert expected.film.thickness == pytest.approx(truth["thickness"], rel=0.01)
    assert report.precursor_use["O3"] == pytest.approx(expected.precursor_use["O3"], rel=0.02)
    unknown = written(tmp_path, cycle + "      - dose: {source: NH3, pulse: 15 ms}\n    " + PURGE)
    told = [finding.message for finding in examine(unknown, reactor).findings]
    assert any("no growth of trimethylaluminium with ammonia is known" in message for message in told)
