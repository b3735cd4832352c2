"""Tokens: what programs show instead of a login. Each is of one person, for some of their rights, until a day."""

from secrets import token_hex, token_urlsafe

from sqlalchemy import insert, select, update

from vapordep.accounts.people import AT_THE_COMPUTER, Person
from vapordep.accounts.roles import Right, Role, scope_from
from vapordep.accounts.store import Store, digest
from vapordep.accounts.tables import people, tokens
from vapordep.errors import InputError, NotThere
from vapordep.lazy import dataclass

PREFIX = "vapordep_"
"""What every token begins with, so that one that was published by mistake is found."""
LONGEST_LABEL = 100
DAY = 86400.0
MOST_DAYS = 3650


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of a token; instants in s since 1970. The token itself was shown once and is not kept."""

    id: str
    person: str
    label: str
    scope: frozenset[Right]
    made: float
    ends: float
    revoked: float | None

    def counts(self, now: float) -> bool:
        """Whether it is neither over nor revoked."""
        return self.revoked is None and now < self.ends


class Tokens:
    """The tokens of one file of accounts."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def make(self, person: Person, label: str, scope: frozenset[Right], days: float, by: str = AT_THE_COMPUTER) -> str:
        """Makes one and returns it; raises InputError for a label or a time that will not do, or a right not theirs."""
        label = label.strip()
        if not 0 < len(label) <= LONGEST_LABEL or not label.isprintable():
            raise InputError("a token needs a label", remedy=f"what it is for, at most {LONGEST_LABEL} characters")
        if not 0.0 < days <= MOST_DAYS:
            raise InputError(f"a token lasts at most {MOST_DAYS} days, not {days:g}", remedy="give --days")
        if beyond := scope - person.rights:
            raise InputError(f"{person.name} has no right to {', '.join(sorted(beyond))}", remedy="take it out")
        secret, now = PREFIX + token_urlsafe(32), self._store.now()
        row = {
            "token_id": token_hex(4), "secret_sha256": digest(secret), "person": person.name, "label": label,
            "scope": ",".join(sorted(scope)), "made": now, "ends": now + days * DAY,
        }  # fmt: skip
        with self._store.writing() as connection:
            connection.execute(insert(tokens), row)
            self._store.note(
                connection, by, f"token {row['token_id']} ({label}) made for {person.name}: {row['scope']}"
            )
        return secret

    def who(self, secret: str) -> tuple[Person, frozenset[Right]] | None:
        """Whose token this is, and for what; None when it is none, over or revoked, or the person is disabled."""
        if not secret.startswith(PREFIX) or not self._store.is_there:
            return None
        now = self._store.now()
        query = select(people.c.name, people.c.role, tokens.c.scope).join(people, people.c.name == tokens.c.person)
        holds = tokens.c.ends > now, tokens.c.revoked.is_(None), people.c.disabled == 0
        with self._store.reading() as connection:
            row = connection.execute(query.where(tokens.c.secret_sha256 == digest(secret), *holds)).first()
        if row is None:
            return None
        person = Person(row.name, Role(row.role))
        return person, scope_from(row.scope) & person.rights

    def all(self) -> tuple[Token, ...]:
        """Every token that was ever made, the oldest first."""
        if not self._store.is_there:
            return ()
        with self._store.reading() as connection:
            rows = connection.execute(select(tokens).order_by(tokens.c.made)).all()
        return tuple(Token(r.token_id, r.person, r.label, scope_from(r.scope), r.made, r.ends, r.revoked) for r in rows)

    def revoke(self, token_id: str, by: str = AT_THE_COMPUTER, of: str = "") -> None:
        """Ends it at once; raises NotThere when none of that id still holds, or it is not one `of` that person."""
        with self._store.writing() as connection:
            which = [tokens.c.token_id == token_id, tokens.c.revoked.is_(None)]
            which += [tokens.c.person == of] if of else []
            if connection.execute(update(tokens).where(*which).values(revoked=self._store.now())).rowcount != 1:
                raise NotThere(f"there is no token {token_id[:60]!r} that holds", remedy="see `vapordep tokens list`")
            self._store.note(connection, by, f"token {token_id} revoked")
