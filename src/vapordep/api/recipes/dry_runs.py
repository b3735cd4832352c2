"""Dry runs: begun, followed, cancelled, and their verdict; each is in the history, marked for ever."""

from typing import Annotated

from fastapi import FastAPI, Path
from pydantic import BaseModel, ConfigDict, Field

from vapordep.accounts.roles import Right
from vapordep.api.access.doorkeeper import Caller, Needs
from vapordep.api.answers.answer import Answer, Plain, refuses
from vapordep.api.answers.given import Given
from vapordep.api.live.live import Live
from vapordep.api.live.trials import Trial, Trials
from vapordep.api.recipes.library import Library
from vapordep.errors import NotAllowed
from vapordep.model.run import RunState

Runner = Annotated[Caller, Needs(Right.RUN)]
Id = Annotated[str, Path(max_length=60, description="The dry run's id.")]
Short = Annotated[str, Field(max_length=200)]


class Try(Given):
    """What is to be tried: a recipe as /api/recipes names it, parameters, and the seed of the noise."""

    recipe: Annotated[str, Field(max_length=200, examples=["shipped/al2o3_on_lithium"])]
    parameters: dict[str, Short] = Field(default_factory=dict, max_length=100)
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0


class Progress(BaseModel):
    """Where a dry run is; durations in s."""

    state: RunState
    step: str
    block: str | None
    cycle: int
    cycles: int
    simulated_s: float | None
    left_s: float | None
    ends_in_s: float | None = Field(description="s on the wall's clock until it is over, at the pace it had so far.")


class Report(BaseModel):
    """What `vapordep dry-run --json` prints of a run at its end; more is in it than is described here."""

    model_config = ConfigDict(extra="allow")

    run_id: str | None = None
    state: RunState | None = None
    verdict: Plain | None = Field(
        default=None, description="`fitness`: fit to run, with doubts, or not; `reasons`: why."
    )


class Tried(Answer):
    """A dry run; `progress` where it is, `report` what `vapordep dry-run --json` prints, with the verdict."""

    id: str
    person: str
    recipe: str
    asked: str
    state: str = Field(description="running, done, cancelled, or failed: then `notes` say why.")
    progress: Progress | None
    report: Report | None
    notes: list[str]


def add(app: FastAPI, live: Live, library: Library, trials: Trials) -> None:
    """Adds the routes."""
    served = live.served

    @app.get("/api/dry-runs", dependencies=[Needs(Right.READ)])
    def dry_runs() -> list[Tried]:
        """Those that this process began, the latest first, without their reports; older ones are in /api/runs."""
        return [_told(trial).model_copy(update={"report": None}) for trial in trials.all()]

    @app.post("/api/dry-runs", responses=refuses(404, 409))
    def begin(given: Try, caller: Runner) -> Tried:
        """Run a recipe on simulated instruments of the served reactor; needs no control. 409 while two go on."""
        recipe = library.file(given.recipe)
        words = [str(recipe.path), "--reactor", served.reactor.file, "--history", str(served.history)]
        for name, value in given.parameters.items():
            words.append(f"--set={name}={value}")
        return _told(trials.start(caller.person.name, recipe.id, [*words, "--seed", str(given.seed)]))

    @app.get("/api/dry-runs/{trial}", dependencies=[Needs(Right.READ)])
    def follow(trial: Id) -> Tried:
        """Where one is; at its end the report with the verdict: fit to run, with doubts, or not.

        Where it is comes by the stream as well, as `dry-run`.
        """
        return _told(trials.named(trial))

    @app.post("/api/dry-runs/{trial}/cancel")
    def cancel(trial: Id, caller: Runner) -> Tried:
        """Abort one of one's own; with the right to operate, anybody's."""
        found = trials.named(trial)
        if found.person != caller.person.name and Right.OPERATE not in caller.rights:
            raise NotAllowed(f"this is {found.person}'s dry run", remedy="ask them, or an operator")
        found.cancel()
        return _told(found)


def _told(trial: Trial) -> Tried:
    return Tried(
        id=trial.id, person=trial.person, recipe=trial.recipe, asked=trial.asked, state=trial.state,
        progress=trial.progress and Progress(**trial.progress),
        report=trial.report and Report(**trial.report), notes=list(trial.notes),
    )  # fmt: skip
