"""The command `serve`: a guardian as the parent of the engine and of the page, each a process of its own."""

import json
import os
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from vapordep.app.bottles import stocked
from vapordep.app.check import checked, refused
from vapordep.app.coverage import coverage_of_file
from vapordep.app.engine_process import Serving, serve_engine
from vapordep.app.places import reactor_file
from vapordep.cli.output import tell
from vapordep.errors import FileError, HistoryError, InputError
from vapordep.files import Document
from vapordep.history.folder import check_folder, default_folder
from vapordep.link.locks import ENGINE, GUARDIAN, SERVE, Lock, take_all
from vapordep.link.place import reactor_folder
from vapordep.reactor import read_reactor
from vapordep.units import Dimension, parse

if TYPE_CHECKING:
    from vapordep.api.place import Place

DEMO_STAGE = "100 degC"
"""A demonstration begins with stage and walls so hot, and not with the hours before."""
VAPORDEP = (sys.executable, "-m", "vapordep")
GUARDIAN_PROGRAM = (sys.executable, "-m", "vapordep.guardian")


def serve(
    reactor: str | None, history: Path | None, place: "Place | None", notify: Path | None = None,
    program: Sequence[str] = VAPORDEP, options: Sequence[str] = (),
) -> None:  # fmt: skip
    """Checks what can be checked beforehand, takes the reactor, and becomes the guardian.

    `place` is where the page is served, if it is. `program` is what engine and page are commands of, `options` are
    more of the guardian's own.

    Raises InputError for a reactor file, or a history that is no folder, ReactorInUse when another process has it.
    """
    file = reactor_file(reactor).absolute()
    read = read_reactor(file)
    records = (history or default_folder()).absolute()
    tell_of_disk(records)
    if notify is not None:
        _check_notices(notify, with_web=place is not None)
    if place is not None:
        _require(place, records)
    folder = reactor_folder(read)
    held = take_all(read, GUARDIAN, SERVE)
    for lock in take_all(read, ENGINE, SERVE):
        lock.release()
    engine = [*program, "engine", str(file), "--history", str(records), "--guarded"]
    web = [*program, "web", str(file), "--history", str(records), "--guarded", *_words(place)] if place else []
    if notify is not None:
        web += ["--notify", str(notify.absolute())]
    if place is not None:
        place.listen().close()  # nobody is to be sent to a page that another program serves
        _tell_of_page(place, records)
    tell(f"guardian's log: {records / 'guardian.log'}")
    guardian = ["--folder", str(folder), "--log", str(records / "guardian.log"), "--engine", json.dumps(engine)]
    _become_guardian(held, [*guardian, "--web", json.dumps(web), *options])


def _require(place: "Place", records: Path) -> None:
    from vapordep.accounts.accounts import Accounts

    place.require(Accounts.of(records))


def tell_of_disk(records: Path) -> None:
    """A disk that is full or may not be written keeps nobody from seeing and securing the reactor, but from a run.

    Raises FileError for what can be no folder.
    """
    try:
        doubt = check_folder(records).warning
    except FileError as error:
        if isinstance(error.__cause__, NotADirectoryError):
            raise
        doubt = f"no run can begin: {error}"
    if doubt:
        tell(f"warning: {doubt}")


def engine(reactor: str | None, history: Path | None, *, guarded: bool) -> None:
    """The engine, until a signal ends it."""
    file = reactor_file(reactor).absolute()
    records = (history or default_folder()).absolute()
    serve_engine(Serving(read_reactor(file), records, tell, guarded=guarded))


def paced_engine(reactor: str | None, history: Path | None, pace: float) -> None:
    """The engine of a demonstration, hot, until a signal ends it or whoever started it is gone."""
    from vapordep.app.paced_engine import serve_paced

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
    from vapordep.api.process import serve_page
    from vapordep.api.served import Served
    from vapordep.app.beside_golden import beside_golden
    from vapordep.app.continuing import take_up
    from vapordep.app.taken_up import as_json
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


def _words(place: "Place") -> list[str]:
    """The place as options of the command `web`."""
    words = ["--port", str(place.port), "--listen", place.host]
    for name in place.names:
        words += ["--name", name]
    if place.certificate is not None and place.key is not None:
        words += ["--certificate", str(place.certificate.absolute()), "--key", str(place.key.absolute())]
    return [*words, "--without-tls"] if place.without_tls else words


def _tell_of_page(place: "Place", records: Path) -> None:
    """Tells where the page is, and as long as nobody has an account the link that makes the first one."""
    from vapordep.accounts.accounts import Accounts
    from vapordep.accounts.first_run import LASTS, first_secret

    tell(f"page: {place.link}/")
    try:
        secret = first_secret(Accounts.of(records).store)
    except HistoryError as error:
        tell(f"warning: nobody can log in: {error}")
        return
    if secret is not None:
        tell(f"Nobody has an account yet. Once, within {LASTS / 3600:.0f} h, this link makes the first one, an admin:")
        tell(f"  {place.link}/first#{secret}")


def _check_notices(notify: Path, *, with_web: bool) -> None:
    """The page's process sends them: what it would refuse is refused here, before anything begins."""
    from vapordep.api.notifier import Notifier, addresses

    if not with_web:
        raise InputError("notices are sent by the process of the page", remedy="leave out --no-web")
    Notifier(addresses(notify)).close()


def _become_guardian(held: Sequence[Lock], arguments: list[str]) -> None:
    """Where the system can, a process without any of this program in it; it keeps the locks as long as it lives."""
    if os.name == "posix":
        for lock in held:
            os.set_inheritable(lock.descriptor, True)
        os.execv(GUARDIAN_PROGRAM[0], [*GUARDIAN_PROGRAM, *arguments])  # noqa: S606 - our own
    from vapordep.guardian.__main__ import main

    sys.exit(main(arguments))
