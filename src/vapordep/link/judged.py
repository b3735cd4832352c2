"""What the safety core says of itself over the link: its interlocks with their live terms, and verdicts on commands.

Instants are s on the engine's clock, durations s.
"""

from enum import StrEnum

from vapordep.lazy import dataclass
from vapordep.model.interlocks import Action


class InterlockState(StrEnum):
    """Where an interlock stands."""

    FULFILLED = "fulfilled"
    """All that it requires is true, or it does not apply just now."""
    UNMET = "unmet"
    """Something that it requires is not true, or cannot be told."""
    ACTED = "acted"
    """It has tripped or warned, and stands until it is answered."""
    BYPASSED = "bypassed"
    NOT_COVERED = "not covered"
    """The reactor lacks its sensor."""


@dataclass(frozen=True, slots=True)
class TermShown:
    """One condition: whether it is `true`, `false` or `unknown`, and what was measured beside its limit."""

    text: str
    tags: tuple[str, ...]
    truth: str
    says: str


@dataclass(frozen=True, slots=True)
class InterlockShown:
    """One interlock as it stands just now; `applies` is false while its `when` is."""

    id: str
    state: InterlockState
    action: Action
    hard: bool
    trips: bool
    guards: tuple[str, ...]
    when: str
    applies: bool
    require: tuple[TermShown, ...]
    protects: str
    remedy: str
    bypass_left: float | None = None
    """How much longer it is bypassed, in s; None when it is not."""


@dataclass(frozen=True, slots=True)
class Objection:
    """One thing that stands against a command: the interlock (or ARM, RANGE, SAFE STATE), and what to do."""

    interlock: str
    term: str
    text: str
    protects: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class VerdictShown:
    """Whether a command would be let through if it were given now; if not, all that stands against it."""

    allowed: bool
    objections: tuple[Objection, ...] = ()
