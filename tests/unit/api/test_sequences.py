"""Sequences of the reactor file over the web: told with what the check says, and started by who may operate."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.api.asking import CONTROL, asked, live, posted, served
from tests.unit.link.test_codec import ENGINE
from vapordep.accounts.roles import Role
from vapordep.api.live.live import Live
from vapordep.errors import CommandRefused
from vapordep.link.orders import StartRun
from vapordep.link.replies import Done

START = "/api/reactor/sequences/pump_down/start"


@pytest.fixture
def here(tmp_path: Path) -> Live:
    """With a history that can be written to, and sodium on the stage."""
    made = live(replace(ENGINE, substrate="sodium"))
    made.served = replace(served(), history=tmp_path)
    return made


def test_each_is_told_with_its_steps_and_its_check_for_what_lies_on_the_stage(here: Live) -> None:
    told = asked("/api/reactor/sequences", of=here).json
    assert [each["name"] for each in told] == list(served().reactor.sequences)
    first = told[0]
    assert first["does"] == served().reactor.sequences["pump_down"]
    assert first["steps"].startswith("- pump: {to: 1 Pa, within: 20 min, soft: true}\n- leak_check")
    assert (first["substrate"], first["ok"], first["findings"]) == ("sodium", True, [])
    assert first["duration_s"] >= 5 * 60, "the search for leaks alone"


def test_one_is_started_for_what_lies_on_the_stage_by_who_may_operate(here: Live) -> None:
    refused, end = posted(START, {}, Role.TRAINEE, of=here)
    assert (refused.status, end.orders) == (403, [])
    answer, end = posted(START, {"note": " after the lid "}, Role.OPERATOR, Done("", "started as r7", "r7"), here)
    assert (answer.status, answer.json) == (200, {"done": "started as r7", "run_id": "r7"})
    [order] = end.orders
    assert isinstance(order, StartRun)
    assert (order.by, order.note, order.reactor_sha256) == ("operator", "after the lid", served().reactor.sha256)
    assert "substrate: sodium" in Path(order.recipe).read_text(encoding="utf-8")
    assert end.under[0] is not None
    assert end.under[0].token == CONTROL["control"]


def test_what_the_engine_refuses_and_what_there_is_not(here: Live) -> None:
    refused, _ = posted(START, {}, Role.OPERATOR, CommandRefused("no", remedy="pump"), here)
    assert (refused.status, refused.json["remedy"]) == (409, "pump")
    missing, end = posted("/api/reactor/sequences/..%2Fdance/start", {}, Role.OPERATOR, of=here)
    assert (missing.status, end.orders) == (404, [])
    missing, _ = posted("/api/reactor/sequences/dance/start", {}, Role.OPERATOR, of=here)
    assert (missing.status, "pump_down" in missing.json["remedy"]) == (404, True)
