"""All of one file of accounts: its people, their sessions and tokens, and what was done with them."""

from pathlib import Path

from sqlalchemy import select

from vapordep.accounts.people import People
from vapordep.accounts.preferences import Preferences
from vapordep.accounts.record import Record, examined
from vapordep.accounts.sessions import Sessions
from vapordep.accounts.store import Store
from vapordep.accounts.tables import audit
from vapordep.accounts.tokens import Tokens
from vapordep.lazy import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that was done: civil time, ISO 8601, UTC; by whom; and what."""

    number: int
    time: str
    person: str
    what: str


class Accounts:
    """The accounts of one history folder. Making this touches no file; the file is made with the first account."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.people = People(store)
        self.sessions = Sessions(store)
        self.tokens = Tokens(store)
        self.preferences = Preferences(store)

    @classmethod
    def of(cls, history: Path) -> "Accounts":
        """Those of a history folder."""
        return cls(Store(history))

    def note(self, person: str, what: str) -> None:
        """Keeps what somebody did; raises HistoryError when it cannot be written."""
        with self.store.writing() as connection:
            self.store.note(connection, person, what)

    def entries(self, most: int, before: int | None = None) -> tuple[Entry, ...]:
        """The latest so many entries, of those `before` that number where it is given, the newest first."""
        if not self.store.is_there:
            return ()
        latest = select(audit).order_by(audit.c.number.desc()).limit(most)
        with self.store.reading() as connection:
            rows = connection.execute(latest if before is None else latest.where(audit.c.number < before)).all()
        return tuple(Entry(row.number, row.time, row.person, row.what) for row in rows)

    def record(self, known: str = "") -> Record | None:
        """What is to be said of the record, beside a head of it that is known; None where nobody ever had an account.

        Raises HistoryError when it cannot be read, InputError for what is no head.
        """
        if not self.store.is_there:
            return None
        with self.store.reading() as connection:
            return examined(connection, known)
