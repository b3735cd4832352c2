"""The check: a plan against reactor, substrate and chemistry, every step and ramp, before anything is executed."""

from collections.abc import Callable, Iterator

from vapordep.chemistry import Substrate
from vapordep.errors import InputError, RecipeError
from vapordep.files import KeyPath
from vapordep.model.plan import Block, Plan, Step
from vapordep.model.reactor import Reactor
from vapordep.reactor.table import tag_table, with_derived
from vapordep.recipe.estimate import estimate
from vapordep.recipe.findings import Finding
from vapordep.recipe.rules import Case, of_step
from vapordep.recipe.schema import LONGEST, MOST_CYCLES
from vapordep.recipe.situation import BEGINNING, Situation, after
from vapordep.safety.substances import attacking_lines, foil_trip
from vapordep.units import Dimension, format_si

Where = Callable[[KeyPath], str]
"""The `file:line` of a part of the recipe file."""


def check(plan: Plan, reactor: Reactor, substrate: Substrate, where: Where) -> tuple[Finding, ...]:
    """The warnings about a plan; raises RecipeError, which gathers every finding that refuses it."""
    findings = judge(plan, reactor, substrate, where)
    refusals = [finding.error() for finding in findings if finding.refuses]
    if refusals:
        raise RecipeError.gather(refusals)
    return findings


def judge(plan: Plan, reactor: Reactor, substrate: Substrate, where: Where) -> tuple[Finding, ...]:
    """Everything found, each once, in the order of the plan. Its cost does not grow with the counts of the loops."""
    found = list(_whole(plan, reactor, substrate, where))
    try:
        tags = with_derived(tag_table(reactor), reactor, substrate)
        limit = foil_trip(reactor, substrate, tags).highest_setpoint
    except InputError as error:
        return (*found, Finding("foil-could-melt", error.what, where(("substrate",)), error.remedy))
    case = Case(reactor, substrate, tags, limit, attacking_lines(reactor, substrate))
    situation = BEGINNING
    for steps in (plan.steps, plan.finally_steps):
        more, situation = _steps(steps, situation, case, 1)
        found += more
    found += _length(plan, reactor, where)
    return tuple(dict.fromkeys(found))


def _whole(plan: Plan, reactor: Reactor, substrate: Substrate, where: Where) -> Iterator[Finding]:
    """What is wrong before the first step."""
    if plan.process not in reactor.processes:
        able = ", ".join(reactor.processes)
        what = f"the reactor {reactor.name} does not do {plan.process}"
        yield Finding("process", what, where(("process",)), f"it does {able}: take another reactor")
    if substrate.name not in reactor.substrates:
        able = ", ".join(reactor.substrates)
        what = f"the reactor {reactor.name} is not meant for {substrate.name}"
        yield Finding("substrate", what, where(("substrate",)), f"it takes {able}: take another reactor")
    if reactor.purge_line in attacking_lines(reactor, substrate):
        gas = reactor.lines[reactor.purge_line].gas
        what = f"the purge gas {gas} attacks {substrate.name}"
        yield Finding("gas-attacks-substrate", what, where(("substrate",)), "take a reactor that purges with argon")
    if plan.prime is not None and not _calls(plan.steps, plan.prime):
        what = "the section `prime` is never called"
        yield Finding("prime-not-called", what, where(("prime",)), "add the step `- prime` once the stage is hot")


def _calls(steps: tuple[Step, ...], wanted: Block) -> bool:
    return any(step is wanted or (isinstance(step, Block) and _calls(step.steps, wanted)) for step in steps)


def _length(plan: Plan, reactor: Reactor, where: Where) -> Iterator[Finding]:
    total = estimate(plan, reactor).total
    if total > LONGEST:
        what = (
            f"the run would take {format_si(total, Dimension.TIME)}; {format_si(LONGEST, Dimension.TIME)} is the most"
        )
        yield Finding("too-long", what, where(("steps",)), "lower the counts of the loops")


def _steps(steps: tuple[Step, ...], situation: Situation, case: Case, cycles: int) -> tuple[list[Finding], Situation]:
    """Findings of steps that are done `cycles` times in all, and the situation after them."""
    found: list[Finding] = []
    for step in steps:
        if isinstance(step, Block):
            more, situation = _block(step, situation, case, cycles)
            found += more
        else:
            found += of_step(step, situation, case)
            situation = after(situation, step, case.reactor)
    return found, situation


def _block(block: Block, before: Situation, case: Case, cycles: int) -> tuple[list[Finding], Situation]:
    """Walks a loop again when a cycle leaves the reactor other than it found it; a third time would bring no news."""
    total = cycles * block.count
    found = []
    if total > MOST_CYCLES:
        what = f"the steps of {block.name!r} would be done {total:,} times; {MOST_CYCLES:,} is the most"
        found.append(Finding("too-many-cycles", what, block.where, "lower this count, or that of a loop around it"))
    more, situation = _steps(block.steps, before, case, total)
    found += more
    if block.count > 1 and situation != before:
        more, situation = _steps(block.steps, situation, case, total)
        found += more
    return found, situation
