"""The words of a recipe: what the check says of each when it stands where it must not, with file and line."""

import math
from pathlib import Path

import pytest

from tests.unit.reactor.files import REACTOR, place, written
from vapordep.chemistry import purge_gap
from vapordep.model.plan import Otherwise, Purge, Until, Wait
from vapordep.model.reactor import Reactor
from vapordep.reactor import read_reactor
from vapordep.recipe import Finding, estimate, examine, read_recipe


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
    for section in ("finally:\n  - checkpoint: late", "prime:\n  - checkpoint: late"):
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
