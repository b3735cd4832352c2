"""The written part of a page: headline, reasons, and the tables of a verdict as text that keeps its columns."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from textwrap import wrap
from typing import Any

from vapordep.app.plots.style import AMBER, GREEN, RED
from vapordep.app.verdict import Fitness, RunVerdict, tables
from vapordep.app.verdict.tables import Table
from vapordep.files.printable import printable

COLOURS = {Fitness.FIT: GREEN, Fitness.DOUBTFUL: AMBER, Fitness.UNFIT: RED}
"""The words say the same."""
FONT, LINE, LETTER = 8.0, 0.152, 0.0705
"""Size of the letters in points, of a line in inches, and of a letter where all are as wide (7 whole pixels)."""
GAP = "  "
LETTERS = 160
"""So many letters stand in a line across the page."""
REASON = 170
"""Letters of a reason in a line, in narrower letters."""
PLACE = 24
"""Letters of the place where a rule came nearest: the names in it are the recipe's, and bars stand beside them."""
MOST_REASONS = 8


def reasons(verdict: RunVerdict) -> list[str]:
    """The headline's own reason and all others, in lines that fit the page."""
    why = [tables.headline(verdict)[1], *(reason.text for reason in verdict.reasons[1:])]
    more = len(why) - MOST_REASONS
    told = [*why[:MOST_REASONS], *([f"and {more} more; see `vapordep runs verdict`"] if more > 0 else [])]
    first, *others = told
    return [*_wrapped(first, REASON), *(line for text in others for line in _wrapped(text, REASON, "-  "))]


def rules(verdict: RunVerdict) -> list[str]:
    """The table of the rules."""
    table = tables.rules(verdict)
    rows = tuple((*row[:-1], row[-1] if len(row[-1]) <= PLACE else f"{row[-1][: PLACE - 1]}…") for row in table.rows)
    return list(_aligned(replace(table, rows=rows)))


def numbers(verdict: RunVerdict) -> list[str]:
    """Facts, tables and notes, across the page."""
    lines: list[str] = []
    for name, value in tables.facts(verdict):
        first, *others = _wrapped(value, LETTERS - 16)
        lines += [f"{name:<15} {first}", *(f"{'':<15} {other}" for other in others)]
    found = [tables.film(verdict), tables.composition(verdict), tables.doses(verdict), tables.purges(verdict)]
    lines += ["", *_lines(found)] if any(found) else []
    for note in tables.notes(verdict):
        lines += ["", *_wrapped(note, LETTERS)]
    return lines


def write_large(axis: Any, text: str, colour: str) -> None:
    """Writes one line in large letters."""
    axis.set_axis_off()
    axis.text(0.0, 1.0, text, transform=axis.transAxes, ha="left", va="top", fontsize=18, color=colour, weight="bold")


def write(axis: Any, lines: Sequence[str], *, family: str = "monospace") -> None:
    """Writes lines from the top of a panel that shows nothing else."""
    axis.set_axis_off()
    axis.text(
        0.0, 1.0, printable("\n".join(lines)), transform=axis.transAxes, ha="left", va="top", fontsize=FONT,
        family=family, linespacing=1.25, parse_math=False,
    )  # fmt: skip


def height(*columns: Sequence[str]) -> float:
    """The room in inches that lines need, the longest of several columns."""
    return LINE * max((len(lines) for lines in columns), default=0) + 0.05


def width(lines: Sequence[str]) -> float:
    """The room in inches that the longest line needs."""
    return LETTER * max(map(len, lines), default=0)


def _lines(found: Sequence[Table | None]) -> list[str]:
    lines: list[str] = []
    for table in found:
        if table is not None:
            lines += [*([""] if lines else []), *_aligned(table)]
    return lines


def _aligned(table: Table) -> Iterator[str]:
    rows = [tuple(heading.removesuffix(">") for heading in table.headings), *table.rows]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (
            cell.rjust(width) if heading.endswith(">") else cell.ljust(width)
            for cell, width, heading in zip(row, widths, table.headings, strict=True)
        )
        yield GAP.join(cells).rstrip()


def _wrapped(text: str, width: int, sign: str = "") -> list[str]:
    """In lines of so many letters; what begins with a sign stands to the right of it."""
    plain = printable(text).replace("\n", " ")
    return wrap(plain, width, initial_indent=sign, subsequent_indent=" " * len(sign)) or [""]
