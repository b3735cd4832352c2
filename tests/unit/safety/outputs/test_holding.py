"""A trip that holds, with no run there to be held: what doses or glows goes off all the same, and only that."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from tests.unit.safety.rig import CLOSED, OPEN, T2, Rig, command, on_rig, reactor
from vapordep.model.events import Kind
from vapordep.model.icvd import Filament
from vapordep.model.interlocks import Action
from vapordep.model.treatments import Treatment
from vapordep.safety.outputs.targets import Roles
from vapordep.units import degC, sccm, to_si

COLD = replace(T2, id="COLD", require=("stage.temperature > 50 degC",), trip_after_samples=1, action=Action.HOLD)
FIFTY = to_si(50.0, sccm)


async def tripped(rig: Rig, **boxes: Any) -> None:
    """TMA was opened by hand, and the stage is found too cold."""
    await rig.armed()
    await rig.gate.command(command("carrier.flow_setpoint", FIFTY))
    await rig.gate.command(command("TMA.valve", OPEN))
    rig.events.clear()
    vars(rig.boxes["valves"]).update(boxes)
    await rig.keep_saying(rig.clock.now() + 4.0, stage__temperature=to_si(40.0, degC))


def test_a_source_that_stands_open_by_hand_is_shut_once_and_told_and_nothing_else_changes() -> None:
    async def main(rig: Rig) -> None:
        await tripped(rig)
        assert rig.trips == ["COLD"]
        assert rig.boxes["valves"].registers["valve0"] == CLOSED
        [row] = [event for event in rig.events if event.kind is Kind.COMMAND]
        assert row.text == "TMA.valve closed: shut, since COLD has tripped"
        assert row.data == {"tag": "TMA.valve", "value": CLOSED, "source": "interlock"}
        assert rig.boxes["mfc"].registers["flow_setpoint"] == 50.0
        assert rig.protection.arming.armed

    on_rig(main, whole=reactor(interlocks=(COLD,)))


@pytest.mark.parametrize("later", [0.0, 0.003, 1.0])
def test_a_run_that_holds_as_well_shuts_it_no_second_time(later: float) -> None:
    async def main(rig: Rig) -> None:
        async def hold() -> None:
            await rig.clock.sleep(later)
            for valve in rig.gate.roles.source_valves:
                await rig.gate.command(command(valve, CLOSED), unless_off=True)

        held: list[asyncio.Future[None]] = []
        rig.protection.interlocks.standings.on_trip.append(lambda trip: held.append(asyncio.ensure_future(hold())))
        await tripped(rig)
        await asyncio.gather(*held)
        assert len(held) == 1
        assert rig.boxes["valves"].registers["valve0"] == CLOSED
        assert [event.data["tag"] for event in rig.events if event.kind is Kind.COMMAND] == ["TMA.valve"]

    on_rig(main, whole=reactor(interlocks=(COLD,)))


def test_what_was_seen_shut_too_long_ago_is_shut() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        rig.events.clear()
        await rig.clock.sleep(1.9)
        await rig.gate.command(command("H2O.valve", CLOSED), unless_off=True)
        assert rig.kinds(Kind.COMMAND) == []
        await rig.clock.sleep(0.2)
        await rig.gate.command(command("H2O.valve", CLOSED), unless_off=True)
        assert rig.kinds(Kind.COMMAND) == ["H2O.valve closed: test"]

    on_rig(main, whole=reactor(interlocks=(COLD,)))


def test_what_warns_shuts_nothing() -> None:
    async def main(rig: Rig) -> None:
        await tripped(rig)
        assert rig.boxes["valves"].registers["valve0"] == OPEN

    on_rig(main, whole=reactor(interlocks=(replace(COLD, action=Action.WARN),)))


def test_a_first_try_that_is_lost_is_tried_again() -> None:
    async def main(rig: Rig) -> None:
        await tripped(rig, deaf_to=1)
        assert rig.boxes["valves"].registers["valve0"] == CLOSED
        assert rig.protection.arming.armed

    on_rig(main, whole=reactor(interlocks=(COLD,)))


def test_a_source_that_will_not_shut_makes_safe() -> None:
    async def main(rig: Rig) -> None:
        await tripped(rig, refuses={"valve0"})
        assert not rig.protection.arming.armed
        assert rig.boxes["mfc"].registers["flow_setpoint"] == 20.0
        assert [e.text for e in rig.events if "disarmed" in e.text] == [
            "disarmed: TMA.valve did not go off, though COLD has tripped"
        ]

    on_rig(main, whole=reactor(interlocks=(COLD,)), substrate_name="silicon")


def test_what_trips_to_safe_meanwhile_does_not_wait_for_a_hold_whose_valves_are_mute() -> None:
    hot = replace(T2, id="HOT", require=("chamber.pressure < 200 Pa",), trip_after_samples=1)

    async def main(rig: Rig) -> None:
        await rig.armed()
        await rig.gate.command(command("carrier.flow_setpoint", FIFTY))
        await rig.gate.command(command("TMA.valve", OPEN))
        rig.boxes["valves"].mute = True
        rig.say(stage__temperature=to_si(40.0, degC))
        await rig.clock.sleep(0.02)
        rig.say(chamber__pressure=300.0)
        await rig.clock.sleep(0.1)
        assert rig.boxes["mfc"].registers["flow_setpoint"] == 20.0

    on_rig(main, whole=reactor(interlocks=(COLD, hot)))


def test_filament_plasma_and_light_go_off_as_well() -> None:
    filament = Filament(
        "filament.on", "v", "i", "filament.voltage_setpoint", "filament.current_setpoint", 1.0, 0.0, (1.0, 500.0)
    )
    plasma = Treatment("plasma", "plasma.on", "v", "i", "vs", "is", (1.0, 1.0), 1.0, ())
    roles = Roles.of(reactor(filament=filament, treatments={"plasma": plasma}))
    assert roles.held_off == {"TMA.valve", "H2O.valve", "EG.valve", "filament.on", "plasma.on"}
