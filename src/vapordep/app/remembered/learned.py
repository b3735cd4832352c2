"""What earlier runs of a recipe on this reactor learned of how their films end, as their records tell."""

from itertools import islice
from pathlib import Path

from vapordep.errors import HistoryError
from vapordep.history.catalogue.catalogue import CataloguedRun
from vapordep.history.queries import History
from vapordep.model.overshoot import Overshoot
from vapordep.model.plan import Plan
from vapordep.model.run import RunHeader
from vapordep.model.steady_steps import Deposit

LOOKED_AT = 10
"""So many of the latest such runs are read."""


def learned(folder: Path, top: RunHeader, plan: Plan) -> tuple[Overshoot, ...]:
    """The oldest first; nothing for a plan without a thickness to end at.

    Dry runs learn from dry runs and runs with real gas from their own: a simulated film says nothing of a real one. A
    record that cannot be read teaches nothing.
    """
    if not any(isinstance(step, Deposit) and step.thickness is not None for step, _ in plan.leaves()):
        return ()
    history = History(folder)
    try:
        mine = list(
            islice(
                (run for run in history.latest(top.reactor_name, top.recipe_name, top.mode) if _alike(run, top)),
                LOOKED_AT,
            )
        )
    except HistoryError:
        return ()
    return tuple(found for run in reversed(mine) for found in _of(history, run))


def _alike(run: CataloguedRun, top: RunHeader) -> bool:
    header = run.header
    return (
        header.mode is top.mode
        and header.reactor_name == top.reactor_name
        and header.recipe_sha256 == top.recipe_sha256
        and run.ended is not None
    )


def _of(history: History, run: CataloguedRun) -> list[Overshoot]:
    try:
        with history.open_recording(run) as recording:
            told = [Overshoot.heard(event.data) for event in recording.events()]
    except HistoryError:
        return []
    return [overshoot for overshoot in told if overshoot is not None]
