"""Phases of single outputs: to a value at once, or along a ramp."""

from vapordep.engine.phases.heat import set_rate
from vapordep.engine.rig import Rig
from vapordep.errors import RunError
from vapordep.model.steps import Ramp, Set

RAMP_PERIOD = 0.5
"""A ramp of an output takes a step this often, in s."""
SLOW_RATE = 1.0 / 60.0
"""A slower ramp of a zone, in K/s, goes in stairs: controllers know rates to 0.1 K/min."""
FINEST_RATE = 0.1 / 60.0
"""A rate below this, in K/s, is none that a controller can be told."""
STAIRS = 20
"""So many setpoints a slow ramp takes: few enough for the memory of controllers."""


async def set_output(rig: Rig, step: Set) -> None:
    """Brings one output to a value."""
    await rig.command(step.output, step.value, "set")


async def ramp(rig: Rig, step: Ramp) -> None:
    """Brings one output to a value linearly, in small steps at absolute instants; a zone by its controller's rate."""
    start, began = rig.value(step.output), rig.timeline.due
    if start != start:
        raise RunError(f"{step.output} has no value to ramp from", where=step.where, remedy="set it first")
    rig.timeline.spend(step.duration)
    zone, _, quantity = step.output.partition(".")
    if quantity == "setpoint" and zone in rig.reactor.zones:
        await _ramp_zone(rig, zone, start, step, began)
        return
    steps = max(1, round(step.duration / RAMP_PERIOD))
    for i in range(1, steps + 1):
        await rig.clock.sleep_until(began + step.duration * i / steps)
        value = step.to if i == steps else start + (step.to - start) * i / steps  # rounding must not leave the range
        await rig.command(step.output, value, "ramp")


async def _ramp_zone(rig: Rig, zone: str, start: float, step: Ramp, began: float) -> None:
    """One rate and one setpoint, for many setpoints would wear out the controller's memory; a slow ramp in stairs."""
    if start <= rig.reactor.outputs[step.output].off:
        start = rig.value(f"{zone}.temperature")
    rate = min(abs(step.to - start) / step.duration, rig.reactor.zones[zone].max_rate)
    if rate >= FINEST_RATE:
        await set_rate(rig, zone, rate, "ramp")
    stairs = 1 if rate >= SLOW_RATE and f"{zone}.rate" in rig.reactor.outputs else STAIRS
    for i in range(1, stairs + 1):
        await rig.command(step.output, start + (step.to - start) * i / stairs if i < stairs else step.to, "ramp")
        await rig.clock.sleep_until(began + step.duration * i / stairs)
