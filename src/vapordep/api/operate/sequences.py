"""The reactor's own sequences, such as pumping down or a change of crystal: told with their check, and started."""

from typing import Annotated

from fastapi import FastAPI, Path
from fastapi.responses import Response

from vapordep.accounts.roles import Right
from vapordep.api.access.doorkeeper import Caller, Needs
from vapordep.api.answers.answer import Answer, refuses
from vapordep.api.answers.given import Given, Text
from vapordep.api.answers.plain import as_json
from vapordep.api.live.engine import Engine
from vapordep.api.live.live import Live
from vapordep.api.operate.control import By
from vapordep.api.operate.starting import STARTS_WITHIN, Begun
from vapordep.api.recipes.verdicts import FindingTold
from vapordep.errors import NotThere
from vapordep.files import parse_yaml
from vapordep.link.orders import StartRun
from vapordep.recipe.language.sequences import as_recipe, text_of, write_recipe

Operator = Annotated[Caller, Needs(Right.OPERATE)]
Name = Annotated[str, Path(max_length=100, description="The sequence's name in the reactor file.")]


class SequenceTold(Answer):
    """One sequence: what it does, its steps as YAML, and what the check says of it for what lies on the stage."""

    name: str
    does: str
    steps: str
    substrate: str
    ok: bool
    findings: list[FindingTold]
    duration_s: float | None


class StartSequence(Given):
    """Why it is started, if there is something to say; it is kept with the run."""

    note: Text = ""


def add(app: FastAPI, live: Live, engine: Engine) -> None:
    """Adds the routes."""
    reactor = live.served.reactor

    @app.get("/api/reactor/sequences", response_model=list[SequenceTold], dependencies=[Needs(Right.READ)])
    def sequences() -> Response:
        """Every sequence of the reactor file, checked for what counts as lying on the stage."""
        lies = _substrate(live)
        return as_json([_told(live, name, lies) for name in reactor.sequences])

    @app.post("/api/reactor/sequences/{name}/start", responses=refuses(404))
    def start(name: Name, given: StartSequence, caller: Operator, by: By) -> Begun:
        """Start one as a run of its own, for what counts as lying on the stage.

        Refused as `POST /api/runs` is. Whoever may run only shipped recipes may not: it moves the reactor as by hand.
        """
        if name not in reactor.sequences:
            known = ", ".join(reactor.sequences) or "none"
            raise NotThere(f"{reactor.name} has no sequence {name!r}", remedy=f"it has {known}")
        file = write_recipe(reactor, name, live.served.history, _substrate(live))
        order = StartRun(str(file), reactor.sha256, caller.person.name, note=given.note.strip())
        done = engine.call(order, STARTS_WITHIN, by)
        return Begun(done=done.text, run_id=done.run_id or None)


def _substrate(live: Live) -> str:
    """What counts as lying on the stage."""
    with live.lock:
        return live.heard().engine.substrate


def _told(live: Live, name: str, substrate: str) -> dict[str, object]:
    reactor = live.served.reactor
    recipe = parse_yaml(as_recipe(reactor, name, substrate), live.served.history / f"{name}.yaml")
    checked = live.served.check(recipe, {})
    findings = [{**each, "column": None} for each in checked["findings"]]  # type: ignore[attr-defined]
    return {
        "name": name, "does": reactor.sequences[name], "steps": text_of(reactor, name), "findings": findings,
        **{each: checked[each] for each in ("substrate", "ok", "duration_s")},
    }  # fmt: skip
