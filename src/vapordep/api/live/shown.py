"""What answers tell of engine, run, alarms and values as they stand: the types of what `vapordep.wire` makes."""

from pydantic import Field

from vapordep.api.answers.answer import Answer, Civil
from vapordep.link.film import KnownBy
from vapordep.link.picture import Standing
from vapordep.model.alarms import AlarmState
from vapordep.model.hand_valves import Shown
from vapordep.model.run import Mode, RunState, Verb


class FilmNow(Answer):
    """The film of the run, in m; null where nobody knows."""

    so_far_m: float | None
    target_m: float | None = Field(description="What the plan as it is now is foretold to give.")
    by: KnownBy = Field(description="Foretold growth times whole cycles, or the crystal.")


class RunNow(Answer):
    """The run under way, or the last one until the next; durations in s."""

    run_id: str
    recipe: str
    shipped: bool = Field(description="Whether it, and each recipe that it calls, is one of those shipped.")
    mode: Mode
    state: RunState
    reason: str = Field(description="Why it is in this state.")
    verbs: list[Verb] = Field(description="What it would take just now.")
    operator: str
    started: Civil
    step: str
    block: str | None = Field(description="The loop that it is in.")
    cycle: int
    cycles: int
    doses: int
    waiting_for: str | None
    waiting_s: float | None = Field(description="For how long already.")
    elapsed_s: float
    left_s: float | None = Field(description="Estimated; null where it has no end, or nobody knows.")
    prompt: str | None = Field(description="What the recipe asks a person.")
    film: FilmNow | None = Field(description="Null where nothing grows, or nobody can foretell it.")


class AlarmShown(Answer):
    """An alarm; instants in s on the clock of the engine."""

    id: str
    state: AlarmState
    priority: str
    text: str
    cause: str
    consequence: str
    remedy: str
    latching: bool
    present: bool
    first_out: bool
    after: str | None
    raised_s: float | None
    until_s: float | None
    by: str | None
    reason: str | None


class BypassShown(Answer):
    """An interlock that a person has set aside."""

    id: str
    person: str
    reason: str
    left_s: float


class HandValveShown(Answer):
    """What the latest test pulse of a source showed; null where nothing was read."""

    source: str
    shown: Shown
    at: Civil
    by: str
    width_s: float
    baseline_Pa: float | None  # noqa: N815 - the unit as the record says it
    rise_Pa: float | None  # noqa: N815 - the unit as the record says it


class ValueShown(Answer):
    """What is known of a tag; `value` in SI."""

    value: float | None
    age_s: float | None
    standing: Standing
    output: bool


class LiveNow(Answer):
    """The engine with its run, alarms and values; `link` says why nothing newer is known."""

    reactor: str
    simulated: bool
    armed: bool
    guarded: bool
    substrate: str
    pid: int
    since: Civil
    history: str
    trouble: str | None
    unmet: list[str] = Field(description="Ids of the interlocks that are not fulfilled just now.")
    silent: list[str] = Field(description="Instruments that do not answer, and why.")
    run: RunNow | None
    interrupted: str | None = Field(description="A run whose process went away, about which nobody has decided.")
    alarms: list[AlarmShown]
    bypasses: list[BypassShown]
    control: str | None = Field(description="Who has control.")
    hand_valves: list[HandValveShown] = Field(description="What test pulses showed since the engine came up.")
    values: dict[str, ValueShown]
    silent_for_s: float
    link: str | None
