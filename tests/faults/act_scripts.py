"""What people do in the acts, step by step, while an exception is raised somewhere."""

import asyncio

from tests.scenarios.rigs import HOT, Scene
from vapordep.engine.course import PRIME_AGAIN_AFTER
from vapordep.errors import CommandRefused
from vapordep.model.run import RunState, Verb
from vapordep.safety.dead_man import hold_dead_man

S, V = RunState, Verb


async def whole(scene: Scene) -> None:
    """Held and restarted, paused and resumed, run to its end."""
    await scene.doses(1)
    await held(scene)
    await scene.doses(2)
    scene.ask(V.PAUSE)
    await scene.state(S.PAUSED)
    scene.ask(V.RESUME)


async def held(scene: Scene, time: float = 0.0, then: Verb = V.RESTART) -> None:
    scene.ask(V.HOLD)
    await scene.state(S.HELD)
    await scene.clock.sleep(time)
    scene.ask(then)


async def capped(scene: Scene) -> None:
    await scene.doses(2)
    await held(scene, then=V.CAP)


async def held_for_long(scene: Scene) -> None:
    """It is primed again."""
    await scene.doses(3)
    await held(scene, PRIME_AGAIN_AFTER + 1.0)


async def held_as_it_burns(scene: Scene) -> None:
    await scene.until(lambda: scene.run.rig.value("plasma.current") > 1.0)
    await held(scene)


async def held_as_it_grows(scene: Scene) -> None:
    await scene.step("deposit")
    await scene.clock.sleep(5.0)
    await held(scene, then=V.STOP)


async def cut_off(scene: Scene) -> None:
    """The valves' line is reset while a source is open, and can be had again a little later."""
    await scene.until(lambda: scene.truth("TMA.valve") == 1.0)
    await scene.clock.sleep(0.3)
    scene.wires["valves"].break_off()
    await scene.clock.sleep(2.0)
    scene.wires["valves"].mend()


async def held_as_it_opens(scene: Scene) -> None:
    """While it fills, and under the open lid."""
    await scene.step("vent")
    await scene.clock.sleep(1.0)
    await held(scene)
    await scene.step("unload")
    await held(scene)


async def held_while_pumped(scene: Scene) -> None:
    """The carrier is off, which a hold turns on and a restart off again."""
    await scene.step("rest")
    await held(scene)


async def unsteady(scene: Scene) -> None:
    """The stage is wanted hotter for a moment, while its temperature is to be steady."""
    await scene.step("stabilise")
    await scene.clock.sleep(1.0)
    for setpoint in (HOT + 10.0, HOT):
        await scene.run.rig.command("stage.setpoint", setpoint, "the script")
        await scene.clock.sleep(1.0)


async def opened_by_hand(scene: Scene) -> None:
    """TMA stands open as somebody ordered, when its dose is refused: the stage is hotter than it allows."""
    await scene.step("purge")
    for tag, value in (("TMA.valve", 1.0), ("stage.setpoint", HOT + 6.0)):
        await scene.run.rig.command(tag, value, "the script")
    await stopped_when_held(scene)


async def open_as_it_is_held(scene: Scene) -> None:
    """TMA stands open as somebody ordered, when the carrier is lost."""
    await scene.clock.sleep_until(7.0)
    await scene.run.rig.command("TMA.valve", 1.0, "the script")
    await stopped_when_held(scene)


async def refused_at_the_second_try(scene: Scene) -> None:
    """The order to open TMA is lost, and forbidden before it is given once more."""
    await scene.clock.sleep_until(7.0)
    rig = scene.run.rig
    orders = (rig.command("TMA.valve", 1.0, "the script"), rig.command("stage.setpoint", HOT + 6.0, "the script"))
    opened, _ = await asyncio.gather(*orders, return_exceptions=True)
    assert isinstance(opened, CommandRefused)


async def stopped_when_held(scene: Scene) -> None:
    await scene.state(S.HELD)
    scene.ask(V.STOP)


async def until_lines_are_cold(scene: Scene) -> None:
    await scene.until(lambda: any("no longer needed" in event.text for event in scene.book.events), 3600.0)


async def dead_man(scene: Scene) -> None:
    """The relay is held on, as beside every run of a reactor that has one."""
    held = scene.reactor.dead_man
    assert held is not None
    await hold_dead_man(held, lambda: scene.run.protection, scene.clock)
