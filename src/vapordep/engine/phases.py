"""Phases: one short coroutine for each word of a recipe; what a word does to the reactor stands here."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from vapordep.analysis import rate_of_rise
from vapordep.engine.leak import judge_leak
from vapordep.engine.rig import CLOSED, OPEN, PRESSURE, Rig
from vapordep.errors import RunError
from vapordep.model.events import Kind
from vapordep.model.plan import (
    Cool,
    Flow,
    Heat,
    LeakCheck,
    Prompt,
    Pump,
    PumpPurge,
    Purge,
    Ramp,
    Set,
    Stabilise,
    Step,
    Wait,
)
from vapordep.safety.conditions import Truth, parse_condition
from vapordep.units import Dimension, format_si

FLOW_WITHIN = 30.0
"""A flow must be there within this time, in s: controllers settle in 0.3 to 2 s, purged lines later."""
RAMP_PERIOD = 0.5
"""A ramp of an output takes a step this often, in s."""
SLOW_RATE = 1.0 / 60.0
"""A slower ramp of a zone, in K/s, goes in stairs: controllers know rates to 0.1 K/min."""
FINEST_RATE = 0.1 / 60.0
"""A rate below this, in K/s, is none that a controller can be told."""
STAIRS = 20
"""So many setpoints a slow ramp takes: few enough for the memory of controllers."""
SETTLING = 5.0
"""The rate of rise is judged from this long after the valves have shut, in s."""
PATIENCE = 4
"""A stabilisation may start anew until this many times its duration have gone by."""


async def pump(rig: Rig, step: Pump) -> None:
    """Pumps down, softly until the main valve may open: thin foil flies."""
    line = rig.reactor.pump
    await _shut_gases(rig)
    if step.soft and line.soft_valve and not rig.value(PRESSURE) < line.soft_until:
        await rig.command(line.valve, CLOSED, "soft pumping")
        await rig.command(line.soft_valve, OPEN, "soft pumping")
        await _pressure_below(rig, line.soft_until, step.within)
    await rig.command(line.valve, OPEN, "pumping")
    if line.soft_valve:
        await rig.command(line.soft_valve, CLOSED, "pumping through the main valve")
    await _pressure_below(rig, step.to, step.within)


async def pump_purge(rig: Rig, step: PumpPurge) -> None:
    """Fills with purge gas and pumps out again, several times: dilutes what the lid let in."""
    for cycle in range(1, step.cycles + 1):
        reason = f"pump-purge {cycle} of {step.cycles}"
        await rig.command(rig.reactor.pump.valve, CLOSED, reason)
        await _open_line(rig, rig.reactor.purge_line, _fill_flow(rig), reason)
        what = f"{PRESSURE} > {format_si(step.high, Dimension.PRESSURE)}"
        await rig.until(lambda: rig.value(PRESSURE) > step.high, step.within, what)
        await _shut_line(rig, rig.reactor.purge_line, reason)
        await pump(rig, Pump(where=step.where, to=step.low, within=step.within, soft=True))


async def leak_check(rig: Rig, step: LeakCheck) -> None:
    """Shuts everything, and judges the rate of rise as a throughput against the substrate's gates."""
    await _shut_gases(rig)
    await rig.command(rig.reactor.pump.valve, CLOSED, "leak check")
    began = rig.clock.now()
    rig.waiting_for = f"the rate of rise over {format_si(step.duration, Dimension.TIME)}"
    try:
        await rig.clock.sleep(step.duration)
        rise = rate_of_rise(*rig.pressure.since(began + SETTLING))
    finally:
        rig.waiting_for = ""
        await rig.command(rig.reactor.pump.valve, OPEN, "leak check over")
    judge_leak(rig, rise)


async def flow(rig: Rig, step: Flow) -> None:
    """Sets gas flows and waits until each is there."""
    for name, wanted in step.flows.items():
        if wanted > 0:
            await _open_line(rig, name, wanted, "flow")
        else:
            await _shut_line(rig, name, "flow")
    for name, wanted in step.flows.items():
        band = max(0.02 * wanted, 0.01 * rig.reactor.outputs[f"{name}.flow_setpoint"].high)
        what = f"{name}.flow at {format_si(wanted, Dimension.MOLAR_FLOW)}"
        await rig.until(partial(_flows, rig, name, wanted, band), FLOW_WITHIN, what)


async def heat(rig: Rig, step: Heat) -> None:
    """Ramps zones to their temperatures in the controllers, and waits until each is there."""
    for zone, target in step.targets.items():
        rate = min(step.rate, rig.reactor.zones[zone].max_rate)
        await rig.command(f"{zone}.rate", rate, "heat")
        await rig.command(f"{zone}.setpoint", target, "heat")
    deadline = rig.clock.now() + step.timeout
    for zone, target in step.targets.items():
        what = f"{zone}.temperature within {step.tolerance:g} K of {format_si(target, Dimension.TEMPERATURE)}"
        await rig.until(partial(_near, rig, zone, target, step.tolerance), deadline - rig.clock.now(), what)


