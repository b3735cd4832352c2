"""Treatments: what the words become, and what reactor file and check refuse."""

from pathlib import Path

import pytest

from tests.unit.reactor.files import REACTOR, place, written
from vapordep.errors import ReactorError
from vapordep.model.reactor import Reactor
from vapordep.model.steady_steps import Treat
from vapordep.model.steps import Flow, Heat, Stabilise
from vapordep.reactor import read_reactor
from vapordep.recipe import estimate, examine, read_recipe

SUPPLY = '  lamp: {driver: genesys, line: "ASRL/dev/ttyUSB9::INSTR", rated_voltage: 60 V, rated_current: 12.5 A}\n'
ROLE = "{supply: lamp, full: {voltage: 24 V, power: 120 W}, max_power: 100 W, substrates: [silicon], safe: off}"
GUARD = """\
  - id: L1
    guards: [plasma.on]
    require: [chamber.pressure < 500 Pa]
    protects: Whoever stands before the window.
    remedy: Pump the chamber down first.
"""


def treating(folder: Path, role: str = ROLE, guard: str = GUARD) -> Path:
    """The glovebox with a plasma electrode whose supply stands on a resistor."""
    text = REACTOR.read_text(encoding="utf-8")
    for before, added in (("instruments:\n", SUPPLY), ("interlocks:\n", guard)):
        assert text.count(f"\n{before}") == 1
        text = text.replace(f"\n{before}", f"\n{before}{added}")
    path = folder / "treating.yaml"
    path.write_text(f"{text}treatments:\n  plasma: {role}\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def reactor(tmp_path_factory: pytest.TempPathFactory) -> Reactor:
    return read_reactor(treating(tmp_path_factory.mktemp("reactor")))


def test_plasma_is_gas_then_power(reactor: Reactor, tmp_path: Path) -> None:
    plan = read_recipe(written(tmp_path, "- plasma: {power: 40 W, for: 2 min, flow: {carrier: 10 sccm}}"), reactor).plan
    flow, treat = plan.steps[-2:]
    assert (isinstance(flow, Flow), treat.label) == (True, "treat plasma 40 W 2 min")
    assert isinstance(treat, Treat)
    assert reactor.treatments["plasma"].voltage_for(treat.power) == pytest.approx(24.0 * (40 / 120) ** 0.5)
    shorter = read_recipe(written(tmp_path, "- flow: {carrier: 10 sccm}"), reactor).plan
    assert estimate(plan, reactor).total - estimate(shorter, reactor).total == pytest.approx(130.0)


def test_thermal_is_gas_heat_and_time(reactor: Reactor, tmp_path: Path) -> None:
    steps = "- thermal: {stage: 140 degC, walls: 140 degC, for: 30 min, flow: {carrier: 10 sccm}}"
    plan = read_recipe(written(tmp_path, steps), reactor).plan
    assert [type(step) for step in plan.steps[-3:]] == [Flow, Heat, Stabilise]
    hot = written(tmp_path, "- thermal: {stage: 170 degC, for: 30 min}", "lithium")
    assert "T1" in {finding.code for finding in examine(hot, reactor).findings if finding.refuses}


def test_the_check_says_that_what_it_does_to_the_film_is_not_simulated(reactor: Reactor, tmp_path: Path) -> None:
    path = written(tmp_path, "- plasma: {power: 40 W, for: 2 min, flow: {carrier: 10 sccm}}")
    told = [finding for finding in examine(path, reactor).findings if finding.code == "R-TREAT"]
    assert [(finding.refuses, finding.where) for finding in told] == [(False, place(path, "40 W"))]
    assert "not simulated" in told[0].message


DOSED = "- dose: {source: TMA, pulse: 50 ms}\n- plasma: {power: 40 W, for: 2 min}  # early"


@pytest.mark.parametrize(
    ("steps", "substrate", "code", "words", "told"),
    [
        ("- plasma: {power: 40 W, for: 2 min}", "lithium", "R-TREAT", "40 W", "nobody has said that lithium bears"),
        ("- plasma: {power: 101 W, for: 2 min}", "silicon", "R-RANGE", "101 W", "allows 100 W"),
        ("- plasma: {power: 40, for: 2 min}", "silicon", "R-UNIT", "40, for", "unit"),
        ("- plasma: {power: 40 W}", "silicon", "R-FORM", "40 W", "for"),
        ("- uv: {power: 40 W, for: 2 min}", "silicon", "R-FORM", "uv", "has no uv"),
        ("- flow: {carrier: 0 sccm}\n- plasma: {power: 40 W, for: 2 min}", "silicon", "R-TREAT", "40 W", "none flows"),
        ("- plasma: {power: 40 W, for: 2 min, pressure: 50 Pa}", "silicon", "R-FORM", "40 W", "no throttle"),
        ("- plasma: {power: 40 W, for: 2 min, flow: {oxygen: 5 sccm}}", "silicon", "R-FORM", "40 W", "no line"),
        ("- set: {output: plasma.on, value: on}", "silicon", "R-TREAT", "plasma.on", "only for a treatment"),
        (DOSED, "silicon", "R-TREAT", "early", "left of TMA"),
    ],
)
def test_what_cannot_be_borne_is_refused(
    reactor: Reactor, tmp_path: Path, steps: str, substrate: str, code: str, words: str, told: str
) -> None:
    path = written(tmp_path, steps, substrate)
    found = [one for one in examine(path, reactor).findings if one.refuses]
    [finding] = [one for one in found if told in str(one)]
    assert (finding.code, finding.where) == (code, place(path, words))


def test_a_reactor_without_the_role_is_refused_by_name(tmp_path: Path) -> None:
    [finding] = examine(written(tmp_path, "- plasma: {power: 40 W, for: 2 min}"), read_reactor(REACTOR)).findings
    assert "the reactor glovebox-ald has no plasma" in finding.message


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (", safe: off", "", "safe"),
        ("lamp, full", "nothing, full", "nothing"),
        ("lamp, full", "carrier_mfc, full", "carrier_mfc"),
        ("max_power: 100 W", "max_power: 900 W", "the supply gives 60 V"),
        ("[silicon]", "[mithril]", "mithril"),
        ("[silicon]", "[]", "substrates"),
        ("120 W", "120", "unit"),
    ],
)
def test_its_role_is_checked(tmp_path: Path, old: str, new: str, told: str) -> None:
    with pytest.raises(ReactorError, match=told):
        read_reactor(treating(tmp_path, ROLE.replace(old, new)))


def test_one_that_nothing_guards_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReactorError, match=r"what must be true before plasma\.on"):
        read_reactor(treating(tmp_path, guard=""))
