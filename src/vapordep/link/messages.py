"""The messages of the link: orders down to the engine and their replies, numbered news and snapshots up from it.

Values are SI, instants seconds on the engine's clock, durations s. A newcomer subscribes to the news, takes the
snapshot, and passes over the news whose number the snapshot has already.
"""

from collections.abc import Mapping
from dataclasses import field

from vapordep.lazy import dataclass
from vapordep.link.authority import Authority, ControlOrder, ControlShown
from vapordep.link.film import FilmShown
from vapordep.link.judged import InterlockShown, VerdictShown
from vapordep.model.alarms import AlarmView
from vapordep.model.amendments import Amendment
from vapordep.model.events import Event
from vapordep.model.hand_valves import HandValve
from vapordep.model.interlocks import Bypass
from vapordep.model.run import Decision, Mode, RunState, SampleOnStage, Verb
from vapordep.model.tags import Quality

# --- orders ----------------------------------------------------------------------------------------------------------


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


# --- what the engine tells -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TagShown:
    """What is to be known of a tag to show it: unit and dimension by their names."""

    name: str
    unit: str
    dimension: str
    output: bool
    stale_after: float | None
    """Age in s from which its value no longer counts; None for what never ages."""


@dataclass(frozen=True, slots=True)
class Value:
    """The newest sample of a tag."""

    tag: str
    time: float
    value: float
    quality: Quality


@dataclass(frozen=True, slots=True)
class RunShown:
    """Where the run is, or how it ended."""

    run_id: str
    recipe: str
    mode: Mode
    substrate: str
    operator: str
    started: str
    """Civil time, ISO 8601, UTC."""
    state: RunState
    reason: str
    verbs: tuple[Verb, ...]
    """What may be asked of it just now."""
    step: str = ""
    block: str = ""
    cycle: int = 0
    cycles: int = 0
    doses: int = 0
    waiting_for: str = ""
    waiting: float = 0.0
    """For how long already, in s."""
    elapsed: float = 0.0
    left: float = 0.0
    prompt: str = ""
    """What the recipe asks a person to do; the run waits for it."""
    film: FilmShown | None = None
    """None where nothing grows, or nobody can foretell it."""


@dataclass(frozen=True, slots=True)
class Interrupted:
    """A run whose process went away, about which nobody has decided yet."""

    run_id: str
    recipe: str
    started: str
    ended: str


@dataclass(frozen=True, slots=True)
class EngineShown:
    """The engine and its reactor."""

    reactor: str
    simulated: bool
    pid: int
    since: str
    armed: bool
    guarded: bool
    """Whether a guardian watches this engine."""
    substrate: str
    """For what on the stage the limits are."""
    history: str
    run: RunShown | None = None
    alarms: tuple[AlarmView, ...] = ()
    """Those that stand, the most urgent first, then those that are silenced."""
    bypasses: tuple[Bypass, ...] = ()
    """Interlocks that are set aside, the one that comes back first in front."""
    unmet: tuple[str, ...] = ()
    """Interlocks that are not fulfilled just now: who shows their terms asks for them when these change."""
    silent: tuple[str, ...] = ()
    """Instruments that do not answer."""
    interrupted: Interrupted | None = None
    control: ControlShown | None = None
    """Who has control over the web."""
    hand_valves: tuple[HandValve, ...] = ()
    """What the latest test pulse of each source showed, since the engine came up."""
    trouble: str = ""
    """What a person should know of the engine itself, such as a record that cannot be written."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that is known: it holds what the news up to `number` of this epoch told."""

    epoch: str
    number: int
    now: float
    engine: EngineShown
    tags: tuple[TagShown, ...]
    values: tuple[Value, ...]
    events: tuple[Event, ...] = ()
    """The latest ones, the newest last."""


@dataclass(frozen=True, slots=True)
class ValuesRead:
    """The tags that were read since the last news of this kind, each with its newest sample."""

    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class EngineChanged:
    """Something about engine, run or alarms is different now."""

    engine: EngineShown


@dataclass(frozen=True, slots=True)
class TagsChanged:
    """The reactor is protected for another substrate: its tags."""

    tags: tuple[TagShown, ...]


@dataclass(frozen=True, slots=True)
class EventTold:
    """Something happened."""

    event: Event


@dataclass(frozen=True, slots=True)
class News:
    """One message to all who listen. `epoch` names one life of the engine; a gap in `number` says what was dropped."""

    epoch: str
    number: int
    now: float
    body: ValuesRead | EngineChanged | TagsChanged | EventTold


# --- replies ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Done:
    """The order was carried out."""

    number: str
    text: str = ""
    run_id: str = ""
    snapshot: Snapshot | None = None
    interlocks: tuple[InterlockShown, ...] = ()
    verdict: VerdictShown | None = None
    hand_valve: HandValve | None = None
    sheet: str = ""
    """The coverage sheet as JSON."""
    token: str = ""
    """Of control, for who has taken it."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The order was not carried out: the error by its name in `vapordep.errors`, and what it says.

    `interlocks` are the ids of those that stand against it.
    """

    number: str
    error: str
    what: str
    where: str = ""
    remedy: str = ""
    interlocks: tuple[str, ...] = ()


Reply = Done | Refused
