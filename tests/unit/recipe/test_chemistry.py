"""The chemistry of the check: each rule refuses, doubts or passes at the limit that the interlock behind it has."""

import re
from dataclasses import replace
from pathlib import Path
from textwrap import indent

import pytest

from tests.unit.reactor.files import REACTOR, RECIPE, changed, place, written
from vapordep.model.reactor import Reactor
from vapordep.reactor import read_reactor
from vapordep.recipe import Finding, Severity, examine
from vapordep.recipe.rules.residues import percent

HOT = """\
- heat: {lines: 95 degC, walls: 120 degC, stage: 120 degC, rate: 5 K/min}
- heat: {EG: 80 degC, rate: 5 K/min}
- purge: {for: 20 s}
"""
PRIMED = HOT + "- dose: {source: TMA, pulse: 50 ms}\n- purge: {for: 60 s}\n"
TMA, H2O = "- dose: {source: TMA, pulse: 50 ms}\n", "- dose: {source: H2O, pulse: 30 ms}\n"
EG = "- dose: {source: EG, pulse: 200 ms}\n"


@pytest.fixture(scope="module")
def reactor() -> Reactor:
    return read_reactor(REACTOR)


def found(steps: str, reactor: Reactor, folder: Path, substrate: str = "lithium") -> list[Finding]:
    """What is found, notes left out."""
    path = written(folder, steps.rstrip("\n"), substrate)
    return [one for one in examine(path, reactor).findings if one.severity is not Severity.NOTE]


def codes(steps: str, reactor: Reactor, folder: Path, substrate: str = "lithium") -> list[tuple[str, str]]:
    return [(one.severity.value, one.code) for one in found(steps, reactor, folder, substrate)]


@pytest.mark.parametrize(
    ("purge", "expected"),
    [
        ("27 s", []),
        ("26.5 s", [("warning", "C2")]),
        ("18.96 s", [("warning", "C2")]),
        ("18.95 s", [("error", "C2")]),
        ("1 s", [("error", "C2")]),
        ("20 ms", [("error", "C1")]),
    ],
)
def test_the_purge_between_incompatible_doses(
    purge: str, expected: list[tuple[str, str]], reactor: Reactor, tmp_path: Path
) -> None:
    """9.2 residence times of 2.057 s and the 30 ms of a valve are 18.956 s; 5 tp of TMA at 120 degC are 7.9 s more."""
    assert codes(PRIMED + TMA + f"- purge: {{for: {purge}}}\n" + H2O, reactor, tmp_path) == expected


def test_the_warning_names_the_cvd_part(reactor: Reactor, tmp_path: Path) -> None:
    [warning] = found(PRIMED + TMA + "- purge: {for: 19 s}\n" + H2O, reactor, tmp_path)
    assert "of a cycle would grow by CVD when H2O comes, at 120 degC, the coldest" in warning.message
    assert 0.0 < float(warning.message.partition("about ")[2].partition(" %")[0]) < 1.0


def test_a_large_cvd_part_is_told_in_whole_percents(reactor: Reactor, tmp_path: Path) -> None:
    cold = PRIMED.replace("120 degC", "30 degC") + H2O + "- purge: {for: 19 s}\n" + TMA
    told = [one.message for one in found(cold, reactor, tmp_path) if "when TMA comes" in one.message]
    assert any(re.search(r"about \d\d+ % of a cycle", message) for message in told), told


def test_what_passes_between_doses_counts_only_while_it_purges(reactor: Reactor, tmp_path: Path) -> None:
    stirred = (
        "- stabilise: {for: 10 s}\n- purge: {for: 10 s}\n- ramp: {output: stage.setpoint, to: 121 degC, over: 30 s}\n"
    )
    assert codes(PRIMED + TMA + stirred + H2O, reactor, tmp_path) == []
    shut = "- leak_check: {for: 5 min}\n- flow: {carrier: 20 sccm}\n- purge: {for: 10 s}\n"
    assert codes(PRIMED + TMA + shut + H2O, reactor, tmp_path) == [("error", "C2")]


def test_the_purge_around_the_end_of_a_loop_is_judged(reactor: Reactor, tmp_path: Path) -> None:
    steps = TMA + "- purge: {for: 60 s}\n" + H2O + "- purge: {for: 2 s}\n"
    cycle = "- repeat: {}\n  steps:\n" + indent(steps, "    ").replace("{", "{{").replace("}", "}}")
    assert codes(PRIMED + cycle.format(1), reactor, tmp_path) == []
    [error] = found(PRIMED + cycle.format(2), reactor, tmp_path)
    assert (error.code, error.message.partition(" after")[0]) == ("C2", "TMA follows H2O")


