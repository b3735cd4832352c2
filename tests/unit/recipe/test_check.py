"""The check: every rule refuses what it must, with file and line, and lets pass what lies just within."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.unit.reactor.files import REACTOR, RECIPE, changed, place, written
from vapordep.chemistry import substrate
from vapordep.errors import RecipeError
from vapordep.model.reactor import Reactor
from vapordep.model.steps import Step
from vapordep.reactor import read_reactor
from vapordep.recipe import Finding, Severity, check, examine, judge, read_recipe
from vapordep.recipe.resume.rest import capped
from vapordep.recipe.steps import of_step


@pytest.fixture(scope="module")
def reactor() -> Reactor:
    return read_reactor(REACTOR)


def refusals(path: Path, reactor: Reactor) -> dict[str, str]:
    """What is refused, and where; nothing when the recipe passes."""
    try:
        read_recipe(path, reactor)
    except RecipeError as error:
        return {finding.what: finding.where for finding in error.findings if finding.remedy}
    return {}


# name: the last step of a recipe, words of the message
# fmt: off
ON_LITHIUM = {
    "foil above the cap": ("- heat: {stage: 144.5 degC}", "foil may reach 150.5 degC"),
    "walls above the cap": ("- heat: {walls: 144.5 degC}", "foil may reach 150.5 degC"),
    "hot by set": ("- set: {output: stage.setpoint, value: 175 degC}", "foil may reach 181 degC"),
    "hot at the end of a ramp": ("- ramp: {output: stage.setpoint, to: 175 degC, over: 9 h}", "reach 181 degC"),
    "heated too fast": ("- heat: {stage: 100 degC, rate: 11 K/min}", "this reactor allows 10 K/min"),
    "walls heated too fast": ("- heat: {stage: 100 degC, walls: 100 degC, rate: 6 K/min}", "walls is heated at 6"),
    "ramped too fast": ("- ramp: {output: stage.setpoint, to: 100 degC, over: 5 min}", "stage is heated at 16 K/min"),
    "rate set too fast": ("- set: {output: stage.rate, value: 20 K/min}", "stage is heated at 20 K/min"),
    "rate without a limit": ("- set: {output: stage.rate, value: 0 K/min}", "as fast as it can"),
    "flow beyond full scale": ("- flow: {carrier: 101 sccm}", "carrier.flow_setpoint cannot be 101 sccm"),
    "flow set beyond full scale": ("- set: {output: carrier.flow_setpoint, value: 101 sccm}", "cannot be 101 sccm"),
    "beyond the zone": ("- heat: {lines: 201 degC}", "lines.setpoint cannot be 201 degC"),
    "beyond the controller": ("- set: {output: lines.rate, value: 1000 K/min}", "this reactor allows 10 K/min"),
    "colder than the room": ("- cool: {stage: 15 degC, within: 9 h}", "stage does not cool to 15 degC"),
    "valve half open": ("- ramp: {output: carrier.valve, to: open, over: 1 s}", "open or closed, nothing between"),
    "source left open": ("- set: {output: TMA.valve, value: open}", "opens only for a dose"),
    "pulse too short": ("- dose: {source: TMA, pulse: 14 ms}", "its valve opens for 15 ms at least"),
    "below the pump's end": ("- pump: {to: 0.1 Pa}", "the pump ends at 0.1 Pa"),
    "purged below the pump's end": ("- pump_purge: {cycles: 2, from: 1 kPa, to: 0.05 Pa}", "the pump ends at 0.1 Pa"),
    "filled downwards": ("- pump_purge: {cycles: 2, from: 5 Pa, to: 1 kPa}", "does not rise above"),
    "no carrier": ("- flow: {carrier: 0 sccm}\n- dose: {source: TMA, pulse: 50 ms}", "without the purge gas"),
    "carrier shut while it flows": ("- set: {output: carrier.valve, value: closed}", "are asked of its controller"),
    "carrier shut off": (
        "- set: {output: carrier.flow_setpoint, value: 0 sccm}\n- set: {output: carrier.valve, value: closed}\n"
        "- dose: {source: TMA, pulse: 50 ms}", "without the purge gas",
    ),
    "carrier set behind a shut valve": (
        "- pump: {to: 1 Pa}\n- set: {output: carrier.flow_setpoint, value: 20 sccm}", "while carrier.valve is shut"
    ),
    "carrier ramped behind a shut valve": (
        "- pump: {to: 1 Pa}\n- ramp: {output: carrier.flow_setpoint, to: 20 sccm, over: 10 s}", "carrier.valve is shut"
    ),
    "no carrier after pumping": ("- pump: {to: 1 Pa}\n- dose: {source: TMA, pulse: 50 ms}", "without the purge gas"),
    "unknown tag in a wait": ("- wait: {until: chamber.presure < 5 Pa, within: 1 min}", "'chamber.presure'"),
    "wait without unit": ("- wait: {until: chamber.pressure < 5, within: 1 min}", "unit is missing"),
    "wait that is no condition": ("- wait: {until: not pump.valve, within: 1 min}", "is no condition"),
}
# fmt: on


@pytest.mark.parametrize(("steps", "words"), ON_LITHIUM.values(), ids=ON_LITHIUM.keys())
def test_a_step_beyond_its_limits_is_refused(steps: str, words: str, reactor: Reactor, tmp_path: Path) -> None:
    path = written(tmp_path, steps, "lithium")
    found = refusals(path, reactor)
    assert [what for what in found if words in what] == list(found)
    assert set(found.values()) == {place(path, steps.splitlines()[-1])}


CARRIER_ON = [
    "- set: {output: carrier.valve, value: open}",
    "- set: {output: carrier.flow_setpoint, value: 20 sccm}",
]
CARRIER_OFF = [
    "- set: {output: carrier.flow_setpoint, value: 0 sccm}",
    "- set: {output: carrier.valve, value: closed}",
]


@pytest.mark.parametrize(
    "steps",
    [["- pump: {to: 1 Pa}", *CARRIER_ON], [*CARRIER_OFF, *CARRIER_ON], [CARRIER_OFF[0], CARRIER_ON[1]]],
    ids=["opened and set", "shut for a while", "set to nothing for a while"],
)
def test_a_line_flows_once_it_is_open_and_a_flow_is_set(steps: list[str], reactor: Reactor, tmp_path: Path) -> None:
    there = [*steps, "- purge: {for: 3 s}", "- dose: {source: TMA, pulse: 50 ms}"]
    assert refusals(written(tmp_path, "\n".join(there), "lithium"), reactor) == {}


HALF, MORE, SAME = (f"- set: {{output: carrier.flow_setpoint, value: {flow} sccm}}" for flow in (10, 40, 20))
SLOWLY, QUICKLY = (f"- ramp: {{output: carrier.flow_setpoint, to: 40 sccm, over: {over} s}}" for over in (3, 2))


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        (CARRIER_OFF + CARRIER_ON, "carrier.flow_ratio is 0 %"),
        ([*CARRIER_OFF, *CARRIER_ON, "- purge: {for: 2.9 s}"], "carrier.flow_ratio is 0 %"),
        ([MORE], "carrier.flow_ratio is 50 %"),
        ([MORE, SAME, MORE], "carrier.flow_ratio is 50 %"),
        ([QUICKLY], "carrier.flow_ratio is 50 %"),
        ([SLOWLY], ""),
        ([HALF], ""),
        ([SAME], ""),
        ([MORE, "- flow: {carrier: 40 sccm}"], ""),
        (["- parallel:\n    a: [{rest: {for: 9 s}}]\n    b:\n      " + MORE], "carrier.flow_ratio is 50 %"),
        ([MORE, "- parallel:\n    a: [{rest: {for: 9 s}}]\n    b: [{rest: {for: 1 s}}]"], ""),
    ],
    ids=["on", "too early", "more", "to and fro", "quickly", "slowly", "less", "same", "waited for", "beside", "then"],
)  # fmt: skip
def test_a_flow_that_is_set_takes_its_time(steps: list[str], told: str, reactor: Reactor, tmp_path: Path) -> None:
    path = written(tmp_path, "\n".join([*steps, "- dose: {source: TMA, pulse: 50 ms}"]), "lithium")
    found = examine(path, reactor).findings
    refused = [finding for finding in found if finding.refuses]
    assert {finding.code for finding in refused} == ({"F1"} if told else set())
    assert any(told in finding.message for finding in refused) or not told
    for finding in refused:
        assert "flow of carrier was set just before, and takes up to 3 s" in finding.message
        assert "`flow` step" in finding.remedy


WITHIN = """\
- heat: {stage: 144 degC, walls: 144 degC, rate: 5 K/min}
- set: {output: stage.rate, value: 10 K/min}
- ramp: {output: stage.setpoint, to: 60 degC, over: 1 s}
- ramp: {output: stage.setpoint, to: 110 degC, over: 5 min}
- heat: {lines: 175 degC, rate: 10 K/min}
- flow: {carrier: 100 sccm}
- dose: {source: TMA, pulse: 15 ms}
- pump_purge: {cycles: 2, from: 1 kPa, to: 0.11 Pa}
- pump: {to: 0.11 Pa}
- wait: {until: foil.maximum < substrate.trip, within: 1 min}
- wait: {until: lithium.covered, within: 1 min}
- set: {output: TMA.valve, value: closed}"""


def test_what_lies_just_within_passes(reactor: Reactor, tmp_path: Path) -> None:
    assert refusals(written(tmp_path, WITHIN, "lithium"), reactor) == {}


def test_the_limit_is_the_substrates_own(reactor: Reactor, tmp_path: Path) -> None:
    assert refusals(written(tmp_path, "- heat: {stage: 240 degC, walls: 240 degC}", "copper"), reactor) == {}
    assert refusals(written(tmp_path, "- heat: {stage: 61 degC, walls: 61 degC}", "sodium"), reactor) == {}
    assert len(refusals(written(tmp_path, "- heat: {stage: 62 degC, walls: 62 degC}", "sodium"), reactor)) == 2


def test_a_worse_sensor_lowers_the_limit(reactor: Reactor, tmp_path: Path) -> None:
    worse = replace(reactor, stage=replace(reactor.stage, sensor_error=35.0))
    path = written(tmp_path, "- heat: {stage: 140 degC}", "lithium")
    assert refusals(path, reactor) == {}
    assert "foil may reach 146 degC" in next(iter(refusals(path, worse)))


def test_a_reactor_in_which_the_substrate_could_melt_is_refused(reactor: Reactor) -> None:
    hopeless = replace(reactor, stage=replace(reactor.stage, sensor_error=170.0))
    [(what, where)] = refusals(RECIPE, hopeless).items()
    assert "lithium could melt in this reactor" in what
    assert where == place(RECIPE, "substrate: lithium")


def test_a_dose_before_any_pump_is_refused(reactor: Reactor, tmp_path: Path) -> None:
    path = written(tmp_path, "- dose: {source: TMA, pulse: 50 ms}")
    path.write_text(path.read_text(encoding="utf-8").replace("  - pump: {to: 1 Pa}\n", ""), encoding="utf-8")
    [(what, where)] = refusals(path, reactor).items()
    assert "never pumped" in what
    assert where == place(path, "dose")


def test_later_cycles_are_judged_too(reactor: Reactor, tmp_path: Path) -> None:
    """The first cycle finds the carrier on; the pump at its end shuts it off for the second."""
    steps = "- repeat: 2\n  steps:\n    - dose: {source: TMA, pulse: 50 ms}\n    - pump: {to: 2 Pa}"
    assert refusals(written(tmp_path, steps.replace("repeat: 2", "repeat: 1")), reactor) == {}
    path = written(tmp_path, steps)
    assert refusals(path, reactor) == {"TMA would be dosed without the purge gas": place(path, "dose")}


def test_finally_is_judged_too(reactor: Reactor, tmp_path: Path) -> None:
    path = changed(RECIPE, tmp_path, {"- purge: {for: 5 min}": "- heat: {stage: 150 degC}"})
    assert list(refusals(path, reactor).values()) == [place(path, "stage: 150 degC")]


LOOP = "- repeat: {outer}\n  steps:\n    - repeat: {inner}\n      steps:\n        - {step}"


def test_loops_multiply(reactor: Reactor, tmp_path: Path) -> None:
    purge = "purge: {for: 1 s}"
    assert refusals(written(tmp_path, LOOP.format(outer=100, inner=1000, step=purge)), reactor) == {}
    path = written(tmp_path, LOOP.format(outer=100, inner=1001, step=purge))
    assert refusals(path, reactor) == {
        "the steps of 'repeat' would be done 100,100 times; 100,000 is the most": place(path, "repeat: 1001")
    }


def test_a_run_of_months_is_refused(reactor: Reactor, tmp_path: Path) -> None:
    path = written(tmp_path, LOOP.format(outer=10, inner=10, step="purge: {for: 8 h}"))
    [(what, where)] = refusals(path, reactor).items()
    assert what == "the run would take 33.33 d; 30 d is the most"
    assert where == f"{path}:5", "the line of `steps`"


def test_process_and_substrate_must_be_the_reactors(reactor: Reactor, tmp_path: Path) -> None:
    path = changed(RECIPE, tmp_path, {"process: ALD": "process: iCVD", "substrate: lithium": "substrate: potassium"})
    found = refusals(path, reactor)
    assert found["the reactor glovebox-ald does not do iCVD"] == place(path, "process: iCVD")
    assert found["the reactor glovebox-ald is not meant for potassium"] == place(path, "substrate: potassium")


def test_a_purge_gas_that_attacks_the_substrate_is_refused(reactor: Reactor, tmp_path: Path) -> None:
    carrier = replace(reactor.lines["carrier"], gas="nitrogen")
    nitrogen = replace(reactor, lines={"carrier": carrier})
    found = refusals(RECIPE, nitrogen)
    assert found["the purge gas nitrogen attacks lithium"] == place(RECIPE, "substrate: lithium")
    assert found["nitrogen attacks lithium"] == place(RECIPE, "flow: {carrier: 20 sccm}")
    assert refusals(written(tmp_path, "- purge: {for: 1 s}", "copper"), nitrogen) == {}


def test_a_prime_that_is_never_called_is_refused(reactor: Reactor, tmp_path: Path) -> None:
    path = changed(RECIPE, tmp_path, {"  - prime\n": ""})
    assert refusals(path, reactor) == {"the section `prime` is never called": place(path, "prime:\n")}


def test_a_bottle_has_its_own_limit(reactor: Reactor, tmp_path: Path) -> None:
    warm = replace(reactor, sources={"DEZ": replace(reactor.sources["EG"], name="DEZ", substance="diethylzinc")})
    assert refusals(written(tmp_path, "- heat: {EG: 55 degC}"), warm) == {}
    [what] = refusals(written(tmp_path, "- heat: {EG: 60 degC}"), warm)
    assert what == "diethylzinc in DEZ must stay below 60 degC"


def test_a_doubt_is_a_warning_and_refuses_nothing(reactor: Reactor, tmp_path: Path) -> None:
    path = written(tmp_path, "- dose: {source: TMA, pulse: 15 s}")
    [warning] = read_recipe(path, reactor).warnings
    assert (warning.severity, warning.code, warning.file) == (Severity.WARNING, "R-PULSE", str(path))
    assert f"{warning.file}:{warning.line}" == place(path, "15 s")


def test_a_layer_holds_no_other(reactor: Reactor, tmp_path: Path) -> None:
    """What grows in the inner one would belong to both."""
    inner = "{repeat: 2, name: in, layer: A, steps: [{dose: {source: TMA, pulse: 50 ms}}, {purge: {for: 60 s}}]}"
    both = written(tmp_path, f"- {{repeat: 2, layer: C, steps: [{inner}]}}")
    assert "the layer 'A' lies within the layer 'C'" in refusals(both, reactor)
    one = written(tmp_path, f"- {{repeat: 2, name: out, steps: [{inner}]}}")
    assert refusals(one, reactor) == {}


def test_the_cost_does_not_grow_with_the_counts(reactor: Reactor, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = []

    def counted(step: Step, *rest: Any) -> Iterator[Finding]:
        looked.append(step)
        return of_step(step, *rest)

    monkeypatch.setattr(check, "of_step", counted)
    judged = []
    for cycles in ("2", "5000"):
        plan = read_recipe(RECIPE, reactor, {"cycles": cycles}).plan
        looked.clear()
        judge(plan, reactor, substrate("lithium"), lambda path: "")
        judged.append(len(looked))
        leaves = [*plan.leaves(), *capped(plan).leaves()]
        assert judged[0] == judged[-1] <= 2 * len(leaves)


def test_a_parameter_that_nothing_takes_is_doubted_in_its_line(reactor: Reactor, tmp_path: Path) -> None:
    path = changed(RECIPE, tmp_path, {"repeat: $cycles": "repeat: 36"})
    [doubt] = [finding for finding in examine(path, reactor).findings if finding.severity is Severity.WARNING]
    assert doubt.message == "the parameter 'cycles' is used nowhere: to set it changes nothing"
    assert doubt.where == place(path, "cycles: {default")
    assert "$cycles" in doubt.remedy
