"""The command `serve`: a guardian as the parent of the engine and of the page, each a process of its own."""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from vapordep.app.engine_process import Serving, serve_engine
from vapordep.app.places import reactor_file
from vapordep.cli.output import tell
from vapordep.errors import FileError, InputError
from vapordep.history.folder import check_folder, default_folder
from vapordep.link.locks import ENGINE, GUARDIAN, Lock, take_all
from vapordep.link.place import reactor_folder
from vapordep.reactor import read_reactor

VAPORDEP = (sys.executable, "-m", "vapordep")


def serve(
    reactor: str | None, history: Path | None, port: int, notify: Path | None = None, *, with_web: bool,
    program: Sequence[str] = VAPORDEP, options: Sequence[str] = (),
) -> None:  # fmt: skip
    """Checks what can be checked beforehand, takes the reactor, and becomes the guardian.

    `program` is what engine and page are commands of, `options` are more of the guardian's own.

    Raises InputError for a reactor file, or a history that is no folder, ReactorInUse when another process has it.
    """
    file = reactor_file(reactor).absolute()
    read = read_reactor(file)
    records = (history or default_folder()).absolute()
    tell_of_disk(records)
    if notify is not None:
        _check_notices(notify, with_web=with_web)
    folder = reactor_folder(read)
    held = take_all(read, GUARDIAN, "`vapordep serve`")
    for lock in take_all(read, ENGINE, "`vapordep serve`"):
        lock.release()
    engine = [*program, "engine", str(file), "--history", str(records), "--guarded"]
    web = [*program, "web", str(file), "--port", str(port), "--guarded"] if with_web else []
    if notify is not None:
        web += ["--notify", str(notify.absolute())]
    if with_web:
        tell(f"page: http://localhost:{port}/")
    tell(f"guardian's log: {records / 'guardian.log'}")
    guardian = ["--folder", str(folder), "--log", str(records / "guardian.log"), "--engine", json.dumps(engine)]
    _become_guardian(held, [*guardian, "--web", json.dumps(web), *options])


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


def web(reactor: str | None, port: int, notify: Path | None, *, guarded: bool) -> None:
    """The page, until a signal ends it, or the guardian is gone."""
    from vapordep.api.process import serve_page

    read = read_reactor(reactor_file(reactor))
    serve_page(reactor_folder(read), read.name, port, notify, guarded=guarded)


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
        os.execv(sys.executable, [sys.executable, "-m", "vapordep.guardian", *arguments])  # noqa: S606 - our own
    from vapordep.guardian.__main__ import main

    sys.exit(main(arguments))
