"""The command `serve`: a guardian as the parent of the engine and of the page, each a process of its own.

Whoever comes second has to know it at once: what this imports before it has the reactor is little.
"""

import json
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from vapordep.app.places import reactor_file
from vapordep.cli.terminal.output import tell
from vapordep.errors import FileError, HistoryError, InputError
from vapordep.history.folder import check_folder, default_folder
from vapordep.link.locks import ENGINE, GUARDIAN, SERVE, Lock, take_all
from vapordep.link.place import reactor_folder
from vapordep.model.reactor import Reactor
from vapordep.reactor import read_reactor

if TYPE_CHECKING:
    from vapordep.api.access.place import Place

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
    with ExitStack() as taken:
        held = _take(read, taken)
        records = (history or default_folder()).absolute()
        tell_of_disk(records)
        if notify is not None:
            _check_notices(notify, with_web=place is not None)
        if place is not None:
            _require(place, records)
            place.listen().close()  # nobody is to be sent to a page that another program serves
            _tell_of_page(place, records)
        tell(f"guardian's log: {records / 'guardian.log'}")
        engine = [*program, "engine", str(file), "--history", str(records), "--guarded"]
        web = [*program, "web", str(file), "--history", str(records), "--guarded", *_words(place)] if place else []
        if notify is not None:
            web += ["--notify", str(notify.absolute())]
        guardian = ["--folder", str(reactor_folder(read)), "--log", str(records / "guardian.log")]
        guardian += ["--engine", json.dumps(engine), "--web", json.dumps(web)]
        _become_guardian(held, [*guardian, *options])


def _take(reactor: Reactor, taken: ExitStack) -> list[Lock]:
    """The reactor for this guardian; the engine that it starts takes the other locks, which nobody may have."""
    held = take_all(reactor, GUARDIAN, SERVE)
    for lock in held:
        taken.callback(lock.release)
    for lock in take_all(reactor, ENGINE, SERVE):
        lock.release()
    return held


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
    from vapordep.api.live.notifier import Notifier, addresses

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
