"""The words of a recipe: what the check says of each when it stands where it must not, with file and line."""

import math
from pathlib import Path

import pytest

from tests.unit.reactor.files import REACTOR, place, written
from vapordep.chemistry import purge_gap
from vapordep.model.reactor import Reactor
from vapordep.model.steps import FlowCheck, Otherwise, Purge, Until, Vent, Wait
from vapordep.reactor import read_reactor
from vapordep.recipe import Finding, estimate, examine, read_recipe
from vapordep.units import sccm, to_si


@pytest.fixture(scope="module")
def reactor() -> Reactor:
    return read_reactor(REACTOR)


def found(path: Path, reactor: Reactor, *, refusing: bool = True) -> list[Finding]:
    """All findings that refuse, or else those that do not."""
    return [finding for finding in examine(path, reactor).findings if finding.refuses is refusing]


def told(path: Path, reactor: Reactor) -> list[tuple[str, str]]:
    """Code and place of what refuses."""
    return [(finding.code, finding.where) for finding in found(path, reactor)]


CYCLE = "- repeat: 2\n  name: main\n  steps:\n    - dose: {source: TMA, pulse: 50 ms}\n    - purge: {for: 40 s}\n"


def test_a_wait_says_what_follows_otherwise(reactor: Reactor, tmp_path: Path) -> None:
    wait = "- wait: {until: chamber.pressure < 5 Pa, within: 1 min, otherwise: stop}"
    step = read_recipe(written(tmp_path, wait), reactor).plan.steps[-1]
    assert isinstance(step, Wait)
    assert step.otherwise is Otherwise.STOP
    [finding] = found(written(tmp_path, wait.replace("stop", "cancel")), reactor)
    assert "'hold', 'continue', 'stop' or 'abort'" in finding.message


def test_a_checkpoint_stands_between_cycles_under_its_own_name(reactor: Reactor, tmp_path: Path) -> None:
    good = f"- checkpoint: cold\n{CYCLE}- checkpoint: half\n" + LOOP_AROUND
    assert told(written(tmp_path, good), reactor) == []
    path = written(tmp_path, CYCLE + "    - checkpoint: inside")
    assert told(path, reactor) == [("R-CHECKPOINT", place(path, "checkpoint: inside"))]
    path = written(tmp_path, "- checkpoint: cold\n- checkpoint: cold  # again")
    assert told(path, reactor) == [("R-CHECKPOINT", place(path, "# again"))]
    for section in ("finally:\n  - checkpoint: late", "cap:\n  - checkpoint: late", "prime:\n  - checkpoint: late"):
        path = written(tmp_path, "- prime" if "prime" in section else "- purge: {for: 1 s}")
        path.write_text(path.read_text(encoding="utf-8") + section, encoding="utf-8")
        assert told(path, reactor) == [("R-CHECKPOINT", place(path, "checkpoint: late"))]
    assert [finding.code for finding in found(written(tmp_path, '- checkpoint: ""'), reactor)] == ["R-FORM"]


LOOP_AROUND = """\
- repeat: 2
  steps:
    - repeat: 2
      steps:
        - dose: {source: TMA, pulse: 50 ms}
        - purge: {for: 40 s}
    - checkpoint: turn"""


PUMPED = "- dose: {source: TMA, pulse: 50 ms}\n"
RULE = purge_gap(0.001 / (1.75 / 3600), 0.0).block + 0.03


def test_a_purge_until_cleared_is_never_shorter_than_the_rule(reactor: Reactor, tmp_path: Path) -> None:
    path = written(tmp_path, PUMPED + "- purge: {until: cleared, max: 60 s}")
    step = read_recipe(path, reactor).plan.steps[-1]
    assert isinstance(step, Purge)
    assert step.duration == pytest.approx(RULE)
    assert step.until == Until(1e-4, 60.0, Otherwise.HOLD)
    path = written(
        tmp_path, PUMPED + "- purge: {until: cleared, residue: 1 ppm, min: 19 s, max: 60 s, otherwise: stop}"
    )
    step = read_recipe(path, reactor).plan.steps[-1]
    assert isinstance(step, Purge)
    assert (step.duration, step.until) == (19.0, Until(1e-6, 60.0, Otherwise.STOP))
    path = written(tmp_path, PUMPED + "- purge: {until: cleared, min: 18 s, max: 60 s}")
    [finding] = found(path, reactor)
    assert (finding.code, finding.where) == ("C2", place(path, "min: 18 s"))
    assert finding.remedy.startswith("write at least 19 s")


