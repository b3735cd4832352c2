"""Lines to instruments, as a reactor file spells them: which socket or which serial port each spelling means."""

import re

from vapordep.errors import ReactorError

_TCP = re.compile(r"(?:modbus\+)?tcp://(?P<host>\[[0-9a-fA-F:]+\]|[^\s:/\[\]]+):(?P<port>\d+)/?")
_SOCKET = re.compile(r"TCPIP\d*::(?P<host>[^\s:]+)::(?P<port>\d+)::SOCKET", re.IGNORECASE)
_POSIX_PORT = re.compile(r"ASRL(?P<device>/[^\s:]+)::INSTR", re.IGNORECASE)


def tcp_address(line: str) -> tuple[str, int] | None:
    """Host and port of a TCP line; None for another kind. Raises ReactorError for a port that cannot be."""
    found = _TCP.fullmatch(line) or _SOCKET.fullmatch(line)
    if not found:
        return None
    port = int(found["port"][:6])
    if not 1 <= port <= 65535:
        raise ReactorError(f"{line!r} has no possible port", remedy="give a port from 1 to 65535")
    return found["host"].strip("[]"), port


def serial_device(line: str) -> str | None:
    """The device file of a serial line where ports are files; None for another kind, and for Windows' ports."""
    found = _POSIX_PORT.fullmatch(line)
    return found["device"] if found else None
