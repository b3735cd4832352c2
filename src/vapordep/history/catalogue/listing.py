"""What a list of runs is searched by: one row a run, put together of all that is known of it, whenever that changes."""

import re

from sqlalchemy import Connection, delete, insert, select

from vapordep.history.database.entered_tables import labels, listed, notes
from vapordep.history.database.tables import run_samples, runs

_PROCESS = re.compile(r"^process:\s*[\"']?(\w+)", re.MULTILINE)
_SUBSTRATE = re.compile(r"^substrate:\s*[\"']?([\w.-]+)", re.MULTILINE)


def refresh(connection: Connection, run_id: str) -> None:
    """Makes the row of a run anew; process and substrate are as its recipe names them."""
    of_run = (
        runs.c.started, runs.c.mode, runs.c.recipe_name, runs.c.reactor_name, runs.c.operator, runs.c.state,
        runs.c.reason, runs.c.recipe_text,
    )  # fmt: skip
    started, mode, *names, reason, recipe = connection.execute(select(*of_run).where(runs.c.run_id == run_id)).one()
    coated = connection.execute(
        select(run_samples.c.sample_id, run_samples.c.substrate).where(run_samples.c.run_id == run_id)
    ).all()
    process, substrate = _named(_PROCESS, recipe), _named(_SUBSTRATE, recipe)
    substrates = {row.substrate for row in coated} | ({substrate} - {""})
    given = connection.execute(select(labels.c.label).where(labels.c.run_id == run_id)).scalars()
    written = connection.execute(select(notes.c.text).where(notes.c.run_id == run_id)).scalars()
    words = [run_id, *names, reason, process, *substrates, *(row.sample_id for row in coated), *given, *written]
    row = {
        "run_id": run_id, "started": started, "mode": mode,
        **dict(zip(("recipe", "reactor", "operator", "state"), names, strict=True)), "process": process.casefold(),
        "substrates": f" {' '.join(sorted(substrates))} ".casefold(), "words": " ".join(words).casefold(),
    }  # fmt: skip
    connection.execute(delete(listed).where(listed.c.run_id == run_id))
    connection.execute(insert(listed), row)


def _named(what: re.Pattern[str], recipe: str) -> str:
    found = what.search(recipe)
    return found.group(1) if found else ""
