"""What the safety core says of itself: every interlock with its live terms, and the verdict on a command beforehand."""

from vapordep.errors import CommandRefused
from vapordep.link.judged import InterlockShown, InterlockState, Objection, TermShown, VerdictShown
from vapordep.model.commands import Command, Source
from vapordep.model.interlocks import InterlockRule
from vapordep.safety.conditions import Condition, Latest, Truth
from vapordep.safety.interlocks.compiled import Interlock
from vapordep.safety.outputs.gate import Gate
from vapordep.safety.outputs.permit import permit
from vapordep.safety.protection import Protection


def interlocks_shown(protection: Protection, now: float) -> tuple[InterlockShown, ...]:
    """Every interlock as it stands at the instant `now` (s); last those whose sensor the reactor lacks."""
    interlocks = protection.interlocks
    aside = {bypass.id: bypass.left(now) for bypass in protection.bypasses.active}
    acted = {trip.id for trip in (*interlocks.trips, *interlocks.warnings)}
    known = [_shown(each, interlocks.latest, now, acted, aside) for each in interlocks.compiled.interlocks]
    return (*known, *(_not_covered(rule) for rule in interlocks.compiled.not_covered))


def unmet(protection: Protection, now: float) -> tuple[str, ...]:
    """Ids of the interlocks that are not fulfilled at the instant `now` (s), bypassed or not."""
    interlocks = protection.interlocks
    known = interlocks.compiled.interlocks
    return tuple(each.rule.id for each in known if not each.satisfied(interlocks.latest, now, released=False))


def verdict_on(gate: Gate, tag: str, value: float) -> VerdictShown:
    """What the gate would say of a person's command now; raises CommandRefused for what is no output."""
    if tag not in gate.wires:
        raise CommandRefused(f"no output is called {tag[:200]!r}", remedy=f"outputs: {', '.join(gate.wires)}")
    command = Command(tag, value, Source.OPERATOR, "asked beforehand")
    verdict = permit(command, gate.circumstances(tag, gate.clock.now()))
    return VerdictShown(
        verdict.allowed,
        tuple(Objection(d.interlock, d.term, d.text, d.protects, d.remedy) for d in verdict.reasons),
    )


def _shown(
    interlock: Interlock, latest: Latest, now: float, acted: set[str], aside: dict[str, float]
) -> InterlockShown:
    rule = interlock.rule
    if rule.id in aside:
        state = InterlockState.BYPASSED
    elif rule.id in acted:
        state = InterlockState.ACTED
    else:
        satisfied = interlock.satisfied(latest, now, released=False)
        state = InterlockState.FULFILLED if satisfied else InterlockState.UNMET
    return InterlockShown(
        rule.id, state, rule.action, rule.hard, rule.trips, rule.guards, rule.when,
        interlock.when is None or interlock.when.judge(latest, now) is not Truth.FALSE,
        tuple(_term(condition, latest, now) for condition in interlock.require),
        rule.protects, rule.remedy, aside.get(rule.id),
    )  # fmt: skip


def _term(condition: Condition, latest: Latest, now: float) -> TermShown:
    truth = condition.judge(latest, now)
    holds = truth is Truth.TRUE and not condition.symbol
    says = f"{condition.tag.name} holds" if holds else condition.explain(latest, now)
    return TermShown(condition.text, condition.tags, truth.name.lower(), says)


def _not_covered(rule: InterlockRule) -> InterlockShown:
    terms = tuple(TermShown(text, (), "unknown", "the reactor lacks the sensor") for text in rule.require)
    return InterlockShown(
        rule.id, InterlockState.NOT_COVERED, rule.action, rule.hard, rule.trips, rule.guards, rule.when,
        applies=True, require=terms, protects=rule.protects, remedy=rule.remedy,
    )  # fmt: skip
