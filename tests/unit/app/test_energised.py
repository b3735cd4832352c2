"""What is on while nobody is armed is told, once it has stood so for a while; what is safe, or left alone, is not."""

import math

import pytest

from tests.unit.safety.rig import OPEN, Rig, on_rig
from vapordep.app.served.energised import REMEDY, SETTLES, Energised
from vapordep.model.tags import Quality
from vapordep.units import degC, to_si

HOT, COLD = to_si(100.0, degC), to_si(0.0, degC)


def told(armed: bool = False, stood: float = SETTLES, quality: Quality = Quality.GOOD, **readings: float) -> str:
    """After those readings have stood for so long."""

    async def main(rig: Rig) -> str:
        rig.say_all(stage__setpoint=COLD)
        rig.say(quality, **readings)
        rig.gate.armed = armed
        energised = Energised()
        assert energised.told(rig.gate) == ""
        await rig.clock.sleep(stood)
        return energised.told(rig.gate)

    return on_rig(main)


def test_a_heater_and_a_source_that_are_on_are_named_with_what_to_do() -> None:
    said = told(stage__setpoint=HOT, TMA__valve=OPEN)
    assert said == f"disarmed, but not at its safe value: TMA.valve open, stage.setpoint 100 degC. {REMEDY}"


@pytest.mark.parametrize(
    ("readings", "armed", "stood"),
    [
        ({}, False, SETTLES),
        ({"stage__setpoint": HOT}, True, SETTLES),
        ({"stage__setpoint": HOT}, False, 0.9 * SETTLES),
        ({"carrier__flow_setpoint": 0.0}, False, SETTLES),  # it harms nobody
        ({"pump__valve": OPEN}, False, SETTLES),  # it is left as it is
    ],
    ids=["safe", "armed", "a moment", "purge", "left"],
)  # fmt: skip
def test_nothing_is_told_of(readings: dict[str, float], armed: bool, stood: float) -> None:
    assert told(armed, stood, **readings) == ""


def test_what_cannot_be_read_is_not_called_on() -> None:
    assert told(quality=Quality.BAD, stage__setpoint=math.nan) == ""


def test_a_reading_that_is_lost_now_and_then_does_not_put_it_off() -> None:
    """Told no later than the time to settle after it was read first, as soon as it can be read."""

    async def main(rig: Rig) -> None:
        energised = Energised()
        rig.say_all(stage__setpoint=COLD)
        began = rig.clock.now()
        while rig.clock.now() < began + SETTLES:
            rig.say(stage__setpoint=HOT)
            assert energised.told(rig.gate) == "", "not yet"
            await rig.clock.sleep(0.5)
            rig.say(Quality.BAD, stage__setpoint=math.nan)
            assert energised.told(rig.gate) == ""
            await rig.clock.sleep(0.5)
        assert energised.told(rig.gate) == "", "what cannot be read is not called on"
        rig.say(stage__setpoint=HOT)
        assert "stage.setpoint 100 degC" in energised.told(rig.gate)

    on_rig(main)


def test_once_it_is_safe_the_time_begins_anew() -> None:
    async def main(rig: Rig) -> None:
        energised = Energised()
        for setpoint, expected in ((HOT, True), (COLD, False)):
            rig.say_all(stage__setpoint=setpoint)
            energised.told(rig.gate)
            await rig.clock.sleep(SETTLES)
            assert bool(energised.told(rig.gate)) is expected
        rig.say_all(stage__setpoint=HOT)
        assert energised.told(rig.gate) == ""

    on_rig(main)
