"""Orders of the web to the engine: each over the link, with a time within which it must be answered."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Annotated

from fastapi import Header

from vapordep.errors import InputError
from vapordep.lazy import dataclass
from vapordep.link.authority import Authority
from vapordep.link.client import WITHIN, Client, found
from vapordep.link.orders import Order
from vapordep.link.replies import Done

KEYS_KEPT = 1000


@dataclass(frozen=True, slots=True)
class Under:
    """What an order shows: whose control it is under, what it was decided on, and a key by which it is done once."""

    token: str = ""
    seen: str = ""
    key: str = ""


def under(
    control: Annotated[
        str, Header(alias="Control", max_length=200, description="The token that `POST /api/control/take` gave.")
    ] = "",
    seen: Annotated[
        str,
        Header(
            alias="Seen",
            max_length=200,
            description="What this was decided on: `seen` of /api/reactor, or the id of a message of /api/stream.",
        ),
    ] = "",
    key: Annotated[
        str,
        Header(
            alias="Idempotency-Key",
            max_length=200,
            description="Drawn anew for each decision: the same order sent again with it is not carried out again.",
        ),
    ] = "",
) -> Under:
    """What the headers of a request show."""
    return Under(control, seen, key)


class Engine:
    """The engine of one reactor. Nothing is held open: it may come and go; may be used by several threads."""

    def __init__(self, reactor: str, folder: Path, hear: Callable[[str], None] = lambda seen: None) -> None:
        """`hear` waits for the news up to an `epoch:number`: who is answered, and then looks, sees what came of it."""
        self._reactor = reactor
        self._folder = folder
        self._hear = hear
        self._keys: OrderedDict[str, Order] = OrderedDict()
        self._lock = threading.Lock()

    def call(self, order: Order, within: float = WITHIN, under: Under | None = None) -> Done:
        """Gives an order and waits at most `within` s for what comes of it.

        Raises NoEngine, InputError for a key that was used for another order, and the error that the engine tells:
        NotInControl and StaleOrder for an order that has no authority.
        """
        number = self._number(order, under.key) if under is not None and under.key else ""
        authority = None if under is None else Authority(under.token, under.seen)
        client = Client(found(self._reactor, self._folder))
        try:
            done = client.call(order, within, number=number, under=authority)
        finally:
            client.close()
        self._hear(done.seen)
        return done

    def _number(self, order: Order, key: str) -> str:
        """The same for the same person and key; nobody's keys are another one's."""
        number = sha256(f"{getattr(order, 'by', '')}\0{key}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
        with self._lock:
            if self._keys.setdefault(number, order) != order:
                raise InputError("this key was used for another order", remedy="draw a new Idempotency-Key")
            while len(self._keys) > KEYS_KEPT:
                self._keys.popitem(last=False)
        return number
