"""What bodies of answers have in common: every field that they may have is described; and the form of a refusal."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

Instant = Annotated[float, Field(description="s since the run's start.")]
Civil = Annotated[str, Field(description="Civil time, ISO 8601, UTC.", examples=["2026-11-23T14:00:00+00:00"])]
Metres = Annotated[float | None, Field(description="m; null where nobody knows.")]
Plain = dict[str, Any]
"""Data whose names are not ours to fix, such as the numbers of an event."""


class Answer(BaseModel):
    """A body of an answer: it has the fields that are described, and no others."""

    model_config = ConfigDict(extra="forbid")


class Refusal(Answer):
    """Why something was refused: the kind of error, what is wrong, where, and what to do about it."""

    type: str
    message: str
    where: str = Field(description="A tag, a file with its line, an address; empty where there is no such place.")
    remedy: str
    interlocks: list[str] = Field(
        default_factory=list, description="Ids of the interlocks that stand against it; only where some do."
    )


REFUSED: Mapping[int, tuple[str, Refusal]] = MappingProxyType({
    400: ("Asked by a name that this computer does not have, or a body with a key twice, or with NaN.",
          Refusal(type="NotAllowed", message="this page is known by other names", where="the door",
                  remedy="use http://localhost, or name it with `serve --name`")),
    401: ("Nobody is logged in, or the session or token is over.",
          Refusal(type="NotLoggedIn", message="nobody is logged in", where="",
                  remedy="log in at /login, or send `Authorization: Bearer TOKEN` (see `vapordep tokens add`)")),
    403: ("The right is lacking, or another page asks in the name of this one.",
          Refusal(type="NotAllowed", message="ben (viewer) has no right to operate", where="/api/commands",
                  remedy="ask who keeps the accounts, or use another token")),
    404: ("There is no such thing.",
          Refusal(type="NotThere", message="there is no recipe 'own/none'", where="", remedy="see /api/recipes")),
    408: ("The body came too slowly.",
          Refusal(type="NotAllowed", message="the request came too slowly", where="the door",
                  remedy="send all of it within 10 s")),
    409: ("Refused by state, by an interlock (`interlocks`), without control, or decided on what is not so any more.",
          Refusal(type="CommandRefused", message="TMA.valve stays closed: chamber.pressure is 950 hPa", where="P3",
                  remedy="pump first", interlocks=["P3"])),
    413: ("The body is too long.",
          Refusal(type="NotAllowed", message="the request is too long", where="the door",
                  remedy="send at most 65536 bytes")),
    415: ("The body is no JSON.",
          Refusal(type="NotAllowed", message="only JSON is taken", where="the door",
                  remedy="send `Content-Type: application/json`")),
    422: ("The input will not do: not of this form, out of range, a unit of another kind, a recipe that is refused.",
          Refusal(type="UnitError", message="'150 Pa' is a pressure, not a temperature", where="",
                  remedy="give a temperature, such as 150 degC")),
    429: ("Tried too often; `Retry-After` tells for how many s to wait.",
          Refusal(type="TooManyTries", message="too many tries", where="",
                  remedy="wait 15 s; ABORT works at the computer")),
    502: ("The engine answered what is no answer, or not in time.",
          Refusal(type="LinkError", message="the engine of glovebox-ald did not answer within 5 s", where="",
                  remedy="look at its log")),
    503: ("No engine is heard, the history or the accounts cannot be read, or too many ask at once.",
          Refusal(type="NoEngine", message="nothing is known of glovebox-ald", where="",
                  remedy="is `vapordep serve` running?")),
})  # fmt: skip
"""Every status of a refusal: when it comes, and an example."""


def refuses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Says of a route that it may refuse with these statuses."""
    return {status: {"description": REFUSED[status][0]} for status in statuses}
