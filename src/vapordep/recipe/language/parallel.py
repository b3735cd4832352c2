"""Parallel branches: how they are read, which outputs each commands, and what they make together of a situation."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from operator import attrgetter

from vapordep.errors import RecipeError
from vapordep.files import KeyPath
from vapordep.model.plan import Block, Branch, Call, Parallel
from vapordep.model.reactor import Reactor
from vapordep.model.steady_steps import HoldPressure
from vapordep.model.steps import (
    Cool,
    Flow,
    FlowCheck,
    Heat,
    Prompt,
    Pump,
    PumpPurge,
    Purge,
    Ramp,
    Rest,
    Set,
    Stabilise,
    Step,
    Wait,
)
from vapordep.recipe import schema
from vapordep.recipe.findings import Finding
from vapordep.recipe.foretold.situation import OnItsWay, Situation
from vapordep.recipe.language.compiler import Compiler

ABLE = (
    Pump, PumpPurge, Flow, Heat, Cool, Stabilise, Purge, Set, Ramp, Wait, Rest, HoldPressure, FlowCheck, Prompt
)  # fmt: skip
"""Steps that may stand in a branch: none that doses, lights, opens the lid, judges a leak or loops."""


def parallel(c: Compiler, path: KeyPath, where: str) -> Step:
    """`parallel: {heating: [...], purging: [...]}`."""
    named = c.read(schema.ParallelPart, path).root
    branches = tuple(Branch(name, c.steps(steps, (*path, name))) for name, steps in named.items())
    loops = [step for branch in branches for step in branch.steps if isinstance(step, Block)]
    if loops:
        raise RecipeError("a branch has no loop", where=loops[0].where, remedy="put it before or after `parallel`")
    return Parallel(where=where, branches=branches)


def of_branches(step: Parallel, reactor: Reactor) -> Iterator[Finding]:
    """Steps that no branch may have, and outputs that two of them command."""
    owners: dict[str, str] = {}
    for branch in step.branches:
        for inner in branch.steps:
            if not isinstance(inner, ABLE) or inner.if_fails is not None:
                what = f"`{_written(inner, reactor)}` does not stand in a branch"
                if inner.if_fails is not None:
                    what = "what follows a branch that fails is said beside `parallel`, not within"
                able = ", ".join(kind.word for kind in ABLE)
                yield Finding("R-PARALLEL", what, inner.where, f"put it before or after; a branch may have {able}")
                continue
            shared = {
                tag: owners[tag] for tag in commanded(inner, reactor) if owners.get(tag, branch.name) != branch.name
            }
            for other in dict.fromkeys(shared.values()):
                tags = ", ".join(sorted(tag for tag, owner in shared.items() if owner == other))
                what = f"the branches {other} and {branch.name} both command {tags}"
                yield Finding("R-PARALLEL", what, inner.where, "do these steps one after the other, in one branch")
            owners |= {tag: branch.name for tag in commanded(inner, reactor) if tag not in owners}


def _written(step: Step, reactor: Reactor) -> str:
    """The word that a person wrote for a step: the steps of a sequence are told like those of a recipe."""
    return "sequence" if isinstance(step, Call) and step.sha256 == reactor.sha256 else step.word


def commanded(step: Step, reactor: Reactor) -> frozenset[str]:
    """The outputs that a step of a branch commands, or must find as they are, by tag."""
    match step:
        case Pump() | PumpPurge():
            return frozenset({*_of_pump(reactor), *_of_lines(reactor, reactor.lines)})
        case FlowCheck():
            sources = [source.valve for source in reactor.sources.values() if step.source and source.steady]
            return frozenset({*_of_pump(reactor), *_of_lines(reactor, reactor.lines), *sources})
        case Flow(flows=flows):
            return frozenset(_of_lines(reactor, flows))
        case Heat(targets=zones) | Cool(targets=zones):
            return frozenset(tag for zone in zones for tag in _of_zone(reactor, zone))
        case Stabilise():
            return frozenset(tag for zone in reactor.zones for tag in _of_zone(reactor, zone))
        case Set(output=output) | Ramp(output=output):
            zone = output.partition(".")[0]
            return frozenset((output, *(_of_zone(reactor, zone) if zone in reactor.zones else ())))
        case HoldPressure() if reactor.throttle is not None:
            return frozenset((reactor.throttle.position_setpoint, reactor.throttle.pressure_setpoint))
    return frozenset()


def together(before: Situation, composed: Situation, each: Sequence[Situation], reactor: Reactor) -> Situation:
    """What branches that began at `before` leave: all that each has done (`composed`), in the time of the longest.

    `each` is what every one of them would leave by itself. What any of them stirs is stirred, from the beginning on.
    """
    purged = {
        name: replace(left, purged=max(alone.residues[name].purged for alone in each))
        for name, left in before.residues.items()
    }
    pending = min(alone.pending for alone in each)
    return replace(
        composed,
        unsettled=_unsettled(before, each),
        residues=purged,
        steady=min(alone.steady for alone in each),
        saturation=before.filled(reactor) if pending < before.pending else before.saturation,
        pending=pending,
    )


def _unsettled(before: Situation, each: Sequence[Situation]) -> dict[str, OnItsWay]:
    """Flows on their way: for as long as the branch says that has set them, else for as long as the longest one."""
    found: dict[str, OnItsWay] = {}
    for line in dict.fromkeys(line for alone in each for line in alone.unsettled):
        ways, known = [alone.unsettled.get(line) for alone in each], before.unsettled.get(line)
        for way in ways:
            if way is not None and (known is None or (way.low, way.high) != (known.low, known.high)):
                found[line] = way
        if line not in found and None not in ways:
            found[line] = max((way for way in ways if way is not None), key=attrgetter("since"))
    return found


def _of_pump(reactor: Reactor) -> Iterator[str]:
    yield reactor.pump.valve
    if reactor.pump.soft_valve:
        yield reactor.pump.soft_valve


def _of_lines(reactor: Reactor, names: Collection[str]) -> Iterator[str]:
    for name, line in reactor.lines.items():
        if name in names:
            yield f"{name}.flow_setpoint"
            if line.valve:
                yield line.valve


def _of_zone(reactor: Reactor, zone: str) -> Iterator[str]:
    yield f"{zone}.setpoint"
    if f"{zone}.rate" in reactor.outputs:
        yield f"{zone}.rate"
    if reactor.zones[zone].running:
        yield reactor.zones[zone].running
