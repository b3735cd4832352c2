"""Control over the web: one holder at a time, by a token whose number only grows, so that an old one is known as such.

The command line needs none: whoever has the computer's own account has the reactor.
"""

from collections.abc import Callable
from hmac import compare_digest
from secrets import token_urlsafe

from vapordep.errors import NotInControl
from vapordep.lazy import dataclass
from vapordep.link.authority import ControlShown

GRACE = 60.0
"""Control lapses when its holder was not heard for so long, in s: a browser that was closed keeps nobody out."""
TAKE = "take control first"


@dataclass(slots=True)
class _Held:
    person: str
    since: str
    token: str
    until: float


class Control:
    """Who has control. Everything happens on the engine's loop, in the order in which it is asked for."""

    def __init__(self, now: Callable[[], float], civil: Callable[[], str], tell: Callable[[str], None]) -> None:
        """`now()` is in s on the clock, `civil()` the time of day; `tell` takes what all must hear of."""
        self._now = now
        self._civil = civil
        self._tell = tell
        self._number = 0
        self._held: _Held | None = None

    @property
    def shown(self) -> ControlShown | None:
        """Who has it just now; None when nobody has."""
        held = self._holder()
        return None if held is None else ControlShown(held.person, held.since, self._number)

    def take(self, person: str, *, force: bool = False) -> str:
        """Gives control, and returns its token; raises NotInControl while another person has it, unless by `force`."""
        before = self._holder()
        if before is not None and before.person != person and not force:
            what = f"{before.person} has control since {before.since}"
            raise NotInControl(what, remedy="ask them, wait until it is free, or take it over")
        self._number += 1
        token = f"{self._number}-{token_urlsafe(16)}"
        self._held = _Held(person, self._civil(), token, self._now() + GRACE)
        over = "" if before is None or before.person == person else f", taken over from {before.person}"
        self._tell(f"{person} has control{over}")
        return token

    def require(self, person: str, token: str) -> None:
        """Raises NotInControl unless this person has control by this token; whoever has is heard by it."""
        held = self._holder()
        if held is None:
            raise NotInControl("nobody has control", remedy=TAKE)
        if held.person != person:
            raise NotInControl(f"{held.person} has control since {held.since}", remedy="ask them, or take it over")
        if not token:
            raise NotInControl("the order shows no token of control", remedy="send `Control`, as taking it gave")
        if not compare_digest(held.token.encode(), token.encode("utf-8", "replace")):
            what = "this is not the token of control: it was taken again, on another page maybe"
            raise NotInControl(what, remedy=TAKE)
        held.until = self._now() + GRACE

    def release(self, person: str, token: str) -> None:
        """Gives it back; raises NotInControl for who does not have it."""
        self.require(person, token)
        self._held = None
        self._tell(f"{person} has given control back")

    def _holder(self) -> _Held | None:
        if self._held is not None and self._held.until <= self._now():
            self._tell(f"{self._held.person} was not heard for {GRACE:.0f} s: control is free")
            self._held = None
        return self._held
