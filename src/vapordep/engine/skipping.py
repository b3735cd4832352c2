"""Skipping: the rules by which a step may be ended before its time, and the words in which another may not."""

from collections.abc import Callable

from vapordep.engine.hold import is_clear
from vapordep.engine.rig import Rig
from vapordep.model.steps import Dose

Rule = Callable[[Rig, Dose | None], str]
"""Why a step under way may not be skipped, with the dose that comes next; empty when it may."""


def never(reason: str) -> Rule:
    """Later steps or the substrate count on it."""
    return lambda rig, following: reason


def while_waiting(rig: Rig, following: Dose | None) -> str:
    """What it commands must have been commanded; only the waiting is left out."""
    return "" if rig.waiting_for else "it is just being commanded; ask again in a moment"


def until_clear(rig: Rig, following: Dose | None) -> str:
    """A purge goes down to what interlock C2 needs, and no further."""
    if following is None or is_clear(rig, following.source):
        return ""
    return f"what was dosed last must leave the chamber before {following.source} may come (C2); ask again later"
