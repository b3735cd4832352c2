"""Coroutines that begin at once, without a task: asyncio has the like from Python 3.12 on only."""

from collections.abc import Coroutine, Generator
from typing import Any


class Rest(Generator[Any, Any, None]):
    """What is left of a coroutine that waits for something; to be awaited once."""

    def __init__(self, coroutine: Coroutine[Any, Any, None], awaited: Any) -> None:
        self._coroutine = coroutine
        self._awaited = [awaited]

    def __await__(self) -> "Rest":
        """Waits for the same, then goes on."""
        return self

    def send(self, value: Any) -> Any:
        """As of a coroutine."""
        return self._awaited.pop() if self._awaited else self._coroutine.send(value)

    def throw(self, *raised: Any) -> Any:
        """As of a coroutine."""
        return self._coroutine.throw(*raised)


def begun(coroutine: Coroutine[Any, Any, None]) -> Rest | None:
    """Goes as far as the coroutine's first wait, and gives what is left of it; None when it never waited.

    Raises what the coroutine raises.
    """
    try:
        awaited = coroutine.send(None)
    except StopIteration:
        return None
    return Rest(coroutine, awaited)
