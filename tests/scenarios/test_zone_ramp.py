"""A ramp of a zone: by the controller's own rate, a slow one in a few stairs, to spare the controller's memory."""

import pytest

from tests.scenarios.rigs import Scene, plan, play
from vapordep.model.run import RunState
from vapordep.model.steps import Ramp, Set
from vapordep.units import degC, to_si

START = 100.0


@pytest.mark.parametrize(
    ("to", "duration", "halfway"),
    [(110.0, 120.0, 105.0), (90.0, 120.0, 95.0), (102.0, 240.0, 101.0), (100.1, 60.0, 100.1), (100.0, 60.0, 100.0)],
    ids=["up", "down", "slow", "finer than the controller", "nowhere"],
)
def test_a_zone_follows_its_ramp_and_ends_there_in_time(to: float, duration: float, halfway: float) -> None:
    seen: list[float] = []

    async def script(scene: Scene) -> None:
        await scene.step("ramp")
        began = scene.clock.now()
        for after in (0.5 * duration, duration + 1.0):
            await scene.clock.sleep_until(began + after)
            seen.append(scene.truth("stage.working_setpoint") - 273.15)
        await scene.until(lambda: scene.run.state is not RunState.RUNNING)

    begin = Set(output="stage.setpoint", value=to_si(START, degC))
    ramp = Ramp(output="stage.setpoint", to=to_si(to, degC), duration=duration)
    scene = play(plan(begin, ramp, Set(output="stage.rate", value=5.0 / 60.0)), script)
    assert scene.run.state is RunState.COMPLETE
    assert seen == pytest.approx([halfway, to], abs=0.5)
