"""The command `runs analyse`: a run in numbers, a row a pulse and a row a cycle, and what drifted."""

import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

from rich.console import Console

from vapordep.app.analysed import Analysed, CycleRow, Drift, PulseRow, analyse
from vapordep.app.plain import number
from vapordep.app.plots.drift import plot_drift
from vapordep.app.words import clock_time, shown
from vapordep.cli.output import console, listing, plain, write_json
from vapordep.cli.past import history_in, run_called
from vapordep.units import Dimension

D = Dimension
T = TypeVar("T")
MOST = 12
"""So many rows at the beginning and at the end are shown; `--json` has all."""


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
        return
    _print_pulses(out, found.pulses)
    if found.cycles:
        _print_cycles(out, found.cycles)
    out.print(plain(f"{len(found.cycles)} cycles; --json has a row for each"))
    for line in told(found):
        out.print(plain(line), soft_wrap=True)


def _ends(rows: Sequence[T]) -> tuple[T, ...]:
    """The first and the last rows, all where they are not many."""
    return (*rows[:MOST], *rows[max(MOST, len(rows) - MOST) :])


def _print_pulses(out: Console, pulses: Sequence[PulseRow]) -> None:
    table = listing(
        "pulse>", "source", "loop", "cycle>", "at>", "width>", "delay>", "baseline>", "peak>", "area>", "decay>",
        "left>",
    )  # fmt: skip
    for row in _ends(pulses):
        table.add_row(
            str(row.number), plain(row.source), plain(row.loop), str(row.cycle or "-"), clock_time(row.opened),
            shown(row.width, D.TIME), shown(row.delay, D.TIME), shown(row.baseline, D.PRESSURE),
            shown(row.peak, D.PRESSURE), shown(row.area, D.EXPOSURE), shown(row.decay, D.TIME),
            shown(row.residual, D.FRACTION),
        )  # fmt: skip
    out.print(table)
    if len(pulses) > 2 * MOST:
        out.print(plain(f"{len(pulses) - 2 * MOST} pulses between them are left out; --json has all"))


def _print_cycles(out: Console, cycles: Sequence[CycleRow]) -> None:
    """A row a cycle; growth without a microbalance is the mean of the layer, and says so."""
    sources = list(dict.fromkeys(name for row in cycles for name in row.areas))
    growth = "growth>" if any(row.weighed for row in cycles) else "growth (mean)>"
    left = (f"{name} left>" for name in sources)
    table = listing("loop", "cycle>", "at>", "length>", growth, *(f"{name} area>" for name in sources), *left)
    for row in _ends(cycles):
        table.add_row(
            plain(row.loop), str(row.cycle), clock_time(row.began), shown(row.length, D.TIME),
            shown(row.growth, D.GROWTH_PER_CYCLE),
            *(shown(row.areas.get(name), D.EXPOSURE) for name in sources),
            *(shown(row.residuals.get(name), D.FRACTION) for name in sources),
        )  # fmt: skip
    out.print()
    out.print(table)


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
    }


def _cycle(row: CycleRow) -> dict[str, object]:
    return {
        "loop": row.loop,
        "cycle": row.cycle,
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
