"""The reactor, its interlocks and its alarms over the web: what is told of them, and what becomes an order."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.unit.api.asking import PORT, FarEnd, asked, house, live, posted, served
from tests.unit.link.test_codec import ENGINE, SNAPSHOT
from tests.unit.reactor.files import changed
from vapordep.accounts.roles import Role
from vapordep.api.application import application
from vapordep.api.live.engine import Under
from vapordep.api.operate.plumbing import plumbing
from vapordep.errors import CommandRefused, NoEngine, SafetyError, Tripped, VapordepError
from vapordep.files import data_folder
from vapordep.link.judged import InterlockShown, InterlockState, TermShown
from vapordep.link.news import TagShown
from vapordep.link.orders import (
    AcknowledgeAlarm,
    ChangeLimit,
    PutBack,
    RemoveAlarm,
    ResetAlarm,
    ReturnAlarm,
    SetAside,
    ShelveAlarm,
    UnshelveAlarm,
)
from vapordep.link.picture import Picture
from vapordep.link.replies import Done
from vapordep.model.alarms import AlarmState
from vapordep.model.interlocks import Action, Bypass
from vapordep.reactor import read_reactor
from vapordep.units import sccm, to_si


def test_the_reactor_is_told_as_it_stands() -> None:
    told = asked("/api/reactor").json
    assert (told["reactor"], told["armed"], told["run_state"]) == ("glovebox-ald", True, "RUNNING")
    assert told["seen"] == "e:4"
    assert told["file"].endswith("glovebox_ald.yaml")


def test_before_the_engine_was_heard_it_is_not_told() -> None:
    for path in ("/api/reactor", "/api/reactor/tags", "/api/alarms"):
        answer = asked(path, of=live(None))
        assert (answer.status, answer.json["type"]) == (503, "NoEngine")
    assert asked("/api/reactor/plumbing", of=live(None)).status == 200


def test_a_tag_has_value_unit_quality_age_and_range() -> None:
    [told] = asked("/api/reactor/tags").json
    assert (told["tag"], told["unit"], told["value"], told["quality"]) == ("chamber.pressure", "Pa", 3.5, "good")
    assert told["age_s"] >= 0.5
    assert (told["kind"], told["low"], told["safe"]) == ("derived", None, None)
    assert asked("/api/reactor/tags/chamber.pressure").json["shown"] == "3.5 Pa"
    assert asked("/api/reactor/tags/none").status == 404


@pytest.mark.parametrize(("changes", "high"), [({}, to_si(100.0, sccm)), ({", full_scale: 100 sccm": ""}, None)])
def test_a_flow_reads_up_to_the_full_scale_of_its_own_controller(
    changes: dict[str, str], high: float | None, tmp_path: Path
) -> None:
    """The driver's range is that of the largest model."""
    reactor = read_reactor(changed(data_folder("reactors") / "glovebox_ald.yaml", tmp_path, changes))
    of = live()
    of.served = replace(of.served, reactor=reactor)
    assert of.picture is not None
    shown = replace(SNAPSHOT, tags=(TagShown("carrier.flow", "sccm", "molar flow", False, 1.0),), values=())
    of.picture = Picture(shown)
    told = asked("/api/reactor/tags/carrier.flow", of=of).json
    assert (told["low"], told["high"]) == (None if high is None else 0.0, high and pytest.approx(high))


def test_an_output_has_its_range_and_its_safe_value() -> None:
    of = live()
    assert of.picture is not None
    names = {"TMA.valve": "state", "pump.valve": "state", "stage.temperature": "temperature"}
    of.picture.tags = tuple(TagShown(name, "", kind, name.endswith("valve"), 2.0) for name, kind in names.items())
    source, pump, stage = asked("/api/reactor/tags", of=of).json
    assert (source["kind"], source["low"], source["high"], source["hazardous"]) == ("output", 0.0, 1.0, True)
    assert source["safe"] == {"leave": False, "value": 0.0, "open_if": [], "otherwise": None}
    assert (source["value"], source["shown"], source["quality"]) == (None, "UNKNOWN", "unknown")
    assert pump["safe"]["open_if"] == ["chamber.evacuated"]
    assert stage["kind"] == "readback"
    assert 200.0 < stage["high"] - stage["low"] < 5000.0


