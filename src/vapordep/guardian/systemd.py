"""systemd: telling it, where it listens, that we are ready, alive, about to end, and how it goes."""

import os
import socket
from contextlib import suppress


def notify(state: str) -> None:
    """Sends `READY=1`, `WATCHDOG=1` and the like, by sd_notify(3); never waits."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address or not hasattr(socket, "AF_UNIX"):
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.setblocking(False)
        line.sendto(state.encode(errors="replace"), "\0" + address[1:] if address.startswith("@") else address)
