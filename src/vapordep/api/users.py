"""Accounts, tokens and what was done with them, for whoever keeps the accounts. They are changed at the computer."""

from typing import Annotated

from fastapi import FastAPI, Query

from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import Right
from vapordep.api.answer import Answer
from vapordep.api.doorkeeper import Needs


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


class AuditEntry(Answer):
    """Something that was done: civil time, ISO 8601, UTC."""

    number: int
    time: str
    person: str
    what: str


def add(app: FastAPI, accounts: Accounts) -> None:
    """Adds the routes."""
    admin = [Needs(Right.ADMINISTER)]

    @app.get("/api/users", dependencies=admin)
    def users() -> list[User]:
        """All people, by name."""
        return [User(name=each.name, role=each.role, disabled=each.disabled) for each in accounts.people.all()]

    @app.get("/api/tokens", dependencies=admin)
    def tokens() -> list[TokenShown]:
        """All tokens that were ever made, the oldest first."""
        return [
            TokenShown(
                id=each.id, person=each.person, label=each.label, scope=sorted(each.scope), made_s=each.made,
                ends_s=each.ends, revoked_s=each.revoked,
            )
            for each in accounts.tokens.all()
        ]  # fmt: skip

    @app.get("/api/audit", dependencies=admin)
    def audit(most: Annotated[int, Query(ge=1, le=1000)] = 100) -> list[AuditEntry]:
        """What was done with accounts and over the web, the newest first: an order as it was given, and its outcome."""
        entries = accounts.entries(most)
        return [AuditEntry(number=e.number, time=e.time, person=e.person, what=e.what) for e in entries]
