"""Ringing the guardian's bell: its own socket, which no queue, lock or full disk delays, knows the one word ABORT."""

import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import Final

SOCKET: Final = "abort.socket"
PORT: Final = "abort.port"
WORD: Final = b"ABORT"
HEARD: Final = b"ABORTING"
WITHIN: Final = 1.0
"""How long the guardian may take to say that it has heard, in s."""


def ring(folder: Path) -> bool:
    """Calls ABORT; whether the guardian of that folder said that it aborts."""
    with suppress(OSError, ValueError):
        if (folder / SOCKET).exists():
            return _ring_locally(folder / SOCKET, folder / f"abort-{os.getpid()}.reply")
        port, _, word = (folder / PORT).read_text(encoding="utf-8").partition(" ")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.connect(("127.0.0.1", int(port)))
            return _heard(line, word.encode())
    return False


def _ring_locally(bell: Path, reply: Path) -> bool:
    reply.unlink(missing_ok=True)
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.bind(str(reply))
            line.connect(str(bell))
            return _heard(line, WORD)
    finally:
        reply.unlink(missing_ok=True)


def _heard(line: socket.socket, word: bytes) -> bool:
    line.settimeout(WITHIN)
    line.send(word)
    return line.recv(64) == HEARD
