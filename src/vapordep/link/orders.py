"""Orders down to the engine, each with a number of its caller's. Values are SI, durations s."""

from collections.abc import Mapping
from dataclasses import field

from vapordep.lazy import dataclass
from vapordep.link.authority import Authority, ControlOrder
from vapordep.model.amendments import Amendment
from vapordep.model.run import Decision, SampleOnStage, Verb


@dataclass(frozen=True, slots=True)
class TakeSnapshot:
    """Tell all that is known just now."""


@dataclass(frozen=True, slots=True)
class TellInterlocks:
    """Tell every interlock with its live terms."""


@dataclass(frozen=True, slots=True)
class TellCoverage:
    """Tell what stands against each hazard, with this on the stage; empty takes the reactor's first substrate."""

    substrate: str = ""


@dataclass(frozen=True, slots=True)
class JudgeCommand:
    """Tell whether this output may be brought to `value` (SI); nothing is commanded."""

    tag: str
    value: float


@dataclass(frozen=True, slots=True)
class CommandOutput:
    """Bring this output to `value` (SI), through the gate, while no run is under way."""

    tag: str
    value: float
    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ProveHandValve:
    """Open this source for one short pulse, `width` s or as long as is usual, and look whether the pressure rises."""

    source: str
    by: str
    width: float = 0.0


@dataclass(frozen=True, slots=True)
class StartRun:
    """Run the recipe in this file of the engine's computer; `settings` are texts by parameter name."""

    recipe: str
    reactor_sha256: str
    """Which reactor file was read where this was ordered; another one than the engine's is refused."""
    by: str
    settings: Mapping[str, str] = field(default_factory=dict)
    samples: tuple[SampleOnStage, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class TakeUpRun:
    """Carry out a decision about a run that ended before its plan: continue it, cap its film, or discard it."""

    run_id: str
    decision: Decision
    reactor_sha256: str
    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AskRun:
    """Ask the run for a verb."""

    verb: Verb
    by: str
    reason: str = ""
    amendment: Amendment | None = None
    """What to amend, where that is the verb."""


@dataclass(frozen=True, slots=True)
class AnswerRun:
    """What the recipe asked a person to do is done, or what it asked for is `text`."""

    by: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Arm:
    """Arm the reactor for what lies on its stage; empty takes the reactor's first substrate."""

    by: str
    substrate: str = ""


@dataclass(frozen=True, slots=True)
class Disarm:
    """Drive every output to its safe value; from then on nothing leaves it."""

    by: str


@dataclass(frozen=True, slots=True)
class AcknowledgeAlarm:
    """A person has seen this alarm; what they note of it is kept in the record."""

    id: str
    by: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class ResetAlarm:
    """Release what this alarm latched."""

    id: str
    by: str


@dataclass(frozen=True, slots=True)
class ShelveAlarm:
    """Silence this alarm for a while."""

    id: str
    by: str
    reason: str
    duration: float


@dataclass(frozen=True, slots=True)
class UnshelveAlarm:
    """Take this alarm back before its time on the shelf is over."""

    id: str
    by: str


@dataclass(frozen=True, slots=True)
class RemoveAlarm:
    """Take an alarm out of service, until it is returned."""

    id: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReturnAlarm:
    """Return an alarm to service."""

    id: str
    by: str


@dataclass(frozen=True, slots=True)
class SetAside:
    """Bypass this interlock for `duration` s, 8 h at most."""

    id: str
    by: str
    reason: str
    duration: float


@dataclass(frozen=True, slots=True)
class PutBack:
    """End the bypass of this interlock before its time."""

    id: str
    by: str


@dataclass(frozen=True, slots=True)
class ChangeLimit:
    """Bring the limit that this interlock sets to `tag` to another one, such as `900 Pa`, while the engine runs."""

    id: str
    tag: str
    limit: str
    by: str
    reason: str


AlarmOrder = AcknowledgeAlarm | ResetAlarm | ShelveAlarm | UnshelveAlarm | RemoveAlarm | ReturnAlarm
Order = (
    TakeSnapshot
    | TellInterlocks
    | TellCoverage
    | JudgeCommand
    | CommandOutput
    | ProveHandValve
    | StartRun
    | TakeUpRun
    | AskRun
    | AnswerRun
    | Arm
    | Disarm
    | AlarmOrder
    | SetAside
    | PutBack
    | ChangeLimit
    | ControlOrder
)


@dataclass(frozen=True, slots=True)
class Request:
    """An order with a number of its caller's, and the instant (s on the clock that all processes share) it lapses at.

    An order that comes late is not carried out: whoever gave it was told that it failed.
    """

    number: str
    expires: float
    order: Order
    under: Authority | None = None
    """What an order over the web shows; one from the computer's own account needs none."""
