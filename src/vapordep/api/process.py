"""The web process: the page on this computer's own address, until a signal ends it."""

import contextlib
import socket
import sys
import threading
from pathlib import Path

import uvicorn

from vapordep.api.application import application
from vapordep.api.live import Live
from vapordep.api.notifier import Notifier, addresses
from vapordep.errors import InputError

HOST = "127.0.0.1"
MOST_AT_ONCE = 64
"""Requests under way; more are refused with 503."""
ENDS_WITHIN = 2
"""s."""


def serve_page(folder: Path, reactor: str, port: int, notify: Path | None = None, *, guarded: bool = False) -> None:
    """Serves until a signal ends it, or a guardian who is our parent is gone.

    The addresses in the file `notify` are sent what a person must hear of at once.
    Raises InputError when the port is taken, or the addresses will not do.
    """
    notifier = Notifier(addresses(notify)) if notify is not None else None
    listening = _listening(port)
    port = listening.getsockname()[1]
    live = Live(folder, reactor) if notifier is None else Live(folder, reactor, notifier.tell)
    config = uvicorn.Config(
        application(live, port),
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=MOST_AT_ONCE,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=ENDS_WITHIN,
        ws="none",
    )
    live.start()
    with contextlib.closing(live), contextlib.suppress(KeyboardInterrupt):
        server = uvicorn.Server(config)
        if guarded:
            threading.Thread(target=_end_with_guardian, args=(server,), daemon=True).start()
        server.run(sockets=[listening])


def _end_with_guardian(server: uvicorn.Server) -> None:
    """Its end of our standard input is closed when it dies; a page left behind would keep the port from the next."""
    while sys.stdin.buffer.read(4096):
        pass
    server.should_exit = True


def _listening(port: int) -> socket.socket:
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        raise InputError(
            f"the page cannot be served: {error.strerror or error}",
            where=f"{HOST}:{port}",
            remedy="give another port with --port, or end what uses it",
        ) from error
