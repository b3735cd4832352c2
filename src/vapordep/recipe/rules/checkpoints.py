"""Checkpoints: whether those of a plan stand where a run can be continued from, and can be told apart."""

from collections.abc import Iterator

from vapordep.model.plan import Block, Plan
from vapordep.model.steps import Checkpoint, Dose, Step
from vapordep.recipe.findings import Finding


def of_checkpoints(plan: Plan) -> Iterator[Finding]:
    """A checkpoint stands in the recipe's `steps`, outside of every cycle that doses, under a name of its own."""
    seen: dict[str, str] = {}
    for step, within in _checkpoints(plan.steps, None):
        if within is plan.prime and within is not None:
            what = "a checkpoint in `prime` is none: a run that is continued primes again from its beginning"
            yield Finding("R-CHECKPOINT", what, step.where, "put it before or after `- prime`")
        elif within is not None and any(isinstance(other, Dose) for other in within.steps):
            what = f"within a cycle of {within.name!r} no run can be continued: its first half comes first again"
            yield Finding("R-CHECKPOINT", what, step.where, "put it before or after the `repeat`, or in one around it")
        elif within is not None and within.no_resume:
            what = f"no run goes on from here: {within.no_resume}"
            yield Finding("R-CHECKPOINT", what, step.where, "put it before or after the region")
        if step.name in seen:
            what = f"a checkpoint {step.name!r} stands at {seen[step.name]} already"
            yield Finding("R-CHECKPOINT", what, step.where, "give each its own name")
        seen[step.name] = step.where
    for step, _ in (*_checkpoints(plan.cap, None), *_checkpoints(plan.finally_steps, None)):
        what = "a checkpoint in `cap` or `finally` is none: the run is over there"
        yield Finding("R-CHECKPOINT", what, step.where, "put it among the steps")


def _checkpoints(steps: tuple[Step, ...], within: Block | None) -> Iterator[tuple[Checkpoint, Block | None]]:
    """Each with the block that holds it."""
    for step in steps:
        if isinstance(step, Checkpoint):
            yield step, within
        elif isinstance(step, Block):
            yield from _checkpoints(step.steps, step)
