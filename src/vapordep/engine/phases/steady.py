"""Phases of a steady process: vapour in, pressure held, filament lit, and growth until thickness or time."""

import math
from functools import partial
from pathlib import Path

from vapordep.engine import growth
from vapordep.engine.otherwise import UnmetError
from vapordep.engine.overshoot import LEAST
from vapordep.engine.phases import legs
from vapordep.engine.phases.thick import Thick
from vapordep.engine.rig import CLOSED, OPEN, PRESSURE, Rig
from vapordep.errors import RunError
from vapordep.model.batches import Batch
from vapordep.model.events import Kind
from vapordep.model.icvd import Filament, Microbalance, Throttle
from vapordep.model.overshoot import Conditions
from vapordep.model.run import Verb
from vapordep.model.steady_steps import Blind, Deposit, HoldPressure, LetIn, Light, Zero
from vapordep.safety.monitors.crystal import ZERO
from vapordep.units import Dimension, format_si

FLOW_WITHIN = 60.0
"""A metered vapour must flow within this time, in s."""
RAMP_PERIOD = 0.5
SETTLED = 8.0
"""What a filament and its thermocouple take to follow, in s."""
RADIATED = 0.7
"""Part of the power that goes as T^4, when hot [D]: only to find the voltage, which the thermocouple then corrects."""
PLACED = 0.01
"""A motor is there when it is so near, as a part of its stroke."""
ROOM = 293.15


async def let_in(rig: Rig, step: LetIn) -> None:
    """Shuts what shall be shut first, then opens the rest in the order of the recipe, and waits for metered flows."""
    rig.overshoots.vapour_comes(rig)
    for name, flow in step.flows.items():
        if flow == 0.0:
            await shut_source(rig, name, "vapour")
    for name, flow in step.flows.items():
        if name in step.places:
            await _place(rig, name, step.places[name])
        if flow != 0.0:
            await rig.command(rig.reactor.sources[name].valve, OPEN, "vapour")
        if flow:
            await rig.command(f"{name}.flow_setpoint", flow, "vapour")
    for name, flow in step.flows.items():
        if flow:
            band = max(0.03 * flow, 0.01 * rig.reactor.outputs[f"{name}.flow_setpoint"].high)
            what = f"{name}.flow at {format_si(flow, Dimension.MOLAR_FLOW)}"
            await rig.until(partial(_within, rig, f"{name}.flow", flow, band), FLOW_WITHIN, what)


async def _place(rig: Rig, name: str, place: float) -> None:
    """A motor brings the needle of a source to a place, before its valve opens."""
    motor = rig.reactor.sources[name].motor
    if motor is None:
        raise RunError(f"no motor moves the needle of {name}", remedy="write open or closed")
    await rig.command(motor.setpoint, place, "vapour")
    what = f"{motor.position} at {100 * place:.3g} %"
    await rig.until(partial(_within, rig, motor.position, place, PLACED), FLOW_WITHIN, what, on=[motor.position])


async def shut_source(rig: Rig, name: str, reason: str) -> None:
    """Valve first, then the controller behind it."""
    source = rig.reactor.sources[name]
    await rig.command(source.valve, CLOSED, reason)
    if source.metered:
        await rig.command(f"{name}.flow_setpoint", 0.0, reason)


async def hold_pressure(rig: Rig, step: HoldPressure) -> None:
    """A place at once; or a pressure, and waits until it was steady for its time."""
    throttle = _throttle(rig)
    if step.pressure is None:
        await rig.command(throttle.position_setpoint, step.position or 0.0, "throttle")
        return
    await rig.command(throttle.pressure_setpoint, step.pressure, "throttle")
    band = step.tolerance * step.pressure
    near = partial(_within, rig, PRESSURE, step.pressure, band)
    left_at = rig.clock.now() + step.within
    what = f"{PRESSURE} within {100 * step.tolerance:g} % of {format_si(step.pressure, Dimension.PRESSURE)}"
    while True:
        await rig.until(near, max(left_at - rig.clock.now(), 0.0), what)
        rig.waiting_for = "a steady pressure"
        try:
            async with rig.clock_timeout(step.steady):
                await rig.hub.until(lambda: not near(), on=[PRESSURE])
        except TimeoutError:
            return
        finally:
            rig.waiting_for = ""


