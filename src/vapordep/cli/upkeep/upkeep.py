"""The commands `history backup`, `check` and `import`: the history copied, looked over, and added to."""

import sys
from collections.abc import Sequence
from pathlib import Path

from vapordep.accounts.accounts import Accounts
from vapordep.app.words import count
from vapordep.cli.terminal.output import console, plain, write_json
from vapordep.cli.terminal.past import folder_there, history_in
from vapordep.errors import InputError
from vapordep.history.folder import MEBIBYTE, default_folder
from vapordep.history.upkeep.backup import Checked, back_up
from vapordep.history.upkeep.backup import check as examine
from vapordep.history.upkeep.importing import bring_in

SALVAGED = "was salvaged before: what it lacks, as `vapordep runs verify` tells, is lost unless a back-up has it"
SALVAGE = "take what is damaged from a back-up, or save what can be read: vapordep history salvage"


def backup(to: Path, folder: Path | None, *, as_json: bool) -> None:
    """Copies catalogue and recordings into the folder `to`, which is not there yet."""
    done = back_up((folder or default_folder()).absolute(), to.absolute())
    if as_json:
        write_json({"to": str(done.to), "recordings": done.recordings, "bytes": done.size})
    else:
        copied = f"{count(done.recordings, 'recording')} and the catalogue, {done.size / MEBIBYTE:.1f} MiB"
        console().print(plain(f"{copied}, are in {done.to}"), soft_wrap=True)


def check(folder: Path | None, head: str, *, as_json: bool) -> None:
    """Looks at everything, the record of accounts against `head`; exit status 1 when something is wrong."""
    place = history_in(folder_there(folder)).folder
    found, record = examine(place), Accounts.of(place).record(head)
    problems = [*found.problems, *(f"record of accounts: {each}" for each in (record.problems if record else ()))]
    told = record.head if record else None
    if as_json:
        write_json({
            "runs": found.runs, "idle": found.idle, "problems": problems, "salvaged": list(found.salvaged),
            "record_head": told,
        })  # fmt: skip
    else:
        _print(found, problems, told)
    if problems:
        sys.exit(1)


def _print(found: Checked, problems: Sequence[str], head: str | None) -> None:
    out = console()
    for problem in problems:
        out.print(plain(f"- {problem}", "bold red"), soft_wrap=True)
    wrong = count(len(problems), "problem") if problems else "all in order"
    out.print(plain(f"{count(found.runs, 'run')} and {count(found.idle, 'recording')} between runs: {wrong}"))
    if head:
        out.print(plain(f"head of the record of accounts: {head}"), soft_wrap=True)
    for name in found.salvaged:
        out.print(plain(f"{name} {SALVAGED}"), soft_wrap=True)
    if found.damaged:
        out.print(plain(SALVAGE), soft_wrap=True)


def bring(files: Sequence[Path], folder: Path | None, *, as_json: bool) -> None:
    """Takes in recordings, each that can be; exit status 2 when one is refused."""
    told: list[dict[str, object]] = []
    for file in files:
        try:
            done = bring_in((folder or default_folder()).absolute(), file)
            told.append({"file": str(file), "run_id": done.run_id, "vouched": done.vouched, "refused": None})
        except InputError as error:
            told.append({"file": str(file), "run_id": None, "vouched": False, "refused": str(error)})
    if as_json:
        write_json(told)
    for each in () if as_json else told:
        by = "by the catalogue it came from" if each["vouched"] else "by itself: no catalogue vouches for it"
        line = f"{each['run_id']} is here, verified {by}" if each["run_id"] else f"refused: {each['refused']}"
        console().print(plain(line, "" if each["run_id"] else "bold red"), soft_wrap=True)
    if any(each["refused"] for each in told):
        sys.exit(InputError.exit_status)