PURGES = {
    "no max": ("{until: cleared}", "R-FORM", "needs a `max`"),
    "neither": ("{}", "R-FORM", "neither `for` nor `until`"),
    "both": ("{for: 40 s, until: cleared, max: 60 s}", "R-FORM", "either `for` a time or `until`"),
    "max beside for": ("{for: 40 s, max: 60 s}", "R-FORM", "`max` belong to a purge"),
    "an expression": ("{until: residue < 1e-4, max: 60 s}", "R-FORM", "'cleared'"),
    "too much left": ("{until: cleared, residue: 0.1 %, max: 60 s}", "R-FORM", "too high"),
    "bare max": ("{until: cleared, max: 60}", "R-UNIT", "unit is missing"),
    "no time left": ("{until: cleared, max: 10 s}", "R-PURGE", "`max` is 10 s, not longer than `min`"),
}


@pytest.mark.parametrize(("purge", "code", "words"), PURGES.values(), ids=PURGES.keys())
def test_a_bad_purge_is_refused(purge: str, code: str, words: str, reactor: Reactor, tmp_path: Path) -> None:
    path = written(tmp_path, PUMPED + f"- purge: {purge}  # here")
    [finding] = found(path, reactor)
    assert (finding.code, finding.where) == (code, place(path, "# here"))
    assert words in finding.message


def test_a_purge_with_nothing_to_clear_or_no_flow_is_refused(reactor: Reactor, tmp_path: Path) -> None:
    path = written(tmp_path, "- purge: {until: cleared, max: 60 s}")
    assert told(path, reactor) == [("R-PURGE", place(path, "until"))]
    path = written(tmp_path, PUMPED + "- flow: {carrier: 0 sccm}\n- purge: {until: cleared, max: 60 s}")
    assert told(path, reactor) == [("R-PURGE", place(path, "until"))]


def test_it_takes_as_long_as_the_chamber_needs(reactor: Reactor, tmp_path: Path) -> None:
    purge = "- purge: {until: cleared, residue: 1e-6, max: 60 s}"
    plans = [
        read_recipe(written(tmp_path, PUMPED + more), reactor).plan
        for more in (purge, "- set: {output: TMA.valve, value: closed}")
    ]
    longer, shorter = (estimate(plan, reactor).total for plan in plans)
    assert longer - shorter == pytest.approx(reactor.chamber.residence_time * math.log(1e6), rel=1e-6)


def test_the_dose_after_it_is_judged_by_its_least_time(reactor: Reactor, tmp_path: Path) -> None:
    """At 100 degC the walls give back for longer than the gas needs: no error, but a doubt."""
    after = "- purge: {until: cleared, max: 60 s}\n- dose: {source: H2O, pulse: 30 ms}"
    path = written(tmp_path, PUMPED + after)
    assert told(path, reactor) == []
    assert [finding.code for finding in found(path, reactor, refusing=False) if finding.code == "C2"] == ["C2"]


@pytest.mark.parametrize(
    ("substrate", "written_down", "policy"),
    [
        ("lithium", "", "hold"),
        ("silicon", "", "continue"),
        ("lithium", "extend", "extend"),
        ("silicon", "hold", "hold"),
    ],
)
def test_weak_doses_hold_where_metal_would_stay_bare(
    substrate: str, written_down: str, policy: str, reactor: Reactor, tmp_path: Path
) -> None:
    path = written(tmp_path, "- purge: {for: 1 s}", substrate)
    if written_down:
        path.write_text(path.read_text(encoding="utf-8") + f"on_weak_dose: {written_down}\n", encoding="utf-8")
    assert read_recipe(path, reactor).plan.on_weak_dose == policy


def test_another_answer_to_weak_doses_is_refused(reactor: Reactor, tmp_path: Path) -> None:
    path = written(tmp_path, "- purge: {for: 1 s}")
    path.write_text(path.read_text(encoding="utf-8") + "on_weak_dose: pause\n", encoding="utf-8")
    assert told(path, reactor) == [("R-FORM", place(path, "pause"))]


OPENED = """\
- purge: {for: 5 min}
- cool: {stage: 50 degC, within: 2 h}
- vent: {to: 100 kPa, within: 1 h}
- unload: {within: 30 min}
- load: {within: 30 min}
- pump: {to: 1 Pa, soft: true}
- leak_check: {for: 5 min}
- flow_check: {line: carrier, flow: 20 sccm, within: 5 %, for: 20 s}
- flow: {carrier: 20 sccm}
- dose: {source: TMA, pulse: 50 ms}
- purge: {for: 30 s}"""


def test_a_chamber_may_be_opened_and_pumped_again(reactor: Reactor, tmp_path: Path) -> None:
    path = written(tmp_path, PUMPED + OPENED, "lithium")
    assert told(path, reactor) == []
    plan = read_recipe(path, reactor).plan
    [vent] = [step for step in plan.steps if isinstance(step, Vent)]
    [check] = [step for step in plan.steps if isinstance(step, FlowCheck)]
    assert (vent.to, check.line, check.tolerance, check.duration) == (1e5, "carrier", pytest.approx(0.05), 20.0)
    assert check.flow == pytest.approx(to_si(20.0, sccm))


