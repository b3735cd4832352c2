"""What is answered about one run: how it began and ended, its events, its pulses and its film. SI."""

from pydantic import Field

from vapordep.api.answers.answer import Answer, Civil, Instant, Metres, Plain
from vapordep.model.events import Kind
from vapordep.model.run import Decision, Mode, RunState


class SampleShown(Answer):
    """One of the pieces that lay on the stage; area in m2."""

    id: str
    substrate: str
    position: str
    area: float | None
    note: str


class CalledShown(Answer):
    """A recipe that the run's recipe calls, as it was when the run started."""

    asked: str
    name: str
    file: str
    text: str
    sha256: str
    parameters: dict[str, float | int | str]


class DecisionShown(Answer):
    """What was decided about a run that ended before its plan."""

    run_id: str
    decision: Decision
    person: str
    reason: str
    decided: Civil


class RunWhole(Answer):
    """All that the catalogue knows of a run; null where it is not known yet."""

    run_id: str
    mode: Mode = Field(description="What it counts as; a dry run is marked for ever.")
    doubt: str | None = Field(description="What is doubtful about `mode`.")
    recipe_name: str
    recipe_text: str
    recipe_sha256: str
    parameters: dict[str, float | int | str] = Field(description="SI.")
    reactor_name: str
    reactor_text: str
    reactor_sha256: str
    versions: dict[str, str] = Field(description="Of the programs that ran it.")
    operator: str
    started: Civil
    samples: list[SampleShown]
    seed: int | None
    parent: str | None = Field(description="The run that this one goes on from.")
    notes: dict[str, str]
    called: list[CalledShown]
    state: RunState
    reason: str
    ended: Civil | None
    simulated_s: float | None
    wall_s: float | None
    outcome: Plain = Field(
        description="`film`, `doses`, `trips`, `precursor_use_mol` and more, as they were at its end."
    )
    recording: str = Field(description="Its file in the history folder.")
    process: dict[str, str | int]
    chain: tuple[str, int] | None = Field(description="The last hash of its events and how many they are, once sealed.")
    decided: DecisionShown | None


class EventTold(Answer):
    """One event: what happened, and its numbers in SI."""

    t_s: Instant
    kind: Kind
    text: str
    data: dict[str, str | float | int | bool | None]


class PulseTold(Answer):
    """One pulse: what was planned, commanded and acknowledged, and what it gave. Null where it was not measured."""

    number: int
    source: str
    step: str
    cycle: int
    planned_open_s: Instant
    planned_close_s: Instant
    commanded_open_s: Instant | None
    commanded_close_s: Instant | None
    acknowledged_open_s: Instant | None
    acknowledged_close_s: Instant | None
    width_s: float | None
    baseline_pa: float | None
    peak_pa: float | None
    area_pa_s: float | None
    verdict: str | None = Field(description="How it looked on the gauge; null where the process went away before.")


class LayerTold(Answer):
    """One layer of a film; `origin` says where its numbers come from."""

    name: str
    thickness_m: Metres
    cycles: int
    growth_per_cycle_m: Metres
    mass_kg_m2: float | None
    origin: str


class FilmTold(Answer):
    """A film with its layers, the lowest first."""

    thickness_m: Metres
    mass_kg_m2: float | None
    layers: list[LayerTold]


class LayerPlaced(LayerTold):
    """A layer and its place in the stack, from 0."""

    position: int


class Measured(Answer):
    """A measurement, and what a thickness has more than the layer that it is `of`, or than all of them."""

    number: int
    sample_id: str
    position: str
    quantity: str
    of: str
    method: str
    value: float
    uncertainty: float | None = Field(description="One standard deviation.")
    unit: str = Field(description="In which it was entered; `value` is SI.")
    measured: str = Field(description="A date.")
    note: str
    person: str
    entered: Civil
    difference_m: Metres


class FilmKept(Answer):
    """A film as it was at the end of its run."""

    thickness_m: Metres
    mass_kg_m2: float | None
    layers: list[LayerPlaced]


class FilmKnown(Answer):
    """The film of a run: as it was foretold or followed, and what was measured of it later."""

    layers: list[LayerPlaced]
    measurements: list[Measured]
