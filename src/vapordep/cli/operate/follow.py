"""The command `run follow`: a served run as it goes, until it ends; nothing is asked of it."""

import sys

from vapordep.app.running.outside import Snapshot
from vapordep.cli.operate.orders import client_of
from vapordep.cli.recipes.dry_run import UNFINISHED
from vapordep.cli.terminal.keyboard import Keyboard
from vapordep.cli.terminal.output import console, plain, state_text, tell, write_json
from vapordep.cli.terminal.progress import Progress
from vapordep.errors import InputError
from vapordep.link.client import Client
from vapordep.link.news import RunShown
from vapordep.link.picture import Picture
from vapordep.model.run import ENDED, RunState
from vapordep.wire import run_as_plain

LEFT = 130
"""The exit status of whoever stopped looking, as shells know it."""


def follow(reactor: str | None, *, as_json: bool) -> None:
    """Shows the run until it ends; exit status 1 when it did not complete.

    Raises InputError when there is no run, NoEngine once nobody serves it any more.
    """
    try:
        with client_of(reactor) as client:
            run = _followed(client, as_json=as_json)
    except KeyboardInterrupt:
        tell("No longer shown; the run goes on. See `vapordep run status`; end it with `vapordep run stop` or `abort`.")
        sys.exit(LEFT)
    if not as_json:
        out = console()
        out.print(state_text(run.state).append_text(plain(f": {run.reason}", style="default")), soft_wrap=True)
        out.print(plain(f"see it with `vapordep runs show {run.run_id}`", style="dim"), soft_wrap=True)
    if run.state is not RunState.COMPLETE:
        sys.exit(UNFINISHED)


def _followed(client: Client, *, as_json: bool) -> RunShown:
    """The run as it was when it ended, or when it was put aside."""
    picture = Picture(client.snapshot())
    run = picture.engine.run
    if run is None:
        raise InputError(
            f"no run is under way on {client.address.reactor}",
            remedy="start one with `vapordep run start RECIPE`; past ones are in `vapordep runs list`",
        )
    title = f"{run.recipe} on {client.address.reactor}, {run.run_id}   (^C stops looking; the run goes on)"
    told_last = None
    with Progress(title, quiet=as_json, keyboard=Keyboard(wanted=False)) as progress:
        for told in client.follow():
            picture.take(told)
            shown = picture.engine.run
            if shown is None or shown.run_id != run.run_id:  # put aside while nobody looked
                break
            if as_json and shown != told_last:
                write_json(run_as_plain(shown))
            run = told_last = shown
            progress.show(_snapshot(run, picture))
            if run.state in ENDED:
                break
    return run


def _snapshot(run: RunShown, picture: Picture) -> Snapshot:
    asks = f"asks: {run.prompt}   Say `vapordep run answer`" if run.prompt else ""
    alarms = "\n".join(alarm.text for alarm in picture.engine.alarms)
    return Snapshot(
        state=run.state,
        step=run.step,
        block=run.block,
        cycle=run.cycle,
        cycles=run.cycles,
        doses=run.doses,
        waiting_for=run.waiting_for,
        simulated=run.elapsed,
        wall=run.elapsed,
        left=run.left,
        pressure=picture.value("chamber.pressure"),
        stage=picture.value("stage.temperature"),
        reason=run.reason,
        allowed=run.verbs,
        standing="\n".join(part for part in (asks, alarms) if part),
    )
