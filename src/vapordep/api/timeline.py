"""The timeline of a recipe: every step with its beginning and how long it takes, loops with one cycle each."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any

from vapordep.model.plan import Block, Plan
from vapordep.model.reactor import Reactor
from vapordep.model.steps import Step
from vapordep.recipe import estimate
from vapordep.recipe.estimate import Timed


def timeline(plan: Plan, reactor: Reactor) -> dict[str, Any]:
    """Plain data, s. A loop holds its first cycle, and a later one where that takes another time; loops are not walked.

    What waits counts with all of its patience, a question to a person with nothing.
    """
    timed = estimate(plan, reactor)
    steps = list(_rows(timed.steps, 0.0))
    ends = sum(each.duration for each in timed.steps)
    return {"duration_s": timed.total, "steps": steps, "finally": list(_rows(timed.last, ends))}


def _rows(steps: Sequence[Timed], start: float) -> Iterator[dict[str, Any]]:
    for each in steps:
        row: dict[str, Any] = {"start_s": start, "duration_s": each.duration, **_step(each.step)}
        if isinstance(each.step, Block):
            row["first"] = list(_rows(each.first, 0.0))
            row["again"] = list(_rows(each.again, 0.0)) if each.again != each.first else None
        yield row
        start += each.duration


def _step(step: Step) -> dict[str, Any]:
    """What kind of step, and what is written in it as long as that is one value."""
    values = {field.name: getattr(step, field.name) for field in fields(step)}
    plain = {name: value for name, value in values.items() if isinstance(value, str | int | float | None)}
    return {"kind": type(step).__name__.lower(), **{name: value for name, value in plain.items() if value is not None}}
