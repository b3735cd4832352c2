"""What the commands write: the result to the output, for people or as one JSON object; all else to the error stream."""

import json
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any

from vapordep.files.printable import printable
from vapordep.model.run import RunState

if TYPE_CHECKING:  # who reads JSON does not wait for tables and colours
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

STYLES = {RunState.COMPLETE: "green", RunState.STOPPED: "yellow", RunState.RUNNING: "cyan"}
LOUD = "bold red"
"""What needs a person."""
PIPED_WIDTH = 200
"""Columns where no terminal is, so that nothing is cut off in a file."""


def console(*, error: bool = False) -> "Console":
    """A console on the output, or on the error stream; it takes no markup, for what is shown was written by others."""
    from rich.console import Console

    made = Console(stderr=error, highlight=False, markup=False, emoji=False)
    if not made.is_terminal and "COLUMNS" not in (made._environ or {}):  # noqa: SLF001
        made.width = PIPED_WIDTH
    return made


def write_json(data: Any) -> None:
    """One JSON value on one line; raises ValueError for a NaN, which JSON does not know."""
    sys.stdout.write(json.dumps(data, allow_nan=False) + "\n")
    sys.stdout.flush()


def tell(text: str) -> None:
    """A line for people on the error stream."""
    sys.stderr.write(printable(text) + "\n")


def plain(text: str, style: str = "") -> "Text":
    """Text of others for a console."""
    from rich.text import Text

    return Text(printable(text), style=style)


def state_text(state: RunState) -> "Text":
    """A run's state in its colour; the word says the same."""
    from rich.text import Text

    return Text(state.value, style=STYLES.get(state, LOUD))


def local_time(instant: str) -> datetime:
    """Civil time of this machine from ISO 8601."""
    return datetime.fromisoformat(instant).astimezone()


def listing(*headings: str) -> "Table":
    """An empty table without lines; the columns of headings that end in `>` stand to the right."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for heading in headings:
        right = heading.endswith(">")
        table.add_column(heading.removesuffix(">"), justify="right" if right else "left", no_wrap=True)
    return table
