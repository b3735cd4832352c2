"""The web process: the page on this computer's own address, or on another one that was asked for, until a signal."""

import contextlib
import json
import signal
import sys
import threading
from pathlib import Path

import uvicorn

from vapordep.accounts.accounts import Accounts
from vapordep.api.access.door import Door
from vapordep.api.access.place import Place
from vapordep.api.application import application
from vapordep.api.live.live import Live
from vapordep.api.live.notifier import Notifier, addresses
from vapordep.api.live.served import Served
from vapordep.api.patience import Patient
from vapordep.errors import HistoryError

MOST_AT_ONCE = 160
"""Connections and requests under way, listeners to the stream among them; more are refused with 503."""
ENDS_WITHIN = 2
"""s."""
LINGERS, AT_REST, SENT = 20.0, 3.5, 10.0
"""s that notices may still take after the page has ended: for the guardian to end too, for the engine to come to rest
once it has, and for what there is to tell to be sent."""
HEAD_EACH = 86400.0
"""s: so often it is told where the record of accounts stands, for whoever keeps what this process says."""


def serve_page(
    served: Served, place: Place, notify: Path | None = None, *, guarded: bool = False, accounts: Path | None = None
) -> None:
    """Serves until a signal ends it, or a guardian who is our parent is gone.

    Whose accounts count is known in the folder `accounts`, else in that of the history.

    The addresses in the file `notify` are sent what a person must hear of at once.
    Raises InputError when the port is taken, or the addresses will not do, or the place is not one to serve at.
    """
    known = Accounts.of(accounts or served.history)
    place.require(known)
    notifier = Notifier(addresses(notify)) if notify is not None else None
    listening = place.listen()
    port = listening.getsockname()[1]
    live = Live(served, *(() if notifier is None else (notifier.tell,)))
    app = application(live, port, known, place.called, secure=place.secure, history=served.history)
    server, alone = uvicorn.Server(_config(app, place)), threading.Event()
    live.start()
    threading.Thread(target=_tell_heads, args=(known,), name="heads", daemon=True).start()
    if notifier is not None:
        signal.signal(signal.SIGTERM, lambda *_: None)  # the page's server has its own, then raises it once more
    if guarded:
        threading.Thread(target=_listen_to_guardian, args=(server, live, alone), daemon=True).start()
    with contextlib.closing(live):
        with contextlib.suppress(KeyboardInterrupt):
            server.run(sockets=[listening])
        if notifier is not None:
            if guarded and alone.wait(LINGERS):
                live.rest(AT_REST)
            notifier.finish(SENT)


def _config(app: Door, place: Place) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=Patient,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=MOST_AT_ONCE,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=ENDS_WITHIN,
        ws="none",
        lifespan="off",  # nothing waits for it, and cut short, as when the guardian ends, it would end in a traceback
        ssl_certfile=place.certificate,
        ssl_keyfile=place.key,
    )


def _tell_heads(accounts: Accounts) -> None:
    while True:
        for line in heads(accounts):
            sys.stderr.write(f"{line}\n")
        threading.Event().wait(HEAD_EACH)


def heads(accounts: Accounts) -> list[str]:
    """Where the record of accounts stands, and what is wrong with it; nothing where nobody has an account."""
    try:
        record = accounts.record()
    except HistoryError as error:
        return [f"record of accounts: {error}"]
    if record is None or not record.head:
        return []
    return [
        *(f"record of accounts: {each}" for each in record.problems),
        f"record of accounts: its head is {record.head}; written down elsewhere, it proves the record later",
    ]


def _listen_to_guardian(server: uvicorn.Server, live: Live, alone: threading.Event) -> None:
    """It tells, on our standard input, what needs a person, and closes that when it ends.

    A page left behind would keep the port from the next.
    """
    in_order = False
    for line in sys.stdin.buffer:
        with contextlib.suppress(ValueError):  # cut off as it ended
            match json.loads(line):
                case {"trouble": str(trouble)}:
                    live.guardian_says(trouble)
                case {"ended": _}:
                    in_order = True
    live.guardian_ended(in_order=in_order)
    server.should_exit = server.force_exit = True
    alone.set()
