"""What was read of recordings that no longer change, kept for the next look: bounded, and of no other content."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Protocol, TypeVar

MOST = 64 << 20
"""Bytes that one process keeps: a look at 32 tags takes 2 to 20 MB."""
T = TypeVar("T")


class Keep(Protocol):
    """Gives what is kept under a key, or makes it and perhaps keeps it; `size` tells the bytes of what was made."""

    def __call__(self, key: Hashable, make: Callable[[], T], size: Callable[[T], int]) -> T:
        """What is kept, or was just made."""


def fleeting(key: Hashable, make: Callable[[], T], size: Callable[[T], int]) -> T:
    """Keeps nothing: of a recording that still grows all is read at each look."""
    return make()


class Kept:
    """Keeps what was made under a key as long as there is room for it; what was not asked for longest goes first.

    A key names the content as well, so that what is kept never speaks for another one. For several threads: two that
    ask at once may both make it. Nothing that is kept may be changed.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._held: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._size = 0

    def get(self, key: Hashable, make: Callable[[], T], size: Callable[[T], int]) -> T:
        """What is kept under that key, or else what `make` gives; `size` tells its bytes."""
        with self._lock:
            held = self._held.get(key)
            if held is not None:
                self._held.move_to_end(key)
                found: T = held[0]
                return found
        made = make()
        self._put(key, made, size(made))
        return made

    def clear(self) -> None:
        """Forgets all."""
        with self._lock:
            self._held.clear()
            self._size = 0

    def _put(self, key: Hashable, made: object, size: int) -> None:
        if size > self._most:
            return
        with self._lock:
            _, before = self._held.pop(key, (None, 0))
            self._held[key] = made, size
            self._size += size - before
            while self._size > self._most:
                _, (_, gone) = self._held.popitem(last=False)
                self._size -= gone


KEPT = Kept()
"""Of this process."""