async def light(rig: Rig, step: Light) -> None:
    """Ramps the filament's voltage, up from nothing or from what it has when it is lit; a thermocouple corrects it."""
    filament = _filament(rig)
    if step.voltage == 0.0:
        await put_out(rig, "filament")
        return
    voltage = step.voltage if step.voltage is not None else _voltage_for(filament, step.temperature or ROOM)
    start = rig.value(filament.voltage_setpoint) if rig.value(filament.on) == OPEN else math.nan
    if start != start:
        start = 0.0
        await _switch_on(rig, filament)
    began = rig.clock.now()
    stairs = max(1, round(step.ramp / RAMP_PERIOD))
    for i in range(1, stairs + 1):
        await rig.command(filament.voltage_setpoint, start + (voltage - start) * i / stairs, "filament")
        await rig.clock.sleep_until(began + step.ramp * i / stairs)
    if step.temperature is not None and filament.temperature:
        await _correct(rig, step, filament, voltage, step.temperature)


async def _switch_on(rig: Rig, filament: Filament) -> None:
    """The supply's output on, at no voltage; the crystal counts from here."""
    await rig.command(filament.current_setpoint, rig.reactor.outputs[filament.current_setpoint].high, "filament")
    await rig.command(filament.voltage_setpoint, 0.0, "filament")
    if rig.crystal is not None:
        rig.bare_crystal = growth.at_rest(rig.crystal.since(rig.clock.now() - growth.AT_REST)[1])
    await rig.command(filament.on, OPEN, "filament")


async def put_out(rig: Rig, reason: str) -> None:
    """The supply's output off, then its voltage down."""
    filament = _filament(rig)
    rig.bare_crystal = math.nan
    await rig.command(filament.on, CLOSED, reason)
    await rig.command(filament.voltage_setpoint, 0.0, reason)


async def _correct(rig: Rig, step: Light, filament: Filament, voltage: float, wanted: float) -> None:
    """Scales the voltage by the power that the temperatures say, until the thermocouple is near."""
    deadline = rig.clock.now() + step.within
    shown = f"{step.tolerance:g} K of {format_si(wanted, Dimension.TEMPERATURE)}"
    while True:
        await rig.clock.sleep_until(rig.clock.now() + SETTLED)
        kelvin = rig.value(filament.temperature)
        if abs(kelvin - wanted) <= step.tolerance:
            return
        if not kelvin > ROOM or rig.clock.now() > deadline:
            told = f"{filament.temperature} within {shown} did not come true"
            await put_out(rig, "filament")
            raise RunError(told, where=step.where, remedy="check thermocouple, wires and the measured point `hot`")
        voltage *= math.sqrt(_power(filament, wanted) / _power(filament, kelvin))
        highest = rig.reactor.outputs[filament.voltage_setpoint].high
        if voltage > highest:
            await put_out(rig, "filament")
            what = f"{shown} would take {voltage:.3g} V; the file allows {highest:g} V"
            raise RunError(what, where=step.where, remedy="ask for less, or measure `hot` anew")
        await rig.command(filament.voltage_setpoint, voltage, "filament")


async def deposit(rig: Rig, step: Deposit) -> None:
    """Waits for thickness or time, and puts the filament out before anything else happens.

    The crystal counts from what it showed when the filament was lit: by then vapour is adsorbed on it, and growth
    begins. Where it is, a line through its last readings says (`engine/growth`). How much sooner to end, earlier films
    say that were seen dry. A deposition that was broken off is not taken up: film and chamber are not what they were.
    """
    filament = _filament(rig)
    if rig.value(filament.on) != OPEN:
        what = "nothing grows: the filament is out"
        raise RunError(what, where=step.where, remedy="light it in a step before; after a hold, stop the run")
    balance = rig.reactor.microbalance
    try:
        if step.thickness is None or balance is None:
            await legs.run(rig, step)
        else:
            await _until_thick(rig, step, balance, step.thickness)
    finally:
        rig.deposited.append(rig.under_filament)
        await put_out(rig, "deposit")


