"""The timeline of a recipe: every step with its beginning and how long it takes, loops with one cycle each."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any

from pydantic import ConfigDict, Field

from vapordep.api.answers.answer import Answer
from vapordep.model.plan import Block, Plan
from vapordep.model.reactor import Reactor
from vapordep.model.steps import Step
from vapordep.recipe import estimate
from vapordep.recipe.estimate import Timed


class TimedStep(Answer):
    """A step: `start_s` in s since the beginning of what holds it, and what is written in it, SI."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, str | float | int | bool]

    kind: str
    label: str = Field(description="As events call it.")
    where: str = Field(description="`file:line`.")
    name: str = Field(default="", description="Of a loop; so are `layer` and `count`.")
    layer: str = ""
    count: int | None = None
    source: str = Field(default="", description="Of a dose.")
    start_s: float
    duration_s: float
    first: list["TimedStep"] | None = Field(default=None, description="Of a loop: its first cycle.")
    again: list["TimedStep"] | None = Field(default=None, description="A later one, where it takes another time.")


class Timeline(Answer):
    """All steps of a plan with their times, s."""

    duration_s: float
    steps: list[TimedStep]
    finally_: list[TimedStep] = Field(alias="finally")


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
    """What kind of step, what it is called, and what is written in it as long as that is one value."""
    values = {field.name: getattr(step, field.name) for field in fields(step)}
    plain = {name: value for name, value in values.items() if isinstance(value, str | int | float)}
    return {"kind": type(step).__name__.lower(), "label": step.label, **plain}
