"""Lines that the guardian takes over: TCP connections and, what is POSIX only, serial ports."""

import os
import select
import socket
from collections.abc import Callable, Mapping
from typing import Any

CONNECT_WITHIN = 1.0
"""s: for a line to be opened."""
Part = Mapping[str, Any]
"""Part of a tape."""


def _tcp(line: Part) -> Any:
    connection = socket.create_connection((line["host"], line["port"]), timeout=CONNECT_WITHIN)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with connection:  # the file keeps it open
        return connection.makefile("rwb", buffering=0)


def _serial(line: Part) -> Any:
    import fcntl
    import termios

    port = open(  # noqa: SIM115 - whoever takes the line closes it
        os.open(line["device"], os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK), "r+b", buffering=0
    )
    try:
        fcntl.flock(port, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.ioctl(port, termios.TIOCEXCL)
        parity = {"none": 0, "even": termios.PARENB, "odd": termios.PARENB | termios.PARODD}[line["parity"]]
        bits = {7: termios.CS7, 8: termios.CS8}[line["data_bits"]] | termios.CSTOPB * (line["stop_bits"] == 2)
        speed, flags = getattr(termios, f"B{line['baud']}"), termios.CREAD | termios.CLOCAL | bits | parity
        termios.tcsetattr(port, termios.TCSANOW, [0, 0, flags, 0, speed, speed, [b"\0"] * 32])
    except (OSError, termios.error, LookupError, AttributeError) as error:
        port.close()
        raise OSError(f"cannot take {line['device']}: {error!r}") from error
    return port


LINES: dict[str, Callable[[Part], Any]] = {"tcp": _tcp, "serial": _serial}
"""How a line of each kind is opened, for this process alone, as an unbuffered file."""


def send(port: Any, data: bytes) -> None:
    """Sends all of it; raises OSError when the line does not take it."""
    if port.write(data) != len(data):
        raise OSError("it takes no more bytes")


def receive(port: Any, within: float) -> bytes:
    """What comes within so many s, nothing when nothing does; raises ConnectionResetError for a line that is gone."""
    if not select.select([port], [], [], within)[0]:
        return b""
    if data := port.read(4096):
        return bytes(data)
    raise ConnectionResetError("it closed the connection")
