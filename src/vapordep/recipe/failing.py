"""Failing steps in the check: what may follow one, the steps that mend it, and regions from which no run goes on."""

from collections.abc import Iterator

from vapordep.model import plan, steps
from vapordep.model.plan import Block, Plan
from vapordep.model.steps import IfFails, LeakCheck, Otherwise, Step
from vapordep.recipe.case import Case
from vapordep.recipe.findings import Finding, Severity
from vapordep.recipe.foretold.situation import Situation
from vapordep.recipe.rules.doses import vents
from vapordep.recipe.steps import STEPS, after, of_step

MENDING = (
    steps.Pump, steps.PumpPurge, steps.LeakCheck, steps.Flow, steps.Heat, steps.Cool, steps.Stabilise, steps.Purge,
    steps.Set, steps.Wait, steps.Rest, steps.Prompt, steps.FlowCheck, plan.Call,
)  # fmt: skip
"""Steps that mend: none that doses, lights, opens the lid or loops."""


def of_failing(step: Step, situation: Situation, case: Case) -> Iterator[Finding]:
    """What is wrong with what follows when `step`, begun in `situation`, fails."""
    wanted = step.if_fails
    if wanted is None:
        return
    able = STEPS[type(step)].if_fails
    if not able:
        what = f"`{step.word}` has no condition that `if_fails` could be about"
        yield Finding("R-FAILS", what, step.where, "leave it out; `purge` says it by `otherwise`, `deposit` by `blind`")
    elif wanted.otherwise not in able:
        what = f"what follows counts on `{step.word}`: nothing goes on without it"
        yield Finding("R-FAILS", what, step.where, f"write one of {', '.join(x for x in Otherwise if x in able)}")
    elif wanted.otherwise is Otherwise.CAP and isinstance(step, LeakCheck) and case.substrate.hard:
        what = f"no dose may come on {case.substrate.name} before a leak check is passed, not even those of `cap`"
        yield Finding("R-FAILS", what, step.where, "write hold, stop or abort")
    yield from _mended(step, wanted, situation, case)


def _mended(step: Step, wanted: IfFails, situation: Situation, case: Case) -> Iterator[Finding]:
    """The steps that mend are judged like any other, and lead to where the step itself would have led."""
    later = situation
    for other in wanted.steps:
        if not isinstance(other, MENDING) or other.if_fails is not None:
            what = f"`{other.word}` mends nothing" if other.if_fails is None else "what mends cannot be mended itself"
            yield Finding("R-FAILS", what, other.where, f"steps that mend: {', '.join(kind.word for kind in MENDING)}")
            return
        if vents(other) and max(situation.saturation, situation.pending) > 0.0:
            what = f"`{other.word}` would make the surface bare again, and the steps after this one count on its cover"
            yield Finding("R-FAILS", what, other.where, "fill to a lower pressure")
        yield from of_step(other, later, case)
        later = after(later, other, case.reactor)
    if wanted.steps and (wanted.again or wanted.otherwise is Otherwise.CONTINUE):
        if wanted.again:
            yield from of_step(step, later, case)
            later = after(later, step, case.reactor)
        usual = after(situation, step, case.reactor)
        other_than = [name for name in LEFT if getattr(later, name) != getattr(usual, name)]
        if other_than:
            what = f"mended, `{step.word}` would leave other {' and '.join(other_than)} than the steps after it expect"
            yield Finding("R-FAILS", what, step.where, "let the steps that mend end as they began")


LEFT = ("flows", "waiting", "temperatures", "vapours", "pumping", "opened", "held", "lit")
"""What of a situation the steps after a mended one count on."""


def of_endings(plan: Plan) -> Iterator[Finding]:
    """Steps that cap where nothing is to cap with, and regions where no run goes on anyhow."""
    for step in _all(plan.steps):
        if isinstance(step, Block) and step.no_resume:
            rest = "capped or discarded" if plan.cap else "discarded: the recipe has no section `cap`"
            what = f"a run that breaks off here cannot go on ({step.no_resume}); it can only be {rest}"
            yield Finding("R-RESUME", what, step.where, "see that a person may decide so", Severity.NOTE)
        elif step.if_fails is not None and step.if_fails.otherwise is Otherwise.CAP and not plan.cap:
            yield Finding("R-FAILS", "the recipe has no section `cap`", step.where, "write one, or hold, stop or abort")
    prime = _all(plan.prime.steps) if plan.prime else iter(())
    for step in (*prime, *_all(plan.cap), *_all(plan.finally_steps)):
        if isinstance(step, Block) and step.no_resume:
            what = "`no_resume` says nothing here: no run is taken up in `prime`, `cap` or `finally`"
            yield Finding("R-RESUME", what, step.where, "put it among the steps")
        elif step.if_fails is not None and step.if_fails.otherwise is Otherwise.CAP and step not in _all(plan.steps):
            yield Finding("R-FAILS", "a film that is being closed is not capped", step.where, "write hold or abort")


def _all(steps: tuple[Step, ...]) -> Iterator[Step]:
    """Every step, blocks and what is in them."""
    for step in steps:
        yield step
        if isinstance(step, Block):
            yield from _all(step.steps)