@pytest.mark.parametrize("name", sorted(path.stem for path in data_folder("reactors").glob("*.yaml")))
def test_the_mimic_of_every_shipped_reactor_names_only_tags_that_it_has(name: str) -> None:
    reactor = read_reactor(data_folder("reactors") / f"{name}.yaml")
    drawn = plumbing(reactor)
    known = {*reactor.wiring.values(), *reactor.outputs}
    assert set(_tags(drawn)) <= known
    assert {line["name"] for line in drawn["lines"]} == set(reactor.lines)
    assert {source["valve"] for source in drawn["sources"]} <= known
    assert all(drawn[part] is None or set(filter(None, drawn[part].values())) <= known
               for part in ("throttle", "filament", "microbalance"))  # fmt: skip


def _tags(part: Any) -> list[str]:
    if isinstance(part, list):
        return [tag for each in part for tag in _tags(each)]
    if isinstance(part, dict):
        own = list(part.get("tags", {}).values())
        return own + [tag for key, each in part.items() if key != "tags" for tag in _tags(each)]
    return []


def test_sheet_and_file_are_those_of_the_reactor() -> None:
    assert asked("/api/reactor/coverage").json == served().sheet(frozenset())
    aside = replace(ENGINE, bypasses=(Bypass("F2", "Ada", "flow meter in repair", 0.0, 60.0),))
    told = asked("/api/reactor/coverage", of=live(aside)).json
    assert told == served().sheet(frozenset({"F2"})) != served().sheet(frozenset())
    assert asked("/api/reactor/file").json["sha256"] == served().reactor.sha256


def test_interlocks_are_told_with_their_live_terms() -> None:
    term = TermShown("chamber.pressure < 1 kPa", ("chamber.pressure",), "unknown", "chamber.pressure has no value")
    shown = InterlockShown(
        "P3", InterlockState.BYPASSED, Action.SAFE, False, False, ("TMA.valve",), "", True, (term,), "air", "pump", 60.0
    )
    app = application(live(), PORT, house().accounts, engine=FarEnd(answer=Done("", interlocks=(shown,))))
    [told] = asked("/api/interlocks", app=app).json
    assert (told["state"], told["kind"], told["when"], told["bypass_left_s"]) == ("bypassed", "permissive", None, 60.0)
    assert told["require"][0]["truth"] == "unknown"


def test_alarms_are_told_with_what_to_do() -> None:
    shelved = replace(ENGINE.alarms[0], id="F3", state=AlarmState.SHELVED, until=72.5, latching=False, by="Ada")
    of = live(replace(ENGINE, alarms=(ENGINE.alarms[0], shelved)))
    latched, silenced = asked("/api/alarms", of=of).json
    assert (latched["state"], latched["silenced"], latched["first_out"]) == ("LATCHED", False, True)
    assert 9.0 < latched["raised_ago_s"] < 60.0
    assert (silenced["silenced"], silenced["by"]) == (True, "Ada")
    assert 0.0 < silenced["shelved_for_s"] <= 60.0
    assert silenced["priority"] == "urgent"


