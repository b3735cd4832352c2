"""Purges that end by what the gauge shows: their form, and the least time that the rule of neighbours leaves them."""

from collections.abc import Iterator
from math import log

from vapordep.chemistry import purge_gap
from vapordep.errors import RecipeError
from vapordep.model.chamber import Chamber
from vapordep.model.reactor import Reactor
from vapordep.model.steps import Otherwise, Purge, Until
from vapordep.recipe.case import Case, time_shown
from vapordep.recipe.findings import Finding
from vapordep.recipe.foretold.situation import Situation
from vapordep.recipe.schema import PurgePart
from vapordep.safety.monitors.valves import LATENCY


def shortest(chamber: Chamber) -> float:
    """The purge in s after which the gate lets an incompatible dose pass: 9.2 V/S, and a valve that moves late."""
    return purge_gap(chamber.residence_time, 0.0).block + LATENCY


def purge_of(part: PurgePart, reactor: Reactor, where: str) -> Purge:
    """The step; raises RecipeError for a mixture of both forms, and for half of one."""
    if part.until is None:
        return Purge(where=where, duration=_fixed(part, where))
    if part.duration is not None:
        raise RecipeError(
            "a purge is either `for` a time or `until` something",
            where=where,
            remedy="write `min` and `max`, not `for`",
        )
    if part.longest is None:
        what = "a purge `until: cleared` needs a `max`"
        raise RecipeError(what, where=where, remedy="write `purge: {until: cleared, max: 120 s}`")
    until = Until(part.residue, part.longest, Otherwise(part.otherwise))
    least = part.least if part.least is not None else shortest(reactor.chamber)
    return Purge(where=where, duration=least, until=until)


def _fixed(part: PurgePart, where: str) -> float:
    beside = sorted({"min" if key == "least" else "max" if key == "longest" else key for key in part.model_fields_set})
    if part.duration is None:
        raise RecipeError(
            "a purge says neither `for` nor `until`", where=where,
            remedy="write `purge: {for: 40 s}` or `purge: {until: cleared, max: 120 s}`",
        )  # fmt: skip
    if beside != ["duration"]:
        others = ", ".join(f"`{key}`" for key in beside if key != "duration")
        what = f"{others} belong to a purge `until: cleared`, not to one `for` a time"
        raise RecipeError(what, where=where, remedy="write one or the other")
    return part.duration


def of_purge(step: Purge, situation: Situation, case: Case) -> Iterator[Finding]:
    """What is wrong with a purge `until: cleared`; a fixed one is judged by the dose after it."""
    if step.until is None:
        return
    rule = shortest(case.reactor.chamber)
    if step.duration < rule:
        what = f"`min` is {time_shown(step.duration)}; incompatible doses must lie {time_shown(rule)} apart (9.2 V/S)"
        yield Finding("C2", what, step.where, f"write at least {int(rule) + 1} s, or leave `min` out")
    if step.until.longest <= step.duration:
        what = f"`max` is {time_shown(step.until.longest)}, not longer than `min`, {time_shown(step.duration)}"
        yield Finding("R-PURGE", what, step.where, "write a longer `max`")
    if not situation.residues:
        what = "there is nothing to clear: no dose comes before"
        yield Finding("R-PURGE", what, step.where, "write `purge: {for: 5 min}`")
    elif not situation.pumping or case.reactor.purge_line not in situation.flows:
        what = "the last dose would not be cleared: the pump is shut, or the purge gas is"
        yield Finding("R-PURGE", what, step.where, "pump, and let the purge gas flow")


def expected(step: Purge, chamber: Chamber) -> float:
    """How long it takes in s when the chamber decays with its V/S."""
    if step.until is None:
        return step.duration
    needed = chamber.residence_time * log(1.0 / step.until.residue)
    return min(max(step.duration, needed), step.until.longest)
