"""The command `history salvage`."""

import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from vapordep.app.request import login_name
from vapordep.cli.terminal.output import LOUD, console, plain, write_json
from vapordep.cli.terminal.past import folder_there
from vapordep.cli.upkeep.pruning import note
from vapordep.cli.upkeep.upkeep import SALVAGED
from vapordep.errors import HistoryError, InputError, VapordepError
from vapordep.history.folder import RECORDINGS
from vapordep.history.queries import History
from vapordep.history.upkeep.rebuild import rebuild
from vapordep.history.upkeep.salvage import damaged, salvage, salvaged


def salvage_all(names: Sequence[str], folder: Path | None, *, as_json: bool) -> None:
    """Saves some recordings, or all damaged ones and then the catalogue; tells of each what came of it."""
    history = folder_there(folder)
    found = names or damaged(history)
    before = set() if names else salvaged(history) & set(found)
    told = [each for name in found if (each := _saved(history, name, before))]
    told += [] if names else _catalogue(history)
    for each in told:
        if not each["refused"]:
            note(
                history, login_name(), f"salvaged {each['name']}, not whole: {_lost(each)}; kept aside: {each['aside']}"
            )
    if as_json:
        write_json(told)
    else:
        for each in told:
            console().print(plain(_line(each), LOUD if each["refused"] else ""), soft_wrap=True)
        if not told:
            console().print(plain("nothing is to be saved: all that is there can be read"))
        for name in sorted(before - {each["name"] for each in told}):
            console().print(plain(f"{name} {SALVAGED}"), soft_wrap=True)
    if any(each["refused"] for each in told):
        sys.exit(HistoryError.exit_status)


def _saved(history: Path, name: str, before: Collection[str]) -> dict[str, Any] | None:
    """What came of one; None of one that was saved `before`, where every row that it has since then can be read."""
    try:
        done = salvage(history, name)
    except InputError as error:
        return None if name in before else {"name": name, "refused": str(error)}
    except VapordepError as error:
        return {"name": name, "refused": str(error)}
    kept = {"kept": dict(done.kept), "lost": list(done.lost)}
    return {"name": done.path.stem, "file": str(done.path), "aside": str(done.aside), **kept, "refused": None}


def _catalogue(history: Path) -> list[dict[str, Any]]:
    if not History(history).is_there and not any((history / RECORDINGS).glob("*.sqlite")):
        return []
    try:
        made = rebuild(history)
    except InputError:  # it is in order, or a server's
        return []
    except HistoryError as error:
        return [{"name": "catalogue", "refused": str(error)}]
    kept = {"kept": {"runs": made.runs}, "lost": list(made.lost)}
    return [{"name": "catalogue", "file": None, "aside": str(made.aside), **kept, "refused": None}]


def _line(told: dict[str, Any]) -> str:
    if told["refused"]:
        return f"{told['name']}: not saved: {told['refused']}"
    kept = ", ".join(f"{count} of {table.replace('_', ' ')}" for table, count in told["kept"].items() if count)
    return f"{told['name']}: saved {kept}; not whole: {_lost(told)}; the damaged file is {told['aside']}"


def _lost(told: dict[str, Any]) -> str:
    return "; ".join(each.replace("_", " ") for each in told["lost"]) or "nothing"
