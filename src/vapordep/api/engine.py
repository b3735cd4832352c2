"""Orders of the web to the engine: each over the link, with a time within which it must be answered."""

from pathlib import Path

from vapordep.link.client import WITHIN, Client, found
from vapordep.link.messages import Done, Order


class Engine:
    """The engine of one reactor. Nothing is held open: it may come and go; may be used by several threads."""

    def __init__(self, reactor: str, folder: Path) -> None:
        self._reactor = reactor
        self._folder = folder

    def call(self, order: Order, within: float = WITHIN) -> Done:
        """Gives an order and waits at most `within` s; raises NoEngine, and the error that the engine tells."""
        client = Client(found(self._reactor, self._folder))
        try:
            return client.call(order, within)
        finally:
            client.close()
