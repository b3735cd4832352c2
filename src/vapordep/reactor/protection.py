"""The protection of a reactor file: its interlocks, the dead man, hardware that acts by itself, signed waivers."""

from vapordep.errors import ReactorError
from vapordep.model.alarms import Priority
from vapordep.model.interlocks import Action, InterlockRule
from vapordep.model.protection import DeadMan, Failure, Hardware, Waiver
from vapordep.reactor.assembly import Assembly
from vapordep.reactor.references import choose, located
from vapordep.reactor.schema.protection import InterlockPart
from vapordep.units import Dimension, parse

LONGEST_PERSISTENCE = 3600.0
"""A trip that waits longer than this, in s, comes too late for anything."""


def interlocks(assembly: Assembly) -> tuple[InterlockRule, ...]:
    """The rules of the file, in its order; the hard ones are built in."""
    rules = []
    for index, part in enumerate(assembly.parts.interlocks):
        with assembly.gathering():
            rules.append(_interlock(assembly, part, "interlocks", index))
    return tuple(rules)


def dead_man(assembly: Assembly) -> DeadMan | None:
    """The relay that drops when nobody evaluates interlocks any more; None where the reactor has none."""
    part = assembly.parts.dead_man
    if part is None:
        return None
    tag = "dead_man.relay"
    with assembly.gathering():
        assembly.timed_relay(tag, part.relay, part.holds, "dead_man")
    return DeadMan(tag, part.holds)


def waivers(assembly: Assembly) -> tuple[Waiver, ...]:
    """What is signed for outputs that the guardian cannot make safe; each must be an output of this reactor."""
    for index, part in enumerate(assembly.parts.waivers):
        with assembly.gathering():
            choose(assembly, part.output, "output", assembly.outputs, "waivers", index, "output")
    return tuple(Waiver(part.output, part.protected_by, part.signed, part.date) for part in assembly.parts.waivers)


def hardware(assembly: Assembly) -> tuple[Hardware, ...]:
    """What needs no computer; the outputs at which it acts must be there."""
    found = []
    for index, part in enumerate(assembly.parts.hardware):
        for tag in part.outputs:
            with assembly.gathering():
                choose(assembly, tag, "output", assembly.outputs, "hardware", index, "outputs")
        covers = tuple(Failure(name) for name in part.covers)
        found.append(Hardware(part.what, tuple(part.outputs), covers, part.tested))
    return tuple(found)


def _interlock(assembly: Assembly, part: InterlockPart, *path: str | int) -> InterlockRule:
    for tag in part.guards:
        choose(assembly, tag, "output", assembly.outputs, *path, "guards")
    samples, time = _persistence(part.trip_after, assembly.where(*path, "trip_after"))
    _refuse_alarm_keys(assembly, part, *path)
    return InterlockRule(
        id=part.id,
        require=tuple(part.require),
        protects=part.protects,
        remedy=part.remedy,
        when=part.when,
        guards=tuple(part.guards),
        trip_after_samples=samples,
        trip_after_time=time,
        action=Action(part.action),
        hard=part.hard,
        cause=part.cause,
        consequence=part.consequence,
        priority=None if part.priority is None else Priority[part.priority.upper()],
        deadband=part.deadband,
        clear_after=part.clear_after,
        where=assembly.where(*path),
    )


def _refuse_alarm_keys(assembly: Assembly, part: InterlockPart, *path: str | int) -> None:
    """Raises ReactorError for what says something about an alarm that never comes, or that its action decides."""
    if part.priority is not None and part.action != "warn":
        raise ReactorError(
            f"the priority of {part.id} follows from its action, {part.action}",
            where=assembly.where(*path, "priority"),
            remedy="leave it out, or write `action: warn`",
        )
    for key in ("deadband", "clear_after"):
        if getattr(part, key) and part.guards and part.trip_after is None:
            raise ReactorError(
                f"{part.id} only refuses commands: it raises no alarm that `{key}` could calm",
                where=assembly.where(*path, key),
                remedy=f"leave out {key}, or give `trip_after`",
            )


def _persistence(written: str | None, where: str) -> tuple[int | None, float | None]:
    """`2 samples` or a time; neither for a permissive that only refuses commands."""
    if written is None:
        return None, None
    count, _, word = written.partition(" ")
    if word in ("sample", "samples") and count.isdecimal() and int(count) > 0:
        return int(count), None
    time = located(lambda: parse(written, Dimension.TIME), where, "write `2 samples` or a time such as `0.5 s`")
    if not 0 <= time <= LONGEST_PERSISTENCE:
        raise ReactorError(
            f"{written!r} protects nothing", where=where, remedy="write a time such as `0.5 s`, up to 1 h"
        )
    return None, time
