"""Sessions: what a browser holds after a login is a secret; who it stands for is known here, and ends by itself."""

import sys
import threading
from secrets import token_urlsafe

from sqlalchemy import ColumnElement, delete, insert, select, update

from vapordep.accounts.people import Person
from vapordep.accounts.roles import Role
from vapordep.accounts.store import Store, digest
from vapordep.accounts.tables import people, sessions
from vapordep.errors import HistoryError, NotThere
from vapordep.lazy import dataclass

IDLE, LONGEST = 12 * 3600.0, 7 * 86400.0
"""A session ends so long after it was last used, and so long after its beginning whatever happens, in s."""
MARKED_EVERY = 60.0
"""That it is used is written down so often, in s."""


NAMED = 12
"""Digits of a session's name: too few to find its secret by, enough to tell it from the others."""


@dataclass(frozen=True, slots=True)
class Session:
    """What is known of a session; instants in s since 1970. Its name is none that anybody could log in with."""

    name: str
    person: str
    begun: float
    seen: float


class Sessions:
    """The sessions of one file of accounts. One that cannot be written, as on a full disk, holds in this process."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._unwritten: dict[str, tuple[Person, float, object]] = {}
        self._lock = threading.Lock()

    def begin(self, person: Person) -> str:
        """Begins one for somebody who has shown who they are; the secret is for their browser alone."""
        secret, now = token_urlsafe(32), self._store.now()
        row = {"secret_sha256": digest(secret), "person": person.name, "begun": now, "seen": now}
        try:
            with self._store.writing() as connection:
                connection.execute(delete(sessions).where(_over(now)))
                connection.execute(insert(sessions), row)
                self._store.note(connection, person.name, "logged in")
        except HistoryError as error:
            sys.stderr.write(f"a login cannot be written down, and ends with this process: {error}\n")
            with self._lock:
                self._unwritten[digest(secret)] = person, now, self._known_of(person)
        return secret

    def link(self, person: Person) -> str:
        """The token of a link that logs somebody in, once; for who stands at the computer. It is void like a session.

        It is kept as what no session is, so that the secret of neither does the other's work. Raises HistoryError.
        """
        token, now = token_urlsafe(32), self._store.now()
        row = {"secret_sha256": _of_link(token), "person": person.name, "begun": now, "seen": now}
        with self._store.writing() as connection:
            connection.execute(insert(sessions), row)
            self._store.note(connection, person.name, "a link that logs in was made")
        return token

    def enter(self, token: str) -> Person | None:
        """Whose link this is, which is void from now on; None when it is none, or over, or its person is disabled.

        Of several at once one gets in. Raises HistoryError.
        """
        if not self._store.is_there:
            return None
        here = (sessions.c.secret_sha256 == _of_link(token), ~_over(self._store.now()))
        query = select(people.c.name, people.c.role).join(sessions, people.c.name == sessions.c.person)
        with self._store.writing() as connection:
            found = connection.execute(query.where(*here, people.c.disabled == 0)).first()
            if found is None or connection.execute(delete(sessions).where(*here)).rowcount != 1:
                return None
        return Person(found.name, Role(found.role))

    def who(self, secret: str) -> Person | None:
        """Whose session this is; None when it is none, or over, or the person is disabled."""
        key, now = digest(secret), self._store.now()
        with self._lock:
            person, begun, known = self._unwritten.get(key, (None, 0.0, None))
        if person is not None:
            return person if now - begun < IDLE and self._known_of(person) == known else None
        if not self._store.is_there:
            return None
        query = select(sessions.c.seen, people.c.name, people.c.role).join(people, people.c.name == sessions.c.person)
        with self._store.reading() as connection:
            found = connection.execute(
                query.where(sessions.c.secret_sha256 == key, ~_over(now), people.c.disabled == 0)
            ).first()
        if found is None:
            return None
        if now - found.seen > MARKED_EVERY:
            self._mark(key, now)
        return Person(found.name, Role(found.role))

    def end(self, secret: str) -> None:
        """Ends it; raises HistoryError when that cannot be written."""
        with self._lock:
            if self._unwritten.pop(digest(secret), None) is not None:
                return
        with self._store.writing() as connection:
            connection.execute(delete(sessions).where(sessions.c.secret_sha256 == digest(secret)))
        self._store.changes += 1

    def all(self, person: str = "") -> tuple[Session, ...]:
        """Those that go on, of somebody or of all, the one used last first."""
        if not self._store.is_there:
            return ()
        which = [~_over(self._store.now()), *([sessions.c.person == person] if person else [])]
        with self._store.reading() as connection:
            rows = connection.execute(select(sessions).where(*which).order_by(sessions.c.seen.desc())).all()
        return tuple(Session(row.secret_sha256[:NAMED], row.person, row.begun, row.seen) for row in rows)

    def end_named(self, name: str, by: str, of: str = "") -> None:
        """Ends the session of that name; raises NotThere when there is none, or it is not one `of` that person."""
        which = [sessions.c.secret_sha256.startswith(name, autoescape=True), *([sessions.c.person == of] if of else [])]
        with self._store.writing() as connection:
            ended = 0 if len(name) != NAMED else connection.execute(delete(sessions).where(*which)).rowcount
            if not ended:
                raise NotThere(f"there is no session {name[:60]!r}", remedy="it is over already, or see the list")
            self._store.note(connection, by, f"session {name} ended")

    def _known_of(self, person: Person) -> object:
        """Whatever ends the sessions of somebody changes it."""
        query = select(people.c.role, people.c.disabled, people.c.password).where(people.c.name == person.name)
        with self._store.reading() as connection:
            return tuple(connection.execute(query).one())

    def _mark(self, key: str, now: float) -> None:
        try:
            with self._store.writing() as connection:
                connection.execute(update(sessions).where(sessions.c.secret_sha256 == key).values(seen=now))
        except HistoryError as error:  # it ends earlier than it might; nobody is kept from looking
            sys.stderr.write(f"the use of a session cannot be written down: {error}\n")


def named(secret: str) -> str:
    """The name of the session with that secret."""
    return digest(secret)[:NAMED]


def _of_link(token: str) -> str:
    return digest(f"link {token}")


def _over(now: float) -> ColumnElement[bool]:
    return (sessions.c.seen <= now - IDLE) | (sessions.c.begun <= now - LONGEST)
