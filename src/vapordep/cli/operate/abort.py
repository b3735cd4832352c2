"""ABORT from the command line: rung before anything else is loaded, for each library that comes first delays it."""

import os
import sys
from pathlib import Path

from vapordep.link.bell import ring
from vapordep.link.place import addresses, reactor_folder

HEARD = "the guardian has heard it and drives the safe state"
BY_HAND = "as long as nobody hears it every output stays as it is: turn off by hand what must be off"


def abort(reactor: str | None, by: str | None, reason: str, *, as_json: bool) -> None:
    """Aborts: by the guardian's own socket, which nothing delays; where no guardian is, by the engine.

    Raises NoEngine where neither is, InputError when several reactors are served and none is named.
    """
    who = (by or "").strip() or _name_at_hand()
    if any([ring(folder, who, reason) for folder in _folders(reactor)]):
        _tell_heard(as_json=as_json)
        return
    from vapordep.cli.operate import orders
    from vapordep.errors import NoEngine
    from vapordep.model.run import Verb

    try:
        orders.address_of(reactor)
    except NoEngine as error:
        what, remedy = f"nothing was aborted: {error.what}", f"{error.remedy}; {BY_HAND}"
        raise NoEngine(what, where=error.where, remedy=remedy) from error
    orders.ask(Verb.ABORT, reactor, by, reason, as_json=as_json)


def _folders(reactor: str | None) -> list[Path]:
    """The folders in which the guardian of a reactor may listen; without a name the one of the only reactor."""
    if reactor is not None and Path(reactor).suffix in (".yaml", ".yml"):
        from vapordep.app.places import reactor_file
        from vapordep.reactor import read_reactor

        return [reactor_folder(read_reactor(reactor_file(reactor)))]
    known = [folder for folder, address in addresses() if reactor in (None, address.reactor)]
    if reactor is None and len(known) > 1:
        from vapordep.link.client import found

        found(None)
    return known


def _name_at_hand() -> str:
    """Who is logged in, as far as that is known without asking anybody: a directory in the network may hang."""
    names = (os.environ.get(variable, "") for variable in ("LOGNAME", "USER", "LNAME", "USERNAME"))
    return next(filter(None, names), f"uid {os.getuid()}" if hasattr(os, "getuid") else "somebody")


def _tell_heard(*, as_json: bool) -> None:
    if as_json:
        from vapordep.cli.terminal.output import write_json

        write_json({"done": HEARD, "run_id": None})
    else:
        sys.stdout.write(f"{HEARD}\n")
