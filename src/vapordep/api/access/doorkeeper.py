"""The doorkeeper: who asks, by session or token, and whether they may. A route that names no right is never served."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.params import Depends
from fastapi.routing import APIRoute

from vapordep.accounts.accounts import Accounts
from vapordep.accounts.people import Person
from vapordep.accounts.roles import Right
from vapordep.accounts.store import digest
from vapordep.api.access.door import METHODS
from vapordep.clock import perf
from vapordep.errors import HistoryError, InputError, NotAllowed, NotConfirmed, NotLoggedIn

LOG_IN = "log in at /login, or send `Authorization: Bearer TOKEN` (see `vapordep tokens add`)"
MADE_ANEW = "make another one, in the settings or by `vapordep tokens add`"
KNOWN_KEPT = 200
CONFIRMED_FOR = 600.0
"""s: so long after a password was shown its session may take protection away."""
CONFIRM = "log in, and show the password at POST /api/confirm; it counts for 10 min"
STILL_LET_IN = frozenset({Right.READ, Right.ABORT})
"""What somebody whom this process knows may do while the accounts cannot be read."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the person, what they may do with what they showed, and the secret of their session, if it is one."""

    person: Person
    rights: frozenset[Right]
    session: str = ""


class Doorkeeper:
    """Knows callers by what they show; nobody is known by an address."""

    def __init__(self, accounts: Accounts, cookie: str, clock: Callable[[], float] = perf) -> None:
        """`cookie` is the name of the cookie that holds a session's secret."""
        self._clock = clock
        self._confirmed: dict[str, float] = {}
        self.accounts = accounts
        self.cookie = cookie
        self._known: OrderedDict[str, Caller] = OrderedDict()
        self._lock = threading.Lock()

    def confirm(self, session: str) -> None:
        """Somebody has just shown the password of this session's person."""
        with self._lock:
            now = self._clock()
            self._confirmed = {key: at for key, at in self._confirmed.items() if now - at < CONFIRMED_FOR}
            self._confirmed[digest(session)] = now

    def is_confirmed(self, session: str) -> bool:
        """Whether that is so short a time ago that it counts; after this process has begun anew it is not."""
        with self._lock:
            at = self._confirmed.get(digest(session), float("-inf"))
        return bool(session) and self._clock() - at < CONFIRMED_FOR

    def caller(self, request: Request) -> Caller:
        """Who asks; raises NotLoggedIn, HistoryError when the accounts cannot be read."""
        secret, is_token = self._shown(request)
        try:
            found = self._by_token(secret) if is_token else self._by_session(secret)
        except HistoryError:
            found = self._remembered(secret)
            if found is None:
                raise
        else:
            self._remember(secret, found)
        if found is None:
            raise _unknown(secret, is_token=is_token)
        return found

    def _shown(self, request: Request) -> tuple[str, bool]:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme:
            return (token.strip() if scheme.lower() == "bearer" else ""), True
        return request.cookies.get(self.cookie, ""), False

    def _by_token(self, secret: str) -> Caller | None:
        found = self.accounts.tokens.who(secret)
        return None if found is None else Caller(*found)

    def _by_session(self, secret: str) -> Caller | None:
        person = self.accounts.sessions.who(secret) if secret else None
        return None if person is None else Caller(person, person.rights, secret)

    def _remember(self, secret: str, found: Caller | None) -> None:
        with self._lock:
            self._known.pop(digest(secret), None)
            if found is not None:
                self._known[digest(secret)] = found
                while len(self._known) > KNOWN_KEPT:
                    self._known.popitem(last=False)

    def _remembered(self, secret: str) -> Caller | None:
        with self._lock:
            known = self._known.get(digest(secret))
        return None if known is None else Caller(known.person, known.rights & STILL_LET_IN, known.session)


class Needs(Depends):
    """What a route needs of its caller: `caller: Annotated[Caller, Needs(Right.READ)]`."""

    def __init__(self, right: Right, *, confirmed: bool = False) -> None:
        """With `confirmed` the password must have been shown shortly before."""
        super().__init__(_Check(right, confirmed))


@dataclass(frozen=True)
class _Check:
    """Lets the caller of a route in, or raises NotLoggedIn or NotAllowed."""

    right: Right
    confirmed: bool

    def __call__(self, request: Request) -> Caller:
        doorkeeper: Doorkeeper = request.app.state.doorkeeper
        caller = doorkeeper.caller(request)
        if self.right not in caller.rights:
            raise _lacking(caller, self.right, request.url.path)
        if self.confirmed and not doorkeeper.is_confirmed(caller.session):
            what = f"this needs your password once more{'' if caller.session else ', not a token'}"
            raise NotConfirmed(what, where=request.url.path, remedy=CONFIRM)
        _require_known(request)
        return caller


def _require_known(request: Request) -> None:
    """Raises InputError for what the route does not ask for: a word misspelt would find more than was wanted."""
    route = request.scope.get("route")
    if not isinstance(route, APIRoute) or not route.include_in_schema:
        return
    known = set(_asked(route.dependant))
    for name in request.query_params:
        if name not in known:
            remedy = f"it takes {', '.join(sorted(known))}" if known else "it takes none"
            raise InputError(f"{name[:60]!r} is nothing that is asked for here", where=request.url.path, remedy=remedy)


def _asked(of: Dependant) -> Iterator[str]:
    """The names of all that a route takes in its query."""
    yield from (each.alias for each in of.query_params)
    for each in of.dependencies:
        yield from _asked(each)


def _unknown(secret: str, *, is_token: bool) -> NotLoggedIn:
    """Tells a program that its token is the matter; not whether there ever was one like it."""
    if is_token and secret:
        return NotLoggedIn("this token does not hold: it was revoked, is over, or never was one", remedy=MADE_ANEW)
    return NotLoggedIn("this session is over" if secret else "nobody is logged in", remedy=LOG_IN)


def _lacking(caller: Caller, right: Right, where: str) -> NotAllowed:
    name, role = caller.person.name, caller.person.role
    if right in caller.person.rights and not caller.session:
        what = (
            f"{name} ({role}) has the right to {right}, but this token is for {', '.join(sorted(caller.rights))} only"
        )
        return NotAllowed(
            what, where=where, remedy="make another one: vapordep tokens add NAME --label WHAT --scope ..."
        )
    what = f"{name} ({role}) has no right to {right}"
    return NotAllowed(what, where=where, remedy="ask who keeps the accounts, or use another token")


def require_rights(app: FastAPI, public: frozenset[str]) -> None:
    """Raises RuntimeError unless each route names a right, or its path is one of `public`; or for another method."""
    for route in app.routes:
        if not isinstance(route, APIRoute):
            raise RuntimeError(f"{route} is no route that could name a right")
        if not (route.methods or set()) <= set(METHODS):
            raise RuntimeError(f"{route.path} has a method that the door does not guard")
        if right_of(route) is None and route.path not in public:
            raise RuntimeError(f"{route.path} names no right")


def right_of(route: APIRoute) -> Right | None:
    """The right that a route needs."""
    checks: list[Any] = [each.call for each in route.dependant.dependencies]
    return next((check.right for check in checks if isinstance(check, _Check)), None)
