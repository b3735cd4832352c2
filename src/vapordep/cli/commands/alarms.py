"""The commands about alarms: `alarms list | history | ack | reset | shelve | unshelve | remove | return`."""

# ruff: noqa: D301 - a backspace in a docstring keeps the lines after it as they are in --help

from typing import Annotated

import typer

from vapordep.cli.commands.options import By, History, Json, Served, Why
from vapordep.cli.terminal.families import family

app = family("What needs a person's answer on a served reactor.")
AlarmName = Annotated[str, typer.Argument(help="The alarm's id, as `vapordep alarms list` tells it.", metavar="ALARM")]


@app.command("list")
def alarms_list(reactor: Served = None, json: Json = False) -> None:
    """List the alarms that stand or are silenced, the most urgent first."""
    from vapordep.cli.operate import status as command

    command.alarms(reactor, as_json=json)


@app.command("history")
def alarms_history(
    history: History = None,
    reactor: Annotated[
        str, typer.Option("--reactor", "-r", help="By the name in its file [the one served last].", metavar="NAME")
    ] = "",
    since: Annotated[str, typer.Option(help="2026-11-27, or with T08:00; UTC [a day before].", metavar="TIME")] = "",
    until: Annotated[str, typer.Option(help="The same [now].", metavar="TIME")] = "",
    tag: Annotated[str, typer.Option(help="Only what tells of that tag, or that alarm's id.", metavar="TAG")] = "",
    priority: Annotated[str, typer.Option(help="low, high or urgent: those, and more urgent.", metavar="NAME")] = "",
    simulated: Annotated[bool, typer.Option("--simulated", help="The simulated twin of that name.")] = False,
    json: Json = False,
) -> None:
    """List alarms of the past, the latest first: when, for how long, who acknowledged them and what they noted.

    Across runs and the time between; no engine is needed. Dry runs in virtual time are on no reactor's time, and are
    left out: `vapordep runs show` tells their alarms.

    \b
    vapordep alarms history
    vapordep alarms history --since 2026-11-01 --tag chamber.pressure --priority high
    """
    from vapordep.cli.review import alarm_history as command

    asked = command.Asked(reactor, since, until, tag, priority, simulated)
    command.alarm_history(history, asked, as_json=json)


@app.command("ack")
def alarms_ack(
    alarm: AlarmName,
    note: Annotated[str, typer.Option(help="What you found; it is kept in the record.", metavar="TEXT")] = "",
    reactor: Served = None,
    by: By = None,
    json: Json = False,
) -> None:
    """Acknowledge an alarm: you have seen it. What it latched stays latched until it is reset."""
    from vapordep.cli.operate import orders as command

    command.acknowledge(reactor, alarm, note, by, as_json=json)


@app.command("reset")
def alarms_reset(alarm: AlarmName, reactor: Served = None, by: By = None, json: Json = False) -> None:
    """Release what an alarm latched, once it is acknowledged and its cause is gone."""
    from vapordep.cli.operate import orders as command

    command.reset(reactor, alarm, by, as_json=json)


@app.command("shelve")
def alarms_shelve(
    alarm: AlarmName,
    lasting: Annotated[str, typer.Option("--for", help="How long: 30 min, 2 h.", metavar="TIME")],
    reason: Why,
    reactor: Served = None,
    by: By = None,
    json: Json = False,
) -> None:
    """Silence an alarm for a while; it comes back by itself. Alarms of trips cannot be shelved."""
    from vapordep.cli.operate import orders as command

    command.shelve(reactor, alarm, lasting, reason, by, as_json=json)


@app.command("unshelve")
def alarms_unshelve(alarm: AlarmName, reactor: Served = None, by: By = None, json: Json = False) -> None:
    """Take an alarm back before its time on the shelf is over."""
    from vapordep.cli.operate import orders as command

    command.unshelve(reactor, alarm, by, as_json=json)


@app.command("remove")
def alarms_remove(alarm: AlarmName, reason: Why, reactor: Served = None, by: By = None, json: Json = False) -> None:
    """Take an alarm out of service until somebody returns it, such as one of a gauge that is away for repair.

    The interlock itself stays in force. Alarms of trips cannot be taken out of service.
    """
    from vapordep.cli.operate import orders as command

    command.remove(reactor, alarm, reason, by, as_json=json)


@app.command("return")
def alarms_return(alarm: AlarmName, reactor: Served = None, by: By = None, json: Json = False) -> None:
    """Return an alarm to service; what is still there is raised anew."""
    from vapordep.cli.operate import orders as command

    command.restore(reactor, alarm, by, as_json=json)
