"""Phases of heat: zones to their temperatures, down again, and steady."""

from collections.abc import Iterator
from functools import partial

from vapordep.engine.rig import Rig
from vapordep.errors import RunError
from vapordep.model.events import Kind
from vapordep.model.steps import Cool, Heat, Stabilise
from vapordep.units import Dimension, format_si

PATIENCE = 4
"""A stabilisation may start anew until this many times its duration have gone by."""


async def heat(rig: Rig, step: Heat) -> None:
    """Ramps zones to their temperatures in the controllers, and waits until each is there."""
    for zone, target in step.targets.items():
        await set_rate(rig, zone, step.rate, "heat")
        await rig.command(f"{zone}.setpoint", target, "heat")
        if rig.reactor.zones[zone].running:
            await rig.command(rig.reactor.zones[zone].running, 1.0, "heat")
    deadline = rig.clock.now() + step.timeout
    for zone, target in step.targets.items():
        what = f"{zone}.temperature within {step.tolerance:g} K of {format_si(target, Dimension.TEMPERATURE)}"
        near = partial(_near, rig, zone, target, step.tolerance)
        await rig.until(near, deadline - rig.clock.now(), what, on=(f"{zone}.temperature",))


async def set_rate(rig: Rig, zone: str, rate: float, reason: str) -> None:
    """Tells the controller of a zone its rate in K/s; a chiller has none, its bath is slow by itself."""
    if f"{zone}.rate" in rig.reactor.outputs:
        await rig.command(f"{zone}.rate", min(rate, rig.reactor.zones[zone].max_rate), reason)


async def cool(rig: Rig, step: Cool) -> None:
    """Heaters of the zones off, and waits until each is cold enough."""
    for zone in step.targets:
        await rig.command(f"{zone}.setpoint", rig.reactor.outputs[f"{zone}.setpoint"].off, "cool")
    deadline = rig.clock.now() + step.within
    for zone, target in step.targets.items():
        what = f"{zone}.temperature <= {format_si(target, Dimension.TEMPERATURE)}"
        cold = partial(_cold, rig, zone, target)
        await rig.until(cold, deadline - rig.clock.now(), what, on=(f"{zone}.temperature",))


async def stabilise(rig: Rig, step: Stabilise) -> None:
    """Waits while every heated zone stays near its setpoint; the time starts anew when one leaves its band."""
    left_at = rig.clock.now() + PATIENCE * step.duration
    while True:
        rig.waiting_for = "steady temperatures"
        began = rig.clock.now()
        try:
            async with rig.clock_timeout(step.duration):
                await rig.hub.until(lambda: not _steady(rig, step.tolerance), on=_read(rig))
        except TimeoutError:
            return
        finally:
            rig.waiting_for = ""
        if rig.clock.now() > left_at:
            raise RunError(
                "the temperatures do not become steady", where=step.where, remedy="check the heater's tuning"
            )
        what = _awaited(rig, step.tolerance)
        lasted = rig.clock.now() - began
        rig.note(Kind.STEP, f"no longer {what}: the stabilisation starts anew", after_s=lasted)
        await rig.until(lambda: _steady(rig, step.tolerance), step.duration, what, on=_read(rig))


def _read(rig: Rig) -> list[str]:
    """The tags that tell whether temperatures are steady."""
    return [f"{zone}.{quantity}" for zone in rig.reactor.zones for quantity in ("temperature", "setpoint")]


def _awaited(rig: Rig, tolerance: float) -> str:
    """Of the first zone that is not near its setpoint, what is waited for."""
    zone, *_ = (*_unsteady(rig, tolerance), "stage")
    wanted = format_si(rig.value(f"{zone}.setpoint"), Dimension.TEMPERATURE)
    return f"{zone}.temperature within {tolerance:g} K of {wanted}"


def _near(rig: Rig, zone: str, target: float, tolerance: float) -> bool:
    return abs(rig.value(f"{zone}.temperature") - target) <= tolerance


def _cold(rig: Rig, zone: str, target: float) -> bool:
    return rig.value(f"{zone}.temperature") <= target


def _steady(rig: Rig, tolerance: float) -> bool:
    """Whether every zone that is set to heat, or not known to be off, is near its setpoint."""
    return not any(_unsteady(rig, tolerance))


def _unsteady(rig: Rig, tolerance: float) -> Iterator[str]:
    off = {zone: rig.reactor.outputs[f"{zone}.setpoint"].off for zone in rig.reactor.zones}
    heated = (zone for zone in off if not rig.value(f"{zone}.setpoint") <= off[zone])
    return (zone for zone in heated if not _near(rig, zone, rig.value(f"{zone}.setpoint"), tolerance))
