"""Instruments whose power fails for a moment: they come back with other settings than they were commanded to."""

import pytest

from tests.scenarios.rigs import SETTLING, Scene, dose, plan, play, purge, repeat
from vapordep.model.run import RunState, Verb
from vapordep.simulation.faults import Restart
from vapordep.units import sccm, to_si

S, V = RunState, Verb
LONG = plan(repeat(2, dose(), purge(30.0)))


def power_fails(instrument: str) -> dict[str, list[Restart]]:
    """For half a second, in the first purge: too short to fall silent."""
    return {instrument: [Restart(12.0, takes=0.5)]}


@pytest.mark.parametrize("wire", [True, False])
def test_a_relay_board_that_comes_back_with_all_valves_shut_holds_the_run(wire: bool) -> None:
    """Else the chamber would be purged with its pump shut off."""

    async def script(scene: Scene) -> None:
        await scene.state(S.HELD)
        assert scene.clock.now() < 15.0
        assert "pump.valve" in scene.run.reason
        assert "commanded open, reads closed" in scene.run.reason
        assert scene.truth("pump.valve", SETTLING) == 1.0, "a hold pumps"
        await scene.clock.sleep(2.0)
        scene.ask(V.RESTART, by="Ada")

    scene = play(LONG, script, faults=power_fails("valves"), wire=wire)
    assert scene.run.state is S.COMPLETE
    assert scene.states[:4] == [S.RUNNING, S.HOLDING, S.HELD, S.RESTARTING]


def test_a_flow_controller_that_comes_back_with_no_flow_holds_the_run() -> None:
    """Its own interlock would be content: it applies while a flow is commanded, as the controller tells it."""

    async def script(scene: Scene) -> None:
        await scene.state(S.HELD)
        assert "carrier.flow_setpoint" in scene.run.reason
        assert scene.truth("carrier.flow_setpoint") == pytest.approx(to_si(20.0, sccm)), "a hold purges"
        await scene.clock.sleep(2.0)
        scene.ask(V.RESTART, by="Ada")

    scene = play(LONG, script, faults=power_fails("carrier_mfc"))
    assert scene.run.state is S.COMPLETE


def test_with_nobody_there_the_run_ends_in_the_safe_state() -> None:
    scene = play(LONG, faults=power_fails("valves"), attended=False)
    assert scene.run.state is S.ABORTED
    assert "pump.valve" in scene.run.reason
