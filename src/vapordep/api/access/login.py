"""Logging in and out, the first account, and one's own password."""

from collections.abc import Callable
from math import ceil
from typing import Annotated

from fastapi import FastAPI, Response

from vapordep.accounts.attempts import Attempts
from vapordep.accounts.people import Person
from vapordep.accounts.roles import Right
from vapordep.accounts.sessions import LONGEST
from vapordep.accounts.store import digest
from vapordep.api.access.doorkeeper import Caller, Doorkeeper, Needs
from vapordep.api.answers.answer import Answer, refuses
from vapordep.api.answers.given import Given, Text
from vapordep.errors import NotLoggedIn, TooManyTries
from vapordep.lazy import dataclass

PUBLIC = frozenset({"/api/login", "/api/first", "/api/enter"})


class Login(Given):
    """Who logs in."""

    name: Text
    password: Text


class First(Login):
    """Who makes the first account, by the link that was printed at the computer."""

    token: Text


class Link(Given):
    """Who comes by a link that logs in."""

    token: Text


class NewPassword(Given):
    """One's own password, and another one."""

    password: Text
    new: Text


class Confirm(Given):
    """One's own password once more."""

    password: Text


class Known(Answer):
    """Who somebody is, and what they may do."""

    name: str
    role: str
    rights: list[str]


def add(app: FastAPI, doorkeeper: Doorkeeper, *, secure: bool) -> None:
    """Adds the routes; with `secure` the session's cookie goes by TLS only."""
    attempts = Attempts()
    cookie = _Cookie(doorkeeper, secure)
    _add_beginnings(app, cookie, attempts)
    _add_own(app, cookie, attempts)


@dataclass(frozen=True, slots=True)
class _Cookie:
    """What a browser holds as long as a session lasts."""

    doorkeeper: Doorkeeper
    secure: bool

    def give(self, person: Person, response: Response, *, by_password: bool = True) -> Known:
        """Begins a session of somebody who has shown who they are; only a password also confirms what asks for it."""
        secret = self.doorkeeper.accounts.sessions.begin(person)
        if by_password:
            self.doorkeeper.confirm(secret)
        response.set_cookie(
            self.doorkeeper.cookie, secret, max_age=int(LONGEST), path="/", secure=self.secure, httponly=True,
            samesite="strict",
        )  # fmt: skip
        return _known(person, person.rights)

    def take(self, response: Response) -> None:
        """Takes it back."""
        response.delete_cookie(self.doorkeeper.cookie, path="/", secure=self.secure, httponly=True, samesite="strict")


def _add_beginnings(app: FastAPI, cookie: _Cookie, attempts: Attempts) -> None:
    people = cookie.doorkeeper.accounts.people

    @app.post("/api/login", responses=refuses(401, 429))
    def log_in(given: Login, response: Response) -> Known:
        """Begin a session: the answer sets a cookie that ends 12 h after its last use and after 7 days.

        Wrong ones cost ever longer waits, told by `Retry-After` (429).
        """
        return cookie.give(_person(given, attempts, people.who), response)

    @app.post("/api/first", responses=refuses(429))
    def make_first(given: First, response: Response) -> Known:
        """Make the first account, an admin, with the one-time token of the link that `vapordep serve` printed."""
        _let(attempts, " the first link")
        person = people.add_first(digest(given.token), given.name, given.password)
        attempts.right(" the first link")
        return cookie.give(person, response)

    @app.post("/api/enter", responses=refuses(401, 429))
    def enter(given: Link, response: Response) -> Known:
        """Begin a session by the one-time token of a link that was printed at the computer; it is void afterwards."""
        _let(attempts, " a link")
        person = cookie.doorkeeper.accounts.sessions.enter(given.token)
        if person is None:
            raise NotLoggedIn(
                "this link was used before, or is over", remedy="log in at /login, or ask for another one"
            )
        attempts.right(" a link")
        return cookie.give(person, response, by_password=False)


def _add_own(app: FastAPI, cookie: _Cookie, attempts: Attempts) -> None:
    accounts = cookie.doorkeeper.accounts

    @app.post("/api/logout")
    def log_out(caller: Annotated[Caller, Needs(Right.READ)], response: Response) -> Known:
        """End this session."""
        if caller.session:
            accounts.sessions.end(caller.session)
        cookie.take(response)
        return _known(caller.person, frozenset())

    @app.post("/api/password", responses=refuses(429))
    def change(given: NewPassword, caller: Annotated[Caller, Needs(Right.READ)], response: Response) -> Known:
        """Change one's own password; all sessions of this person end, and a new one begins. Not by a token."""
        if not caller.session:
            raise NotLoggedIn("a token does not change a password", remedy="log in at /login")
        person = _person(Login(name=caller.person.name, password=given.password), attempts, accounts.people.who)
        accounts.people.set_password(person.name, given.new, by=person.name)
        return cookie.give(person, response)

    @app.post("/api/confirm", responses=refuses(429))
    def confirm(given: Confirm, caller: Annotated[Caller, Needs(Right.READ)]) -> Known:
        """Show one's own password once more: for 10 min it allows what takes protection away or says who may do what.

        Not by a token.
        """
        if not caller.session:
            raise NotLoggedIn("a token confirms nothing", remedy="log in at /login")
        person = _person(Login(name=caller.person.name, password=given.password), attempts, accounts.people.who)
        cookie.doorkeeper.confirm(caller.session)
        return _known(person, caller.rights)

    @app.get("/api/me")
    def me(caller: Annotated[Caller, Needs(Right.READ)]) -> Known:
        """Who is logged in, and what they may do."""
        return _known(caller.person, caller.rights)


def _person(given: Login, attempts: Attempts, who: Callable[[str, str], Person | None]) -> Person:
    name = given.name.strip().lower()
    _let(attempts, name)
    person = who(name, given.password)
    if person is None:
        raise NotLoggedIn("name or password is wrong", remedy="try again; whoever keeps the accounts can help")
    attempts.right(name)
    return person


def _let(attempts: Attempts, name: str) -> None:
    if (wait := attempts.wait(name)) > 0.0:
        raise TooManyTries("too many tries", wait=wait, remedy=f"wait {ceil(wait)} s; ABORT works at the computer")


def _known(person: Person, rights: frozenset[Right]) -> Known:
    return Known(name=person.name, role=person.role, rights=sorted(rights))
