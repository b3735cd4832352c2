"""The person outside: what is shown to them while a run goes on, and what they may say."""

from collections.abc import Awaitable, Callable

from vapordep.errors import RunError
from vapordep.lazy import dataclass
from vapordep.model.amendments import Amendment
from vapordep.model.questions import Answer, Question, Wanted
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
    allowed: tuple[Verb, ...] = ()
    """What may be asked of the run just now."""
    standing: str = ""
    """Of a held run, what a person needs to decide: whole cycles, last dose, hottest foil."""


async def assumed(question: Question) -> Answer:
    """Where nobody has to do anything, every question is answered as it assumes; that is an event all the same."""
    return Answer(question.assumed, assumed=True)


async def confirmed(question: Question) -> Answer:
    """Where somebody answers for all that is to be done, but not for what is to be known; raises RunError for that."""
    if question.wanted is Wanted.TEXT:
        raise RunError(f"nobody is there to answer: {question.text}", remedy="run it from a terminal, without --yes")
    return Answer(assumed=True)


Ask = Callable[[Question], Awaitable[Answer]]


def _nobody(text: str) -> None:
    """Nobody is told."""


@dataclass(frozen=True, slots=True)
class Outside:
    """How a run meets whoever looks after it."""

    show: Callable[[Snapshot], None]
    """Takes where the run is, a few times a second."""
    verb: Callable[[], Verb | Amendment | None]
    """The verb or the amendment that was asked for since the last look, if any; it must not wait."""
    ask: Ask
    """Asks a person something the recipe wants to know or to have done, and returns what they answered."""
    attended: bool
    """Whether somebody could restart a held run; if not, it is aborted at once."""
    warn: Callable[[str], None] = _nobody
    """Takes what is doubtful about the recipe, before the run begins; later what was asked for in vain."""
    person: str = ""
    """Who it is."""
