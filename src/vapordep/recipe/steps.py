"""The steps: for each kind all that a recipe needs of it, one row a kind. What it does is a phase."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from vapordep.lazy import dataclass
from vapordep.model import plan, steady_steps, steps
from vapordep.model.plan import Branch, Parallel
from vapordep.model.reactor import Reactor
from vapordep.model.steps import Otherwise, Step
from vapordep.recipe.case import Case
from vapordep.recipe.findings import Finding
from vapordep.recipe.foretold import afterwards, durations, gases, purges
from vapordep.recipe.foretold.situation import Situation
from vapordep.recipe.language import parallel, sequences, steady_words, treating, words
from vapordep.recipe.language.compiler import CompileWord
from vapordep.recipe.rules import leaks, opening, rules, steady


def _nothing(step: Step, situation: Situation, case: Case) -> Iterator[Finding]:
    """Nothing can be wrong with it."""
    return iter(())


def _of_parallel(step: Parallel, situation: Situation, case: Case) -> Iterator[Finding]:
    """Every step of every branch, each branch as if it were alone: nothing counts on another."""
    wrong = list(parallel.of_branches(step, case.reactor))
    yield from wrong
    for branch in step.branches if not wrong else ():
        later = situation
        for inner in branch.steps:
            yield from of_step(inner, later, case)
            later = after(later, inner, case.reactor)


def _branch_time(branch: Branch, situation: Situation, reactor: Reactor) -> float:
    took = 0.0
    for step in branch.steps:
        took += STEPS[type(step)].duration(step, situation, reactor)
        situation = after(situation, step, reactor)
    return took


def _parallel_time(step: Parallel, situation: Situation, reactor: Reactor) -> float:
    """That of the longest branch."""
    return max(_branch_time(branch, situation, reactor) for branch in step.branches)


def _after_parallel(situation: Situation, step: Parallel, reactor: Reactor) -> Situation:
    each = [_after_all(situation, branch.steps, reactor) for branch in step.branches]
    composed = _after_all(situation, tuple(x for branch in step.branches for x in branch.steps), reactor)
    return parallel.together(situation, composed, each, reactor)


def _after_all(situation: Situation, steps: tuple[Step, ...], reactor: Reactor) -> Situation:
    for step in steps:
        situation = after(situation, step, reactor)
    return situation


@dataclass(frozen=True, slots=True)
class Known:
    """One kind of step: how it is read, how long it takes, what is wrong with it, and what it leaves behind."""

    read: CompileWord | None
    """None where what stands after the word is no single step."""
    duration: Callable[[Any, Situation, Reactor], float]
    """In s."""
    rule: Callable[[Any, Situation, Case], Iterator[Finding]] = _nothing
    after: Callable[[Situation, Any, Reactor], Situation] = afterwards.unchanged
    if_fails: frozenset[Otherwise] = frozenset()
    """What may follow when it does not come true; nothing where it cannot fail, or has a word of its own for it."""


ENDS = frozenset(Otherwise) - {Otherwise.CONTINUE}
"""Later steps, or the substrate, count on it."""
ANY = frozenset(Otherwise)


STEPS: Mapping[type[Step], Known] = {
    steps.Pump: Known(words.pump, durations.pump, rules.of_pump, afterwards.pumped, if_fails=ENDS),
    steps.PumpPurge: Known(
        words.pump_purge, durations.pump_purge, rules.of_pump_purge, afterwards.pumped, if_fails=ENDS
    ),
    steps.LeakCheck: Known(
        words.leak_check, durations.duration, leaks.of_leak_check, afterwards.leak_checked, if_fails=ENDS
    ),
    steps.Flow: Known(words.flow, durations.flow, rules.of_flow, afterwards.flowing, if_fails=ENDS),
    steps.Heat: Known(words.heat, durations.heat, rules.of_heat, afterwards.heated, if_fails=ANY),
    steps.Cool: Known(words.cool, durations.cool, rules.of_cool, afterwards.cooled, if_fails=ANY),
    steps.Stabilise: Known(words.stabilise, durations.duration, after=afterwards.stabilised, if_fails=ANY),
    steps.Dose: Known(words.dose, durations.dose, rules.of_dose, afterwards.dosed),
    steps.Purge: Known(words.purge, durations.purge, purges.of_purge, afterwards.waited),
    steps.Set: Known(words.set_output, durations.at_once, rules.of_set, afterwards.output_set),
    steps.Ramp: Known(words.ramp, durations.duration, rules.of_ramp, afterwards.ramped),
    steps.Wait: Known(words.wait, durations.wait, rules.of_wait, afterwards.awaited, if_fails=ANY),
    steps.Rest: Known(words.rest, durations.duration, rules.of_rest, afterwards.waited),
    steady_steps.LetIn: Known(steady_words.vapour, durations.flow, steady.of_vapour, afterwards.let_in, if_fails=ENDS),
    steady_steps.HoldPressure: Known(
        steady_words.throttle, durations.settled, steady.of_pressure, afterwards.throttled, if_fails=ENDS
    ),
    steady_steps.Light: Known(steady_words.filament, durations.lit, steady.of_light, afterwards.lit, if_fails=ENDS),
    steady_steps.Deposit: Known(steady_words.deposit, durations.duration, steady.of_deposit, afterwards.deposited),
    steady_steps.Zero: Known(steady_words.zero, durations.at_once, steady.of_zero, if_fails=ENDS),
    steady_steps.Treat: Known(None, treating.duration, treating.of_treat, afterwards.treated, if_fails=ENDS),
    steps.Prompt: Known(words.prompt, durations.at_once),
    steps.ChangeOver: Known(words.change_over, durations.at_once, opening.of_change_over, afterwards.changed_over),
    steps.Checkpoint: Known(words.checkpoint, durations.at_once),
    steps.FlowCheck: Known(
        words.flow_check, durations.flow_check, opening.of_flow_check, afterwards.flow_checked, if_fails=ANY
    ),
    steps.Vent: Known(words.vent, durations.vent, opening.of_vent, afterwards.vented, if_fails=ENDS),
    steps.Load: Known(words.load, durations.at_once, opening.of_opening, afterwards.opened),
    steps.Unload: Known(words.unload, durations.at_once, opening.of_opening, afterwards.opened),
    plan.Parallel: Known(parallel.parallel, _parallel_time, _of_parallel, _after_parallel, if_fails=ENDS),
    plan.Call: Known(None, durations.at_once),
}
COMPILERS: Mapping[str, CompileWord] = {
    "expose": words.expose,
    "sequence": sequences.sequence,
    "plasma": treating.plasma,
    "uv": treating.uv,
    "thermal": treating.thermal,
    **{kind.word: known.read for kind, known in STEPS.items() if known.read is not None},
}
"""By word; the first of them stand for several steps."""


def of_step(step: Step, situation: Situation, case: Case) -> Iterator[Finding]:
    """What is wrong with `step`, which is no block, when it begins in `situation`."""
    return STEPS[type(step)].rule(step, situation, case)


def after(situation: Situation, step: Step, reactor: Reactor) -> Situation:
    """The situation once `step`, which is no block, is done; what a dose does to the surface is left out."""
    return gases.feeding(STEPS[type(step)].after(situation, step, reactor), reactor)
