"""The transport to a simulated instrument: bytes in, bytes out after their delays, on either clock."""

import heapq
import itertools
import math
import threading
from typing import ClassVar

from vapordep.clock import Clock
from vapordep.devices.transport import Transport
from vapordep.simulation.instrument import Replies, SimInstrument


class SimulatedTransport(Transport):
    """Carries bytes between a line and one simulated instrument, or several that share the wire.

    On the wall clock edges are sent from a thread of their own: one lock keeps the world to one caller at a time.
    Receiving sleeps straight to the first piece that is due, or to the deadline: a piece that is queued meanwhile, by a
    send from elsewhere, is found at the next waking.
    """

    _lock: ClassVar = threading.Lock()

    def __init__(self, *instruments: SimInstrument, clock: Clock, where: str = "simulated") -> None:
        self.where = where
        self.clock = clock
        self._instruments = instruments
        self._turns = itertools.count()
        self._pieces: list[tuple[float, int, bytes]] = []

    async def open(self) -> None:
        """Begins with nothing on the way."""
        with self._lock:
            self._pieces.clear()

    async def close(self) -> None:
        """Forgets what is on the way."""
        with self._lock:
            self._pieces.clear()

    def send(self, data: bytes) -> None:
        """Every instrument on the wire hears `data` at once; callable from any thread."""
        now = self.clock.now()
        with self._lock:
            for instrument in self._instruments:
                instrument.heard += 1
                self._queue(now, instrument.feed(data, now))

    async def receive(self, deadline: float) -> bytes:
        """The pieces that are due, or b"" at `deadline`, s on the clock."""
        while True:
            now = self.clock.now()
            with self._lock:
                following = self._next()
                arrived = b"" if following > now else self._arrived(now)
            if arrived or now >= deadline:
                return arrived
            await self.clock.sleep_until(min(deadline, following))

    def _queue(self, now: float, replies: Replies) -> None:
        for delay, piece in replies:
            heapq.heappush(self._pieces, (now + delay, next(self._turns), piece))

    def _arrived(self, now: float) -> bytes:
        """The pieces that are due, after what the instruments have said unasked."""
        for instrument in self._instruments:
            while (instant := instrument.next_speech) <= now:
                instrument.heard += 1
                self._queue(instant, instrument.speak(instant))
        pieces = self._pieces
        arrived = b""
        while pieces and pieces[0][0] <= now:
            arrived += heapq.heappop(pieces)[2]
        return arrived

    def _next(self) -> float:
        """When the next piece is due, or the next instrument speaks, s."""
        found = self._pieces[0][0] if self._pieces else math.inf
        for instrument in self._instruments:
            if instrument.next_speech < found:
                found = instrument.next_speech
        return found
