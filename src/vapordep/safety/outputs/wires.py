"""Wires: which channel of which device drives each output."""

import asyncio
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from vapordep.devices import Channel, Device
from vapordep.devices.signals import Setpoint
from vapordep.errors import ReactorError
from vapordep.model.outputs import Output
from vapordep.model.tags import Tag
from vapordep.safety.outputs.targets import Roles
from vapordep.units import from_si


@dataclass
class Wire:
    """One output with the channel of the device that drives it."""

    output: Output
    tag: Tag
    device: Device
    channel: Channel
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def in_unit(self, value: float) -> float:
        """`value` (SI) in the unit of the instrument; what rounding carried over an end of the range is the end."""
        written = from_si(value, self.output.unit)
        for bound in self.device.range(self.channel):
            if math.isclose(written, bound, rel_tol=1e-12):
                return bound
        return written


def disturbed(wires: Mapping[str, Wire]) -> dict[str, tuple[str, ...]]:
    """Of each output the others that a command to it may change, as their instrument is made."""
    tags = {(wire.device.name, wire.channel.name): tag for tag, wire in wires.items()}
    found = {}
    for tag, wire in wires.items():
        signal = wire.device.signals[wire.channel.name]
        names = signal.disturbs if isinstance(signal, Setpoint) else ()
        found[tag] = tuple(tags[key] for name in names if (key := (wire.device.name, name)) in tags)
    return found


def wire_of(output: Output, tag: Tag, devices: Mapping[str, Device], roles: Roles) -> Wire:
    """The wire of an output; raises ReactorError for a signal that cannot drive it, or not in pulses."""
    device = devices[output.cell.instrument]
    signal = device.signals[output.cell.signal]
    if not isinstance(signal, Setpoint) or (output.tag in roles.source_valves and signal.encode is None):
        raise ReactorError(
            f"{output.cell.instrument}.{output.cell.key} cannot drive {output.tag}",
            where=output.where,
            remedy="wire it to an output of the instrument that can be pulsed",
        )
    return Wire(output, tag, device, signal.channel if output.cell.index is None else signal[output.cell.index])