LAST_DOSE = "- dose: {source: TMA, pulse: 50 ms}\n  - purge: {for: 30 s}"


# name: what stands in the recipe above, what a wrong one has, the code, a line of it, words
OPENINGS = {
    "vent uncleared": ("- purge: {for: 5 min}", "- purge: {for: 5 s}", "R-VENT", "- vent", "TMA is not cleared"),
    "vent hot": ("- cool: {stage: 50 degC", "- cool: {stage: 55 degC", "R-VENT", "- vent", "foil may have 61 degC"),
    "vented twice": (
        "- unload: {within: 30 min}",
        "- vent: {within: 2 h}",
        "R-VENT",
        "- vent: {within: 2 h}",
        "begins in vacuum",
    ),
    "vent above the atmosphere": ("to: 100 kPa", "to: 110 kPa", "R-FORM", "- vent", "too high"),
    "open under vacuum": (
        "- vent: {to: 100 kPa, within: 1 h}\n",
        "",
        "R-LOAD",
        "- unload",
        "is not vented",
    ),
    "no leak check": ("- leak_check: {for: 5 min}\n", "", "P4", LAST_DOSE, "looked for leaks"),
    "not pumped": ("- pump: {to: 1 Pa, soft: true}\n", "", "R-FLOW", "- flow_check", "never pumped"),
    "overfull": ("for: 20 s", "for: 60 s", "R-FLOW", "- flow_check", "main valve opens below 1 kPa"),
    "too short": ("for: 20 s", "for: 5 s", "R-FLOW", "- flow_check", "over 5 s says nothing"),
    "unknown line": ("line: carrier", "line: oxygen", "R-FORM", "- flow_check", "no line 'oxygen'"),
    "no flow": ("flow: 20 sccm, within", "flow: 0 sccm, within", "R-FORM", "- flow_check", "greater than 0"),
    "no patience": ("unload: {within: 30 min}", "unload: {}", "R-FORM", "- unload", "within"),
}


@pytest.mark.parametrize(("old", "new", "code", "line", "words"), OPENINGS.values(), ids=OPENINGS.keys())
def test_an_opening_in_the_wrong_place_is_refused(
    old: str, new: str, code: str, line: str, words: str, reactor: Reactor, tmp_path: Path
) -> None:
    assert OPENED.count(old) == 1
    path = written(tmp_path, PUMPED + OPENED.replace(old, new), "lithium")
    first = next(finding for finding in found(path, reactor) if finding.code == code)
    text = path.read_text(encoding="utf-8")
    assert first.where == f"{path}:{text[: text.index(line)].count(chr(10)) + 1}"
    assert words in first.message


def test_what_is_never_too_hot_is_vented_hot(reactor: Reactor, tmp_path: Path) -> None:
    """Silicon bears argon at any temperature; a hand does not bear the stage."""
    steps = "- heat: {stage: 150 degC, walls: 150 degC}\n- vent: {within: 1 h}\n"
    assert told(written(tmp_path, steps), reactor) == []
    path = written(tmp_path, steps + "- load: {within: 1 h}")
    assert told(path, reactor) == [("R-LOAD", place(path, "- load"))]


def test_a_load_makes_the_surface_bare(reactor: Reactor, tmp_path: Path) -> None:
    """Covered before, a new sample is not: water may not come first again."""
    prime = "- purge: {for: 40 s}\n- heat: {stage: 100 degC, walls: 100 degC}\n- dose: {source: TMA, pulse: 50 ms}\n"
    water = "\n- dose: {source: H2O, pulse: 30 ms}"
    cooled = OPENED.replace("- cool: {stage: 50", "- cool: {walls: 50 degC, stage: 50")
    safe = cooled.replace("\n- dose: {source: TMA, pulse: 50 ms}", "")
    path = written(tmp_path, prime + safe + water, "lithium")
    assert [finding.code for finding in found(path, reactor)] == ["C3"]


def test_a_vent_takes_as_long_as_the_controller_needs(reactor: Reactor, tmp_path: Path) -> None:
    """100 sccm fill one litre at 20 degC with 100 kPa in 9.3 min."""
    with_vent, without = (
        estimate(read_recipe(written(tmp_path, steps), reactor).plan, reactor).total
        for steps in ("- vent: {within: 1 h}", "- checkpoint: none")
    )
    assert with_vent - without == pytest.approx(9.2 * 60, rel=0.02)