@pytest.mark.parametrize(
    ("path", "body", "least", "order"),
    [
        ("/api/alarms/T1/acknowledge", {}, Role.TRAINEE, AcknowledgeAlarm("T1", "{}")),
        ("/api/alarms/T1/acknowledge", {"note": " a leak "}, Role.TRAINEE, AcknowledgeAlarm("T1", "{}", "a leak")),
        ("/api/alarms/T1/reset", {}, Role.OPERATOR, ResetAlarm("T1", "{}")),
        ("/api/alarms/F3/shelve", {"duration": "5 min", "reason": " noise "}, Role.OPERATOR,
         ShelveAlarm("F3", "{}", "noise", 300.0)),
        ("/api/alarms/F3/unshelve", {}, Role.OPERATOR, UnshelveAlarm("F3", "{}")),
        ("/api/alarms/drift.TMA.area/remove", {"reason": "no"}, Role.ENGINEER,
         RemoveAlarm("drift.TMA.area", "{}", "no")),
        ("/api/alarms/F3/return", {}, Role.ENGINEER, ReturnAlarm("F3", "{}")),
        ("/api/interlocks/F1/bypass", {"duration": "8 h", "reason": "test"}, Role.ENGINEER,
         SetAside("F1", "{}", "test", 28800.0)),
        ("/api/interlocks/F1/lift", {}, Role.ENGINEER, PutBack("F1", "{}")),
        ("/api/interlocks/P1/limit", {"tag": "chamber.pressure", "limit": "900 Pa", "reason": "x"}, Role.ENGINEER,
         ChangeLimit("P1", "chamber.pressure", "900 Pa", "{}", "x")),
    ],
)  # fmt: skip
def test_what_a_person_does_is_an_order_in_their_own_name(path: str, body: object, least: Role, order: Any) -> None:
    before = list(Role)[list(Role).index(least) - 1]
    refused, end = posted(path, body, before)
    assert (refused.status, end.orders) == (403, [])
    done, end = posted(path, body, least)
    orders, under = end.orders, end.under
    assert (done.status, done.json) == (200, {"done": "done"})
    assert orders == [replace(order, by=least.value)]
    acknowledges = isinstance(order, AcknowledgeAlarm)
    assert under == [None if acknowledges else Under("7-secret", "e:4", "k")]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/alarms/F3/shelve", {"duration": "5 min", "reason": "  "}),
        ("/api/alarms/F3/shelve", {"duration": "5", "reason": "x"}),
        ("/api/alarms/F3/shelve", {"duration": 300, "reason": "x"}),
        ("/api/alarms/F3/shelve", {"duration": "5 min"}),
        ("/api/alarms/F3/shelve", {"duration": "5 min", "reason": "x", "by": "somebody else"}),
        ("/api/interlocks/F1/bypass", {"duration": "nan h", "reason": "x"}),
        ("/api/interlocks/F1/bypass", {"duration": "5 Pa", "reason": "x"}),
    ],
)
def test_what_will_not_do_is_refused_before_the_engine_hears_of_it(path: str, body: object) -> None:
    answer, end = posted(path, body, Role.ADMIN)
    assert (answer.status, end.orders) == (422, [])
    assert set(answer.json) == {"type", "message", "where", "remedy"}


@pytest.mark.parametrize(
    ("error", "status", "interlocks"),
    [
        (SafetyError("hard", where="C1"), 409, None),
        (Tripped("still there", interlocks=("T1",)), 409, ["T1"]),
        (CommandRefused("no", interlocks=("P3", "ARM")), 409, ["P3", "ARM"]),
        (CommandRefused("too much", interlocks=("RANGE",)), 422, ["RANGE"]),
        (CommandRefused("too much, and not armed", interlocks=("ARM", "RANGE")), 422, ["ARM", "RANGE"]),
        (NoEngine("gone"), 503, None),
    ],
)
def test_a_refusal_of_the_engine_names_the_interlocks(error: VapordepError, status: int, interlocks: Any) -> None:
    answer, _ = posted("/api/alarms/T1/reset", {}, Role.OPERATOR, error)
    assert (answer.status, answer.json.get("interlocks")) == (status, interlocks)
    assert (answer.json["type"], answer.json["message"]) == (type(error).__name__, error.what)


def test_the_description_is_the_manual_of_every_route() -> None:
    told = asked("/api/openapi.json").json
    for path, item in told["paths"].items():
        for method, operation in item.items():
            assert operation.get("description"), f"{method} {path} says nothing"
