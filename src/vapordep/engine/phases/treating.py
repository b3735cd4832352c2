"""The phase of treatments: plasma or light on, its power read back as long as it burns, and off whatever happens."""

from vapordep.engine.rig import CLOSED, OPEN, Rig
from vapordep.errors import RunError
from vapordep.model.events import Kind
from vapordep.model.steady_steps import Treat
from vapordep.model.treatments import Treatment
from vapordep.units import Dimension, format_si


async def treat(rig: Rig, step: Treat) -> None:
    """Sets the voltage that makes the power, waits until it is warm, and then for its time."""
    known = rig.reactor.treatments[step.role]
    await rig.command(known.current_setpoint, rig.reactor.outputs[known.current_setpoint].high, step.role)
    await rig.command(known.voltage_setpoint, known.voltage_for(step.power), step.role)
    try:
        await rig.command(known.on, OPEN, step.role)
        rig.waiting_for = f"{step.role} to be warm"
        await rig.clock.sleep(step.warm_up)
        _require(rig, step, known, "after its warm-up")
        rig.note(Kind.STEP, f"{step.role} has {_shown(_power(rig, known))}", power_W=_power(rig, known))
        await _burn(rig, step, known)
    finally:
        rig.waiting_for = ""
        await put_out(rig, known, step.role)


async def put_out(rig: Rig, known: Treatment, reason: str) -> None:
    """The supply's output off, then its voltage down."""
    await rig.command(known.on, CLOSED, reason)
    await rig.command(known.voltage_setpoint, 0.0, reason)


async def _burn(rig: Rig, step: Treat, known: Treatment) -> None:
    rig.waiting_for = f"{step.role} to have burnt {format_si(step.duration, Dimension.TIME)}"
    try:
        async with rig.clock_timeout(step.duration):
            await rig.hub.until(lambda: not _right(rig, step, known), on=[known.voltage, known.current])
    except TimeoutError:
        return
    _require(rig, step, known, "while it burnt")


def _require(rig: Rig, step: Treat, known: Treatment, when: str) -> None:
    if not _right(rig, step, known):
        band = f"within {100 * step.tolerance:g} % of {_shown(step.power)}"
        raise RunError(
            f"{step.role} has {_shown(_power(rig, known))} {when}, and not {band}", where=step.where,
            remedy="look at lamp or electrode and its plug, and measure `full` in the reactor file anew",
        )  # fmt: skip


def _right(rig: Rig, step: Treat, known: Treatment) -> bool:
    """Not while the power is not known."""
    return abs(_power(rig, known) - step.power) <= step.tolerance * step.power


def _power(rig: Rig, known: Treatment) -> float:
    """By the supply's meters, in W."""
    return rig.value(known.voltage) * rig.value(known.current)


def _shown(power: float) -> str:
    return format_si(power, Dimension.POWER) if power == power else "an unknown power"
