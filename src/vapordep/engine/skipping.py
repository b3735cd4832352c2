"""Skipping: which steps may be ended before their time, and why the others may not."""

from collections.abc import Callable, Mapping

from vapordep.engine.hold import is_clear
from vapordep.engine.rig import Rig
from vapordep.model.plan import (
    Cool,
    Deposit,
    Dose,
    Flow,
    FlowCheck,
    Heat,
    HoldPressure,
    LeakCheck,
    LetIn,
    Light,
    Load,
    Prompt,
    Pump,
    PumpPurge,
    Purge,
    Ramp,
    Rest,
    Set,
    Stabilise,
    Step,
    Unload,
    Vent,
    Wait,
)


def why_not(rig: Rig, step: Step, following: Dose | None) -> str:
    """Why the step under way may not be skipped, with `following` the dose that comes next; empty when it may."""
    rule = RULES.get(type(step))
    if rule is None:
        return f"nobody has decided what a `{step.word}` that was skipped leaves behind"
    return rule(rig, following)


Rule = Callable[[Rig, Dose | None], str]


def _never(reason: str) -> Rule:
    return lambda rig, following: reason


def _while_waiting(rig: Rig, following: Dose | None) -> str:
    """What it commands must have been commanded; only the waiting is left out."""
    return "" if rig.waiting_for else "it is just being commanded; ask again in a moment"


def _purge(rig: Rig, following: Dose | None) -> str:
    """Down to what interlock C2 needs, and no further."""
    if following is None or is_clear(rig, following.source):
        return ""
    return f"what was dosed last must leave the chamber before {following.source} may come (C2); ask again later"


RULES: Mapping[type[Step], Rule] = {
    Heat: _while_waiting,
    Cool: _while_waiting,
    Stabilise: _while_waiting,
    Wait: _while_waiting,
    Rest: _never("how long vapour stays is part of the dose"),
    Prompt: _while_waiting,
    Purge: _purge,
    Dose: _never("a dose is given whole, or the cycle is done again"),
    LeakCheck: _never("it protects the substrate from a leak that nobody has seen"),
    Pump: _never("every dose needs the vacuum that it makes (P3)"),
    PumpPurge: _never("it carries out what the lid let in"),
    Flow: _never("every dose needs the gas that it sets (F1)"),
    Set: _never("later steps count on the value that it sets"),
    FlowCheck: _never("it shows whether the flow is what its controller says"),
    Vent: _never("the lid must not be opened before it is done"),
    Load: _never("only a person can say that the samples lie there and the lid is shut"),
    Unload: _never("only a person can say that the samples are out"),
    Ramp: _never("later steps count on the value at which it ends"),
    LetIn: _never("what grows hangs on the vapours that it sets"),
    HoldPressure: _never("no vapour may be let in, and nothing lit, at a pressure that nobody knows"),
    Light: _never("a filament that is on its way is neither lit nor out"),
    Deposit: _never("it ends by thickness or time, and puts the filament out; stop the run instead"),
}
"""By kind of step; the gate still judges every command that comes after a skip."""
