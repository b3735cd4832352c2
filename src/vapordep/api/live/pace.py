"""When the messages of the stream go out: at most ten a second, and not for long behind a beat of the engine's own."""

PERIOD = 0.1
"""s: a listener is sent one message in this time, on the average of any few."""
IN_A_ROW = 3
"""After a rest so many may go out one after the other."""
NOTICED = 0.005
"""s: whoever waits less does not wait."""
PATIENT = 5
"""Messages that wait one after the other before one is left out."""


class Pace:
    """Tells how long a message waits. Instants in s on any one clock.

    News that come just as often as messages may go out would stay behind for ever once one of them had to wait. So
    after a few that waited, one goes together with the next: from then on none waits.
    """

    def __init__(self, now: float) -> None:
        self._due = now
        self._waited = 0

    def wait(self, now: float) -> float:
        """How long what has come now must wait, in s."""
        left = max(self._due - now, 0.0)
        self._waited = self._waited + 1 if left > NOTICED else 0
        return left

    def joins(self) -> bool:
        """Whether what has waited goes together with the next, if one comes within a period."""
        if self._waited < PATIENT:
            return False
        self._waited = 0
        return True

    def sent(self, now: float) -> None:
        """A message has gone out."""
        self._due = max(self._due + PERIOD, now - (IN_A_ROW - 2) * PERIOD)
