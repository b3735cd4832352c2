"""How a pulse is given: its edges by the line at their instants, or its width by the instrument itself."""

from vapordep.clock import Clock
from vapordep.devices import Edges
from vapordep.devices.signals import Setpoint
from vapordep.errors import ReadbackMismatch
from vapordep.model.commands import Pulse
from vapordep.safety.outputs.deadlines import SAFE_WITHIN, Deadline
from vapordep.safety.outputs.readback import ReadBack, check
from vapordep.safety.outputs.wires import Wire

OPEN = 1.0


async def play(wire: Wire, pulse: Pulse, clock: Clock, read_back: ReadBack, *, by_instrument: bool) -> Edges:
    """Gives a pulse and returns its edges; `by_instrument` where the width allows. Raises what the instrument does."""
    if by_instrument and is_whole_multiple(pulse.width, _resolution(wire)):
        return await _timed_by_instrument(wire, pulse, clock, read_back)
    opening = wire.device.frame(wire.channel, wire.in_unit(OPEN))
    closing = wire.device.frame(wire.channel, wire.in_unit(wire.output.off))
    return await wire.device.line.pulse(opening, closing, wire.device.framing, at=pulse.at, width=pulse.width)


def _resolution(wire: Wire) -> float | None:
    signal = wire.device.signals[wire.channel.name]
    return signal.pulse_resolution if isinstance(signal, Setpoint) else None


async def _timed_by_instrument(wire: Wire, pulse: Pulse, clock: Clock, read_back: ReadBack) -> Edges:
    """The instrument opens when it is told and shuts by itself; that it did is read back."""
    await clock.sleep_until(pulse.at)
    opened = clock.now()
    await wire.device.pulse(wire.channel, pulse.width)
    acknowledged = clock.now()
    await clock.sleep_until(opened + pulse.width)
    async with Deadline(SAFE_WITHIN, pulse.tag):
        readings = await read_back.read(wire.device, (wire.channel,))
    if wire.channel not in readings:
        raise ReadbackMismatch(f"{pulse.tag} cannot be read back after its pulse", where=pulse.tag)
    check(wire.output, wire.tag, wire.output.off, readings[wire.channel])
    return Edges(opened, opened + pulse.width, acknowledged, clock.now())


def is_whole_multiple(width: float, resolution: float | None) -> bool:
    """Whether an instrument that counts in steps of `resolution` s can give this width (s)."""
    if not resolution:
        return False
    steps = width / resolution
    return round(steps) >= 1 and abs(steps - round(steps)) < 1e-6
