"""The command `runs leaks`: the leak of a reactor from check to check, and whether it rises."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from vapordep.app.plots.leaks import plot_leaks
from vapordep.app.review.leaks import DAY, Leaks, leaks
from vapordep.app.words import count
from vapordep.chemistry import substrate
from vapordep.cli.terminal.output import console, listing, plain, write_json
from vapordep.cli.terminal.past import history_in
from vapordep.model.run import Mode

GATE = "lithium"
"""The substrate that bears least, whose gates are told."""


def show_leaks(reactor: str | None, folder: Path | None, most: int, plot: Path | None, *, as_json: bool) -> None:
    """Prints the checks and their trend."""
    found = leaks(history_in(folder), reactor, most)
    if plot is not None:
        plot_leaks(found, plot)
    if as_json:
        write_json(_as_json(found))
        return
    out = console()
    kind = "dry runs" if found.mode is Mode.DRY_RUN else "runs"
    out.print(plain(f"{found.reactor}, {kind}: {count(len(found.checks), 'leak check')}", "bold"))
    table = listing("when", "run", "leak>", "the gauge sees>", "what")
    for check in found.checks:
        when = f"{datetime.fromtimestamp(check.time, UTC):%Y-%m-%d %H:%M} UTC"
        table.add_row(
            when, plain(check.run_id), f"{check.leak:.2g} Pa m3/s", f"{check.limit:.1g} Pa m3/s", plain(check.text)
        )
    if found.checks:
        out.print(table)
    out.print(plain(told(found)))
    for run_id in found.unread:
        out.print(plain(f"{run_id} cannot be read; see `vapordep runs verify`"))


def told(found: Leaks) -> str:
    """The trend in words."""
    trend = found.trend
    if trend is None:
        return "too few checks, or too close to each other, to tell a trend"
    if not trend.rises:
        return "the leak does not rise, as far as these checks can tell"
    gates = substrate(GATE)
    until = trend.reaches(gates.leak_block)
    days = "has reached" if until == 0.0 else f"would reach in {(until or 0.0) / DAY:.3g} days"
    return (
        f"the leak rises by {trend.rise * DAY:.2g} +- {trend.error * DAY:.1g} Pa m3/s a day, and {days} the "
        f"{gates.leak_block:.1g} Pa m3/s above which {GATE} is not coated: look at the lid's seal and the last fittings"
    )


def _as_json(found: Leaks) -> dict[str, object]:
    """SI units."""
    trend = found.trend
    return {
        "reactor": found.reactor,
        "mode": found.mode.value,
        "checks": [asdict(check) for check in found.checks],
        "trend": None if trend is None else {**asdict(trend), "rises": trend.rises},
        "unread": list(found.unread),
    }
