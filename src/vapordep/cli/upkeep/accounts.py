"""Accounts at the computer: people and tokens, made, changed and listed."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import typer

from vapordep.accounts.accounts import Accounts
from vapordep.accounts.passwords import LONGEST
from vapordep.accounts.roles import role_from, scope_from
from vapordep.accounts.tokens import Token
from vapordep.cli.terminal.output import console, listing, plain, tell, write_json
from vapordep.errors import InputError
from vapordep.history.folder import default_folder


def list_users(history: Path | None, *, as_json: bool) -> None:
    """Lists everybody."""
    people = _of(history).people.all()
    if as_json:
        write_json([{"name": each.name, "role": each.role, "disabled": each.disabled} for each in people])
        return
    table = listing("name", "role", "")
    for each in people:
        table.add_row(plain(each.name), str(each.role), "disabled" if each.disabled else "")
    console().print(table if people else "Nobody has an account yet: vapordep users add NAME --role admin")


def add_user(name: str, role: str, history: Path | None, *, from_input: bool, as_json: bool) -> None:
    """Makes an account."""
    wanted = role_from(role)
    made = _of(history).people.add(name, wanted, _password(from_input=from_input))
    _told({"name": made.name, "role": str(made.role)}, f"{made.name} may log in now, as {made.role}", as_json=as_json)


def set_password(name: str, history: Path | None, *, from_input: bool, as_json: bool) -> None:
    """Gives another password."""
    accounts = _of(history)
    person = accounts.people.named(name)
    accounts.people.set_password(person.name, _password(from_input=from_input))
    now = accounts.store.now()
    on = [each.id for each in accounts.tokens.all() if each.person == person.name and each.counts(now)]
    text = f"{person.name} has the new password, and must log in again"
    if on:
        text += f"; tokens go on as before: {', '.join(on)} (end one with `vapordep tokens revoke ID`)"
    _told({"name": person.name, "tokens": on}, text, as_json=as_json)


def set_role(name: str, role: str, history: Path | None, *, as_json: bool) -> None:
    """Gives another role."""
    wanted = role_from(role)
    _of(history).people.change(name, role=wanted)
    _told({"name": name, "role": str(wanted)}, f"{name} is {wanted} now, and must log in again", as_json=as_json)


def disable(name: str, history: Path | None, *, disabled: bool, as_json: bool) -> None:
    """Lets somebody in no more, or again."""
    _of(history).people.change(name, disabled=disabled)
    told = "is let in no more" if disabled else "is let in again"
    _told({"name": name, "disabled": disabled}, f"{name} {told}", as_json=as_json)


def list_tokens(history: Path | None, *, as_json: bool) -> None:
    """Lists all tokens."""
    accounts = _of(history)
    found, now = accounts.tokens.all(), accounts.store.now()
    if as_json:
        write_json([_token_as_json(each) for each in found])
        return
    table = listing("id", "person", "for", "scope", "until", "")
    for each in found:
        state = "" if each.counts(now) else "over" if each.revoked is None else "revoked"
        until = datetime.fromtimestamp(each.ends, UTC).astimezone().date().isoformat()
        table.add_row(each.id, plain(each.person), plain(each.label), ",".join(sorted(each.scope)), until, state)
    console().print(table if found else "There are no tokens: vapordep tokens add NAME --label TEXT")


def add_token(name: str, label: str, scope: str, days: float, history: Path | None, *, as_json: bool) -> None:
    """Makes a token and prints it."""
    accounts = _of(history)
    token = accounts.tokens.make(accounts.people.named(name), label, scope_from(scope), days)
    if as_json:
        write_json({"token": token})
        return
    tell("It is shown this once; keep it like a password. Programs send: Authorization: Bearer TOKEN")
    sys.stdout.write(f"{token}\n")


def revoke_token(token: str, history: Path | None, *, as_json: bool) -> None:
    """Ends a token."""
    _of(history).tokens.revoke(token)
    _told({"id": token}, f"the token {token} is revoked", as_json=as_json)


def _of(history: Path | None) -> Accounts:
    return Accounts.of((history or default_folder()).absolute())


def _password(*, from_input: bool) -> str:
    """Asked for twice, without showing it, or the first line of the standard input."""
    if from_input:
        return sys.stdin.readline(LONGEST + 2).rstrip("\r\n")
    if not sys.stdin.isatty():
        raise InputError("nobody can type a password here", remedy="add --password-from-input and give it one line")
    asked: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return asked


def _token_as_json(token: Token) -> dict[str, object]:
    return {
        "id": token.id, "person": token.person, "label": token.label, "scope": sorted(token.scope),
        "made_s": token.made, "ends_s": token.ends, "revoked_s": token.revoked,
    }  # fmt: skip


def _told(data: dict[str, object], text: str, *, as_json: bool) -> None:
    if as_json:
        write_json(data)
    else:
        console().print(plain(text))
