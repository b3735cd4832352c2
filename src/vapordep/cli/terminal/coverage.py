"""The coverage sheet in the terminal: what stands against each hazard as one thing after the other fails."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from vapordep.app.words import count
from vapordep.cli.terminal.output import LOUD, plain
from vapordep.model.protection import Failure
from vapordep.safety.coverage import NOTHING, TITLES


def print_sheet(out: Console, sheet: Mapping[str, Any], guarded: Mapping[str, Any] | None = None) -> None:
    """The sheet as a table, what is not covered, and what the columns mean.

    With the sheet of a `guarded` run, what that changes stands in a column of its own.
    """
    out.print()
    told = "" if guarded else f", {_guarded(sheet)}"
    out.print(plain(f"coverage of {sheet['reactor']}{told}", style="bold"))
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("hazard", *_headings(guarded is not None)):
        table.add_column(heading)
    for n, hazard in enumerate(sheet["hazards"]):
        cells = [_cell(hazard[failure.value]["by"]) for failure in Failure]
        if guarded is not None:
            cells.insert(2, _cell(guarded["hazards"][n][Failure.ENGINE_DEAD.value]["by"]))
        table.add_row(plain(hazard["hazard"]), *cells)
    out.print(table)
    for rule in sheet["interlocks_not_covered"]:
        requires = ", ".join(rule["require"])
        out.print(plain(f"NOT COVERED: {rule['id']} ({requires}): the reactor lacks its sensor", style=LOUD))
    out.print(
        plain(
            "`line lost` is that to the instrument which drives the output: it keeps its last value until the line is "
            "back. Watchdogs and hardware count as the reactor file claims them; vapordep cannot test them."
        )
    )


def _headings(both: bool) -> list[str]:
    titles = list(TITLES.values())
    return [titles[0], "engine dead: run start", "engine dead: serve", *titles[2:]] if both else titles


def gaps(sheet: Mapping[str, Any]) -> str:
    """In one line against how many hazards nothing stands, by failure."""
    hazards = sheet["hazards"]
    told = [
        f"{TITLES[failure]} {sum(not hazard[failure.value]['covered'] for hazard in hazards)}"
        for failure in Failure
        if any(not hazard[failure.value]["covered"] for hazard in hazards)
    ]
    lacking = [rule["id"] for rule in sheet["interlocks_not_covered"]]
    also = f"; interlocks not covered: {', '.join(lacking)}" if lacking else ""
    if not told:
        return f"coverage, {_guarded(sheet)}: something stands against each of {count(len(hazards), 'hazard')}{also}"
    return f"coverage, {_guarded(sheet)}: of {count(len(hazards), 'hazard')}, not covered with {', '.join(told)}{also}"


def _guarded(sheet: Mapping[str, Any]) -> str:
    return "with a guardian" if sheet["guardian"] else "without a guardian"


def _cell(by: Sequence[str]) -> Any:
    return plain(", ".join(by)) if by else plain(NOTHING, style=LOUD)
