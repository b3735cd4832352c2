"""The driver kit: signals, polls, frames, devices, options, lines and framings."""

from vapordep.devices.device import Device, Identity
from vapordep.devices.frames import Edges, Frame, Sent
from vapordep.devices.framing import Accepted, Foreign, Framing
from vapordep.devices.line import Line
from vapordep.devices.options import Option, Options
from vapordep.devices.replies import Preempted
from vapordep.devices.signals import Channel, Doubt, Reading, Readings, bad, poll, readback, setpoint, uncertain
from vapordep.devices.transport import Transport

__all__ = [
    "Accepted", "Channel", "Device", "Doubt", "Edges", "Foreign", "Frame", "Framing", "Identity", "Line", "Option",
    "Options", "Preempted", "Reading", "Readings", "Sent", "Transport", "bad", "poll", "readback", "setpoint",
    "uncertain",
]  # fmt: skip
