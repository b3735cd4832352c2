"""News and snapshots up from the engine. Values are SI, instants seconds on the engine's clock, durations s.

A newcomer subscribes to the news, takes the snapshot, and passes over the news whose number the snapshot has already.
"""

from collections.abc import Mapping
from dataclasses import field

from vapordep.lazy import dataclass
from vapordep.link.authority import ControlShown
from vapordep.link.film import FilmShown
from vapordep.model.alarms import AlarmView
from vapordep.model.events import Event
from vapordep.model.hand_valves import HandValve
from vapordep.model.interlocks import Bypass
from vapordep.model.run import Mode, RunState, Verb
from vapordep.model.tags import Quality

EVENTS_KEPT = 200
"""So many of the latest events are in a snapshot."""


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
    refused: Mapping[Verb, str] = field(default_factory=dict)
    """Why it does not take what its state knows."""
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
    shipped: bool = False
    """Whether its recipe, and each that it calls, is one of those shipped: whoever is trained may steer it."""


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
    event_numbers: tuple[int, ...] = ()
    """Of each of them the number of its news, so that who was away knows which they missed."""

    @property
    def events_after(self) -> int:
        """All events behind the news of this number are in it."""
        if len(self.event_numbers) != len(self.events):
            return self.number  # nobody says which they are
        return self.event_numbers[0] - 1 if len(self.events) >= EVENTS_KEPT else 0


@dataclass(frozen=True, slots=True)
class ValuesRead:
    """The tags that were read since the last news of this kind, each with its newest sample."""

    values: tuple[Value, ...]
    edges: tuple[Value, ...] = ()
    """Where states have changed since then, each in its order: also what was over again before its newest sample."""


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
