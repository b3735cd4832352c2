"""The shipped recipes: each passes the check, and its dry run gives the film it promises, without trip or alarm."""

from itertools import pairwise
from pathlib import Path

import pytest

from tests.recipes.dry import REACTOR, RECIPES, ROOT, dry
from vapordep.app.expected import expect
from vapordep.app.plots import plot_run
from vapordep.app.report import RunReport
from vapordep.app.verdict import Fitness, verdict_on
from vapordep.history.queries import History
from vapordep.model.run import RunState
from vapordep.reactor import read_reactor
from vapordep.recipe import Severity, examine, read_recipe
from vapordep.units import degC, to_si

SHORT = {
    "al2o3_on_lithium": {"cycles": "2", "stabilise": "1 min"},
    "al2o3_barrier_on_lithium": {"cycles": "2", "stabilise": "1 min"},
    "alucone_on_lithium": {"cycles": "2", "stabilise": "1 min"},
    "al2o3_alucone_dual_layer": {"inner": "1", "outer": "1", "stabilise": "1 min"},
}
# nm by layer, and by how much each may be off
FILMS = {
    "al2o3_on_lithium": ({"Al2O3": 4.0}, 0.15),
    "al2o3_barrier_on_lithium": ({"Al2O3": 14.0}, 0.15),
    "alucone_on_lithium": ({"alucone": 8.2}, 0.20),
    "al2o3_alucone_dual_layer": ({"Al2O3": 5.5, "alucone": 5.5}, 0.15),
}
HOTTEST = {"al2o3_on_lithium": 105.0}
every = pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: path.stem)


@every
def test_it_passes_the_check_without_a_doubt(recipe: Path) -> None:
    examined = examine(recipe, read_reactor(REACTOR))
    assert examined.ok
    assert {finding.severity for finding in examined.findings} <= {Severity.NOTE}


def test_the_guides_recipe_passes_too(tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "how-to" / "add-a-recipe.md").read_text(encoding="utf-8")
    recipe = tmp_path / "guide.yaml"
    recipe.write_text(guide.partition("```yaml\n")[2].partition("```")[0], encoding="utf-8")
    examined = examine(recipe, read_reactor(REACTOR))
    assert (examined.ok, examined.findings) == (True, ())


@every
def test_the_check_expects_the_film_it_promises(recipe: Path) -> None:
    reactor = read_reactor(REACTOR)
    film = expect(read_recipe(recipe, reactor).plan, reactor).film
    promised, within = FILMS[recipe.stem]
    grown = {layer.name: layer.thickness * 1e9 for layer in film.layers}
    assert grown.pop("nucleation") > 0.0
    assert grown == pytest.approx(promised, rel=within)


@every
def test_a_short_dry_run_completes_and_gives_what_the_check_expects(recipe: Path, tmp_path: Path) -> None:
    settings = SHORT[recipe.stem]
    report, truth = dry(recipe, tmp_path, settings)  # a chamber that starts hot would fail its leak check
    assert (report.state, report.trips, report.alarms) == (RunState.COMPLETE, (), ())
    assert truth["overlap"] == 0.0
    reactor = read_reactor(REACTOR)
    plan = read_recipe(recipe, reactor, settings).plan
    assert report.doses == plan.pulses
    expected = expect(plan, reactor)
    for layer, promised in zip(report.film.layers, expected.film.layers, strict=True):
        assert layer.name == promised.name
        assert layer.thickness == pytest.approx(promised.thickness, rel=0.02)
    used = {name: amount for name, amount in expected.precursor_use.items() if amount > 1e-9}
    assert {name: report.precursor_use[name] for name in used} == pytest.approx(used, rel=0.05)
    assert_fit_and_drawn(report, tmp_path)


def assert_fit_and_drawn(report: RunReport, history: Path) -> None:
    """The verdict is clean and its numbers are those of the report; the page can be drawn."""
    run = History(history).run(report.run_id)
    with History(history).open_recording(run) as recording:
        verdict = verdict_on(recording, run)
        plot_run(recording, run, history / "page.png", verdict)
    assert (verdict.fitness, verdict.reasons) == (Fitness.FIT, ())
    assert (history / "page.png").read_bytes().startswith(b"\x89PNG")
    assert verdict.heat.foil == report.peak["foil.temperature"]
    assert verdict.heat.foil_at_most == report.peak["foil.maximum"] < verdict.heat.warning
    assert sum(dose.pulses for dose in verdict.doses) == report.doses
    for dose in verdict.doses:
        assert dose.least_saturation is not None
        assert 0.98 < dose.least_saturation.value <= dose.saturation <= 1.0
    for purge in verdict.purges:
        assert purge.refused < purge.doubted < purge.shortest
    assert {use.source: use.used for use in verdict.use}.items() <= report.precursor_use.items()
    assert sum(verdict.course.work().values()) == pytest.approx(report.simulated, rel=0.01)
    told = {rule.rule.id for rule in verdict.rules}
    assert {"T1", "C1", "C3", "P1", "P3", "F1", "F2", "T2"} <= told


@pytest.mark.many
@pytest.mark.timeout(1800)
@every
def test_the_whole_dry_run_gives_the_film_it_promises(recipe: Path, tmp_path: Path) -> None:
    report, truth = dry(recipe, tmp_path, {})
    assert (report.state, report.trips, report.alarms) == (RunState.COMPLETE, (), ())
    assert truth["overlap"] == 0.0
    promised, within = FILMS[recipe.stem]
    grown = {layer.name: layer.thickness * 1e9 for layer in report.film.layers if layer.name != "nucleation"}
    assert grown == pytest.approx(promised, rel=within)
    assert truth["foil_temperature_max"] < to_si(HOTTEST.get(recipe.stem, 125.0), degC)
    reactor = read_reactor(REACTOR)
    expected = expect(read_recipe(recipe, reactor).plan, reactor)
    assert report.film.thickness == pytest.approx(expected.film.thickness, rel=0.01)


def test_alucone_grows_less_the_longer_tma_is_purged() -> None:
    """Growth falls with the purge, and each further purge takes less away (Dalton Trans. 2021, 50, 5807)."""
    reactor = read_reactor(REACTOR)
    [recipe] = [path for path in RECIPES if path.stem == "alucone_on_lithium"]

    def growth(purge: int) -> float:
        film = expect(read_recipe(recipe, reactor, {"purge": f"{purge} s"}).plan, reactor).film
        [grown] = [layer.growth_per_cycle for layer in film.layers if layer.name == "alucone"]
        return grown

    growths = [growth(purge) for purge in (43, 60, 90, 120)]
    falls = [before - after for before, after in pairwise(growths)]
    slopes = [fall / time for fall, time in zip(falls, (17, 30, 30), strict=True)]
    assert all(slope > 0.0 for slope in slopes)
    assert slopes == sorted(slopes, reverse=True)
