"""The verdict through the real command: at the end of a dry run, from the history, of runs that trip or end early."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import SHORT, Done, run
from vapordep.app.running import dry_run as app
from vapordep.app.twin.simulated import SimulatedReactor, simulated_reactor
from vapordep.app.verdict.verdict import verdict_on
from vapordep.history.queries import History
from vapordep.simulation.faults import Faulty, Mute


def recorded(done: Done) -> Any:
    return run("runs", "verdict", "--history", done.history, "--json").json


def test_the_history_gives_the_verdict_that_the_dry_run_gave(done: Done) -> None:
    told = recorded(done)
    assert told.pop("run_id") == done.ended.json["run_id"]
    assert told == done.ended.json["verdict"]


def test_its_numbers_are_those_of_the_run(done: Done) -> None:
    told, report = recorded(done), done.ended.json
    heat = told["temperature"]
    assert heat["foil_K"] == report["peak"]["foil.temperature"]
    assert heat["below_melting_point_K"] == pytest.approx(1687.0 - report["peak"]["foil.maximum"])
    assert {dose["source"]: dose["pulses"] for dose in told["doses"]} == {"TMA": 2, "H2O": 2}
    assert told["actuations"]["TMA"] == told["actuations"]["H2O"] == 2
    assert told["purges"][0]["shortest_s"] == pytest.approx(20.0, abs=0.01)
    layers = {layer["name"]: layer for layer in told["film"]}
    grown = {layer["name"]: layer["thickness_m"] for layer in report["film"]["layers"]}
    assert {name: layer["thickness_m"] for name, layer in layers.items()} == grown
    rules = {rule["id"]: rule for rule in told["rules"]}
    [p3] = rules["P3"]["conditions"]
    assert (p3["limit"], rules["P3"]["commands"]) == (1000.0, 4)
    assert p3["left"] == pytest.approx(1000.0 - p3["value"])


def test_where_no_plant_tells_what_was_used_the_readings_do(done: Done) -> None:
    """A real run, or one whose process went away: by pulses, bottle and chamber, near what the twin knew."""
    history = History(Path(done.history))
    [only] = history.runs()
    with history.open_recording(only) as recording:
        told, bare = (verdict_on(recording, each).use for each in (only, replace(only, outcome={})))
    assert [use.source for use in bare] == [use.source for use in told] == ["TMA", "H2O"]
    assert [use.used for use in bare] == pytest.approx([use.used for use in told], rel=0.05)


def test_a_purge_that_leaves_a_residue_is_a_doubt_and_said_first(done: Done) -> None:
    """20 s of purge on a cold chamber: water stays on its walls for hours."""
    assert recorded(done)["fitness"] == "doubtful"
    first, *others = run("runs", "verdict", "--history", done.history).out.splitlines()
    assert first.startswith("FIT WITH DOUBTS: ")
    assert any("H2O leave" in line for line in (first, *others))


def test_it_fits_80_columns_and_shows_no_escape(done: Done, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    out = run("runs", "verdict", "--history", done.history).out
    assert max(map(len, out.splitlines())) <= 80
    assert "\x1b" not in out
    assert "…" not in out, "what does not fit goes on in the next line"


def test_a_dry_run_ends_with_its_verdict_first(place: Path) -> None:
    ended = run("dry-run", "short.yaml", "--set", "cycles=1")
    assert ended.out.startswith("FIT WITH DOUBTS: ")
    assert run("runs", "show").out.splitlines()[2].startswith("FIT WITH DOUBTS: ")


def test_a_run_that_trips_is_not_fit(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def mute(*given: Any, **named: Any) -> SimulatedReactor:
        made = simulated_reactor(*given, **named)
        heater = Faulty(made.instruments["stage_heater"], [Mute(start=150.0, deaf=False)])
        return replace(made, instruments=dict(made.instruments) | {"stage_heater": heater})

    monkeypatch.setattr(app, "simulated_reactor", mute)
    ended = run("dry-run", "short.yaml", "--json", "--plot", "page.png")
    told = ended.json["verdict"]
    assert (ended.status, told["fitness"]) == (1, "unfit")
    assert "T1 tripped" in told["reasons"][0]["text"]
    assert all(reason["grave"] for reason in told["reasons"][:2])
    rules = {rule["id"]: rule for rule in told["rules"]}
    assert rules["T1"]["patience_left"] == 0.0
    assert rules["T1"]["unknown"]["silent"]
    assert (place / "page.png").read_bytes().startswith(b"\x89PNG")
    again = run("runs", "verdict")
    assert again.status == 1
    assert again.out.startswith("NOT FIT: ")


def test_a_run_that_ends_before_its_first_pulse_has_a_verdict_and_a_page(place: Path) -> None:
    (place / "short.yaml").write_text(SHORT.replace("to: 10 Pa, within: 10 min", "to: 10 Pa, within: 5 s"))
    ended = run("dry-run", "short.yaml", "--json", "--plot", "page.svg")
    told = ended.json["verdict"]
    assert told["fitness"] == "unfit"
    assert "broken off in pump" in told["reasons"][0]["text"]
    assert told["doses"] == told["purges"] == told["precursor_use"] == []
    assert (place / "page.svg").read_text(encoding="utf-8").startswith("<?xml")
    assert run("runs", "verdict").status == 1


def test_what_cannot_be_judged_is_told_and_the_run_is_shown_all_the_same(
    done: Done, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vapordep.app.verdict import verdict
    from vapordep.errors import ReactorError

    def unreadable(*_: Any) -> Any:
        raise ReactorError("its driver is gone", where="reactor of this run", remedy="install it")

    monkeypatch.setattr(verdict, "thaw", unreadable)
    shown = run("runs", "show", "--history", done.history, "--plot", "page.png")
    assert shown.status == 0
    assert "no verdict on this run" in shown.err
    assert (place / "page.png").exists()
    assert run("runs", "verdict", "--history", done.history).status == 2
    ended = run("dry-run", "short.yaml", "--set", "cycles=1")
    assert ended.status == 0
    assert "COMPLETE: the plan is done" in ended.out
