"""Starting a run, and carrying out a decision about one that ended before its plan."""

from typing import Annotated, Any, Literal

from fastapi import FastAPI, Path
from fastapi.responses import Response
from pydantic import Field

from vapordep.accounts.roles import Right
from vapordep.api.access.doorkeeper import Caller, Needs
from vapordep.api.answers.answer import Answer, refuses
from vapordep.api.answers.given import Given, Text
from vapordep.api.answers.plain import as_json
from vapordep.api.live.engine import Engine
from vapordep.api.live.live import Live
from vapordep.api.operate.control import By
from vapordep.api.recipes.library import SHIPPED, Library
from vapordep.errors import NotAllowed
from vapordep.link.orders import StartRun, TakeUpRun
from vapordep.link.replies import Done
from vapordep.model.run import Decision, RunState, SampleOnStage

Runner = Annotated[Caller, Needs(Right.RUN)]
Operator = Annotated[Caller, Needs(Right.OPERATE)]
Short = Annotated[str, Field(max_length=200)]
STARTS_WITHIN = 30.0
"""How long the engine may take to read a recipe and open its record, in s."""


class Sample(Given):
    """One of the pieces on the stage; its substrate is the recipe's where nothing else is said; area in m2."""

    id: Annotated[str, Field(min_length=1, max_length=100)]
    substrate: Short = ""
    position: Short = ""
    area_m2: Annotated[float, Field(gt=0.0, lt=100.0, allow_inf_nan=False)] | None = None
    note: Short = ""


class Start(Given):
    """A run: the recipe as /api/recipes names it, its parameters with their units, and what lies on the stage."""

    recipe: Annotated[str, Field(max_length=200, examples=["shipped/al2o3_on_lithium"])]
    parameters: dict[str, Short] = Field(default_factory=dict, max_length=100, examples=[{"cycles": "50"}])
    samples: list[Sample] = Field(default_factory=list, max_length=50)
    note: Text = ""


class Decide(Given):
    """What is decided about a run that ended before its plan, and why."""

    decision: Literal["continue", "cap", "discard"]
    reason: Text = ""


class Begun(Answer):
    """What came of it; `run_id` is null where no run has begun."""

    done: str
    run_id: str | None


class LayerLeft(Answer):
    """A loop that deposits: how many of its cycles are whole, of how many."""

    name: str
    whole_cycles: int
    planned_cycles: int


class DoseGiven(Answer):
    """A dose; `half` is which of its cycle's it is."""

    source: str
    step: str
    half: str


class BrokenOff(Answer):
    """The state of a run that ended before its plan, out of its recording; SI, null where nobody knows."""

    run_id: str
    state: RunState
    reason: str
    ended: str | None
    section: str
    place: Any
    goes_on: str = Field(description="Where it would go on, in words.")
    complete: bool = Field(description="Every step of the plan was done.")
    no_resume: str | None = Field(description="Why it cannot go on where it broke off.")
    layers: list[LayerLeft]
    last_dose: DoseGiven | None = Field(description="Given whole for sure.")
    perhaps_given: DoseGiven | None = Field(description="After that one; nobody knows whether it was.")
    checkpoints: list[str]
    foil_max_K: float | None  # noqa: N815 - as `vapordep run continue --json` says it
    under_vacuum_s: float | None
    pressure_at_end_Pa: float | None  # noqa: N815 - as `vapordep run continue --json` says it
    unattended_s: float | None = Field(description="Since its end.")
    pressure_unattended_Pa: float | None  # noqa: N815 - as `vapordep run continue --json` says it
    remarks: list[str] = Field(description="What has changed since, and what is doubtful.")
    choices: list[Decision]
    why_not: dict[str, str] = Field(description="Of what is no choice, why.")


def add(app: FastAPI, live: Live, engine: Engine, library: Library) -> None:
    """Adds the routes."""
    reactor = live.served.reactor

    @app.get("/api/runs/{run}/decision", response_model=BrokenOff, dependencies=[Needs(Right.READ)])
    def state(run: Annotated[str, Path(max_length=64, description="The run's id.")]) -> Response:
        """Where a run broke off, what its substrate went through, and what may be decided; nothing is done.

        422 for a run about which nothing is to be decided: it goes on, is complete, or somebody has decided.
        """
        return as_json(live.served.broken_off(run))

    @app.post("/api/runs", responses=refuses(404))
    def start(given: Start, caller: Runner, by: By) -> Begun:
        """Start a run; it is in the history when this answers, and goes on by itself, whatever becomes of the page.

        Without the right to operate only shipped recipes, which bound their parameters. 422 with every finding for a
        recipe that is refused; 409 while a run is under way, the last one is not reset, or trips stand (`interlocks`).
        """
        recipe = library.file(given.recipe)
        if recipe.origin != SHIPPED and Right.OPERATE not in caller.rights:
            what = f"{caller.person.name} ({caller.person.role}) may run shipped recipes only"
            raise NotAllowed(what, remedy="ask an operator")
        samples = tuple(SampleOnStage(s.id, s.substrate, s.position, s.area_m2, s.note) for s in given.samples)
        order = StartRun(
            str(recipe.path), reactor.sha256, caller.person.name, given.parameters, samples, given.note.strip()
        )
        return _begun(engine.call(order, STARTS_WITHIN, by))

    @app.post("/api/runs/{run}/decision")
    def decide(
        run: Annotated[str, Path(max_length=64, description="The run's id.")], given: Decide, caller: Operator, by: By
    ) -> Begun:
        """Decide about a run that ended before its plan: continue it from its last whole cycle, cap, or discard it."""
        decision = Decision(given.decision)
        order = TakeUpRun(run, decision, reactor.sha256, caller.person.name, given.reason.strip())
        return _begun(engine.call(order, STARTS_WITHIN, by))


def _begun(done: Done) -> Begun:
    return Begun(done=done.text, run_id=done.run_id or None)
