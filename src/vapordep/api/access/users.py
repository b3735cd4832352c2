"""Accounts, sessions, tokens and what was done with them, for whoever keeps the accounts."""

from typing import Annotated, Literal

from fastapi import FastAPI, Path, Query
from pydantic import Field

from vapordep.accounts.accounts import Accounts
from vapordep.accounts.passwords import LONGEST
from vapordep.accounts.roles import Right, Role
from vapordep.accounts.sessions import Session, named
from vapordep.accounts.tokens import Token
from vapordep.api.access.doorkeeper import Caller, Needs
from vapordep.api.answers.answer import Answer, refuses
from vapordep.api.answers.given import Given, Told

Keeper = Annotated[Caller, Needs(Right.ADMINISTER)]
Confirmed = Annotated[Caller, Needs(Right.ADMINISTER, confirmed=True)]
Name = Annotated[str, Path(max_length=40, description="A person's name.")]
Id = Annotated[str, Path(max_length=64, description="As the list tells it.")]
Most = Annotated[int, Query(ge=1, le=1000, description="So many entries.")]
Before = Annotated[int | None, Query(ge=1, le=2**62, description="Only entries with a smaller number.")]
RoleNamed = Literal["viewer", "trainee", "operator", "engineer", "admin"]
Password = Annotated[str, Field(max_length=LONGEST, description="At least 10 characters.")]


class User(Answer):
    """Somebody who has an account."""

    name: str
    role: str
    disabled: bool


class TokenShown(Answer):
    """A token; instants in s since 1970. The token itself is not kept."""

    id: str
    person: str
    label: str
    scope: list[str]
    made_s: float
    ends_s: float
    revoked_s: float | None


class SessionShown(Answer):
    """A login that goes on; instants in s since 1970. `here` is the one that asks."""

    id: str
    person: str
    begun_s: float
    seen_s: float = Field(description="When it was used last, to a minute.")
    here: bool


class NewUser(Given):
    """Somebody who is to have an account; they change the password once they are in."""

    name: Annotated[str, Field(max_length=40, examples=["anna.berg"])]
    role: RoleNamed
    password: Password


class NewRole(Given):
    """Another role."""

    role: RoleNamed


class PasswordGiven(Given):
    """Another password."""

    password: Password


class AuditEntry(Answer):
    """Something that was done: civil time, ISO 8601, UTC."""

    number: int
    time: str
    person: str
    what: str


def add(app: FastAPI, accounts: Accounts) -> None:
    """Adds the routes."""
    _add_lists(app, accounts)
    _add_changes(app, accounts)
    _add_endings(app, accounts)


def _add_lists(app: FastAPI, accounts: Accounts) -> None:
    admin = [Needs(Right.ADMINISTER)]

    @app.get("/api/users", dependencies=admin)
    def users() -> list[User]:
        """All people, by name."""
        return [User(name=each.name, role=each.role, disabled=each.disabled) for each in accounts.people.all()]

    @app.get("/api/tokens", dependencies=admin)
    def tokens() -> list[TokenShown]:
        """All tokens that were ever made, the oldest first."""
        return [token_shown(each) for each in accounts.tokens.all()]

    @app.get("/api/sessions")
    def sessions(caller: Keeper) -> list[SessionShown]:
        """Who is logged in, the one who was there last first."""
        here = named(caller.session)
        return [session_shown(each, here) for each in accounts.sessions.all()]

    @app.get("/api/audit", dependencies=admin)
    def audit(most: Most = 100, before: Before = None) -> list[AuditEntry]:
        """What was done with accounts and over the web, the newest first: an order as it was given, and its outcome.

        Ask for the page behind with `before`, the number of the last entry of this one; an empty page is behind the
        first entry. What is added meanwhile moves no page.
        """
        entries = accounts.entries(most, before)
        return [AuditEntry(number=e.number, time=e.time, person=e.person, what=e.what) for e in entries]


def _add_changes(app: FastAPI, accounts: Accounts) -> None:
    """What says who may do what: each wants the password once more, never by a token."""

    @app.post("/api/users")
    def add_user(given: NewUser, caller: Confirmed) -> User:
        """Make an account. Names are given once, also that of somebody who is disabled."""
        made = accounts.people.add(given.name, Role(given.role), given.password, by=caller.person.name)
        return User(name=made.name, role=made.role, disabled=False)

    @app.post("/api/users/{name}/role", responses=refuses(404))
    def change_role(name: Name, given: NewRole, caller: Confirmed) -> Told:
        """Give somebody another role; they must log in again. There must be an admin left."""
        accounts.people.change(name, by=caller.person.name, role=Role(given.role))
        return Told(done=f"{name} is {given.role} now, and must log in again")

    @app.post("/api/users/{name}/disable", responses=refuses(404))
    def disable(name: Name, caller: Confirmed) -> Told:
        """Let somebody in no more, by session or token. What they did stays on record. There must be an admin left."""
        accounts.people.change(name, by=caller.person.name, disabled=True)
        return Told(done=f"{name} is let in no more")

    @app.post("/api/users/{name}/enable", responses=refuses(404))
    def enable(name: Name, caller: Confirmed) -> Told:
        """Let somebody in again."""
        accounts.people.change(name, by=caller.person.name, disabled=False)
        return Told(done=f"{name} is let in again")

    @app.post("/api/users/{name}/password", responses=refuses(404))
    def give_password(name: Name, given: PasswordGiven, caller: Confirmed) -> Told:
        """Give somebody another password; their sessions end."""
        accounts.people.set_password(name, given.password, by=caller.person.name)
        return Told(done=f"{name} has another password, and must log in again")


def _add_endings(app: FastAPI, accounts: Accounts) -> None:
    """What only takes away."""

    @app.post("/api/sessions/{id}/end", responses=refuses(404))
    def end_session(id: Id, caller: Keeper) -> Told:
        """End somebody's session, at once."""
        accounts.sessions.end_named(id, by=caller.person.name)
        return Told(done=f"the session {id} is over")

    @app.post("/api/tokens/{id}/revoke", responses=refuses(404))
    def revoke(id: Id, caller: Keeper) -> Told:
        """End somebody's token, at once and for good."""
        accounts.tokens.revoke(id, by=caller.person.name)
        return Told(done=f"the token {id} is revoked")


def token_shown(token: Token) -> TokenShown:
    """A token as answers tell of it."""
    return TokenShown(
        id=token.id, person=token.person, label=token.label, scope=sorted(token.scope), made_s=token.made,
        ends_s=token.ends, revoked_s=token.revoked,
    )  # fmt: skip


def session_shown(session: Session, here: str) -> SessionShown:
    """A session as answers tell of it; `here` is the name of the one that asks."""
    return SessionShown(
        id=session.name, person=session.person, begun_s=session.begun, seen_s=session.seen, here=session.name == here
    )
