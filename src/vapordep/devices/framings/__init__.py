"""Framings of the protocols that the drivers speak."""

from vapordep.devices.framings.length_crc import LengthCrc
from vapordep.devices.framings.terminator import Terminator

__all__ = ["LengthCrc", "Terminator"]
