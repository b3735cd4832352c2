"""The parts of a served reactor: the engine and the page, each a process that `serve` or `demo` starts."""

import os
import signal
import sys
import threading
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from vapordep.app.coverage import coverage_of_file
from vapordep.app.foretold.check import checked, refused
from vapordep.app.places import reactor_file
from vapordep.app.remembered.bottles import stocked
from vapordep.app.served.engine_process import Serving, serve_engine
from vapordep.cli.terminal.loading import loading
from vapordep.cli.terminal.output import tell
from vapordep.files import Document
from vapordep.history.folder import default_folder
from vapordep.link.place import reactor_folder
from vapordep.reactor import read_reactor
from vapordep.units import Dimension, parse

if TYPE_CHECKING:
    from vapordep.api.access.place import Place

DEMO_STAGE = "100 degC"
"""A demonstration begins with stage and walls so hot, and not with the hours before."""


def engine(reactor: str | None, history: Path | None, *, guarded: bool) -> None:
    """The engine, until a signal ends it."""
    file = reactor_file(reactor).absolute()
    records = (history or default_folder()).absolute()
    serve_engine(Serving(read_reactor(file), records, tell, guarded=guarded))


def paced_engine(reactor: str | None, history: Path | None, pace: float) -> None:
    """The engine of a demonstration, hot, until a signal ends it or whoever started it is gone."""
    from vapordep.app.served.paced_engine import serve_paced

    threading.Thread(target=_end_with_parent, daemon=True).start()
    file, records = reactor_file(reactor).absolute(), (history or default_folder()).absolute()
    serve_paced(Serving(read_reactor(file), records, tell), pace, hot=parse(DEMO_STAGE, Dimension.TEMPERATURE))


def _end_with_parent() -> None:
    """Its end of our standard input is closed when it dies, however it dies.

    Read without Python's buffer, whose lock this thread would hold when the process ends by itself: that is an abort.
    """
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def web(
    reactor: str | None, history: Path | None, place: "Place", notify: Path | None, *, guarded: bool,
    accounts: Path | None = None,
) -> None:  # fmt: skip
    """The page, until a signal ends it, or its parent is gone: the guardian, or whoever gave it accounts of its own."""
    with loading():
        from vapordep.api.live.served import Served
        from vapordep.api.process import serve_page
        from vapordep.app.remembered.continuing import take_up
        from vapordep.app.remembered.taken_up import as_json
        from vapordep.app.review.beside_golden import beside_golden
        from vapordep.history.queries import History

    read = read_reactor(reactor_file(reactor))
    records = (history or default_folder()).absolute()

    @lru_cache(maxsize=16)
    def sheet(bypassed: frozenset[str]) -> Mapping[str, object]:
        return coverage_of_file(read, guardian=guarded, bypassed=bypassed).as_json()

    def judge(source: Document, settings: Mapping[str, str]) -> Mapping[str, object]:
        return checked(source, stocked(read, records), settings, records).as_json()

    def broken_off(run: str) -> Mapping[str, object]:
        return as_json(take_up(History(records), run, Path(read.file)))

    served = Served(
        reactor_folder(read), read, records, sheet, judge, lambda error: refused(error).as_json(), broken_off,
        beside_golden,
    )  # fmt: skip
    serve_page(served, place, notify, guarded=guarded or accounts is not None, accounts=accounts)
