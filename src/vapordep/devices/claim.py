"""Claims: somebody uses a line who is no poller, and those who foretell its polls must know."""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from vapordep.devices.line import Line


class OnClaim(Protocol):
    """Is told before somebody uses a line who is no poller."""

    def __call__(self, *, urgent: bool) -> float:
        """Until when polls under way, which go over no wire, keep the line busy, s on the clock."""
        ...


class Claim:
    """A use of a line; a plain class, for every command makes several."""

    __slots__ = ("line", "urgent")

    def __init__(self, line: "Line", urgent: bool) -> None:
        self.line = line
        self.urgent = urgent

    async def __aenter__(self) -> None:
        line = self.line
        line.claims += 1
        if line.claims > 1:  # its polls have come back to it already
            return
        try:
            free_at = line.on_claim(urgent=self.urgent)
            if free_at > line.clock.now():
                await line.clock.sleep_until(free_at)
        except BaseException:
            line.claims -= 1
            raise

    async def __aexit__(self, *_: object) -> None:
        self.line.claims -= 1
