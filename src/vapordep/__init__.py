"""vapordep runs vapour-deposition reactors: recipes, instruments, interlocks and the history of every film."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vapordep.client import Lab


def connect(url: str, token: str) -> "Lab":
    """A served reactor and its history for a notebook: see `vapordep.client`. Loaded only when it is called."""
    from vapordep.client import connect

    return connect(url, token)
