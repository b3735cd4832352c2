"""People: each with a name, a role and a password. Nobody is ever deleted, for records name them; one is disabled."""

import re
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, delete, func, insert, select, update

from vapordep.accounts import passwords
from vapordep.accounts.roles import RIGHTS, Right, Role
from vapordep.accounts.store import Store
from vapordep.accounts.tables import first_link, people, sessions
from vapordep.errors import InputError, NotThere
from vapordep.lazy import dataclass

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
AT_THE_COMPUTER = "(at the computer)"
"""Who changes accounts by the command line; no person can be called so."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who has an account."""

    name: str
    role: Role
    disabled: bool = False

    @property
    def rights(self) -> frozenset[Right]:
        """What they may do."""
        return frozenset() if self.disabled else RIGHTS[self.role]


class People:
    """The people of one file of accounts."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def all(self) -> tuple[Person, ...]:
        """Everybody, by name."""
        if not self._store.is_there:
            return ()
        with self._store.reading() as connection:
            return tuple(_person(row) for row in connection.execute(select(people).order_by(people.c.name)).mappings())

    def named(self, name: str) -> Person:
        """The person of that name; raises InputError when there is none."""
        found = next((person for person in self.all() if person.name == name.strip().lower()), None)
        if found is None:
            raise _nobody(name)
        return found

    def add(self, name: str, role: Role, password: str, by: str = AT_THE_COMPUTER) -> Person:
        """Makes an account; raises InputError for a name that is taken or none, or a password that is too easy."""
        name = name_from(name)
        passwords.check(password, name)
        stored = passwords.hashed(password)
        with self._store.writing() as connection:
            self._insert(connection, name, role, stored, by)
        return Person(name, role)

    def add_first(self, secret_sha256: str, name: str, password: str) -> Person:
        """Makes the first account, an admin, for whoever has the link; raises InputError when that does not hold."""
        name = name_from(name)
        passwords.check(password, name)
        stored = passwords.hashed(password)
        with self._store.writing() as connection:
            fits = first_link.c.secret_sha256 == secret_sha256, first_link.c.ends > self._store.now()
            if connection.execute(delete(first_link).where(*fits)).rowcount != 1 or _count(connection):
                remedy = "start `vapordep serve` anew for another one, or `vapordep users add`"
                raise InputError("this link was used, is too old, or there is an account already", remedy=remedy)
            self._insert(connection, name, Role.ADMIN, stored, name)
        return Person(name, Role.ADMIN)

    def change(
        self, name: str, *, by: str = AT_THE_COMPUTER, role: Role | None = None, disabled: bool | None = None
    ) -> None:
        """Changes the role, disables or enables; whoever it is must log in again.

        Raises InputError when there is no such person, or nobody would be left to keep the accounts.
        """
        values: dict[str, Any] = {} if role is None else {"role": str(role)}
        values |= {} if disabled is None else {"disabled": int(disabled)}
        person = self.named(name)
        what = ", ".join(f"{key} {value}" for key, value in values.items())
        with self._store.writing() as connection:
            kept = _count(connection, *_KEEPERS)
            self._update(connection, person.name, values, f"{what} for {person.name}", by)
            if kept and not _count(connection, *_KEEPERS):
                raise InputError("nobody would be left to keep the accounts", remedy="make somebody else admin first")

    def set_password(self, name: str, password: str, by: str = AT_THE_COMPUTER) -> None:
        """Gives another password, and ends all sessions of that person; raises InputError for an easy one."""
        person = self.named(name)
        passwords.check(password, person.name)
        stored = passwords.hashed(password)
        with self._store.writing() as connection:
            self._update(connection, person.name, {"password": stored}, f"a new password for {person.name}", by)

    def who(self, name: str, password: str) -> Person | None:
        """The person of that name and password; None, after as long, for a wrong one, nobody, or who is disabled."""
        row: RowMapping | None = None
        if self._store.is_there:
            with self._store.reading() as connection:
                row = connection.execute(select(people).where(people.c.name == name)).mappings().first()
        fits = passwords.fits(password, passwords.nobodys() if row is None else row["password"])
        return _person(row) if fits and row is not None and not row["disabled"] else None

    def _insert(self, connection: Connection, name: str, role: Role, stored: str, by: str) -> None:
        if connection.execute(select(people.c.name).where(people.c.name == name)).first() is not None:
            raise InputError(f"there is an account {name} already", remedy="take another name")
        row = {"name": name, "role": str(role), "password": stored, "disabled": 0, "made": self._store.now()}
        connection.execute(insert(people), row)
        connection.execute(delete(first_link))
        self._store.note(connection, by, f"account {name} made, {role}")

    def _update(self, connection: Connection, name: str, values: dict[str, Any], what: str, by: str) -> None:
        connection.execute(update(people).where(people.c.name == name).values(values))
        connection.execute(delete(sessions).where(sessions.c.person == name))
        self._store.note(connection, by, what)


_KEEPERS = people.c.role == str(Role.ADMIN), people.c.disabled == 0


def name_from(text: str) -> str:
    """A name as it is kept, in lower case; raises InputError for what cannot be one."""
    name = text.strip().lower()
    if not _NAME.fullmatch(name):
        what = f"{text[:60]!r} cannot be a person's name here"
        raise InputError(what, remedy="letters a to z, digits, dot, - and _, at most 40, such as anna.berg")
    return name


def _count(connection: Connection, *which: ColumnElement[bool]) -> int:
    return connection.execute(select(func.count()).select_from(people).where(*which)).scalar_one()


def _person(row: RowMapping) -> Person:
    return Person(row["name"], Role(row["role"]), bool(row["disabled"]))


def _nobody(name: str) -> NotThere:
    return NotThere(f"there is no account {name[:60]!r}", remedy="see them all with `vapordep users list`")
