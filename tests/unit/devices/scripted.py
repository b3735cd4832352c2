"""A wire for tests of lines: it answers from a script, on virtual time, and writes down what was sent and when."""

from collections.abc import Callable

from vapordep.clock import VirtualClock
from vapordep.devices import Transport
from vapordep.errors import LineLost

Answer = Callable[[bytes], list[tuple[float, bytes]]]
"""What comes back for a sent frame: pieces with their delays in s."""


class Scripted(Transport):
    where = "scripted"

    def __init__(self, clock: VirtualClock, answer: Answer) -> None:
        self.clock = clock
        self.answer = answer
        self.sent: list[tuple[float, bytes]] = []
        self.pieces: list[tuple[float, bytes]] = []
        self.opened = 0
        self.lost = False

    async def open(self) -> None:
        if self.lost:
            raise LineLost("unplugged", where=self.where)
        self.opened += 1
        self.pieces.clear()

    async def close(self) -> None:
        self.pieces.clear()

    def send(self, data: bytes) -> None:
        if self.lost:
            raise LineLost("unplugged", where=self.where)
        now = self.clock.now()
        self.sent.append((now, data))
        self.say(*self.answer(data))

    def say(self, *pieces: tuple[float, bytes]) -> None:
        now = self.clock.now()
        self.pieces = sorted(
            [*self.pieces, *((now + delay, piece) for delay, piece in pieces)], key=lambda each: each[0]
        )

    async def receive(self, deadline: float) -> bytes:
        while True:
            if self.lost:
                raise LineLost("unplugged", where=self.where)
            now = self.clock.now()
            due = [piece for at, piece in self.pieces if at <= now]
            self.pieces = self.pieces[len(due) :]
            if due or now >= deadline:
                return b"".join(due)
            await self.clock.sleep_until(min(deadline, self.pieces[0][0]) if self.pieces else deadline)
