"""The commands `users` and `tokens`: who may look at the page, and what programs show instead of a login."""

# ruff: noqa: D301 - a backspace in a docstring keeps the lines after it as they are in --help

from typing import Annotated

import typer

from vapordep.cli.commands.options import History, Json
from vapordep.cli.terminal.families import family

users = family("Who may log in on the page, and as what.")
tokens = family("What programs show instead of a login.")

Name = Annotated[str, typer.Argument(help="A person's name, such as anna.berg.", metavar="NAME")]
Role = Annotated[
    str,
    typer.Option("--role", help="viewer, trainee, operator, engineer or admin.", metavar="ROLE"),
]
Scope = Annotated[
    str,
    typer.Option("--scope", help="read, abort, run, operate, engineer, administer: commas between.", metavar="RIGHTS"),
]
FromInput = Annotated[
    bool, typer.Option("--password-from-input", help="Read the password from the standard input; do not ask.")
]


@users.command("list")
def users_list(history: History = None, json: Json = False) -> None:
    """List everybody who has an account.

    \b
    vapordep users list
    vapordep users list --json
    """
    from vapordep.cli.upkeep import accounts as command

    command.list_users(history, as_json=json)


@users.command("add")
def users_add(
    name: Name, role: Role, history: History = None, from_input: FromInput = False, json: Json = False
) -> None:
    """Make an account; it asks for a password of at least 10 characters.

    A viewer looks; trainees, operators, engineers and admins may do more, each all that the ones before may. Everybody
    who is logged in may abort. Only admins see the accounts.

    \b
    vapordep users add anna.berg --role operator
    """
    from vapordep.cli.upkeep import accounts as command

    command.add_user(name, role, history, from_input=from_input, as_json=json)


@users.command("password")
def users_password(name: Name, history: History = None, from_input: FromInput = False, json: Json = False) -> None:
    """Give somebody another password, and end their sessions.

    \b
    vapordep users password anna.berg
    """
    from vapordep.cli.upkeep import accounts as command

    command.set_password(name, history, from_input=from_input, as_json=json)


@users.command("role")
def users_role(
    name: Name,
    role: Annotated[str, typer.Argument(help="viewer, trainee, operator, engineer or admin.", metavar="ROLE")],
    history: History = None,
    json: Json = False,
) -> None:
    """Give somebody another role, and end their sessions.

    \b
    vapordep users role anna.berg engineer
    """
    from vapordep.cli.upkeep import accounts as command

    command.set_role(name, role, history, as_json=json)


@users.command("disable")
def users_disable(name: Name, history: History = None, json: Json = False) -> None:
    """Let somebody in no more, by session or token; what they did stays on record.

    \b
    vapordep users disable anna.berg
    """
    from vapordep.cli.upkeep import accounts as command

    command.disable(name, history, disabled=True, as_json=json)


@users.command("enable")
def users_enable(name: Name, history: History = None, json: Json = False) -> None:
    """Let somebody in again.

    \b
    vapordep users enable anna.berg
    """
    from vapordep.cli.upkeep import accounts as command

    command.disable(name, history, disabled=False, as_json=json)


@tokens.command("list")
def tokens_list(history: History = None, json: Json = False) -> None:
    """List all tokens that were ever made; the tokens themselves are not kept.

    \b
    vapordep tokens list
    """
    from vapordep.cli.upkeep import accounts as command

    command.list_tokens(history, as_json=json)


@tokens.command("add")
def tokens_add(
    name: Annotated[str, typer.Argument(help="Whose token it is.", metavar="NAME")],
    label: Annotated[str, typer.Option("--label", help="What it is for.", metavar="TEXT")],
    scope: Scope = "read",
    days: Annotated[float, typer.Option("--days", help="How long it holds.", metavar="DAYS")] = 365.0,
    history: History = None,
    json: Json = False,
) -> None:
    """Make a token and print it, once; a program sends it as `Authorization: Bearer TOKEN`.

    \b
    vapordep tokens add anna.berg --label "notebook of the growth study"
    vapordep tokens add anna.berg --label watchdog --scope read,abort --days 30
    """
    from vapordep.cli.upkeep import accounts as command

    command.add_token(name, label, scope, days, history, as_json=json)


@tokens.command("revoke")
def tokens_revoke(
    token: Annotated[str, typer.Argument(help="The token's id, as `vapordep tokens list` tells it.", metavar="ID")],
    history: History = None,
    json: Json = False,
) -> None:
    """End a token at once.

    \b
    vapordep tokens revoke 9f3a1c22
    """
    from vapordep.cli.upkeep import accounts as command

    command.revoke_token(token, history, as_json=json)
