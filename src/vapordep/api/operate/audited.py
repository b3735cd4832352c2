"""Orders on record: each is noted before it goes to the engine, and what came of it afterwards.

What only makes safer waits for no record: it is noted afterwards only. All else is not given where it cannot be noted.
"""

import json
import re
import sys
from collections.abc import Callable
from dataclasses import fields

from vapordep.api.live.engine import Engine, Under
from vapordep.errors import HistoryError, VapordepError
from vapordep.link.authority import KeepControl, ReleaseControl, TakeControl
from vapordep.link.client import WITHIN
from vapordep.link.orders import (
    AcknowledgeAlarm,
    AnswerRun,
    AskRun,
    Disarm,
    JudgeCommand,
    Order,
    PutBack,
    TakeSnapshot,
    TellInterlocks,
)
from vapordep.link.replies import Done
from vapordep.model.run import Verb

ASKS_ONLY = (TakeSnapshot, TellInterlocks, JudgeCommand, KeepControl)
"""What changes nothing, and is not noted."""
SAFER = (AcknowledgeAlarm, AnswerRun, Disarm, PutBack, TakeControl, ReleaseControl)
SAFER_VERBS = frozenset({Verb.PAUSE, Verb.HOLD, Verb.STOP, Verb.CAP, Verb.ABORT})
KEY = 40
"""Letters of an order's key, enough for a UUID."""
LONGEST = 500
"""Letters of what is noted of one order."""


class Audited(Engine):
    """An engine whose orders are noted by `note`, which raises HistoryError when it cannot."""

    def __init__(self, engine: Engine, note: Callable[[str, str], None]) -> None:
        self._engine = engine
        self._note = note

    def call(self, order: Order, within: float = WITHIN, under: Under | None = None) -> Done:
        """As `Engine.call`, and as it raises; HistoryError when the order is not given because it cannot be noted."""
        if isinstance(order, ASKS_ONLY):
            return self._engine.call(order, within, under)
        what = in_words(order) + _key(under)
        if not makes_safer(order):
            self._note(_by(order), f"orders {what}"[:LONGEST])
        try:
            done = self._engine.call(order, within, under)
        except VapordepError as error:
            self._outcome(order, f"{what}: {type(error).__name__}, {error.what}")
            raise
        self._outcome(order, f"{what}: {done.text or 'done'}")
        return done

    def _outcome(self, order: Order, what: str) -> None:
        """It is done, whether or not that can be written."""
        try:
            self._note(_by(order), what[:LONGEST])
        except HistoryError as error:
            sys.stderr.write(f"{what} by {_by(order)} could not be noted: {error}\n")


def makes_safer(order: Order) -> bool:
    """Whether nothing can become more dangerous by it."""
    return order.verb in SAFER_VERBS if isinstance(order, AskRun) else isinstance(order, SAFER)


def in_words(order: Order) -> str:
    """`command output: tag "TMA.valve", value 1.0`: what was asked, in one line whatever is in it; not who asked."""
    kind = re.sub(r"(?<!^)([A-Z])", lambda found: f" {found[1].lower()}", type(order).__name__).lower()
    named = {field.name: getattr(order, field.name) for field in fields(order)}
    told = [f"{name} {json.dumps(value, default=str)}" for name, value in named.items() if value and name not in OURS]
    return f"{kind}: {', '.join(told)}" if told else kind


def _key(under: Under | None) -> str:
    """By which it shows that an order came twice and was carried out once."""
    return f" (key {json.dumps(under.key[:KEY])})" if under is not None and under.key else ""


OURS = frozenset({"by", "reactor_sha256"})


def _by(order: Order) -> str:
    return str(getattr(order, "by", ""))
