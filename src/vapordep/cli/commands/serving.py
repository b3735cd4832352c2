"""The commands that serve a reactor: `serve`, and those of the processes that it starts."""

# ruff: noqa: D301 - a backspace in a docstring keeps the lines after it as they are in --help

from pathlib import Path
from typing import Annotated

import typer

from vapordep.cli.commands.options import History, ReactorFile
from vapordep.cli.terminal.loading import loading

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

DEFAULT_PORT = 8740
LOCAL_ADDRESS = "127.0.0.1"


def add(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command()(serve)
    app.command(hidden=True)(engine)
    app.command(hidden=True)(web)


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
    with loading():
        from vapordep.api.access.place import Place
        from vapordep.cli.operate import serve as command

    place = None if no_web else Place(port, listen, tuple(name or ()), certificate, key, without_tls)
    command.serve(reactor, history, place, notify)


def engine(
    reactor: ReactorFile = None,
    history: History = None,
    guarded: Guarded = False,
    pace: Pace = None,
) -> None:
    """The engine alone, without guardian and page; `vapordep serve` starts it, `vapordep demo` one at a pace."""
    with loading():
        from vapordep.cli.operate import parts

    if pace is None:
        parts.engine(reactor, history, guarded=guarded)
    else:
        parts.paced_engine(reactor, history, pace)


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
    with loading():
        from vapordep.api.access.place import Place
        from vapordep.cli.operate import parts

    place = Place(port, listen, tuple(name or ()), certificate, key, without_tls)
    parts.web(reactor, history, place, notify, guarded=guarded, accounts=accounts)
