"""One chamber for ALD, MLD and iCVD: a film of cycles under a polymer in one load, and what its recipes are refused."""

from pathlib import Path

import pytest

from tests.recipes.dry import ROOT, UNATTENDED, dry, past_the_check, reactor_of
from tests.unit.reactor.files import changed
from vapordep.app.foretold.expected import expect
from vapordep.app.request import Request
from vapordep.app.running.dry_run import dry_run
from vapordep.app.running.report import RunReport
from vapordep.model.place import Place
from vapordep.model.plan import Block
from vapordep.model.run import RunState
from vapordep.model.steps import ChangeOver, Vent
from vapordep.reactor import read_reactor
from vapordep.recipe import examine, judge, read_recipe
from vapordep.recipe.resume.rest import going_on

RECIPES = ROOT / "recipes"
REACTOR = read_reactor(ROOT / "reactors" / "hybrid.yaml")
BOTH = RECIPES / "alucone_pdmams_on_lithium.yaml"
REFUSED = {"polymer_after_alkyl": "C5", "filament_in_water": "X5.on"}
C = 273.15
WARM = {"stage": C + 35, "walls": C + 50, "lines": C + 70, "DMAMS": C + 50, "TBPO": C + 25}
slow = pytest.mark.timeout(900)
on_the_wire = pytest.param(True, marks=[pytest.mark.many, slow])
both = pytest.mark.parametrize("wire", [pytest.param(False, marks=slow), on_the_wire])
COMPACT = """\
recipe: 1
name: oxide, changeover, polymer
reactor: hybrid
process: ALD + iCVD
substrate: silicon
steps:
  - pump: {to: 1.3 Pa}
  - flow: {carrier: 20 sccm}
  - heat: {walls: 50 degC, lines: 70 degC, stage: 35 degC, TBPO: 25 degC, rate: 2 K/min, within: 1 K}
  - heat: {DMAMS: 50 degC, rate: 5 K/min, within: 1 K}
  - purge: {for: 20 s}
  - repeat: 2
    layer: Al2O3
    steps:
      - dose: {source: TMA, pulse: 200 ms}
      - purge: {for: 40 s}
      - dose: {source: H2O, pulse: 200 ms}
      - purge: {for: 40 s}
  - pump: {to: 5 Pa}
  - vent: {within: 2 h}
  - load: {within: 1 h}
  - change_over: Clean liners lie in the chamber.
  - pump: {to: 1.3 Pa, soft: true, within: 1 h}
  - vapour: {DMAMS: open}
  - vapour: {TBPO: 0.6 sccm}
  - throttle: {pressure: 20 Pa, steady: 30 s}
  - zero: crystal
  - filament: {temperature: 250 degC, ramp: 2 s}
  - repeat: 1
    layer: pDMAMS
    steps:
      - deposit: {until: 5 nm, for: 3 min, blind: stop}
finally:
  - filament: off
  - vapour: {TBPO: closed, DMAMS: closed}
"""
DELIVERED = {
    "  gauge:          {driver: mks946": (
        '  push_mfc:       {driver: alicat, line: "TCPIP::192.168.0.83::4001::SOCKET", unit: A, full_scale: 100 sccm}\n'
        "  gauge:          {driver: mks946"
    ),
    "purge: carrier  ": "  push: {gas: argon, flow: push_mfc, safe: {flow: 0 sccm}}\npurge: carrier  ",
    "    substance: water\n    delivery: vapour_draw": (
        "    substance: water\n    delivery: bubbler\n    through: push\n    pressure: 10 kPa"
    ),
    "    substance: ethylene glycol\n    delivery: vapour_draw": (
        "    substance: ethylene glycol\n    delivery: boosted\n"
        '    boost: {valve: "pulse_valves[3]", gas: argon, pressure: 3 kPa}'
    ),
    "  - id: F2\n": (
        "  - id: F1.H2O\n    guards: [H2O.valve]\n    require: [push.flow > 5 sccm]\n"
        "    protects: The dose.\n    remedy: Let argon flow.\n  - id: F2\n"
    ),
}
"""Water in a bubbler and glycol that argon pushes, in the chamber that also grows polymers."""
DOSES = """\
recipe: 1
name: delivered
reactor: hybrid
process: ALD
substrate: silicon
steps:
  - pump: {to: 1.3 Pa}
  - flow: {carrier: 20 sccm}
  - heat: {walls: 50 degC, lines: 105 degC, stage: 35 degC, rate: 5 K/min, within: 2 K}
  - heat: {EG: 80 degC, rate: 5 K/min, within: 1 K}
  - flow: {push: 50 sccm}
  - dose: {source: TMA, pulse: 50 ms}
  - purge: {for: 60 s}
  - dose: {source: H2O, pulse: 200 ms}
  - purge: {for: 60 s}
  - dose: {source: EG, pulse: 100 ms, boost: 300 ms}
  - purge: {for: 60 s}
"""


