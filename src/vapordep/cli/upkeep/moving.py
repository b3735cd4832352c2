"""The command `history move`."""

from pathlib import Path

from vapordep.app.words import count
from vapordep.cli.terminal.output import console, plain, write_json
from vapordep.cli.terminal.past import history_in
from vapordep.history.upkeep.moving import move as carry


def move(to: str, folder: Path | None, *, as_json: bool) -> None:
    """Moves the catalogue, and tells what came."""
    done = carry(history_in(folder).folder.absolute(), to)
    if as_json:
        write_json({"to": done.to, "rows": dict(done.rows), "there_already": done.there, "aside": str(done.aside)})
        return
    total = sum(done.rows.values())
    came = f"{count(done.rows['runs'], 'run')}, {count(total, 'row')} in all"
    there = f"; {count(done.there, 'row')} were there already" if done.there else ""
    console().print(plain(f"{came}, came to {done.to} and were compared{there}"), soft_wrap=True)
    console().print(plain(f"the file is kept as {done.aside}"), soft_wrap=True)
