"""The firing of a pulse: two edges at exact instants, of which the closing goes out whatever happens."""

from typing import TYPE_CHECKING

from vapordep.clock import Edge
from vapordep.devices.frames import Edges, Frame
from vapordep.devices.framing import Framing
from vapordep.errors import LineLost

if TYPE_CHECKING:
    from vapordep.devices.line import Line


class Firing:
    """The two edges of one pulse under way; leaving its block by an error closes the valve at once."""

    def __init__(
        self, line: "Line", framing: Framing, frames: tuple[Frame, Frame], instants: tuple[float, float]
    ) -> None:
        self.line = line
        self.framing = framing
        self.frames = frames
        self.instants = instants
        self._sent = [framing.encode(frame.payload) for frame in frames]
        self._failed = False
        self._lost: LineLost | None = None
        opening = Edge(instants[0], lambda: self._send(0), cancellable=True)
        self._play = line.clock.edges([opening, Edge(instants[1], lambda: self._send(1))])

    def _send(self, edge: int) -> None:
        """Runs at the edge's instant, maybe in another thread; after a failure the closing has gone out before."""
        try:
            if not self._failed:
                self.line.transport.send(self._sent[edge])
        except LineLost as lost:
            self._lost = lost

    async def acknowledged(self, edge: int) -> float:
        """Waits for the edge, then for its reply; the instant of the reply, in s."""
        at = self.instants[edge]
        await self.line.clock.sleep_until(at)
        if self._lost is not None:
            raise self._lost
        taken = await self.line.reply_to(self._sent[edge], self.framing, at + self.framing.reply_within)
        self.frames[edge].accept(taken)
        return self.line.clock.now()

    async def ended(self, opened: float) -> Edges:
        """Waits for the closing and its reply."""
        closed = await self.acknowledged(1)
        commanded = await self._play
        return Edges(commanded[0], commanded[1], opened, closed)

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None:
            return
        self._failed = True
        self._play.cancel()
        try:
            self.line.send_unasked(self._sent[1])
        except LineLost:
            error.add_note("the closing of a valve could not be sent: the line is lost")
