"""Transports: TCP sockets, VISA resources, and the one that a resource string names."""

from vapordep.devices.transports.resource import open_transport

__all__ = ["open_transport"]
