"""Resource strings: what follows `line:` in a reactor file, and the transport that each names."""

import re
from collections.abc import Mapping

from vapordep.clock import Clock
from vapordep.devices.options import Option
from vapordep.devices.transport import Transport
from vapordep.devices.transports.tcp import TcpTransport
from vapordep.devices.transports.visa import VisaTransport
from vapordep.errors import ReactorError

_TCP = re.compile(r"(?:modbus\+)?tcp://(?P<host>\[[0-9a-fA-F:]+\]|[^\s:/\[\]]+):(?P<port>\d+)/?")
_SOCKET = re.compile(r"TCPIP\d*::(?P<host>[^\s:]+)::(?P<port>\d+)::SOCKET", re.IGNORECASE)
_VISA = re.compile(r"(?:ASRL\S+|(?:GPIB|USB|TCPIP|VXI|PXI)\d*::\S+)", re.IGNORECASE)

FORMS = "tcp://host:port, modbus+tcp://host:port, TCPIP::host::port::SOCKET, ASRL/dev/ttyUSB0::INSTR or ASRL3::INSTR"


def open_transport(resource: str, options: Mapping[str, Option], clock: Clock) -> Transport:
    """The transport that `resource` names; it connects when its line is opened, and connecting never writes.

    Raises ReactorError for a string or a serial option it does not know.
    """
    found = _TCP.fullmatch(resource) or _SOCKET.fullmatch(resource)
    if found:
        return TcpTransport(found["host"].strip("[]"), _port(found["port"], resource), clock, where=resource)
    if _VISA.fullmatch(resource):
        return VisaTransport(resource, options, clock)
    raise ReactorError(f"{resource!r} names no line", remedy=f"write one of: {FORMS}")


def _port(text: str, resource: str) -> int:
    port = int(text[:6])
    if not 1 <= port <= 65535:
        raise ReactorError(f"{resource!r} has no possible port", remedy="give a port from 1 to 65535")
    return port