@pytest.mark.parametrize(
    ("before", "told"),
    [
        ("", "no dose of a metal precursor"),
        (TMA + "- purge: {for: 60 s}\n", None),
        ("- flow: {carrier: 21 sccm}\n" + TMA + "- purge: {for: 60 s}\n", "no dose of a metal precursor"),
        (
            TMA
            + "- purge: {for: 60 s}\n- pump_purge: {cycles: 1, from: 20 kPa, to: 5 Pa}\n- flow: {carrier: 20 sccm}\n",
            "no dose",
        ),
    ],
    ids=["nothing dosed", "primed", "dosed into an unsteady pressure", "vented since"],
)
def test_bare_lithium(before: str, told: str | None, reactor: Reactor, tmp_path: Path) -> None:
    refusals = found(HOT + before + H2O, reactor, tmp_path)
    assert [one.code for one in refusals] == (["C3"] if told else [])
    assert all(told is not None and told in one.message for one in refusals)
    assert codes(HOT + before + H2O, reactor, tmp_path, "silicon") == [], "nothing attacks silicon"


def test_a_dose_that_does_not_saturate_covers_nothing(reactor: Reactor, tmp_path: Path) -> None:
    """TMA needs 3 / k Pa s for 95 %: at 20 degC much more than the 53 Pa s of 50 ms."""
    cold = "- purge: {for: 60 s}\n" + TMA + "- purge: {for: 60 s}\n" + H2O
    error = found(cold, reactor, tmp_path)[-1]
    assert error.code == "C3"
    assert "% of the sites, 95 % must be filled" in error.message


def test_a_permissive_of_the_reactor_file_refuses_what_it_surely_would(reactor: Reactor, tmp_path: Path) -> None:
    cool_line = PRIMED.replace("lines: 95", "lines: 89")
    error = found(cool_line + EG, reactor, tmp_path)[-1]
    assert (error.code, error.severity) == ("T6", Severity.ERROR)
    assert "lines.temperature is 89 degC, limit > 90 degC" in error.message
    weak = PRIMED + "- flow: {carrier: 4 sccm}\n- purge: {for: 20 s}\n" + TMA
    assert [one.code for one in found(weak, reactor, tmp_path)] == ["F1"]
    assert codes(PRIMED + EG, reactor, tmp_path) == []


def test_a_zone_that_was_only_set_is_not_yet_there(reactor: Reactor, tmp_path: Path) -> None:
    just_set = PRIMED.replace("lines: 95 degC, ", "") + "- set: {output: lines.setpoint, value: 95 degC}\n"
    assert ("error", "T6") in codes(just_set + EG, reactor, tmp_path)
    waited = just_set + "- stabilise: {for: 10 min}\n" + EG
    assert ("error", "T6") not in codes(waited, reactor, tmp_path)


def test_vapour_condenses_in_a_cold_line(reactor: Reactor, tmp_path: Path) -> None:
    free = replace(reactor, interlocks=())
    line = "- heat: {{lines: {} degC, walls: 120 degC, stage: 120 degC, rate: 5 K/min}}\n"
    rest = "- heat: {EG: 80 degC, rate: 5 K/min}\n- purge: {for: 20 s}\n" + TMA + "- purge: {for: 60 s}\n" + EG
    wet = found(line.format(70) + rest, free, tmp_path)
    assert [(one.severity.value, one.code) for one in wet] == [("warning", "T6"), ("error", "T6")]
    assert "675.9 Pa" in wet[1].message, "Pa of glycol at 80 degC"
    assert codes(line.format(85) + rest, free, tmp_path) == [("warning", "T6")], "less than 10 K warmer"
    assert codes(line.format(90) + rest, free, tmp_path) == []


def test_bottles_are_cooled_before_their_lines(reactor: Reactor, tmp_path: Path) -> None:
    wrong = "- cool: {lines: 60 degC, within: 1 h}\n- cool: {EG: 50 degC, within: 1 h}\n"
    right = "- cool: {EG: 50 degC, within: 1 h}\n- cool: {lines: 60 degC, within: 1 h}\n"
    assert codes(PRIMED + wrong, reactor, tmp_path) == [("warning", "T6")]
    assert codes(PRIMED + right, reactor, tmp_path) == []


def test_vapour_condenses_on_a_cold_stage(reactor: Reactor, tmp_path: Path) -> None:
    cold_stage = HOT.replace("walls: 120 degC, stage: 120 degC, ", "")
    assert codes(cold_stage + EG, reactor, tmp_path, "silicon") == [("error", "I5")]


def test_a_bottle_must_give_more_than_the_chamber_holds(reactor: Reactor, tmp_path: Path) -> None:
    cold_bottle = PRIMED.replace("- heat: {EG: 80 degC, rate: 5 K/min}\n", "")
    [error] = found(cold_bottle + EG, reactor, tmp_path)
    assert error.code == "R-SOURCE"
    assert "gas would flow into the bottle" in error.message


