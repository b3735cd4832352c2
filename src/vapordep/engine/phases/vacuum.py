"""Phases of vacuum: pumping, diluting what the lid let in, and looking for leaks."""

from vapordep.analysis import RateOfRise, rate_of_rise, thermal_drift
from vapordep.engine.leak import hidden_by_drift, judge_leak
from vapordep.engine.phases.gas import open_line, shut_gases, shut_line
from vapordep.engine.rig import CLOSED, OPEN, PRESSURE, Rig
from vapordep.model.events import Kind
from vapordep.model.steps import LeakCheck, Pump, PumpPurge
from vapordep.units import Dimension, format_si

SETTLING = 5.0
"""The rate of rise is judged from this long after the valves have shut, in s."""
AGAIN = 5
"""How often a leak check is gone through again because the temperature drifts; each takes twice its time."""


async def pump(rig: Rig, step: Pump) -> None:
    """Pumps down, softly until the main valve may open: thin foil flies."""
    line = rig.reactor.pump
    await shut_gases(rig)
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
        await open_line(rig, rig.reactor.purge_line, _fill_flow(rig), reason)
        what = f"{PRESSURE} > {format_si(step.high, Dimension.PRESSURE)}"
        await rig.until(lambda: rig.value(PRESSURE) > step.high, step.within, what, on=(PRESSURE,))
        await shut_line(rig, rig.reactor.purge_line, reason)
        await pump(rig, Pump(where=step.where, to=step.low, within=step.within, soft=True))


async def leak_check(rig: Rig, step: LeakCheck) -> None:
    """Shuts everything, and judges the rate of rise as a throughput against the substrate's gates.

    What only a drifting temperature hides is looked for again: the chamber of a run that is continued is still hot, and
    cools because its heaters were turned off.
    """
    await shut_gases(rig)
    rig.unchecked = True  # a run that is held here may be capped: no dose before it is passed
    rise = await _rise_while_shut(rig, step.duration)
    for _ in range(AGAIN):
        if not hidden_by_drift(rig, rise):
            break
        rig.note(Kind.STEP, "the temperature drifts too much to tell a leak: pumping on, and checking again")
        await _wait(rig, step.duration, "steadier temperatures, for another leak check")
        rise = await _rise_while_shut(rig, step.duration)
    judge_leak(rig, rise)
    rig.unchecked = False


async def _rise_while_shut(rig: Rig, duration: float) -> RateOfRise | None:
    """What the pressure does while the pump is shut off for `duration` s."""
    await rig.command(rig.reactor.pump.valve, CLOSED, "leak check")
    began = rig.clock.now()
    try:
        await _wait(rig, duration, f"the rate of rise over {format_si(duration, Dimension.TIME)}")
        return _rise(rig, began + SETTLING)
    finally:
        await rig.command(rig.reactor.pump.valve, OPEN, "leak check over")


async def _wait(rig: Rig, duration: float, what: str) -> None:
    rig.waiting_for = what
    try:
        await rig.clock.sleep(duration)
    finally:
        rig.waiting_for = ""


def _rise(rig: Rig, since: float) -> RateOfRise | None:
    """The rate of rise since an instant (s), without what the gas does because the chamber cools or warms."""
    times, values = rig.pressure.since(since)
    rise = rate_of_rise(times, values)
    return None if rise is None else rise.without(thermal_drift(times, values, *rig.warmth.since(since)))


def _fill_flow(rig: Rig) -> float:
    """Filling goes at the controller's full scale."""
    return rig.reactor.outputs[f"{rig.reactor.purge_line}.flow_setpoint"].high


async def _pressure_below(rig: Rig, limit: float, within: float) -> None:
    what = f"{PRESSURE} < {format_si(limit, Dimension.PRESSURE)}"
    await rig.until(lambda: rig.value(PRESSURE) < limit, within, what, on=(PRESSURE,))
