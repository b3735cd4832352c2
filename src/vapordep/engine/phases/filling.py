"""Phases that fill the shut chamber with gas: to judge a flow by its rate of rise, and to vent.

Many gauges see no further than half of the atmosphere, and show nothing above. So a vent ends by the amount that the
flow controller let in as well, whichever comes first: the pressure of that amount at the warmest that the gas may be.
"""

from collections.abc import Callable
from functools import partial

from vapordep.analysis import rate_of_rise
from vapordep.engine.hold import purged, shut_in
from vapordep.engine.phases.gas import flow, open_line, shut_gases, shut_line
from vapordep.engine.phases.steady import let_in, shut_source
from vapordep.engine.rig import CLOSED, OPEN, PRESSURE, Rig
from vapordep.errors import RunError
from vapordep.model.events import Kind
from vapordep.model.sources import SourceLine
from vapordep.model.steady_steps import LetIn
from vapordep.model.steps import Flow, FlowCheck, Vent
from vapordep.safety.substances import VENT_FOIL
from vapordep.safety.vapour import needle_flow
from vapordep.units import GAS_CONSTANT, Dimension, format_si

SAMPLE = 0.5
"""The controller's flow is looked at this often while gas is counted, in s."""
SETTLING = 2.0
"""The rate of rise is judged from this long after the valve has shut, in s."""
STARTING = 30.0
"""A line that is to vent flows within this time, in s."""
LEAST = 0.5
"""A line that flows less than this part of what it is set to is not there, or has no gas."""


async def flow_check(rig: Rig, step: FlowCheck) -> None:
    """Judges a flow by the rate of rise; ends with every gas shut and the pump on, as a leak check does."""
    await shut_gases(rig)
    await rig.command(rig.reactor.pump.valve, OPEN, "flow check")
    read = await _let_flow(rig, step)
    readings = []
    rig.waiting_for = f"the rate of rise over {format_si(step.duration, Dimension.TIME)}"
    try:
        await rig.command(rig.reactor.pump.valve, CLOSED, "flow check")
        began = rig.clock.now()
        while rig.clock.now() < began + step.duration:
            await _next_look(rig, began + step.duration)
            if rig.clock.now() > began + SETTLING:
                readings.append(read())
        rise = rate_of_rise(*rig.pressure.since(began + SETTLING))
    finally:
        rig.waiting_for = ""
        if step.source:
            await shut_source(rig, step.source, "flow check over")
        else:
            await shut_line(rig, step.line, "flow check over")
        await rig.command(rig.reactor.pump.valve, OPEN, "flow check over")
    measured = rise.rate * rig.reactor.chamber.volume / (GAS_CONSTANT * _gas_temperature(rig)) if rise else float("nan")
    _judge(rig, step, sum(readings) / len(readings) if readings else float("nan"), measured)


async def _let_flow(rig: Rig, step: FlowCheck) -> Callable[[], float]:
    """Lets the line or the source flow, all others shut; gives what tells its flow in mol/s."""
    if not step.source:
        await flow(rig, Flow(where=step.where, flows={step.line: step.flow}))
        return partial(rig.value, f"{step.line}.flow")
    for name, other in rig.reactor.sources.items():
        if other.steady and name != step.source and rig.value(other.valve) != CLOSED:
            await shut_source(rig, name, "flow check")
    source = rig.reactor.sources[step.source]
    places = {step.source: source.motor.at} if source.motor else {}
    flows = {step.source: step.flow if source.metered else None}
    await let_in(rig, LetIn(where=step.where, flows=flows, places=places))
    return partial(rig.value, f"{step.source}.flow") if source.metered else partial(_proven, rig, source)


def _proven(rig: Rig, source: SourceLine) -> float:
    """What a needle gives just now by its proof, mol/s: at its bottle's temperature, against this pressure."""
    kelvin = rig.value(f"{source.zone}.temperature") if source.zone else source.temperature
    place = rig.value(source.motor.position) if source.motor else 1.0
    return needle_flow(source)(kelvin, rig.value(PRESSURE), place)


def _judge(rig: Rig, step: FlowCheck, told: float, measured: float) -> None:
    """Logs both flows; raises RunError when they differ by more than is allowed, or one is not known."""
    off = measured / told - 1.0 if told else float("nan")
    name = step.line or step.source
    by = "the controller reads" if step.line or rig.reactor.sources[name].metered else "its proof gives"
    both = f"{name}: {by} {_flow(told)}, the rate of rise gives {_flow(measured)}"
    allowed = f"{100 * step.tolerance:.3g} %"
    if not abs(off) <= step.tolerance:
        known = f"{100 * off:+.1f} %, allowed are {allowed}" if off == off else "one of them is not known"
        raise RunError(
            f"{both}: {known}", where=step.where,
            remedy=_look_at(rig, step),
        )  # fmt: skip
    rig.note(
        Kind.STEP, f"{both}: within {allowed}",
        line=name, controller_mol_s=told, rate_of_rise_mol_s=measured, off=off,
    )  # fmt: skip