def test_a_bottle_must_last(reactor: Reactor, tmp_path: Path) -> None:
    """One pulse takes some 8 umol; 25 g of TMA are 0.35 mol."""
    loop = "- repeat: {}\n  steps:\n    - dose: {{source: TMA, pulse: 50 ms}}\n    - purge: {{for: 30 s}}"
    assert codes(HOT + loop.format(20_000), reactor, tmp_path) == []
    assert codes(HOT + loop.format(30_000), reactor, tmp_path) == [("warning", "R-BOTTLE")]
    assert codes(HOT + loop.format(60_000), reactor, tmp_path) == [("error", "R-BOTTLE")]


def test_what_nobody_measured_is_told(reactor: Reactor, tmp_path: Path) -> None:
    notes = examine(written(tmp_path, PRIMED + EG.rstrip()), reactor).findings
    assert [(one.severity, one.code) for one in notes] == [(Severity.NOTE, "R-DATA")]
    assert "ethylene glycol" in notes[0].message


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("for: 75 s}", "for: 75}", "R-UNIT"),
        ("for: 75 s}", "for: 75 Pa}", "R-UNIT"),
        ("for: 75 s}", "far: 75 s}", "R-FORM"),
        ("source: H2O", "source: H20", "R-FORM"),
        ("process: ALD", "process: &a ALD", "R-FILE"),
        ("substrate: lithium", "substrate: litium", "R-FORM"),
    ],
)
def test_what_cannot_be_read_is_a_finding_too(old: str, new: str, code: str, reactor: Reactor, tmp_path: Path) -> None:
    path = changed(RECIPE, tmp_path, {old: new})
    examined = examine(path, reactor)
    assert (examined.ok, examined.recipe) == (False, None)
    assert {one.code for one in examined.findings} == {code}
    assert {f"{one.file}:{one.line}" for one in examined.findings} == {place(path, new)}


COOLED = "- cool: {EG: 60 degC, within: 2 h}\n"


def test_a_bottle_that_was_cooled_is_not_held_at_its_temperature(reactor: Reactor, tmp_path: Path) -> None:
    refused = found(PRIMED + COOLED + "- stabilise: {for: 20 min}\n" + EG, reactor, tmp_path)
    assert [one.code for one in refused if one.refuses] == ["R-SOURCE"]
    assert "EG at 20 degC" in refused[-1].message
    held = found(PRIMED + "- heat: {EG: 75 degC, rate: 5 K/min}\n" + EG, reactor, tmp_path)
    assert [one for one in held if one.refuses] == []


def test_a_line_that_was_cooled_is_as_cold_as_the_room(reactor: Reactor, tmp_path: Path) -> None:
    refused = found(PRIMED + "- cool: {lines: 91 degC, within: 2 h}\n" + EG, reactor, tmp_path)
    assert {one.code for one in refused if one.refuses} == {"T6"}


def test_lines_may_be_heated_again_while_a_bottle_cools(reactor: Reactor, tmp_path: Path) -> None:
    cooled = PRIMED + "- cool: {EG: 50 degC, within: 1 h}\n- cool: {lines: 60 degC, within: 1 h}\n"
    assert codes(cooled + "- heat: {lines: 95 degC, rate: 5 K/min}\n", reactor, tmp_path) == []
    both = cooled + "- heat: {lines: 95 degC, EG: 80 degC, rate: 5 K/min}\n"
    assert codes(both, reactor, tmp_path) == [("warning", "T6")]


@pytest.mark.parametrize(
    ("steps", "doubted"),
    [
        ("- cool: {stage: 50 degC, within: 2 h}\n", True),
        ("- cool: {stage: 121 degC, within: 2 h}\n", False),
        ("- cool: {stage: 50 degC, walls: 60 degC, within: 2 h}\n", False),
        ("- cool: {walls: 60 degC, within: 2 h}\n- cool: {stage: 50 degC, within: 2 h}\n", False),
        ("- cool: {stage: 50 degC, within: 2 h}\n- cool: {walls: 60 degC, within: 2 h}\n", True),
    ],
)
def test_a_stage_does_not_cool_within_walls_that_are_held_hot(
    steps: str, doubted: bool, reactor: Reactor, tmp_path: Path
) -> None:
    told = [one for one in found(PRIMED + steps, reactor, tmp_path) if one.code == "R-RANGE"]
    assert [one.message.partition(" while ")[2] for one in told] == ["walls around it are held at 120 degC"] * doubted
    assert not any(one.refuses for one in told)


def test_what_gave_nothing_leaves_nothing(reactor: Reactor, tmp_path: Path) -> None:
    """Of a bottle that is too cold the error is enough."""
    cold = PRIMED.replace("- heat: {EG: 80 degC, rate: 5 K/min}\n", "")
    assert cold != PRIMED
    told = [one.message for one in found(cold + EG + "- purge: {for: 20 s}\n" + TMA, reactor, tmp_path)]
    assert any("gas would flow into the bottle" in message for message in told), told
    assert not any("some EG" in message for message in told)


def test_a_share_that_is_told_is_never_none() -> None:
    assert [percent(share) for share in (0.0, 3e-5, 0.0123, 0.123)] == ["0.01 %", "0.01 %", "1.2 %", "12 %"]
