"""Bypasses and limits by order of a person on a served reactor: told, refused, and carried to the next run."""

import asyncio
import json
from pathlib import Path
from typing import Any

from tests.scenarios.test_engine import AtTheComputer, Served, served
from vapordep.app.served.orders import Orders
from vapordep.app.verdict import verdict_on
from vapordep.chemistry import substrate
from vapordep.history.queries import History
from vapordep.link.orders import ChangeLimit, Order, PutBack, RemoveAlarm, Request, ReturnAlarm, SetAside
from vapordep.link.replies import Done, Refused, Reply
from vapordep.model.alarms import AlarmState
from vapordep.model.events import Kind
from vapordep.model.protection import Failure


class Hall:
    """Nobody listens."""

    seen = ""

    def tell(self) -> None: ...


async def reply_to(made: Served, order: Order) -> Reply:
    replies: list[Reply] = []
    async with asyncio.TaskGroup() as group:
        broadcast: Any = Hall()
        admission: Any = AtTheComputer()
        Orders(made.engine, broadcast, group, admission).take(Request("1", 1e9, order), replies.append)
    [reply] = replies
    return reply


def test_a_bypass_is_ordered_carried_over_and_lifted(tmp_path: Path) -> None:
    async def scene(made: Served) -> None:
        reply = await reply_to(made, SetAside("F2", "Ada", "flow meter in repair", 3600.0))
        assert isinstance(reply, Done)
        assert reply.text == "F2 is bypassed for 60 min"
        made.engine.connection.protect(substrate("lithium"))
        [bypass] = made.engine.connection.core.protection.bypasses.active
        assert (bypass.id, bypass.person, bypass.reason) == ("F2", "Ada", "flow meter in repair")
        assert bypass.left(made.clock.now()) <= 3600.0
        lifted = await reply_to(made, PutBack("F2", "Ben"))
        assert isinstance(lifted, Done)
        assert made.engine.connection.core.protection.bypasses.active == ()
        told = [event.text for event in made.events if event.kind is Kind.BYPASS]
        assert told[-1] == "the bypass of F2 was lifted by Ben"

    served(tmp_path, scene)


def test_what_is_bypassed_stands_against_nothing_at_arming_and_in_the_record(tmp_path: Path) -> None:
    """It was bypassed before the run began, and neither sheet nor events of the record told of it."""

    def against(sheet: Any) -> list[str]:
        [hazard] = [h for h in sheet["hazards"] if h["hazard"] == "purge gas carrier fails"]
        found: list[str] = hazard[Failure.NONE.value]["by"]
        return found

    async def scene(made: Served) -> None:
        assert against(made.engine.coverage().as_json()) == ["permissive F1", "hold F2"]
        await reply_to(made, SetAside("F2", "Ada", "flow meter in repair", 3600.0))
        assert against(made.engine.coverage().as_json()) == ["permissive F1"]
        await made.start()
        await made.ended()
        history = History(made.engine.history)
        [run] = history.runs()
        assert against(json.loads(run.header.notes["coverage"])) == ["permissive F1"]
        with history.open_recording(run) as recording:
            [told] = [event.text for event in recording.events() if event.kind is Kind.BYPASS]
            assert told.startswith("BYPASS of F2 by Ada goes on: flow meter in repair")
            assert any(told in reason.text for reason in verdict_on(recording, run).reasons)

    served(tmp_path, scene)


def test_who_bypasses_what_is_bypassed_hears_whose_bypass_that_was(tmp_path: Path) -> None:
    async def scene(made: Served) -> None:
        await reply_to(made, SetAside("F2", "Ada", "flow meter in repair", 3600.0))
        reply = await reply_to(made, SetAside("F2", "Ben", "a look at it", 60.0))
        assert isinstance(reply, Done)
        taken = "in place of the one by Ada: flow meter in repair, with 60 min left"
        assert reply.text == f"F2 is bypassed for 60 s; {taken}"

    served(tmp_path, scene)


def test_what_has_no_bypass_is_refused_with_its_reason(tmp_path: Path) -> None:
    async def scene(made: Served) -> None:
        reply = await reply_to(made, SetAside("T1", "Ada", "please", 60.0))
        assert isinstance(reply, Refused)
        assert "T1 has no bypass" in reply.what
        too_long = await reply_to(made, SetAside("F2", "Ada", "please", 9 * 3600.0))
        assert isinstance(too_long, Refused)
        assert "at most 8 h" in too_long.remedy

    served(tmp_path, scene)


def test_a_limit_is_changed_by_order_and_holds_for_the_next_run(tmp_path: Path) -> None:
    async def scene(made: Served) -> None:
        reply = await reply_to(made, ChangeLimit("P3", "chamber.pressure", "500 Pa", "Ada", "a fragile foil"))
        assert isinstance(reply, Done)
        made.engine.connection.protect(substrate("lithium"))
        [guard] = [
            guard
            for guard in made.engine.connection.core.protection.interlocks.guards("TMA.valve", made.clock.now())
            if guard.rule.id == "P3"
        ]
        assert guard.require[0].limit == 500.0
        await made.engine.arm("Ada")
        looser = await reply_to(made, ChangeLimit("P3", "chamber.pressure", "2 kPa", "Ada", "in a hurry"))
        assert isinstance(looser, Refused)
        assert "while the reactor is armed" in looser.what

    served(tmp_path, scene)


def test_a_warning_is_taken_out_of_service_and_returned_and_a_trip_is_not(tmp_path: Path) -> None:
    async def scene(made: Served) -> None:
        out = await reply_to(made, RemoveAlarm("F3", "Ada", "gauge away for repair"))
        assert isinstance(out, Done), out
        assert out.text == "F3: out of service"
        made.engine.connection.protect(substrate("lithium"))
        [kept] = [alarm for alarm in made.engine.alarms.silenced if alarm.id == "F3"]
        assert (kept.state, kept.by, kept.reason) == (AlarmState.OUT_OF_SERVICE, "Ada", "gauge away for repair")
        back = await reply_to(made, ReturnAlarm("F3", "Ben"))
        assert isinstance(back, Done)
        assert back.text == "F3: normal"
        refused = await reply_to(made, RemoveAlarm("T1", "Ada", "please"))
        assert isinstance(refused, Refused)
        assert "cannot be silenced" in refused.what
        never = await reply_to(made, ReturnAlarm("F3", "Ben"))
        assert isinstance(never, Refused)

    served(tmp_path, scene)
