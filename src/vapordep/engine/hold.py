"""Holding: source valves shut, pump and purge on; and back to the flows that the steps before had set."""

from collections.abc import Mapping
from functools import partial

from vapordep.engine.rig import CLOSED, OPEN, PRESSURE, Rig

CLEAR = 1.0
PURGED_WITHIN = 600.0
"""What was dosed last must have left the chamber this long after a restart, in s."""
Flows = Mapping[str, float]
"""What the outputs that a hold may change stood at, by tag, in SI."""


async def hold_outputs(rig: Rig) -> None:
    """Shuts every source, then pumps, then purges; heat is kept. Raises CommandRefused and what instruments raise.

    Under an open lid nothing is pumped, and no gas flows.
    """
    await _dark(rig)
    for name, source in rig.reactor.sources.items():
        await _off(rig, source.valve)
        if source.metered:
            await rig.command(f"{name}.flow_setpoint", 0.0, "hold")
    if rig.opened:
        await shut_in(rig, "the lid is open")
        return
    await _pump(rig)
    line = rig.reactor.lines[rig.reactor.purge_line]
    if line.valve:
        await rig.command(line.valve, OPEN, "hold")
    await _purge(rig, f"{line.name}.flow_setpoint")


async def shut_in(rig: Rig, reason: str) -> None:
    """Shuts the chamber off from its pump and from every gas, as far as it is not."""
    for tag in rig.openings:
        if rig.value(tag) != CLOSED:
            await rig.command(tag, CLOSED, reason)


def flows(rig: Rig) -> Flows:
    """The valves and flows as they stand, to be restored where a run goes on."""
    return {tag: rig.value(tag) for tag in rig.openings}


async def restore(rig: Rig, before: Flows) -> None:
    """Undoes what the hold and the broken-off steps changed; raises CommandRefused and what instruments raise.

    Under an open lid all stays shut: the step that opened it begins anew.
    """
    if rig.opened:
        return
    for tag, value in before.items():
        if value == value and rig.value(tag) != value:
            await rig.command(tag, value, "restart")


async def purged(rig: Rig) -> None:
    """Waits until every source may follow what was dosed last: a cycle that begins anew comes without its purge."""
    for name in rig.reactor.sources:
        await rig.until(partial(is_clear, rig, name), PURGED_WITHIN, f"{name}.clearance after the hold")


def is_clear(rig: Rig, source: str) -> bool:
    """Whether a source may follow what was dosed last; not while nobody knows. One that meets nothing always may."""
    tag = f"{source}.clearance"
    return tag not in rig.hub.tags or rig.value(tag) == CLEAR


async def _dark(rig: Rig) -> None:
    """The filament out before anything else, plasma and light, and the throttle open: what is left leaves quickest."""
    if rig.reactor.filament is not None:
        await _off(rig, rig.reactor.filament.on)
    for treatment in rig.reactor.treatments.values():
        await _off(rig, treatment.on)
    if rig.reactor.throttle is not None and not rig.opened:
        await rig.command(rig.reactor.throttle.position_setpoint, OPEN, "hold")


async def _off(rig: Rig, tag: str) -> None:
    """The trip that holds turns off the same, so that either may come first: one change, one row."""
    await rig.command(tag, CLOSED, "hold", unless_off=True)


async def _pump(rig: Rig) -> None:
    """Through the soft valve where the main one may not open yet: thin foil flies."""
    line = rig.reactor.pump
    if rig.value(line.valve) == OPEN:
        return
    softly = line.soft_valve and not rig.value(PRESSURE) < line.soft_until
    await rig.command(line.soft_valve if softly else line.valve, OPEN, "hold")


async def _purge(rig: Rig, setpoint: str) -> None:
    """A purge that flows already stays as it is; else it flows as in the safe state."""
    safe = rig.reactor.outputs[setpoint].safe.value
    if safe is not None and not rig.value(setpoint) > 0:
        await rig.command(setpoint, safe, "hold")
