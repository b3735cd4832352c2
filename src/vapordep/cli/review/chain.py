"""The chain of a run: those it goes on from, those that went on from it, and the film of all of them."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from vapordep.app.words import nanometres
from vapordep.history.catalogue.catalogue import CataloguedRun
from vapordep.history.queries import History


def thickness(run: CataloguedRun) -> float | None:
    """Of the film, in m; None where nobody knows of one."""
    film = run.outcome.get("film") or {}
    return film.get("thickness_m") if film.get("layers") else None


def chain_lines(history: History, run: CataloguedRun) -> list[str]:
    """What came before a run and after it, what was decided about it, and the film of all of them."""
    parents, children = history.parents(run), history.children(run)
    lines = [f"goes on from {one.run_id}, {one.state}, {nanometres(thickness(one))}" for one in parents]
    lines += [f"went on as {one.run_id}, {one.state}, {nanometres(thickness(one))}" for one in children]
    if run.decided is not None:
        made = run.decided
        lines.append(f"{made.person} decided to {made.decision} it{f': {made.reason}' if made.reason else ''}")
    if parents or children:
        lines.append(f"film of all {1 + len(parents) + len(children)} runs: {_sum(parents, run, children)}")
    return lines


def _sum(parents: Sequence[CataloguedRun], run: CataloguedRun, children: Sequence[CataloguedRun]) -> str:
    """Of a run whose process went away nobody knows the film."""
    known = [thickness(one) for one in (*parents, run, *children)]
    total = nanometres(sum(one for one in known if one is not None))
    unknown = known.count(None)
    return total if not unknown else f"{total}, and what {unknown} of them gave that nobody measured"


def chain_as_json(history: History, run: CataloguedRun) -> dict[str, Any]:
    """The same as plain data."""
    decided = run.decided
    return {
        "parents": [one.run_id for one in history.parents(run)],
        "children": [one.run_id for one in history.children(run)],
        "decided": None if decided is None else asdict(decided),
    }
