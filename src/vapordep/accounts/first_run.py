"""The first account: as long as there is none, a link that is printed at the computer makes one, once."""

from secrets import token_urlsafe

from sqlalchemy import delete, insert

from vapordep.accounts.people import AT_THE_COMPUTER, People
from vapordep.accounts.store import Store, digest
from vapordep.accounts.tables import first_link

LASTS = 86400.0
"""How long a link may be used, in s."""


def first_secret(store: Store) -> str | None:
    """A secret that makes the first account, in place of any before it; None once there is somebody.

    Raises HistoryError when it cannot be written.
    """
    if People(store).all():
        return None
    secret = token_urlsafe(24)
    with store.writing() as connection:
        connection.execute(delete(first_link))
        connection.execute(insert(first_link), {"secret_sha256": digest(secret), "ends": store.now() + LASTS})
        store.note(connection, AT_THE_COMPUTER, "a link for the first account was printed")
    return secret
