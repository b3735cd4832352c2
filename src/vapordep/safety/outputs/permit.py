"""The permit: a pure function that says whether a command may go, and if not, all that stands against it."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vapordep.model.commands import Command
from vapordep.model.interlocks import Action
from vapordep.model.outputs import Output
from vapordep.model.tags import Tag
from vapordep.safety.conditions import Latest, Truth, shown
from vapordep.safety.interlocks.compiled import Interlock, Trip


@dataclass(frozen=True, slots=True)
class Denial:
    """One reason against a command: the interlock (or ARM, RANGE, SAFE STATE), what is not true, and what to do."""

    interlock: str
    term: str
    truth: Truth
    text: str
    protects: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Permit:
    """Whether a command may go; if not, every reason."""

    allowed: bool
    reasons: tuple[Denial, ...] = ()
    harmless: bool = False
    """Whether it is allowed whatever stands against it: nothing need ever cut it short."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """All that decides about a command at the instant `now` (s)."""

    output: Output
    tag: Tag
    safe: float | None
    """Its safe value as it applies now, in SI; None when it is left as it is."""
    now: float
    latest: Latest
    """What the guards read."""
    armed: bool
    safing: str = ""
    """Why the safe state is being driven just now; empty when it is not."""
    trips: Sequence[Trip] = ()
    """The latched trips."""
    guards: Sequence[Interlock] = ()
    """The permissives of this output."""
    doses: bool = False
    """Whether it is the valve of a source: it also stays shut while a hold is latched."""
    heats: bool = False
    """Whether it is the setpoint of a heater."""
    meets: Sequence[str] = ()
    """Valves of incompatible sources that the gate is opening just now, or is about to, before anybody can see it."""


HARMLESS = Permit(True, harmless=True)


def permit(command: Command, state: Circumstances) -> Permit:
    """Whether `command` may go. An output may always go to its safe value, a source or a heater always off."""
    if is_harmless(command.value, state):
        return HARMLESS
    reasons = tuple(_reasons(command, state))
    return Permit(not reasons, reasons)


def is_harmless(value: float, state: Circumstances) -> bool:
    """Whether `value` (SI) is the output's safe value, or turns a source or a heater off.

    No flow and a shut pump are not harmless: a purge that is stopped after a trip leaves the precursor where it is.
    """
    if state.safe is not None and math.isclose(value, state.safe, rel_tol=1e-9):
        return True
    return (state.doses or state.heats) and math.isclose(value, state.output.off, rel_tol=1e-9)


def _reasons(command: Command, state: Circumstances) -> Iterator[Denial]:
    yield from _out_of_range(command, state)
    if state.safing:
        text = f"the safe state is being driven: {state.safing}"
        yield Denial("SAFE STATE", "no safe state under way", Truth.FALSE, text, remedy="wait, then arm again")
    elif not state.armed:
        yield Denial("ARM", "armed", Truth.FALSE, "the reactor is not armed", remedy="arm it first")
    for valve in state.meets:
        yield _meeting(command.tag, valve)
    for trip in state.trips:
        if trip.rule.action is Action.SAFE or (trip.rule.action is Action.HOLD and state.doses):
            yield from _denials(trip.id, "has tripped: ", trip)
    for guard in state.guards:
        yield from _denials(guard.rule.id, "", Trip(guard.rule, state.now, guard.unmet(state.latest, state.now)))


def _meeting(tag: str, valve: str) -> Denial:
    """What C1 would trip on once both are open is not let so far."""
    return Denial(
        "C1",
        f"{tag} and {valve} apart",
        Truth.FALSE,
        f"{valve} is being opened just now",
        "Their sources react with each other.",
        "Wait until it is shut again, and purge.",
    )


def _out_of_range(command: Command, state: Circumstances) -> Iterator[Denial]:
    """Refuse, never clamp; NaN is in no range."""
    output, tag = state.output, state.tag
    if not output.low <= command.value <= output.high:
        low, high = shown(output.low, tag), shown(output.high, tag)
        term = f"{low} <= {command.tag} <= {high}"
        yield Denial(
            "RANGE",
            term,
            Truth.FALSE,
            f"{shown(command.value, tag)} is out of range",
            remedy=f"stay between {low} and {high}",
        )


def _denials(id: str, lead: str, trip: Trip) -> Iterator[Denial]:
    for unmet in trip.unmet:
        yield Denial(id, unmet.term, unmet.truth, f"{lead}{unmet.text}", trip.rule.protects, trip.rule.remedy)
