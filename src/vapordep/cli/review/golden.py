"""The option `runs analyse --golden`: a run beside good ones, and what was different, where and by how much."""

import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from vapordep.analysis.golden import Deviation, Key
from vapordep.app.plots.golden import plot_golden
from vapordep.app.review.golden import Compared, beside, compared_as_json
from vapordep.cli.terminal.output import console, listing, plain, write_json
from vapordep.cli.terminal.past import history_in, run_called
from vapordep.units import Dimension, format_si

MOST = 25
"""So many are shown, those of one quantity in one loop or step as one, the worst first; `--json` has all."""
ROUND = 100
"""So many bands away, and more, are told in whole ones."""
OUTSIDE = 1
"""Exit status of a run that left the bands."""


def compare_runs(name: str, golden: Sequence[str], folder: Path | None, plot: Path | None, *, as_json: bool) -> None:
    """Prints what was different; exit status 1 when anything was."""
    history = history_in(folder)
    ids = [run_called(history, each).run_id for each in (name, *golden)]
    found = beside(history, ids[0], ids[1:])
    if plot is not None:
        plot_golden(found, plot)
    if as_json:
        write_json(compared_as_json(found))
    else:
        _print(found)
    if found.deviations or found.missing:
        sys.exit(OUTSIDE)


def _print(found: Compared) -> None:
    out = console()
    golden = ", ".join(each.run_id for each in found.golden)
    out.print(plain(f"{found.run.run_id} beside {golden}"))
    if not found.deviations and not found.missing:
        out.print(plain("as the golden runs in all that was compared"))
    for what, numbers in _in_a_row(found.missing):
        out.print(plain(f"not done: {what} {numbers}"))
    if not found.deviations:
        return
    table = listing("quantity", "worst in", "times>", "golden>", "by>", "bands>")
    kinds: dict[tuple[str, str], list[Deviation]] = {}
    for each in found.deviations:
        kinds.setdefault((each.quantity, each.key[0]), []).append(each)
    for alike in list(kinds.values())[:MOST]:
        each, dimension = alike[0], found.run.dimensions[alike[0].quantity]
        table.add_row(
            plain(each.quantity), plain(f"{each.key[0]} {each.key[1]}"), str(len(alike)),
            format_si(each.band.centre, dimension), _difference(each.change, dimension),
            f"{each.excess:.0f}" if each.excess >= ROUND else f"{each.excess:.1f}",
        )  # fmt: skip
    out.print(table)
    left = f"{len(kinds) - MOST} more, less far away; " if len(kinds) > MOST else ""
    out.print(plain(f"{left}--json has each by itself"))


def _in_a_row(missing: Sequence[Key]) -> Iterator[tuple[str, str]]:
    """What was not done, with its numbers from first to last as long as none lies between."""
    for (what, _), group in groupby(enumerate(missing), lambda each: (each[1][0], each[1][1] - each[0])):
        numbers = [number for _, (_, number) in group]
        yield what, f"{numbers[0]} to {numbers[-1]}" if len(numbers) > 1 else str(numbers[0])


def _difference(value: float, dimension: Dimension) -> str:
    text = format_si(value, Dimension.TEMPERATURE_DIFFERENCE if dimension is Dimension.TEMPERATURE else dimension)
    return text if value < 0 else f"+{text}"
