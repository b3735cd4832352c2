"""What is one's own: sessions, tokens of one's programs, and how one wants to see the pages."""

from typing import Annotated, Literal

from fastapi import FastAPI, Path
from pydantic import Field

from vapordep.accounts.accounts import Accounts
from vapordep.accounts.preferences import Preference
from vapordep.accounts.roles import Right, scope_from
from vapordep.accounts.sessions import named
from vapordep.accounts.tokens import MOST_DAYS
from vapordep.api.access.doorkeeper import Caller, Needs
from vapordep.api.access.users import SessionShown, TokenShown, session_shown, token_shown
from vapordep.api.answers.answer import Answer, refuses
from vapordep.api.answers.given import Given, Told
from vapordep.errors import InputError
from vapordep.units import Dimension, unit

Reader = Annotated[Caller, Needs(Right.READ)]
Confirmed = Annotated[Caller, Needs(Right.READ, confirmed=True)]
Id = Annotated[str, Path(max_length=64, description="As the list tells it.")]


class NewToken(Given):
    """A token: what it is for, its rights, none beyond one's own, and for how many days."""

    label: Annotated[str, Field(max_length=100, examples=["notebook of the growth study"])]
    scope: Annotated[str, Field(max_length=100, description=f"Rights, commas between them: {', '.join(Right)}.")] = (
        "read"
    )
    days: Annotated[float, Field(gt=0.0, le=MOST_DAYS, allow_inf_nan=False)] = 365.0


class TokenMade(Answer):
    """The token itself: it is told this once, and is not kept."""

    token: str


class Preferred(Given):
    """Theme, empty as the system has it; by dimension the unit to show values in; whether new alarms are heard."""

    theme: Literal["", "light", "dark"] = ""
    units: dict[str, Annotated[str, Field(max_length=40)]] = Field(
        default_factory=dict, max_length=len(Dimension), examples=[{"temperature": "degF"}]
    )
    sound: bool = False


class PreferredNow(Answer):
    """As one said last, on whichever computer."""

    theme: str
    units: dict[str, str]
    sound: bool


def add(app: FastAPI, accounts: Accounts) -> None:
    """Adds the routes."""
    _add_sessions(app, accounts)
    _add_tokens(app, accounts)
    _add_preferences(app, accounts)


def _add_sessions(app: FastAPI, accounts: Accounts) -> None:
    @app.get("/api/me/sessions")
    def sessions(caller: Reader) -> list[SessionShown]:
        """Where one is logged in, the latest first."""
        here = named(caller.session)
        return [session_shown(each, here) for each in accounts.sessions.all(caller.person.name)]

    @app.post("/api/me/sessions/{id}/end", responses=refuses(404))
    def end(id: Id, caller: Reader) -> Told:
        """End one of one's own sessions, at once."""
        accounts.sessions.end_named(id, by=caller.person.name, of=caller.person.name)
        return Told(done=f"the session {id} is over")


def _add_tokens(app: FastAPI, accounts: Accounts) -> None:
    @app.get("/api/me/tokens")
    def tokens(caller: Reader) -> list[TokenShown]:
        """The tokens that were ever made for one's own programs, the oldest first."""
        return [token_shown(each) for each in accounts.tokens.all() if each.person == caller.person.name]

    @app.post("/api/me/tokens")
    def make(given: NewToken, caller: Confirmed) -> TokenMade:
        """Make a token for a program of one's own. The password must have been shown shortly before; not by a token."""
        name = caller.person.name
        made = accounts.tokens.make(caller.person, given.label, scope_from(given.scope), given.days, by=name)
        return TokenMade(token=made)

    @app.post("/api/me/tokens/{id}/revoke", responses=refuses(404))
    def revoke(id: Id, caller: Reader) -> Told:
        """End one of one's own tokens, at once and for good."""
        accounts.tokens.revoke(id, by=caller.person.name, of=caller.person.name)
        return Told(done=f"the token {id} is revoked")


def _add_preferences(app: FastAPI, accounts: Accounts) -> None:
    @app.get("/api/me/preferences")
    def preferred(caller: Reader) -> PreferredNow:
        """How one wants to see the pages."""
        return _told(accounts.preferences.of(caller.person.name))

    @app.post("/api/me/preferences")
    def prefer(given: Preferred, caller: Reader) -> PreferredNow:
        """Keep how one wants to see the pages, in place of what was said before. 422 for what is no such unit."""
        for dimension, symbol in given.units.items():
            unit(symbol, _dimension(dimension))
        kept = Preference(given.theme, given.units, given.sound)
        accounts.preferences.keep(caller.person.name, kept)
        return _told(kept)


def _told(kept: Preference) -> PreferredNow:
    return PreferredNow(theme=kept.theme, units=dict(kept.units), sound=kept.sound)


def _dimension(name: str) -> Dimension:
    try:
        return Dimension(name)
    except ValueError:
        raise InputError(f"nothing is measured in {name[:60]!r}", remedy="see /api/units") from None