async def zero(rig: Rig, step: Zero) -> None:
    """From here on `crystal.film` counts; the monitor itself keeps its own zero, so that no record jumps."""
    balance = rig.reactor.microbalance
    thickness = math.nan if balance is None else rig.value(balance.thickness)
    if thickness != thickness:
        what = "the crystal says nothing, and cannot be zeroed"
        raise RunError(what, where=step.where, remedy="see whether it has failed; put in another one")
    rig.hub.publish([Batch.one(ZERO, rig.clock.now(), thickness)])
    stage = rig.value(f"{rig.reactor.stage.zone}.temperature")
    told = f"the crystal counts from {format_si(thickness, Dimension.LENGTH)}"
    rig.note(Kind.STEP, told, zero_m=thickness, stage_K=stage)


async def _until_thick(rig: Rig, step: Deposit, balance: Microbalance, thickness: float) -> None:
    lit_at = rig.bare_crystal
    start, began = lit_at if lit_at == lit_at else rig.value(balance.thickness), rig.clock.now()
    conditions, place = _conditions(rig), Path(step.where).name
    early, times = rig.overshoots.expected(place, thickness, conditions)
    wanted = start + (thickness - early) * balance.tooling
    if abs(early) >= LEAST:
        _tell_early(rig, thickness, early, times)
    thick = Thick(rig, balance, wanted, began, in_vain=step.blind is not Blind.TIME)
    rig.waiting_for = f"{format_si(thickness, Dimension.LENGTH)} by {balance.thickness}"
    try:
        await legs.run(rig, step, thick.reached)
    finally:
        rig.waiting_for = ""
    took, reached = rig.clock.now() - began, thick.enough
    grown = (thick.now - start) / balance.tooling
    how = "by thickness" if reached else "by time" if took >= step.duration else "blind"
    told = format_si(grown, Dimension.LENGTH) if grown == grown else "an unknown thickness"
    rig.note(Kind.STEP, f"deposition ended {how}: {told}", thickness_m=grown, took_s=took, ended=how)
    if reached:
        rig.overshoots.ended(place, thickness, grown, conditions)
    if how == "blind":
        error = UnmetError(
            f"{balance.thickness} says nothing: the crystal has failed", where=step.where,
            remedy="put in another crystal; the film is not what was asked for",
        )  # fmt: skip
        error.verb = Verb.HOLD if step.blind is Blind.HOLD else Verb.STOP
        raise error


def _tell_early(rig: Rig, thickness: float, early: float, times: int) -> None:
    by, way = format_si(abs(early), Dimension.LENGTH), "before" if early >= 0.0 else "after"
    told = f"it ends {by} {way} {format_si(thickness, Dimension.LENGTH)}"
    since = "the last film" if times == 1 else f"the last {times} films"
    rig.note(
        Kind.STEP,
        f"{told}: {since} differed by so much, dry, from what the crystal had said",
        early_m=early,
        learned_from=times,
    )


def _conditions(rig: Rig) -> Conditions:
    filament, throttle = _filament(rig), rig.reactor.throttle
    return Conditions(
        math.nan if throttle is None else rig.value(throttle.pressure_setpoint),
        rig.value(filament.temperature) if filament.temperature else math.nan,
        rig.value(f"{rig.reactor.stage.zone}.temperature"),
    )


def _within(rig: Rig, tag: str, wanted: float, band: float) -> bool:
    return abs(rig.value(tag) - wanted) <= band


def _power(filament: Filament, kelvin: float) -> float:
    """Power at a temperature in K over that at the measured point."""
    hot = filament.hot[1]
    radiated = (kelvin**4 - ROOM**4) / (hot**4 - ROOM**4)
    return max(RADIATED * radiated + (1.0 - RADIATED) * (kelvin - ROOM) / (hot - ROOM), 1e-6)


def _voltage_for(filament: Filament, kelvin: float) -> float:
    return filament.hot[0] * math.sqrt(_power(filament, kelvin))


def _throttle(rig: Rig) -> Throttle:
    found = rig.reactor.throttle
    if found is None:
        raise RunError("this reactor has no throttle", remedy="take one that has")
    return found


def _filament(rig: Rig) -> Filament:
    found = rig.reactor.filament
    if found is None:
        raise RunError("this reactor has no filament", remedy="take one that has")
    return found
