"""The driver kit: signals, polls, frames, devices, lines and framings."""

from vapordep.devices.device import Device, Identity, Option
from vapordep.devices.framing import Accepted, Foreign, Framing
from vapordep.devices.line import Edges, Frame, Line
from vapordep.devices.signals import Channel, Doubt, Readings, bad, poll, readback, setpoint, uncertain
from vapordep.devices.transport import Transport

__all__ = [
    "Accepted", "Channel", "Device", "Doubt", "Edges", "Foreign", "Frame", "Framing", "Identity", "Line", "Option",
    "Readings", "Transport", "bad", "poll", "readback", "setpoint", "uncertain",
]  # fmt: skip
