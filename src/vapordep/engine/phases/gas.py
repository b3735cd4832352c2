"""Phases of gas: flows by line, and the opening and shutting of lines that other phases use."""

from functools import partial

from vapordep.engine.rig import CLOSED, OPEN, Rig
from vapordep.model.steps import Flow
from vapordep.units import Dimension, format_si

FLOW_WITHIN = 30.0
"""A flow must be there within this time, in s: controllers settle in 0.3 to 2 s, purged lines later."""


async def flow(rig: Rig, step: Flow) -> None:
    """Sets gas flows and waits until each is there."""
    for name, wanted in step.flows.items():
        if wanted > 0:
            await open_line(rig, name, wanted, "flow")
        else:
            await shut_line(rig, name, "flow")
    for name, wanted in step.flows.items():
        band = max(0.02 * wanted, 0.01 * rig.reactor.outputs[f"{name}.flow_setpoint"].high)
        what = f"{name}.flow at {format_si(wanted, Dimension.MOLAR_FLOW)}"
        await rig.until(partial(_flows, rig, name, wanted, band), FLOW_WITHIN, what, on=(f"{name}.flow",))


async def open_line(rig: Rig, name: str, wanted: float, reason: str) -> None:
    """Opens a line, and asks its controller for `wanted` mol/s."""
    line = rig.reactor.lines[name]
    if line.valve:
        await rig.command(line.valve, OPEN, reason)
    await rig.command(f"{name}.flow_setpoint", wanted, reason)


async def shut_line(rig: Rig, name: str, reason: str) -> None:
    """The valve first: it is quick, the controller behind it is not."""
    line = rig.reactor.lines[name]
    if line.valve:
        await rig.command(line.valve, CLOSED, reason)
    await rig.command(f"{name}.flow_setpoint", 0.0, reason)


async def shut_gases(rig: Rig) -> None:
    """Shuts every line that is not shut already."""
    for name, line in rig.reactor.lines.items():
        if rig.value(f"{name}.flow_setpoint") != 0.0 or (line.valve and rig.value(line.valve) != CLOSED):
            await shut_line(rig, name, "no gas while pumping")


def _flows(rig: Rig, line: str, wanted: float, band: float) -> bool:
    return abs(rig.value(f"{line}.flow") - wanted) <= band
