"""Orders over the web: control, the verbs of a run with their table, starting, commands; each with its authority."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.unit.api.asking import CONTROL, PORT, asked, house, live, posted, served
from tests.unit.link.test_codec import ALARM, ENGINE, RUN
from vapordep.accounts.roles import Role
from vapordep.api.application import application
from vapordep.api.live.engine import Engine, Under
from vapordep.api.operate.audited import SAFER_VERBS
from vapordep.api.operate.verbs import EXPERT, STEERING
from vapordep.api.recipes.library import Library
from vapordep.errors import InputError, NoEngine, NotInControl, NotThere, StaleOrder
from vapordep.files import data_folder
from vapordep.link.authority import ControlShown, KeepControl, ReleaseControl, TakeControl
from vapordep.link.judged import Objection, VerdictShown
from vapordep.link.news import EngineShown
from vapordep.link.orders import (
    AnswerRun,
    Arm,
    AskRun,
    CommandOutput,
    Disarm,
    JudgeCommand,
    Order,
    ProveHandValve,
    StartRun,
    TakeUpRun,
)
from vapordep.link.replies import Done
from vapordep.model.alarms import AlarmState, AlarmView, Priority
from vapordep.model.amendments import CyclesAmendment
from vapordep.model.hand_valves import HandValve, Shown
from vapordep.model.run import TRANSITIONS, Decision, RunState, SampleOnStage, Verb, verbs
from vapordep.units import degC, to_si

UNDER = Under("7-secret", "e:4", "k")
SHA = served().reactor.sha256
RECIPE = str(data_folder("recipes") / "al2o3_on_lithium.yaml")


@pytest.mark.parametrize(
    ("path", "body", "least", "order"),
    [
        ("/api/control/keep", {}, Role.TRAINEE, KeepControl("{}")),
        ("/api/control/release", {}, Role.TRAINEE, ReleaseControl("{}")),
        ("/api/run/verbs", {"verb": "hold", "reason": " smell "}, Role.TRAINEE, AskRun(Verb.HOLD, "{}", "smell")),
        ("/api/run/answer", {"text": "done"}, Role.TRAINEE, AnswerRun("{}", "done")),
        ("/api/runs", {"recipe": "shipped/al2o3_on_lithium"}, Role.TRAINEE, StartRun(RECIPE, SHA, "{}")),
        ("/api/runs/r1/decision", {"decision": "cap", "reason": "late"}, Role.OPERATOR,
         TakeUpRun("r1", Decision.CAP, SHA, "{}", "late")),
        ("/api/commands", {"tag": "walls.setpoint", "value": "150 degC"}, Role.OPERATOR,
         CommandOutput("walls.setpoint", to_si(150.0, degC), "{}")),
        ("/api/commands", {"tag": "TMA.valve", "value": "open", "reason": "test"}, Role.OPERATOR,
         CommandOutput("TMA.valve", 1.0, "{}", "test")),
        ("/api/arm", {"substrate": "copper"}, Role.OPERATOR, Arm("{}", "copper")),
        ("/api/disarm", {}, Role.OPERATOR, Disarm("{}")),
    ],
)  # fmt: skip
def test_an_order_is_given_in_ones_own_name_and_control(path: str, body: object, least: Role, order: Any) -> None:
    refused, end = posted(path, body, list(Role)[list(Role).index(least) - 1])
    assert (refused.status, end.orders) == (403, [])
    done, end = posted(path, body, least)
    assert (done.status, done.json["done"]) == (200, "done")
    assert end.orders == [replace(order, by=least.value)]
    assert end.under == [UNDER]


def test_a_test_pulse_is_ordered_and_told_with_what_it_showed() -> None:
    found = HandValve("TMA", Shown.NO_RISE, "2026-11-27T09:00:00+00:00", "operator", 0.05, 97.0, math.nan)
    done = Done("", "TMA: no rise above 97 Pa", hand_valve=found)
    path, body = "/api/sources/TMA/test-pulse", {"width": "50 ms"}
    refused, end = posted(path, body, Role.TRAINEE, done)
    assert (refused.status, end.orders) == (403, [])
    answer, end = posted(path, body, Role.OPERATOR, done)
    assert (answer.status, answer.json["done"]) == (200, "TMA: no rise above 97 Pa")
    assert answer.json["hand_valve"] == {
        "source": "TMA", "shown": "no rise", "at": found.at, "by": "operator", "width_s": 0.05, "baseline_Pa": 97.0,
        "rise_Pa": None,
    }  # fmt: skip
    assert end.orders == [ProveHandValve("TMA", "operator", 0.05)]
    assert end.under == [UNDER]
    nothing, end = posted("/api/sources/none/test-pulse", {}, Role.OPERATOR, done)
    assert (nothing.status, end.orders) == (404, [])
    wrong, end = posted(path, {"width": "50 Pa"}, Role.OPERATOR, done)
    assert (wrong.status, end.orders) == (422, [])
    told = asked("/live.json", of=live(replace(ENGINE, hand_valves=(found,)))).json
    assert told["hand_valves"][0]["shown"] == "no rise"


@pytest.mark.parametrize("verb", ["amend", "cap", "reset"])
def test_some_verbs_need_more_than_the_right_to_run(verb: str) -> None:
    body = {"verb": verb, "amendment": "main +20"}
    refused, end = posted("/api/run/verbs", body, Role.TRAINEE)
    assert (refused.status, refused.json["type"], end.orders) == (403, "NotAllowed", [])
    done, end = posted("/api/run/verbs", body, Role.OPERATOR)
    assert done.status == 200
    [order] = end.orders
    assert isinstance(order, AskRun)
    assert order.amendment == (CyclesAmendment("main", 20) if verb == "amend" else None)


def test_control_is_taken_and_told() -> None:
    done = Done("", "trainee has control", token="7-x")  # noqa: S106 - of nobody
    taken, end = posted("/api/control/take", {"force": True}, Role.TRAINEE, done)
    assert (taken.json, end.orders, end.under) == ({"token": "7-x"}, [TakeControl("trainee", True)], [None])
    assert asked("/api/control").json == {"person": None, "since": None, "number": None}
    held = live(replace(ENGINE, control=ControlShown("ada", "then", 7)))
    assert asked("/api/control", of=held).json == {"person": "ada", "since": "then", "number": 7}


@pytest.mark.parametrize("error", [NotInControl("ben has control"), StaleOrder("not any more")])
def test_an_order_without_authority_is_a_conflict(error: Any) -> None:
    answer, _ = posted("/api/disarm", {}, Role.OPERATOR, error)
    assert (answer.status, answer.json["type"]) == (409, type(error).__name__)


def test_abort_has_an_address_of_its_own() -> None:
    answer, end = posted("/api/run/verbs", {"verb": "abort"}, Role.ADMIN)
    assert (answer.status, end.orders) == (422, [])
    assert "POST /api/abort" in answer.json["remedy"]


def table(engine: EngineShown, role: Role) -> dict[str, Any]:
    return {verb["verb"]: verb for verb in asked("/api/run/verbs", role, of=live(engine)).json["verbs"]}


@pytest.mark.parametrize("state", list(RunState))
def test_the_table_says_which_verb_is_allowed_and_why_the_others_are_not(state: RunState) -> None:
    run = replace(RUN, state=state, verbs=verbs(state))
    told = table(replace(ENGINE, run=run, alarms=(), control=ControlShown("operator", "then", 1)), Role.OPERATOR)
    for verb in Verb:
        if verb in (Verb.START, Verb.ABORT):
            continue
        assert told[verb]["allowed"] == ((state, verb) in TRANSITIONS), verb
        assert told[verb]["leads_to"] == TRANSITIONS.get((state, verb)), verb
        assert bool(told[verb]["why_not"]) != told[verb]["allowed"], verb
    assert told["start"]["allowed"] == (state in (RunState.COMPLETE, RunState.STOPPED))
    assert told["abort"]["allowed"], "armed"


@pytest.mark.parametrize("present", [True, False])
def test_a_held_run_is_not_restarted_while_what_held_it_is_there(present: bool) -> None:
    run = replace(RUN, state=RunState.HELD, verbs=verbs(RunState.HELD))
    alarm = AlarmView("F2", AlarmState.UNACK_ACTIVE, Priority.HIGH, "F2: no carrier", latching=True, present=present)
    control = ControlShown("operator", "then", 1)
    told = table(replace(ENGINE, run=run, alarms=(alarm,), control=control), Role.OPERATOR)
    for verb in ("restart", "cap"):
        assert told[verb]["why_not"] == (["F2 tripped, and its cause is still there"] if present else [])
    assert told["stop"]["allowed"]


def test_the_table_tells_why_a_run_refuses_what_its_state_knows() -> None:
    left = tuple(verb for verb in verbs(RunState.HELD) if verb is not Verb.CAP)
    run = replace(RUN, state=RunState.HELD, verbs=left, refused={Verb.CAP: "the walls were changed"})
    told = table(replace(ENGINE, run=run, alarms=(), control=ControlShown("operator", "then", 1)), Role.OPERATOR)
    assert (told["cap"]["allowed"], told["cap"]["why_not"]) == (False, ["the walls were changed"])
    assert told["restart"]["allowed"]


def test_the_table_tells_of_rights_and_control() -> None:
    told = table(ENGINE, Role.VIEWER)
    assert told["abort"]["allowed"]
    assert any("no right to run" in why for why in told["pause"]["why_not"])
    assert any("nobody has control" in why for why in told["pause"]["why_not"])
    told = table(replace(ENGINE, control=ControlShown("ada", "then", 1)), Role.OPERATOR)
    assert told["pause"]["why_not"] == ["ada has control: take it first"]
    whole = asked("/api/run/verbs").json
    assert (whole["run_id"], whole["state"], whole["seen"]) == (RUN.run_id, "RUNNING", "e:4")
    assert len(whole["transitions"]) == len(TRANSITIONS)
    assert whole["settles"]["PAUSING"] == "PAUSED"


def test_a_start_says_what_stands_against_it() -> None:
    idle = replace(ENGINE, run=None, control=ControlShown("operator", "then", 1), alarms=(), silent=())
    assert table(idle, Role.OPERATOR)["start"]["allowed"]
    tripped = replace(idle, alarms=(ALARM,), silent=("gauge: no reply",))
    assert table(tripped, Role.OPERATOR)["start"]["why_not"] == ["trips stand: T1", "does not answer: gauge: no reply"]
    aborted = replace(idle, run=replace(RUN, state=RunState.ABORTED))
    assert "reset" in table(aborted, Role.OPERATOR)["start"]["why_not"][0]


def test_a_run_is_started_with_parameters_samples_and_a_note() -> None:
    body = {
        "recipe": "shipped/al2o3_on_lithium", "parameters": {"cycles": "5"}, "note": " first try ",
        "samples": [{"id": "Li-042", "position": "A1", "area_m2": 1e-4, "note": "thin"}],
    }  # fmt: skip
    answer, end = posted("/api/runs", body, Role.OPERATOR, Done("", "started as r2", "r2"))
    assert answer.json == {"done": "started as r2", "run_id": "r2"}
    sample = SampleOnStage("Li-042", "", "A1", 1e-4, "thin")
    assert end.orders == [StartRun(RECIPE, SHA, "operator", {"cycles": "5"}, (sample,), "first try")]


@pytest.mark.parametrize(
    "recipe",
    ["al2o3_on_lithium", "shipped/none", "own/../../etc/passwd", "shipped/../recipes/al2o3_on_lithium", "own/%2e%2e",
     "shipped/al2o3_on_lithium.yaml", "/etc/passwd", "..\\x", "shipped/\x00", "//host/share/x", "own/" + "x" * 190],
)  # fmt: skip
def test_a_recipe_is_looked_up_by_name_and_no_path_is_made_of_it(recipe: str) -> None:
    answer, end = posted("/api/runs", {"recipe": recipe}, Role.ADMIN)
    assert (answer.status, end.orders) == (404, [])


def test_a_trainee_runs_shipped_recipes_only(tmp_path: Path) -> None:
    (tmp_path / "recipes").mkdir()
    own = tmp_path / "recipes" / "mine.yaml"
    own.write_text("recipe: 1\n", encoding="utf-8")
    (tmp_path / "recipes" / "link.yaml").symlink_to("/etc/passwd")
    library = Library(tmp_path)
    assert library.file("own/mine").path == own
    with pytest.raises(NotThere):
        library.file("own/link")
    house_own = house().accounts.store.path.parent / "recipes"
    house_own.mkdir(exist_ok=True)
    (house_own / "mine.yaml").write_text("recipe: 1\n", encoding="utf-8")
    refused, end = posted("/api/runs", {"recipe": "own/mine"}, Role.TRAINEE)
    assert (refused.status, end.orders) == (403, [])
    assert posted("/api/runs", {"recipe": "own/mine"}, Role.OPERATOR)[0].status == 200


OWN = replace(ENGINE, run=replace(RUN, shipped=False), control=ControlShown("trainee", "then", 1))
"""A run of a recipe that is not shipped, which a trainee could not have begun."""
STEERS: list[tuple[str, dict[str, str]]] = [
    ("/api/run/verbs", {"verb": "resume"}), ("/api/run/verbs", {"verb": "restart"}),
    ("/api/run/verbs", {"verb": "skip"}), ("/api/run/answer", {"text": "done"}),
]  # fmt: skip


@pytest.mark.parametrize(("path", "body"), STEERS)
def test_a_trainee_steers_runs_of_shipped_recipes_only(path: str, body: dict[str, str]) -> None:
    refused, end = posted(path, body, Role.TRAINEE, of=live(OWN))
    assert (refused.status, refused.json["type"], end.orders) == (403, "NotAllowed", [])
    assert "recipe that is not shipped" in refused.json["message"]
    for role, engine in ((Role.OPERATOR, OWN), (Role.TRAINEE, ENGINE)):
        done, end = posted(path, body, role, of=live(engine))
        assert (done.status, len(end.orders)) == (200, 1), role


def test_what_makes_a_run_safer_a_trainee_asks_of_every_run() -> None:
    for verb in ("pause", "hold", "stop"):
        done, end = posted("/api/run/verbs", {"verb": verb}, Role.TRAINEE, of=live(OWN))
        assert (done.status, len(end.orders)) == (200, 1), verb
    held = replace(OWN, run=replace(RUN, shipped=False, state=RunState.HELD, verbs=verbs(RunState.HELD)), alarms=())
    told = table(held, Role.TRAINEE)
    assert told["restart"]["why_not"] == ["trainee (trainee) has no right to operate, and the recipe is not shipped"]
    assert (told["restart"]["right"], told["stop"]["allowed"], told["abort"]["allowed"]) == ("operate", True, True)
    known = EXPERT | STEERING | SAFER_VERBS | {Verb.START}
    assert set(Verb) == known, "a verb that is new needs a right of its own"


def test_what_an_engine_runs_that_is_not_heard_a_trainee_does_not_steer() -> None:
    for path, body in STEERS:
        refused, end = posted(path, body, Role.TRAINEE, of=live(None))
        assert (refused.status, end.orders) == (503, []), path
    done, end = posted("/api/run/verbs", {"verb": "hold"}, Role.TRAINEE, of=live(None))
    assert (done.status, len(end.orders)) == (200, 1)


def test_a_verdict_is_told_before_a_command_is_given() -> None:
    objection = Objection("P3", "chamber.pressure < 1 kPa", "chamber.pressure is 950 hPa", "air", "pump first")
    answer, end = posted(
        "/api/commands/judge", {"tag": "TMA.valve", "value": "open"}, Role.OPERATOR,
        Done("", verdict=VerdictShown(False, (objection,))),
    )  # fmt: skip
    assert end.orders == [JudgeCommand("TMA.valve", 1.0)]
    assert answer.json["allowed"] is False
    assert answer.json["against"][0]["interlock"] == "P3"


@pytest.mark.parametrize(
    ("tag", "value", "status"),
    [
        ("chamber.pressure", 1.0, 404), ("none", 1.0, 404), ("walls.setpoint", "150", 422),
        ("walls.setpoint", "150 Pa", 422), ("walls.setpoint", "open", 422), ("TMA.valve", "ajar", 422),
        ("walls.setpoint", None, 422), ("walls.setpoint", True, 422), ("walls.setpoint", "nan degC", 422),
        ("walls.setpoint", 10**400, 422),
    ],
)  # fmt: skip
def test_a_value_that_is_none_commands_nothing(tag: str, value: object, status: int) -> None:
    answer, end = posted("/api/commands", {"tag": tag, "value": value}, Role.OPERATOR)
    assert (answer.status, end.orders) == (status, [])


def test_a_key_is_one_orders_and_one_persons() -> None:
    engine = Engine("r", Path("/nowhere"))
    first, other = Disarm("ada"), Arm("ada")

    def call(order: Order, key: str) -> None:
        engine.call(order, 0.1, Under("t", "e:1", key))

    for _ in range(2):
        with pytest.raises(NoEngine):  # it goes as far as that
            call(first, "k1")
    with pytest.raises(InputError, match="used for another order"):
        call(other, "k1")
    with pytest.raises(NoEngine):
        call(Arm("ben"), "k1")
    with pytest.raises(NoEngine):
        call(other, "k2")


def test_abort_needs_neither_control_nor_what_was_seen() -> None:
    """It goes as far as there is an engine, for every role."""
    app = application(live(), PORT, house().accounts)
    for role in Role:
        headers = {"content-type": "application/json", "origin": f"http://localhost:{PORT}"}
        answer = asked("/api/abort", role, method="POST", headers=headers, body={}, app=app)
        assert answer.json["type"] == "NoEngine", role
    assert set(CONTROL) == {"control", "seen", "idempotency-key"}
