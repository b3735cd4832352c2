"""A register that keeps what has been: a condition that comes up sets its bit, if enabled; reading clears it."""


class Latched:
    """Eight bits; nothing is enabled at first."""

    def __init__(self) -> None:
        self.enabled = 0
        self._was = 0
        self._events = 0

    def observe(self, condition: int) -> None:
        """Latches what has come up since it was last observed."""
        self._events |= condition & ~self._was & self.enabled
        self._was = condition

    def read(self) -> int:
        """The bits that have been set since the last reading."""
        events, self._events = self._events, 0
        return events
