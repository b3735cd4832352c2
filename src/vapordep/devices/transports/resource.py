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
from vapordep.model.lines import serial_device, tcp_address

_VISA = re.compile(r"(?:ASRL\S+|(?:GPIB|USB|TCPIP|VXI|PXI)\d*::\S+)", re.IGNORECASE)
FORMS = "tcp://host:port, modbus+tcp://host:port, TCPIP::host::port::SOCKET, ASRL/dev/ttyUSB0::INSTR or ASRL3::INSTR"


def open_transport(resource: str, options: Mapping[str, Option], clock: Clock) -> Transport:
    """The transport that `resource` names; it connects when its line is opened, and connecting never writes.

    Raises ReactorError for a string or a serial option it does not know.
    """
    if (found := tcp_address(resource)) is not None:
        return TcpTransport(*found, clock, where=resource)
    if _VISA.fullmatch(resource):
        return VisaTransport(resource, options, clock)
    raise ReactorError(f"{resource!r} names no line", remedy=f"write one of: {FORMS}")


def address(resource: str, options: Mapping[str, Option]) -> dict[str, Any]:
    """How a program without PyVISA opens this line, as plain data; nothing where it cannot: USB, GPIB, Windows' ports.

    `kind` is `tcp`, with `host` and `port`, or `serial`, with `device`, `baud`, `data_bits`, `parity`, `stop_bits`.
    """
    if (found := tcp_address(resource)) is not None:
        host, port = found
        return {"kind": "tcp", "host": host, "port": port}
    device = serial_device(resource)
    return {} if device is None else {"kind": "serial", "device": device, **port_settings(resource, options)}
