"""The commands that speak with a served reactor: `serve`, the verbs of `run`, `arm`, `disarm`, `prove`, `alarms`."""

# ruff: noqa: D301 - a backspace in a docstring keeps the lines after it as they are in --help

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from vapordep.cli.options import History, Json
from vapordep.model.run import Verb

Served = Annotated[
    str | None,
    typer.Option(
        "--reactor", "-r", help="The served reactor, by its name or its file [the only one].", metavar="REACTOR"
    ),
]
ReactorFile = Annotated[
    str | None,
    typer.Argument(help="A reactor file, or the name of a shipped one [glovebox_ald].", metavar="REACTOR"),
]
By = Annotated[str | None, typer.Option("--by", help="Who asks for it [your login name].", metavar="NAME")]
Why = Annotated[str, typer.Option("--reason", help="Why; it is kept in the record.", metavar="TEXT")]
Listen = Annotated[
    str,
    typer.Option(
        "--listen",
        help="The page's address; another than this computer's own needs an account, and TLS or --without-tls.",
        metavar="ADDRESS",
    ),
]
Name = Annotated[
    list[str] | None,
    typer.Option("--name", help="What browsers may call this computer; once for each name.", metavar="NAME"),
]
Certificate = Annotated[
    Path | None, typer.Option("--certificate", help="The page's certificate for TLS, PEM.", metavar="FILE")
]
Key = Annotated[Path | None, typer.Option("--key", help="The key of that certificate, PEM.", metavar="FILE")]
WithoutTls = Annotated[bool, typer.Option("--without-tls", help="Let all in the network read passwords; it is noted.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="The page's port on this computer.", metavar="PORT")]
Notify = Annotated[
    Path | None,
    typer.Option(
        "--notify",
        help="A file of apprise addresses, one a line: who is told of trips and ends of runs.",
        metavar="FILE",
    ),
]
Guarded = Annotated[bool, typer.Option("--guarded", help="A guardian is the parent of this process.")]
Pace = Annotated[float | None, typer.Option("--pace", help="Of a simulated reactor: so many s of it a second.")]
Accounts = Annotated[Path | None, typer.Option("--accounts", help="Accounts of this folder count [the history's].")]
AlarmName = Annotated[str, typer.Argument(help="The alarm's id, as `vapordep alarms list` tells it.", metavar="ALARM")]

InterlockName = Annotated[str, typer.Argument(help="The interlock's id in the reactor file.", metavar="INTERLOCK")]

DEFAULT_PORT = 8740
LOCAL_ADDRESS = "127.0.0.1"
VERBS = {
    Verb.PAUSE: "Pause the run at the end of its cycle.",
    Verb.RESUME: "Let a paused run go on.",
    Verb.HOLD: "Hold the run now: sources shut, purging as the substrate allows, heat kept.",
    Verb.RESTART: "Let a held run go on, from the first half of the cycle it was in.",
    Verb.STOP: "Stop the run: it finishes the innermost cycle, then does `finally`.",
    Verb.CAP: "End the run with the cap of its recipe: the innermost cycle, the cap, then `finally`.",
    Verb.SKIP: "Skip the step under way, unless it protects something.",
    Verb.RESET: "Put a run that has ended aside, having looked at the reactor, so that the next may start.",
}
"""The verbs that are nothing but an order, and what each does."""


def add(app: typer.Typer, run_app: typer.Typer) -> None:
    """Adds them all."""
    alarms_app = typer.Typer(help="What needs a person's answer on a served reactor.", no_args_is_help=True)
    app.command()(serve)
    app.command(hidden=True)(engine)
    app.command(hidden=True)(web)
    app.command()(arm)
    app.command()(disarm)
    app.command()(prove)
    app.add_typer(alarms_app, name="alarms")
    alarms_app.command("list")(alarms_list)
    alarms_app.command("ack")(alarms_ack)
    alarms_app.command("reset")(alarms_reset)
    alarms_app.command("shelve")(alarms_shelve)
    alarms_app.command("unshelve")(alarms_unshelve)
    alarms_app.command("remove")(alarms_remove)
    alarms_app.command("return")(alarms_return)
    bypass_app = typer.Typer(help="Interlocks that are set aside on a served reactor.", no_args_is_help=True)
    app.add_typer(bypass_app, name="bypass")
    bypass_app.command("list")(bypass_list)
    bypass_app.command("add")(bypass_add)
    bypass_app.command("lift")(bypass_lift)
    app.command("limit")(limit)
    run_app.command("status")(run_status)
    run_app.command("follow")(run_follow)
    for verb, told in VERBS.items():
        run_app.command(verb.value, help=told)(_verb_command(verb))
    run_app.command("abort")(run_abort)
    run_app.command("amend")(run_amend)
    run_app.command("answer")(run_answer)


def serve(
    reactor: ReactorFile = None,
    history: History = None,
    port: Port = DEFAULT_PORT,
    listen: Listen = LOCAL_ADDRESS,
    name: Name = None,
    certificate: Certificate = None,
    key: Key = None,
    without_tls: WithoutTls = False,
    notify: Notify = None,
    no_web: Annotated[bool, typer.Option("--no-web", help="Serve no page.")] = False,
) -> None:
    """Serve a reactor: read it, arm it when asked, run recipes on it, and show it on a page of this computer.

    The page wants a login: as long as nobody has an account, a link is printed that makes the first one. See also
    `vapordep users` and `vapordep tokens`.

    It comes up disarmed and writes nothing to any instrument before it is armed. A run whose process went away is
    marked INTERRUPTED; nothing is resumed by itself. A guardian, the parent of the other processes, makes the reactor
    safe when the engine dies or hangs. Ctrl-C aborts a run and ends, with every output at its safe value: end a run in
    order with `vapordep run stop`. Exit status 3 when another process has the reactor.

    \b
    vapordep serve my_reactor.yaml
    vapordep run start al2o3_on_lithium --reactor my_reactor.yaml
    vapordep run status
    """
    from vapordep.api.place import Place
    from vapordep.cli import serve as command

    place = None if no_web else Place(port, listen, tuple(name or ()), certificate, key, without_tls)
    command.serve(reactor, history, place, notify)


def engine(
    reactor: ReactorFile = None,
    history: History = None,
    guarded: Guarded = False,
    pace: Pace = None,
) -> None:
    """The engine alone, without guardian and page; `vapordep serve` starts it, `vapordep demo` one at a pace."""
    from vapordep.cli import serve as command

    if pace is None:
        command.engine(reactor, history, guarded=guarded)
    else:
        command.paced_engine(reactor, history, pace)


def web(
    reactor: ReactorFile = None,
    history: History = None,
    port: Port = DEFAULT_PORT,
    listen: Listen = LOCAL_ADDRESS,
    name: Name = None,
    certificate: Certificate = None,
    key: Key = None,
    without_tls: WithoutTls = False,
    notify: Notify = None,
    guarded: Guarded = False,
    accounts: Accounts = None,
) -> None:
    """The page alone; `vapordep serve` starts it."""
    from vapordep.api.place import Place
    from vapordep.cli import serve as command

    place = Place(port, listen, tuple(name or ()), certificate, key, without_tls)
    command.web(reactor, history, place, notify, guarded=guarded, accounts=accounts)


def arm(
    reactor: Served = None,
    substrate: Annotated[
        str, typer.Option(help="What lies on the stage [the reactor's first substrate].", metavar="NAME")
    ] = "",
    by: By = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before the outputs are armed.")] = False,
    json: Json = False,
) -> None:
    """Arm a served reactor: every output goes to its safe value, and may leave it from then on.

    It shows what stands against each hazard and asks for the reactor's name, unless --yes is given. A run arms by
    itself.
    """
    from vapordep.cli import orders as command

    command.arm(reactor, substrate, by, yes=yes, as_json=json)


def disarm(reactor: Served = None, by: By = None, json: Json = False) -> None:
    """Disarm a served reactor: every output goes to its safe value and stays there."""
    from vapordep.cli import orders as command

    command.disarm(reactor, by, as_json=json)


def prove(
    sources: Annotated[list[str], typer.Argument(help="Sources of the reactor file, such as TMA.", metavar="SOURCE")],
    width: Annotated[
        str, typer.Option("--pulse", help="How long each is opened: 50 ms [50 ms, or its shortest].", metavar="TIME")
    ] = "",
    reactor: Served = None,
    by: By = None,
    json: Json = False,
) -> None:
    """Prove that the hand valves of sources are open: give each one test pulse, and look whether the pressure rises.

    The reactor must be armed and evacuated with its carrier flowing, as it is after `vapordep arm` on a chamber under
    vacuum, and no run under way. What comes lands on what lies on the stage; the interlocks judge it as any dose.
    What was found is kept in the record. Exit status 1 when a hand valve is not proven open.

    \b
    vapordep prove TMA
    vapordep prove TMA H2O --pulse "20 ms" --json
    """
    from vapordep.cli import proving as command

    command.prove(sources, width, reactor, by, as_json=json)


def run_status(
    reactor: Served = None,
    every: Annotated[bool, typer.Option("--all", help="Every tag, not only the chief ones.")] = False,
    json: Json = False,
) -> None:
    """Show a served reactor: its run, its alarms, and its values with their ages."""
    from vapordep.cli import status as command

    command.status(reactor, every=every, as_json=json)


def run_follow(reactor: Served = None, json: Json = False) -> None:
    """Follow the run of a served reactor until it ends: cycle, step, what it waits for, time left.

    Ctrl-C stops looking; the run goes on. With --json one object a change. Exit status 1 when the run did not complete.
    """
    from vapordep.cli import follow as command

    command.follow(reactor, as_json=json)


def run_amend(
    change: Annotated[str, typer.Argument(help="`main +20`, `main -5`, `TMA +20 s`, `TMA x1.5`.", metavar="CHANGE")],
    reactor: Served = None,
    by: By = None,
    reason: Why = "",
    json: Json = False,
) -> None:
    """Amend what is still to be done: more or fewer cycles of a loop, longer purges after a source.

    The plan is checked anew before it counts.

    \b
    vapordep run amend "main +20" --reason "film too thin"
    vapordep run amend "TMA x1.5"
    """
    from vapordep.cli import orders as command

    command.amend(reactor, change, by, reason, as_json=json)


def run_abort(reactor: Served = None, by: By = None, reason: Why = "", json: Json = False) -> None:
    """Abort: every output to its safe value, now.

    It goes to the guardian's own socket: when the engine does not obey within 3 s, the guardian does it.
    """
    from vapordep.cli import orders as command

    command.abort(reactor, by, reason, as_json=json)


def run_answer(
    text: Annotated[str, typer.Argument(help="What the recipe wants to know, if anything.", metavar="TEXT")] = "",
    reactor: Served = None,
    by: By = None,
    json: Json = False,
) -> None:
    """Answer what the recipe asks: that something is done, or what it wants to know."""
    from vapordep.cli import orders as command

    command.answer(reactor, text, by, as_json=json)


def alarms_list(reactor: Served = None, json: Json = False) -> None:
    """List the alarms that stand or are silenced, the most urgent first."""
    from vapordep.cli import status as command

    command.alarms(reactor, as_json=json)


def alarms_ack(
    alarm: AlarmName,
    note: Annotated[str, typer.Option(help="What you found; it is kept in the record.", metavar="TEXT")] = "",
    reactor: Served = None,
    by: By = None,
    json: Json = False,
) -> None:
    """Acknowledge an alarm: you have seen it. What it latched stays latched until it is reset."""
    from vapordep.cli import orders as command

    command.acknowledge(reactor, alarm, note, by, as_json=json)


def alarms_reset(alarm: AlarmName, reactor: Served = None, by: By = None, json: Json = False) -> None:
    """Release what an alarm latched, once it is acknowledged and its cause is gone."""
    from vapordep.cli import orders as command

    command.reset(reactor, alarm, by, as_json=json)


def alarms_shelve(
    alarm: AlarmName,
    lasting: Annotated[str, typer.Option("--for", help="How long: 30 min, 2 h.", metavar="TIME")],
    reason: Why,
    reactor: Served = None,
    by: By = None,
    json: Json = False,
) -> None:
    """Silence an alarm for a while; it comes back by itself. Alarms of trips cannot be shelved."""
    from vapordep.cli import orders as command

    command.shelve(reactor, alarm, lasting, reason, by, as_json=json)


def alarms_unshelve(alarm: AlarmName, reactor: Served = None, by: By = None, json: Json = False) -> None:
    """Take an alarm back before its time on the shelf is over."""
    from vapordep.cli import orders as command

    command.unshelve(reactor, alarm, by, as_json=json)


def alarms_remove(alarm: AlarmName, reason: Why, reactor: Served = None, by: By = None, json: Json = False) -> None:
    """Take an alarm out of service until somebody returns it, such as one of a gauge that is away for repair.

    The interlock itself stays in force. Alarms of trips cannot be taken out of service.
    """
    from vapordep.cli import orders as command

    command.remove(reactor, alarm, reason, by, as_json=json)


def alarms_return(alarm: AlarmName, reactor: Served = None, by: By = None, json: Json = False) -> None:
    """Return an alarm to service; what is still there is raised anew."""
    from vapordep.cli import orders as command

    command.restore(reactor, alarm, by, as_json=json)


def bypass_list(reactor: Served = None, json: Json = False) -> None:
    """List the interlocks that are set aside, by whom, why, and how much longer."""
    from vapordep.cli import status as command

    command.bypasses(reactor, as_json=json)


def bypass_add(
    interlock: InterlockName,
    lasting: Annotated[str, typer.Option("--for", help="How long: 30 min, 2 h; 8 h at most.", metavar="TIME")],
    reason: Why,
    reactor: Served = None,
    by: By = None,
    json: Json = False,
) -> None:
    """Set one interlock aside for a while; it comes back by itself, also over a restart.

    The substrate's over-temperature, incompatible sources and bare metal have no bypass, nor has what the reactor file
    calls hard.

    \b
    vapordep bypass add F2 --for "30 min" --reason "flow meter is being exchanged"
    """
    from vapordep.cli import orders as command

    command.bypass(reactor, interlock, lasting, reason, by, as_json=json)


def bypass_lift(interlock: InterlockName, reactor: Served = None, by: By = None, json: Json = False) -> None:
    """End a bypass before its time."""
    from vapordep.cli import orders as command

    command.lift(reactor, interlock, by, as_json=json)


def limit(
    interlock: InterlockName,
    tag: Annotated[str, typer.Argument(help="The tag whose limit it is.", metavar="TAG")],
    to: Annotated[
        str,
        typer.Argument(
            help='The new limit with its unit, such as "900 Pa"; where there are two, "< 900 Pa".', metavar="LIMIT"
        ),
    ],
    reason: Why,
    reactor: Served = None,
    by: By = None,
    json: Json = False,
) -> None:
    """Change a limit of an interlock as long as the engine runs: tighter at any time, looser only when disarmed.

    \b
    vapordep limit P3 chamber.pressure "500 Pa" --reason "a fragile foil"
    vapordep limit T2 walls.temperature "< 140 degC" --reason "new seals"
    """
    from vapordep.cli import orders as command

    command.limit(reactor, interlock, tag, to, reason, by, as_json=json)


def _verb_command(verb: Verb) -> Callable[..., None]:
    def command(reactor: Served = None, by: By = None, reason: Why = "", json: Json = False) -> None:
        from vapordep.cli import orders

        orders.ask(verb, reactor, by, reason, as_json=json)

    return command
