"""Ringing the guardian's bell: its own socket, which no queue, lock or full disk delays, knows the one word ABORT.

Who calls, and why, may follow it; what is wrong with that hinders nothing.
"""

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
AT_ONCE: Final = 0.5
"""One that has not said so by then, in s, may be of a release that knows no callers: it is told the bare word."""
MOST: Final = 600
"""Bytes that are sent of who calls."""


def ring(folder: Path, who: str = "", why: str = "") -> bool:
    """Calls ABORT; whether the guardian of that folder said that it aborts.

    It logs who calls, and why, and the engine keeps both in the run's record.
    """
    caller = f"{who}: {why}" if why.strip() else who
    after = b" " + caller.encode("utf-8", "replace")[:MOST] if caller.strip() else b""
    with suppress(OSError, ValueError):
        if (folder / SOCKET).exists():
            return _ring_locally(folder / SOCKET, folder / f"abort-{os.getpid()}.reply", after)
        port, _, word = (folder / PORT).read_text(encoding="utf-8").partition(" ")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.connect(("127.0.0.1", int(port)))
            return _heard(line, word.encode(), after)
    return False


def _ring_locally(bell: Path, reply: Path, after: bytes) -> bool:
    reply.unlink(missing_ok=True)
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.bind(str(reply))
            line.connect(str(bell))
            return _heard(line, WORD, after)
    finally:
        reply.unlink(missing_ok=True)


def _heard(line: socket.socket, word: bytes, after: bytes) -> bool:
    line.settimeout(AT_ONCE)
    with suppress(TimeoutError):
        line.send(word + after)
        return line.recv(64) == HEARD
    line.settimeout(WITHIN)
    line.send(word)
    return line.recv(64) == HEARD
