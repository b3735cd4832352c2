"""The command `runs analyse`: a run in numbers, a row a pulse and a row a cycle, and what drifted."""

import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

from rich.console import Console

from vapordep.app.plain import film_as_json, number
from vapordep.app.plots.drift import plot_drift
from vapordep.app.review.analysed import Analysed, Drift, analyse
from vapordep.app.review.cycle_rows import CycleRow
from vapordep.app.review.pulse_rows import PulseRow
from vapordep.app.words import clock_time, count
from vapordep.cli.terminal.film import film_table
from vapordep.cli.terminal.output import console, listing, plain, write_json
from vapordep.cli.terminal.past import history_in, run_called

T = TypeVar("T")
MOST = 12
"""So many rows at the beginning and at the end are shown; `--json` has all."""
DIGITS = 4


def analyse_run(name: str, folder: Path | None, plot: Path | None, *, as_json: bool) -> None:
    """Prints the numbers of one run of the history, and draws them."""
    history = history_in(folder)
    run = run_called(history, name)
    with history.open_recording(run) as recording:
        found = analyse(recording)
    if plot is not None:
        plot_drift(found, plot)
    if as_json:
        write_json({"run_id": run.run_id, **_as_json(found)})
        return
    out = console()
    if not found.pulses:
        out.print(plain(f"{run.run_id}: no pulse was given, or no pressure recorded"))
    else:
        _print_doses(out, found)
    if found.film.layers:
        out.print()
        out.print(film_table(found.film))


def _print_doses(out: Console, found: Analysed) -> None:
    """Pulses and cycles, and what drifted."""
    _print_pulses(out, found.pulses)
    if found.cycles:
        _print_cycles(out, found.cycles)
    out.print(plain(f"{count(len(found.cycles), 'cycle')}; --json has a row for each"))
    for line in told(found):
        out.print(plain(line), soft_wrap=True)


def _ends(rows: Sequence[T]) -> tuple[T, ...]:
    """The first and the last rows, all where they are not many."""
    return (*rows[:MOST], *rows[max(MOST, len(rows) - MOST) :])


def _print_pulses(out: Console, pulses: Sequence[PulseRow]) -> None:
    """As narrow as a terminal of 80 columns: the units stand above."""
    table = listing(
        "no>", "dose", "in", "at>", "width\ns>", "delay\ns>", "base\nPa>", "peak\nPa>", "area\nPa s>", "decay\ns>",
        "left\n%>",
    )  # fmt: skip
    for row in _ends(pulses):
        table.add_row(
            str(row.number), plain(row.source), plain(f"{row.loop} {row.cycle or ''}".strip()), clock_time(row.opened),
            _told(row.width, 3), _told(row.delay, 3), _told(row.baseline, 2), _told(row.peak, 2), _told(row.area, 2),
            _told(row.decay, 3), _share(row.residual),
        )  # fmt: skip
    out.print(table)
    if len(pulses) > 2 * MOST:
        out.print(plain(f"{len(pulses) - 2 * MOST} pulses between them are left out; --json has all"))


def _told(value: float | None, places: int) -> str:
    """With so many places behind the point at most, and about four digits."""
    if value is None or not math.isfinite(value):
        return "-"
    before = math.floor(math.log10(abs(value))) + 1 if value else 1
    return f"{value:.{min(max(DIGITS - before, 0), places)}f}"


def _print_cycles(out: Console, cycles: Sequence[CycleRow]) -> None:
    """A row a cycle; growth without a microbalance is the mean of the layer, and says so."""
    sources = list(dict.fromkeys(name for row in cycles for name in row.areas))
    each = [f"{name}\n{what}>" for name in sources for what in ("Pa s", "%")]
    table = listing("in", "at>", "length\ns>", "growth\nnm>", *each)
    for row in _ends(cycles):
        table.add_row(
            plain(f"{row.loop} {row.cycle}"), clock_time(row.began), _told(row.length, 1), _told(1e9 * row.growth, 4),
            *(cell for name in sources for cell in (_told(row.areas.get(name), 2), _share(row.residuals.get(name)))),
        )  # fmt: skip
    out.print()
    out.print(table)
    out.print(plain("%: what is left of a dose's peak when the next one comes"))
    if not any(row.weighed for row in cycles):
        out.print(plain("growth: the mean of the layer, without a microbalance"))


def _share(part: float | None) -> str:
    return _told(None if part is None else 100.0 * part, 2)


def told(found: Analysed) -> list[str]:
    """What drifted, in words."""
    lines = [
        f"{drift.source}: {drift.quantity} {100.0 * drift.change:+.1f} % since pulse {drift.since.number}"
        f"{f', cycle {drift.since.cycle} of {drift.since.loop}' if drift.since.loop else ''}: {drift.cause}"
        for drift in found.drifts
    ]
    few = [f"{name}: {count} doses are too few to tell a drift" for name, count in found.unjudged.items()]
    return [*(lines or (["nothing drifted"] if len(few) < len({row.source for row in found.pulses}) else [])), *few]


def _as_json(found: Analysed) -> dict[str, object]:
    """SI units, null for what is not known."""
    return {
        "pulses": [
            {key: number(value) if isinstance(value, float) else value for key, value in asdict(row).items()}
            for row in found.pulses
        ],
        "cycles": [_cycle(row) for row in found.cycles],
        "drifts": [_drift(drift) for drift in found.drifts],
        "too_few_pulses": dict(found.unjudged),
        "film": film_as_json(found.film),
    }


def _cycle(row: CycleRow) -> dict[str, object]:
    return {
        "loop": row.loop,
        "cycle": row.cycle,
        "turn": row.turn,
        "began": row.began,
        "length": number(row.length) if not math.isnan(row.length) else None,
        "areas": {source: number(area) for source, area in row.areas.items()},
        "growth_m": number(row.growth),
        "growth_weighed": row.weighed,
        "residuals": {source: number(part) for source, part in row.residuals.items()},
    }


def _drift(drift: Drift) -> dict[str, object]:
    return {
        "source": drift.source,
        "quantity": drift.quantity,
        "change": drift.change,
        "since_pulse": drift.since.number,
        "since_cycle": drift.since.cycle,
        "loop": drift.since.loop,
        "rules_broken": list(drift.rules),
        "cause": drift.cause,
    }
