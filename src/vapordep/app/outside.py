"""The person outside: what is shown to them while a run goes on, and what they may say."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from vapordep.model.run import RunState, Verb


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Where a run is: instants and durations in s, temperatures in K, pressure in Pa; NaN where not known."""

    state: RunState
    step: str
    block: str
    cycle: int
    cycles: int
    doses: int
    waiting_for: str
    simulated: float
    wall: float
    left: float
    """Estimated rest of the run on its own clock, in s."""
    pressure: float
    stage: float
    reason: str = ""
    """Why the run is in its state."""


def _nobody(text: str) -> None:
    """Nobody is told."""


@dataclass(frozen=True, slots=True)
class Outside:
    """How a run meets whoever looks after it."""

    show: Callable[[Snapshot], None]
    """Takes where the run is, a few times a second."""
    verb: Callable[[], Verb | None]
    """The verb that was asked for since the last look, if any; it must not wait."""
    ask: Callable[[str], Awaitable[None]]
    """Shows a text of the recipe and returns once it is confirmed."""
    attended: bool
    """Whether somebody could restart a held run; if not, it is aborted at once."""
    warn: Callable[[str], None] = _nobody
    """Takes what is doubtful about the recipe, before the run begins."""