async def cool(rig: Rig, step: Cool) -> None:
    """Heaters of the zones off, and waits until each is cold enough."""
    for zone in step.targets:
        await rig.command(f"{zone}.setpoint", rig.reactor.outputs[f"{zone}.setpoint"].off, "cool")
    deadline = rig.clock.now() + step.within
    for zone, target in step.targets.items():
        what = f"{zone}.temperature <= {format_si(target, Dimension.TEMPERATURE)}"
        await rig.until(partial(_cold, rig, zone, target), deadline - rig.clock.now(), what)


async def stabilise(rig: Rig, step: Stabilise) -> None:
    """Waits while every heated zone stays near its setpoint; the time starts anew when one leaves its band."""
    left_at = rig.clock.now() + PATIENCE * step.duration
    while True:
        rig.waiting_for = "steady temperatures"
        began = rig.clock.now()
        try:
            async with rig.clock_timeout(step.duration):
                await rig.hub.until(lambda: not _steady(rig, step.tolerance))
        except TimeoutError:
            return
        finally:
            rig.waiting_for = ""
        if rig.clock.now() > left_at:
            raise RunError(
                "the temperatures do not become steady", where=step.where, remedy="check the heater's tuning"
            )
        rig.note(Kind.STEP, "a zone left its band: the stabilisation starts anew", after_s=rig.clock.now() - began)
        await rig.until(lambda: _steady(rig, step.tolerance), step.duration, "steady temperatures")


async def purge(rig: Rig, step: Purge) -> None:
    """Lets the carrier flow; on the timeline, so that its end is an absolute instant."""
    await rig.timeline.wait(step.duration)


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
        await rig.command(f"{zone}.rate", rate, "ramp")
    stairs = 1 if rate >= SLOW_RATE else STAIRS
    for i in range(1, stairs + 1):
        await rig.command(step.output, start + (step.to - start) * i / stairs if i < stairs else step.to, "ramp")
        await rig.clock.sleep_until(began + step.duration * i / stairs)


async def wait(rig: Rig, step: Wait) -> None:
    """Waits until a condition is true."""
    condition = parse_condition(step.until, rig.hub.tags, where=step.where)
    await rig.until(lambda: condition.judge(rig.hub.latest, rig.clock.now()) is Truth.TRUE, step.within, step.until)


async def prompt(rig: Rig, step: Prompt) -> None:
    """Asks a person; the reactor stays as it is meanwhile."""
    rig.note(Kind.PROMPT, step.text)
    rig.waiting_for = f"a person: {step.text}"
    try:
        await rig.ask(step.text)
    finally:
        rig.waiting_for = ""
    rig.note(Kind.PROMPT, "confirmed")


PHASES: Mapping[type[Step], Callable[[Rig, Any], Awaitable[None]]] = {
    Pump: pump,
    PumpPurge: pump_purge,
    LeakCheck: leak_check,
    Flow: flow,
    Heat: heat,
    Cool: cool,
    Stabilise: stabilise,
    Purge: purge,
    Set: set_output,
    Ramp: ramp,
    Wait: wait,
    Prompt: prompt,
}
TIMED = (Purge, Ramp)
"""Phases that keep to the timeline; every other one takes as long as it takes."""


async def _open_line(rig: Rig, name: str, wanted: float, reason: str) -> None:
    line = rig.reactor.lines[name]
    if line.valve:
        await rig.command(line.valve, OPEN, reason)
    await rig.command(f"{name}.flow_setpoint", wanted, reason)


async def _shut_line(rig: Rig, name: str, reason: str) -> None:
    """The valve first: it is quick, the controller behind it is not."""
    line = rig.reactor.lines[name]
    if line.valve:
        await rig.command(line.valve, CLOSED, reason)
    await rig.command(f"{name}.flow_setpoint", 0.0, reason)


async def _shut_gases(rig: Rig) -> None:
    """Shuts every line that is not shut already."""
    for name, line in rig.reactor.lines.items():
        if rig.value(f"{name}.flow_setpoint") != 0.0 or (line.valve and rig.value(line.valve) != CLOSED):
            await _shut_line(rig, name, "no gas while pumping")


def _fill_flow(rig: Rig) -> float:
    """Filling goes at the controller's full scale."""
    return rig.reactor.outputs[f"{rig.reactor.purge_line}.flow_setpoint"].high


async def _pressure_below(rig: Rig, limit: float, within: float) -> None:
    what = f"{PRESSURE} < {format_si(limit, Dimension.PRESSURE)}"
    await rig.until(lambda: rig.value(PRESSURE) < limit, within, what)


def _near(rig: Rig, zone: str, target: float, tolerance: float) -> bool:
    return abs(rig.value(f"{zone}.temperature") - target) <= tolerance


def _cold(rig: Rig, zone: str, target: float) -> bool:
    return rig.value(f"{zone}.temperature") <= target


def _flows(rig: Rig, line: str, wanted: float, band: float) -> bool:
    return abs(rig.value(f"{line}.flow") - wanted) <= band


def _steady(rig: Rig, tolerance: float) -> bool:
    """Whether every zone that is set to heat, or not known to be off, is near its setpoint."""
    off = {zone: rig.reactor.outputs[f"{zone}.setpoint"].off for zone in rig.reactor.zones}
    heated = (zone for zone in off if not rig.value(f"{zone}.setpoint") <= off[zone])
    return all(_near(rig, zone, rig.value(f"{zone}.setpoint"), tolerance) for zone in heated)
