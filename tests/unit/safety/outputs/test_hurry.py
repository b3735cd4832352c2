"""The safe state through the gate: in a hurry or in turn, over what is under way, whatever a driver believes."""

import asyncio

import pytest

from tests.unit.safety.outputs.commanding import FIFTY, FLOW, raised
from tests.unit.safety.rig import CLOSED, Rig, command, on_rig
from vapordep.errors import NoReply


def test_a_safe_value_that_is_not_taken_is_given_up_after_a_second() -> None:
    async def main(rig: Rig) -> None:
        async def hangs(*_: object, **__: object) -> None:
            await asyncio.Event().wait()

        rig.devices["valves"].write = hangs  # type: ignore[method-assign]
        assert isinstance(await raised(rig.gate.write_safe("TMA.valve", CLOSED)), NoReply)
        assert rig.clock.now() == pytest.approx(1.0)

    on_rig(main)


def test_what_is_under_way_ends_as_the_safe_state_begins() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        rig.boxes["mfc"].mute = True
        commanding = asyncio.ensure_future(rig.gate.command(command(FLOW, FIFTY)))
        await rig.clock.sleep(0.1)
        began = rig.clock.now()
        with rig.gate.safing("a test"):
            assert "cut short: a test" in (await raised(commanding)).what
            assert rig.clock.now() == began

    on_rig(main)


def test_who_is_in_a_hurry_is_so_until_all_is_driven() -> None:
    async def main(rig: Rig) -> None:
        line = rig.devices["valves"].line
        assert not rig.gate.hurry.on(line)
        with rig.gate.safing("arming", hurry=False):
            assert not rig.gate.hurry.on(line)
            with rig.gate.safing("a trip"):
                assert rig.gate.hurry.on(line)
            assert rig.gate.hurry.on(line)
        assert not rig.gate.hurry.on(line)

    on_rig(main)


def test_once_anything_fails_a_safe_state_that_took_its_time_hurries() -> None:
    async def main(rig: Rig) -> None:
        line = rig.devices["valves"].line
        with rig.gate.safing("arming", hurry=False):
            rig.gate.hurry.turns[line].again = True
            rig.gate.hurry.hasten(line)
            assert rig.gate.hurry.on(line)
        assert not rig.gate.hurry.on(line)

    on_rig(main)


def test_a_safe_value_is_written_whatever_the_driver_believes() -> None:
    async def main(rig: Rig) -> None:
        told: list[dict[str, object]] = []

        async def write(*_: object, **how: object) -> None:
            told.append(how)

        rig.devices["valves"].write = write  # type: ignore[method-assign]
        with rig.gate.safing("a trip"):
            await rig.gate.write_safe("TMA.valve", CLOSED)
        await rig.gate.write_safe("TMA.valve", CLOSED)
        assert told == [{"urgent": True, "insist": True}, {"urgent": False, "insist": True}]

    on_rig(main)
