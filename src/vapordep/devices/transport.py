"""Transports: bytes to and from an instrument, whatever the wire."""

from abc import ABC, abstractmethod


class Transport(ABC):
    """A pair of byte streams. Opening one never writes to it."""

    where: str
    """The resource string, for messages."""

    @abstractmethod
    async def open(self) -> None:
        """Connects; raises LineLost."""

    @abstractmethod
    async def close(self) -> None:
        """Disconnects; never raises for a line that is already gone."""

    @abstractmethod
    def send(self, data: bytes) -> None:
        """Hands all of `data` to the wire at once, without waiting; callable from any thread. Raises LineLost."""

    @abstractmethod
    async def receive(self, deadline: float) -> bytes:
        """The bytes that have arrived, as soon as there are any; b"" at the instant `deadline` (s on the clock).

        With a deadline that has passed it gives at once what is already there. Raises LineLost when the other end is
        gone.
        """
