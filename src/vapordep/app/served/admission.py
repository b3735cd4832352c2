"""The admission of orders that come over the web: by who has control, and on what the reactor still is."""

from collections import deque
from collections.abc import Callable
from math import inf

from vapordep.app.served.control import Control
from vapordep.errors import InputError, StaleOrder
from vapordep.link.authority import KeepControl, ReleaseControl
from vapordep.link.news import EngineShown
from vapordep.link.orders import AskRun, Disarm, Order, Request
from vapordep.model.alarms import STANDING
from vapordep.model.run import Verb

LONGEST = 5.0
"""s: an order that was decided on older news is not carried out."""
A_TICK, TICKS_KEPT = 0.1, 100
"""What news were out is noted at most so often, in s, and remembered for so many times."""
CALMING = frozenset({Verb.PAUSE, Verb.HOLD, Verb.STOP})
"""What only calms the reactor is not refused because something has changed meanwhile, only when it is old."""
LOOK = "look at what is there now, then decide again"


class Standpoints:
    """Which news an order may have been decided on: none before the latest change that matters, none too old."""

    def __init__(self, epoch: str) -> None:
        self._epoch = epoch
        self._matters: object = None
        self._changed = self._latest = 0
        self._ticks: deque[tuple[int, float]] = deque(maxlen=TICKS_KEPT)

    def note(self, shown: EngineShown, number: int, now: float) -> None:
        """The news up to `number` are out at the instant `now` (s), and tell `shown`."""
        if (matters := what_matters(shown)) != self._matters:
            self._matters, self._changed = matters, number
        self._latest = number
        if self._ticks and now - (at := self._ticks[-1][1]) < A_TICK:
            self._ticks[-1] = number, at
        else:
            self._ticks.append((number, now))

    def require(self, seen: str, now: float, *, calming: bool = False) -> None:
        """Raises StaleOrder for what was decided on something that is not so any more, InputError for what is none."""
        epoch, _, written = seen.partition(":")
        if not (epoch and written.isascii() and written.isdigit() and len(written) < 16):
            raise InputError(
                f"{seen[:60]!r} does not say what was seen", remedy="send `Seen`, as /api/reactor tells it"
            )
        number = int(written)
        if epoch != self._epoch or number > self._latest:
            raise StaleOrder("this was decided before the engine came up anew", remedy=LOOK)
        if (age := self._age(number, now)) > LONGEST:
            raise StaleOrder(f"this was decided on what is {_told(age)} old", remedy=LOOK)
        if number < self._changed and not calming:
            raise StaleOrder("the reactor is not any more what this was decided on", remedy=LOOK)

    def _age(self, number: int, now: float) -> float:
        """How long newer news than that have been out, in s; infinite where nobody remembers."""
        newer = next(((out, at) for out, at in self._ticks if out > number), None)
        if newer is None:
            return 0.0
        forgotten = newer == self._ticks[0] and len(self._ticks) == TICKS_KEPT
        return inf if forgotten else now - newer[1]


def what_matters(shown: EngineShown) -> object:
    """What orders are decided on: armed, for what, which run in which state, and which trips stand."""
    run = shown.run
    trips = tuple(
        sorted((alarm.id, alarm.state) for alarm in shown.alarms if alarm.latching and alarm.state in STANDING)
    )
    return shown.armed, shown.substrate, run and (run.run_id, run.state, run.prompt), trips, shown.interrupted


class Admission:
    """Lets orders in that show an authority; those without come from the computer's own account."""

    def __init__(self, control: Control, standpoints: Standpoints, now: Callable[[], float], tell: Callable[[], None]):
        """`tell` makes the news tell what has changed until now."""
        self.control = control
        self._standpoints = standpoints
        self._now = now
        self._tell = tell

    def admit(self, request: Request) -> None:
        """Raises NotInControl, StaleOrder or InputError for an order that may not be carried out."""
        under, order = request.under, request.order
        if under is None:
            return
        self.control.require(giver(order), under.token)
        if not isinstance(order, KeepControl | ReleaseControl):
            self._tell()
            self._standpoints.require(under.seen, self._now(), calming=is_calming(order))


def is_calming(order: Order) -> bool:
    """Whether an order only brings the reactor nearer to rest."""
    return isinstance(order, Disarm) or (isinstance(order, AskRun) and order.verb in CALMING)


def giver(order: Order) -> str:
    """Who gives an order."""
    return str(getattr(order, "by", ""))


def _told(age: float) -> str:
    return "too" if age == inf else f"{age:.0f} s"