def saved(folder: Path, text: str) -> Path:
    path = folder / "recipe.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_recipe_is_expected_to_give_what_its_header_says() -> None:
    examined = examine(BOTH, REACTOR)
    assert {finding.code for finding in examined.findings} == {"R-DATA"}
    expected = expect(read_recipe(BOTH, REACTOR).plan, REACTOR)
    layers = {layer.name: layer.thickness for layer in expected.film.layers}
    assert list(layers) == ["nucleation", "alucone", "pDMAMS"]
    assert layers["alucone"] == pytest.approx(25 * 0.163e-9, rel=0.02)
    assert layers["pDMAMS"] == pytest.approx(50e-9, rel=1e-3)
    assert expected.precursor_use.keys() >= {"TMA", "EG", "DMAMS", "TBPO"}


@pytest.mark.parametrize(
    ("recipe", "settings"),
    [("al2o3_on_lithium", {}), ("alucone_on_lithium", {}), ("pdmams_on_lithium", {"argon": "4 sccm"})],
)
def test_recipes_of_either_kind_pass_its_check(recipe: str, settings: dict[str, str]) -> None:
    assert examine(RECIPES / f"{recipe}.yaml", REACTOR, settings).ok


def test_more_argon_than_its_pump_holds_at_that_pressure_is_refused() -> None:
    [refused] = [f for f in examine(RECIPES / "pdmams_on_lithium.yaml", REACTOR).findings if f.refuses]
    assert (refused.code, "20 Pa cannot be held" in refused.message) == ("R-FLOW", True)


@both
def test_a_film_of_cycles_and_a_polymer_grow_in_one_load(tmp_path: Path, wire: bool) -> None:
    report, truth = dry(saved(tmp_path, COMPACT), tmp_path, {}, WARM, wire=wire)
    assert (report.state, report.trips) == (RunState.COMPLETE, ()), report.reason
    film = {layer.name: layer.thickness for layer in report.film.layers}
    assert 0.05e-9 < film["Al2O3"] < 0.3e-9, "two cycles at 35 degC"
    # so thin a film grows on for long beside its own time, while the wires cool and initiator is left
    assert film["pDMAMS"] > 2e-9
    assert film["pDMAMS"] + film["no layer"] == pytest.approx(5e-9, rel=0.15)
    assert truth["overlap"] == 0.0
    assert truth["condensed"] == {}
    assert truth["filament_temperature_max"] < C + 265
    assert {"TMA", "H2O", "DMAMS", "TBPO"} <= {name for name, used in truth["precursor_use"].items() if used > 1e-8}


@pytest.mark.many
@slow
def test_both_samplers_end_the_polymer_within_a_digit_of_the_crystal(tmp_path: Path) -> None:
    """The monitor tells whole angstroms; that, and no poll of growth, is what two runs of one recipe may differ by."""
    films = []
    for wire in (False, True):
        report, _ = dry(saved(tmp_path, COMPACT), tmp_path, {}, WARM, wire=wire)
        films.append(sum(layer.thickness for layer in report.film.layers))
    assert films[0] == pytest.approx(films[1], abs=0.05e-9)


def test_a_bubbler_and_a_pushed_bottle_give_in_it_what_is_expected(tmp_path: Path) -> None:
    file = changed(ROOT / "reactors" / "hybrid.yaml", tmp_path, DELIVERED)
    recipe = saved(tmp_path, DOSES)
    hot = {**WARM, "lines": C + 105, "EG": C + 80}
    report = dry_run(Request(recipe, file, tmp_path, "test", {}, hot=hot), UNATTENDED)
    assert (report.state, report.trips, report.alarms) == (RunState.COMPLETE, (), ()), report.reason
    reactor = read_reactor(file)
    expected = expect(read_recipe(recipe, reactor).plan, reactor).precursor_use
    for source, doubt in (("TMA", 0.03), ("H2O", 0.03), ("EG", 0.15)):
        assert report.precursor_use[source] == pytest.approx(expected[source], rel=doubt), source


