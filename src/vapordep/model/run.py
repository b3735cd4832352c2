"""Runs: the states and verbs of ISA-88 as one table, and what a run is given at its start."""

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from vapordep.errors import TransitionRefused
from vapordep.lazy import dataclass


class RunState(StrEnum):
    """States of a run after ISA-88, and INTERRUPTED for a run whose process went away."""

    IDLE = "IDLE"
    RUNNING = "RUNNING"
    PAUSING = "PAUSING"
    PAUSED = "PAUSED"
    HOLDING = "HOLDING"
    HELD = "HELD"
    RESTARTING = "RESTARTING"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"
    ABORTING = "ABORTING"
    ABORTED = "ABORTED"
    COMPLETE = "COMPLETE"
    INTERRUPTED = "INTERRUPTED"


class Verb(StrEnum):
    """What a person may ask of a run."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    HOLD = "hold"
    RESTART = "restart"
    STOP = "stop"
    CAP = "cap"
    ABORT = "abort"
    SKIP = "skip"
    AMEND = "amend"
    RESET = "reset"


S, V = RunState, Verb

ENDED = frozenset({S.STOPPED, S.ABORTED, S.COMPLETE, S.INTERRUPTED})
"""States a run never leaves again except by reset."""

ACTIVE = frozenset(RunState) - ENDED - {S.IDLE}

TRANSITIONS: Mapping[tuple[RunState, Verb], RunState] = {
    (S.IDLE, V.START): S.RUNNING,
    (S.RUNNING, V.PAUSE): S.PAUSING,
    (S.PAUSING, V.RESUME): S.RUNNING,
    (S.PAUSED, V.RESUME): S.RUNNING,
    **{(state, V.HOLD): S.HOLDING for state in (S.RUNNING, S.PAUSING, S.PAUSED, S.RESTARTING)},
    (S.HELD, V.RESTART): S.RESTARTING,
    **{(state, V.STOP): S.STOPPING for state in (S.RUNNING, S.PAUSING, S.PAUSED, S.HOLDING, S.HELD, S.RESTARTING)},
    (S.HELD, V.CAP): S.RESTARTING,
    **{(state, V.SKIP): state for state in (S.RUNNING, S.PAUSING, S.STOPPING)},
    **{(state, V.AMEND): state for state in (S.RUNNING, S.PAUSING, S.PAUSED, S.HELD)},
    **{(state, V.ABORT): S.ABORTING for state in ACTIVE - {S.ABORTING}},
    **{(state, V.RESET): S.IDLE for state in ENDED},
}
"""(state, verb) -> the state that the verb leads to; what is not here is refused."""

SETTLES: Mapping[RunState, RunState] = {
    S.PAUSING: S.PAUSED,
    S.HOLDING: S.HELD,
    S.RESTARTING: S.RUNNING,
    S.STOPPING: S.STOPPED,
    S.ABORTING: S.ABORTED,
    S.RUNNING: S.COMPLETE,
}
"""Where an acting state ends by itself once its work is done."""


def after(state: RunState, verb: Verb) -> RunState:
    """The state that `verb` leads to from `state`.

    Raises TransitionRefused, naming the verbs that are allowed instead.
    """
    try:
        return TRANSITIONS[state, verb]
    except KeyError:
        allowed = ", ".join(verbs(state)) or "nothing"
        raise TransitionRefused(
            f"a run that is {state} cannot {verb}", remedy=f"from {state} it can: {allowed}"
        ) from None


def verbs(state: RunState) -> tuple[Verb, ...]:
    """The verbs allowed in `state`, in the order of `Verb`."""
    return tuple(verb for verb in Verb if (state, verb) in TRANSITIONS)


class Mode(StrEnum):
    """Whether a run moved real gas; a dry run is marked as one for ever."""

    RUN = "run"
    DRY_RUN = "dry_run"


class Decision(StrEnum):
    """What a person may decide about a run that ended before its plan."""

    CONTINUE = "continue"
    CAP = "cap"
    DISCARD = "discard"


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision about the run `run_id`, by whom, why, and when (civil time, ISO 8601, UTC)."""

    run_id: str
    decision: Decision
    person: str
    reason: str
    decided: str


@dataclass(frozen=True, slots=True)
class SampleOnStage:
    """One of the samples a run coats."""

    id: str
    substrate: str
    position: str = ""
    area: float | None = None
    """Coated area in m2."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class CalledRecipe:
    """A recipe that the run's recipe calls, directly or through another, as it was when the run started."""

    asked: str
    """How the recipe names it."""
    name: str
    file: str
    text: str
    sha256: str
    parameters: Mapping[str, float | int | str]


@dataclass(frozen=True, slots=True)
class RunHeader:
    """All that is frozen when a run starts."""

    run_id: str
    mode: Mode
    recipe_name: str
    recipe_text: str
    recipe_sha256: str
    parameters: Mapping[str, float | int | str]
    reactor_name: str
    reactor_text: str
    reactor_sha256: str
    versions: Mapping[str, str]
    operator: str
    started: str
    """Civil time, ISO 8601, UTC."""
    samples: tuple[SampleOnStage, ...] = ()
    seed: int | None = None
    parent: str | None = None
    notes: Mapping[str, str] = field(default_factory=dict)
    called: tuple[CalledRecipe, ...] = ()
