"""Control: orders to the reactor, which one person at a time may give."""

import secrets
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from vapordep.client.asking import Asking, Query
from vapordep.errors import LinkError, NoEngine, NotInControl, StaleOrder

LOOKS = 5
"""How often an order looks at the reactor before it is told that this has changed: a run goes on by itself."""
NEWS_TAKE = 0.1
"""s: within it the page has heard of a change."""


class Control:
    """Orders to the reactor, each under this control and decided on what the engine shows then."""

    def __init__(self, asking: Asking, token: str) -> None:
        self._asking = asking
        self._token = token

    def start(
        self, recipe: str, parameters: Mapping[str, str] | None = None, samples: Iterable[Mapping[str, object]] = (),
        note: str = "",
    ) -> str:  # fmt: skip
        """Starts a run and returns its id: `start("shipped/al2o3_on_lithium", {"cycles": "50"}, [{"id": "Li-1"}])`."""
        given = {
            "recipe": recipe,
            "parameters": dict(parameters or {}),
            "samples": list(map(dict, samples)),
            "note": note,
        }
        return str(self._order("/api/runs", given)["run_id"])

    def ask(self, verb: str, reason: str = "", amendment: str = "") -> str:
        """Asks the run for a verb: pause, resume, hold, restart, stop, skip, amend, reset."""
        return str(self._order("/api/run/verbs", {"verb": verb, "reason": reason, "amendment": amendment})["done"])

    def answer(self, text: str = "") -> str:
        """Answers what the recipe asks a person."""
        return str(self._order("/api/run/answer", {"text": text})["done"])

    def keep(self) -> None:
        """Says that one is still there; every order says so too."""
        self._order("/api/control/keep", {})

    def release(self) -> None:
        """Gives control back; what has lapsed, or was taken over, is no error."""
        with suppress(NotInControl):
            self._order("/api/control/release", {})

    def _order(self, path: str, given: Query) -> dict[str, Any]:
        """An order on what is shown now; what has changed just then is looked at again."""
        for _ in range(LOOKS - 1):
            with suppress(StaleOrder):
                return self._order_at_once(path, given)
            threading.Event().wait(NEWS_TAKE)
        return self._order_at_once(path, given)

    def _order_at_once(self, path: str, given: Query) -> dict[str, Any]:
        seen = self._asking.object("/api/run/verbs")["seen"]
        key = secrets.token_hex(16)
        send = partial(self._asking.change, path, given, control=self._token, seen=seen, idempotency_key=key)
        try:
            return send()
        except NoEngine:
            raise
        except LinkError:  # whether it was heard nobody knows: by its key it is carried out once
            return send()