def test_argon_that_carries_a_metal_precursor_does_not_cover_bare_lithium(tmp_path: Path) -> None:
    """Of the 19 Pa s of a pulse of 80 ms some 2 are TMA, which fills too few of the sites: no water yet (C3)."""
    bubbled = {
        "    substance: trimethylaluminium\n    delivery: vapour_draw": (
            "    substance: trimethylaluminium\n    delivery: bubbler\n    through: push\n    pressure: 10 kPa"
        ),
        "  - id: F2\n": DELIVERED["  - id: F2\n"].replace("H2O", "TMA"),
        **{old: new for old, new in DELIVERED.items() if "push_mfc" in new or "push: {" in new},
    }
    file = changed(ROOT / "reactors" / "hybrid.yaml", tmp_path, bubbled)
    hot = {**WARM, "stage": C + 100, "walls": C + 100}
    for width, ends in (("80 ms", "C3"), ("400 ms", "")):
        text = (
            DOSES[: DOSES.index("  - heat: {EG")]
            .replace("silicon", "lithium")
            .replace("stage: 35", "stage: 100")
            .replace("walls: 50", "walls: 100")
            + "  - leak_check: {for: 5 min}\n"
            "  - flow: {carrier: 20 sccm, push: 50 sccm}\n  - purge: {for: 60 s}\n"
            f"  - dose: {{source: TMA, pulse: {width}}}\n  - purge: {{for: 60 s}}\n"
            "  - dose: {source: H2O, pulse: 30 ms}\n"
        )
        with pytest.MonkeyPatch.context() as patch:
            past_the_check(patch)
            report = dry_run(Request(saved(tmp_path, text), file, tmp_path, "test", {}, hot=hot), UNATTENDED)
        assert (report.state is RunState.COMPLETE) == (ends == ""), report.reason
        assert ends in report.reason


def test_each_is_refused_by_its_rule() -> None:
    for name, code in REFUSED.items():
        examined = examine(RECIPES / "refused" / f"{name}.yaml", REACTOR)
        assert {finding.code for finding in examined.findings if finding.refuses} == {code}, name


def refused_at_run_time(recipe: Path, history: Path) -> RunReport:
    with pytest.MonkeyPatch.context() as patch:
        past_the_check(patch)
        report, truth = dry(recipe, history, {}, WARM)
    assert report.state is RunState.ABORTED
    assert truth["overlap"] == 0.0
    assert truth["filament_temperature_max"] < C + 60
    return report


def test_the_gate_lights_no_filament_in_water(tmp_path: Path) -> None:
    report = refused_at_run_time(RECIPES / "refused" / "filament_in_water.yaml", tmp_path)
    assert "X5.on" in report.reason


def test_the_gate_lets_no_monomer_onto_walls_that_an_alkyl_coats(tmp_path: Path) -> None:
    opened = COMPACT[COMPACT.index("  - pump: {to: 5 Pa}\n") : COMPACT.index("  - vapour: {DMAMS")]
    report = refused_at_run_time(saved(tmp_path, COMPACT.replace(opened, "  - purge: {for: 2 min}\n")), tmp_path)
    assert "C5" in report.reason
    assert report.doses == 4


def test_the_check_gives_no_pulse_to_a_lit_filament(tmp_path: Path) -> None:
    text = (
        COMPACT[: COMPACT.index("  - repeat: 2")]
        + "  - filament: {voltage: 30 V}\n  - dose: {source: H2O, pulse: 30 ms}\n"
    )
    codes = {finding.code for finding in examine(saved(tmp_path, text), REACTOR).findings if finding.refuses}
    assert codes == {"X5.pulse"}


@pytest.mark.parametrize("process", ["iCVD + iCVD", "ALD + CVD", "ALD+iCVD", "[ALD, iCVD]"])
def test_what_is_no_process_is_refused_with_its_line(process: str, tmp_path: Path) -> None:
    spoilt = changed(BOTH, tmp_path, {"process: MLD + iCVD": f"process: {process}"})
    [finding] = [f for f in examine(spoilt, REACTOR).findings if f.refuses]
    assert (finding.code, finding.line) == ("R-FORM", BOTH.read_text().splitlines().index("process: MLD + iCVD") + 1)


def test_a_reactor_for_cycles_alone_does_not_take_it() -> None:
    alone = read_reactor(ROOT / "reactors" / "glovebox_ald.yaml")
    codes = {finding.code for finding in examine(BOTH, alone).findings}
    assert codes & {"R-PROCESS", "R-NAME", "R-FORM"}
    assert reactor_of(BOTH).stem == "hybrid"


@pytest.mark.parametrize("word", ["purge", "cool", "vent", "prompt", "load", "change_over", "leak_check", "heat"])
def test_a_run_that_broke_off_around_the_changeover_may_go_on(word: str) -> None:
    """Its inner layer is done; the check judges what is left like any recipe."""
    recipe = read_recipe(BOTH, REACTOR)
    steps = recipe.plan.steps
    inner = next(index for index, step in enumerate(steps) if isinstance(step, Block) and step.name == "inner")
    first = inner if word in ("purge", "cool") else next(n for n, s in enumerate(steps) if isinstance(s, Vent)) - 1
    if word in ("leak_check", "heat"):
        first = next(n for n, s in enumerate(steps) if isinstance(s, ChangeOver))
    place = next(index for index, step in enumerate(steps) if index > first and step.word == word)
    rest = going_on(recipe.plan, (Place(place),))
    assert [
        finding for finding in judge(rest, REACTOR, recipe.substrate, lambda _: recipe.file) if finding.refuses
    ] == []
    assert not any(isinstance(step, Block) and step.name == "inner" for step in rest.steps)