def _look_at(rig: Rig, step: FlowCheck) -> str:
    if step.line or rig.reactor.sources[step.source].metered:
        return "check the controller's gas and zero, its calibration, and the volume in the reactor file"
    return "check the needle's setting, the bottle's temperature and what is left in it; then write the new `flow`"


async def vent(rig: Rig, step: Vent) -> None:
    """Fills with the purge gas once every source is shut and cleared and the foil is cold enough; never above `to`."""
    for source in rig.reactor.sources.values():
        await rig.command(source.valve, CLOSED, "vent")
    await purged(rig)
    _cold_enough(rig)
    await shut_in(rig, "vent")
    chamber, line = rig.reactor.chamber, rig.reactor.purge_line
    missing = max(step.to - _evacuated_pressure(rig), 0.0)
    amount = missing * chamber.volume / (GAS_CONSTANT * _gas_temperature(rig))
    rig.waiting_for = f"{format_si(step.to, Dimension.PRESSURE)} of {rig.reactor.lines[line].gas}"
    try:
        let_in = await _fill(rig, step, amount)
    finally:
        rig.waiting_for = ""
        await shut_line(rig, line, "vented")
    rig.note(
        Kind.STEP,
        f"vented to {format_si(step.to, Dimension.PRESSURE)}",
        amount_mol=let_in,
        gauge_Pa=rig.value(PRESSURE),
    )


async def _fill(rig: Rig, step: Vent, amount: float) -> float:
    """Lets the purge gas in until `amount` mol or the pressure is there; gives the amount in mol."""
    line = rig.reactor.purge_line
    full = rig.reactor.outputs[f"{line}.flow_setpoint"].high
    await open_line(rig, line, full, "vent")
    began = last = rig.clock.now()
    let_in = 0.0
    before = rig.value(f"{line}.flow")
    while rig.clock.now() < began + step.within:
        await _next_look(rig, began + step.within)
        instant, now = rig.clock.now(), rig.value(f"{line}.flow")
        let_in += max(before, now) * (instant - last)  # rather too much counted than too much let in
        if let_in != let_in:
            raise RunError(f"{line}.flow is not known while venting", remedy="check the controller, then restart")
        if rig.value(PRESSURE) >= step.to or let_in + now * SAMPLE >= amount:
            return let_in
        if instant > began + STARTING and not now > LEAST * full:
            raise RunError(f"{line} does not flow", where=step.where, remedy="check the gas supply and its hand valve")
        last, before = instant, now
    limit = format_si(step.within, Dimension.TIME)
    raise RunError(f"the chamber is not vented within {limit}", where=step.where, remedy="allow more time")


def _evacuated_pressure(rig: Rig) -> float:
    """The pressure that a vent begins with, in Pa; RunError where a gauge may be off by its gas, or shows nothing."""
    pressure, limit = rig.value(PRESSURE), rig.reactor.pump.soft_until
    if pressure < limit:
        return pressure
    shown, below = (format_si(value, Dimension.PRESSURE) for value in (pressure, limit))
    raise RunError(
        f"the chamber shows {shown}: how much gas it lacks is only known below {below}",
        remedy="wait until it is pumped down, then restart",
    )


async def _next_look(rig: Rig, until: float) -> None:
    """Waits for a while, at most up to `until` (s)."""
    await rig.clock.sleep_until(min(rig.clock.now() + SAMPLE, until))


def _cold_enough(rig: Rig) -> None:
    """A metal that melts low is not met by a gas that may carry a trace of air while it is hot."""
    if not rig.substrate.hard or rig.value("foil.maximum") <= VENT_FOIL:
        return
    foil, limit = (format_si(value, Dimension.TEMPERATURE) for value in (rig.value("foil.maximum"), VENT_FOIL))
    raise RunError(
        f"the foil may have {foil}: {rig.substrate.name} is vented at {limit} or below",
        remedy="let it cool, then restart",
    )


def _gas_temperature(rig: Rig) -> float:
    """That of the hot walls, else of the stage, in K; RunError when it is not known."""
    tag = f"{rig.reactor.gas_zone}.temperature"
    value = rig.value(tag)
    if value != value:
        raise RunError(f"{tag} is not known, and an amount of gas says nothing without it", remedy="check the sensor")
    return value


def _flow(value: float) -> str:
    return format_si(value, Dimension.MOLAR_FLOW)
