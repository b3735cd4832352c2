"""The engine asked beforehand: every interlock with its live terms, verdicts that command nothing, and commands."""

import asyncio
from pathlib import Path

import pytest

from tests.scenarios.test_engine import Served, served
from vapordep.app.served.judging import interlocks_shown, unmet, verdict_on
from vapordep.errors import CommandRefused, RunError
from vapordep.link.judged import InterlockShown, InterlockState
from vapordep.link.orders import CommandOutput
from vapordep.model.events import Kind
from vapordep.units import sccm, to_si

OPEN = 1.0


def interlocks(served: Served) -> dict[str, InterlockShown]:
    protection = served.engine.connection.core.protection
    return {shown.id: shown for shown in interlocks_shown(protection, served.clock.now())}


def objections(served: Served, tag: str, value: float) -> list[str]:
    verdict = verdict_on(served.engine.connection.core.protection.gate, tag, value)
    assert verdict.allowed == (not verdict.objections)
    return [objection.interlock for objection in verdict.objections]


async def command(served: Served, tag: str, value: float) -> None:
    await served.engine.command(CommandOutput(tag, value, "Ada", "a try"))


def test_a_verdict_is_what_the_gate_would_say_and_commands_nothing(tmp_path: Path) -> None:
    async def scene(served: Served) -> None:
        assert "ARM" in objections(served, "TMA.valve", OPEN)
        assert objections(served, "TMA.valve", 0.0) == []
        await served.engine.arm("Ada")
        assert objections(served, "H2O.valve", OPEN) == ["C3"]
        assert objections(served, "walls.setpoint", 5000.0) == ["RANGE"]
        assert objections(served, "walls.setpoint", float("nan")) == ["RANGE"]
        with pytest.raises(CommandRefused) as refused:
            await command(served, "H2O.valve", OPEN)
        assert refused.value.interlocks == ("C3",)
        with pytest.raises(CommandRefused, match="no output is called"):
            objections(served, "no.such", 1.0)
        assert served.engine.connection.core.hub.latest["H2O.valve"].value == 0.0
        refusals = [event for event in served.events if event.kind is Kind.REFUSED]
        assert len(refusals) == 1, "only the command, no verdict"

    served(tmp_path, scene)


def test_interlocks_are_shown_with_terms_state_and_bypass(tmp_path: Path) -> None:
    async def scene(served: Served) -> None:
        await served.engine.arm("Ada")
        found = interlocks(served)
        assert found["C3"].state is InterlockState.UNMET
        told = unmet(served.engine.connection.core.protection, served.clock.now())
        assert set(told) == {id for id, each in found.items() if each.state is InterlockState.UNMET}
        assert found["T6"].require[0].truth == "false"
        assert found["F2"].when == "carrier.commanded"
        assert found["C1"].hard
        assert found["P3"].state is InterlockState.FULFILLED
        assert "chamber.pressure is" in found["P3"].require[0].says
        served.engine.connection.core.protection.bypasses.add("P3", "Ada", "a try", 60.0)
        await served.clock.sleep(10.0)
        assert interlocks(served)["P3"].state is InterlockState.BYPASSED
        assert interlocks(served)["P3"].bypass_left == pytest.approx(50.0)

    served(tmp_path, scene)


def test_a_person_commands_outputs_only_while_no_run_does(tmp_path: Path) -> None:
    async def scene(served: Served) -> None:
        await served.engine.arm("Ada")
        await command(served, "carrier.valve", OPEN)
        await command(served, "carrier.flow_setpoint", to_si(30.0, sccm))
        assert served.simulated.world.read("carrier.valve", served.clock.now()) == OPEN
        told = [event.text for event in served.events if event.kind is Kind.COMMAND]
        assert any("a try (Ada)" in text for text in told)
        await served.engine.disarm("Ada")
        await served.start()
        with pytest.raises(RunError, match="under way"):
            await command(served, "carrier.valve", OPEN)
        await served.ended()

    async def bounded(served: Served) -> None:
        async with asyncio.timeout(2000):
            await scene(served)

    served(tmp_path, bounded)
