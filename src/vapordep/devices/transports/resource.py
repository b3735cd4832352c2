"""Resource strings: what follows `line:` in a reactor file, and the transport that each names."""

import re
from collections.abc import Mapping
from typing import Any

from vapordep.clock import Clock
from vapordep.devices.options import Option
from vapordep.devices.transport import Transport
from vapordep.devices.transports.tcp import TcpTransport
from vapordep.devices.transports.visa import VisaTransport, port_settings
from vapordep.errors import ReactorError

_TCP = re.compile(r"(?:modbus\+)?tcp://(?P<host>\[[0-9a-fA-F:]+\]|[^\s:/\[\]]+):(?P<port>\d+)/?")
_SOCKET = re.compile(r"TCPIP\d*::(?P<host>[^\s:]+)::(?P<port>\d+)::SOCKET", re.IGNORECASE)
_VISA = re.compile(r"(?:ASRL\S+|(?:GPIB|USB|TCPIP|VXI|PXI)\d*::\S+)", re.IGNORECASE)

_POSIX_PORT = re.compile(r"ASRL(?P<device>/[^\s:]+)::INSTR", re.IGNORECASE)
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


def address(resource: str, options: Mapping[str, Option]) -> dict[str, Any]:
    """How a program without PyVISA opens this line, as plain data; nothing where it cannot: USB, GPIB, Windows' ports.

    `kind` is `tcp`, with `host` and `port`, or `serial`, with `device`, `baud`, `data_bits`, `parity`, `stop_bits`.
    """
    found = _TCP.fullmatch(resource) or _SOCKET.fullmatch(resource)
    if found:
        return {"kind": "tcp", "host": found["host"].strip("[]"), "port": _port(found["port"], resource)}
    serial = _POSIX_PORT.fullmatch(resource)
    if serial is None:
        return {}
    return {"kind": "serial", "device": serial["device"], **port_settings(resource, options)}


def _port(text: str, resource: str) -> int:
    port = int(text[:6])
    if not 1 <= port <= 65535:
        raise ReactorError(f"{resource!r} has no possible port", remedy="give a port from 1 to 65535")
    return port
