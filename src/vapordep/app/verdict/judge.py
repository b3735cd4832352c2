"""Judging a run: fit, fit with doubts or not fit, each with its reasons, the gravest first."""

import math
from collections.abc import Iterator, Sequence
from enum import StrEnum

from vapordep.app.verdict.course import Course
from vapordep.app.verdict.doses import Purged, Series
from vapordep.app.verdict.film import Layer, deviation
from vapordep.app.verdict.frozen import Frozen
from vapordep.app.verdict.heat import Heat
from vapordep.app.verdict.use import Use
from vapordep.app.verdict.words import left_shown, share_shown
from vapordep.app.words import clock_time, count
from vapordep.lazy import dataclass
from vapordep.model.events import Event, Kind
from vapordep.model.interlocks import Action
from vapordep.model.run import ENDED, RunState
from vapordep.recipe import Finding, Severity
from vapordep.recipe.rules.doses import CROWDED, SATURATED
from vapordep.safety.conditions import shown
from vapordep.safety.interlocks.margins import Closest, Nearness
from vapordep.safety.monitors.surface import COVERED
from vapordep.units import Dimension, format_si

NEAR = 0.1
"""A rule came near when less than this part of the way to its limit was left ..."""
NEAR_KELVIN = 3.0
"""... or, of a temperature, less than this in K: what a thermocouple may be wrong by (type K: 2.2 K)."""
PATIENCE = 0.5
"""Or when no more than this part of its time or count to trip was left."""
OFF = 0.1
"""A film is as expected within this part."""
MUCH = 0.5
"""A bottle that gives more than this part of its content should be looked at."""
MOST_ALARMS = 5
"""Of more, only the number is told."""


class Fitness(StrEnum):
    """What a scientist can act upon."""

    FIT = "fit to run"
    DOUBTFUL = "fit with doubts"
    UNFIT = "not fit"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: a doubt, or (`grave`) what makes it unfit."""

    text: str
    grave: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a run is judged by."""

    state: RunState
    reason: str
    events: Sequence[Event]
    course: Course
    frozen: Frozen
    heat: Heat
    rules: tuple[Nearness, ...]
    purges: tuple[Purged, ...]
    doses: tuple[Series, ...]
    layers: tuple[Layer, ...]
    use: tuple[Use, ...]


def judge(facts: Facts) -> tuple[Fitness, tuple[Reason, ...]]:
    """The verdict, and every reason for it once; a run that is fit has none."""
    found = dict.fromkeys(reason for source in SOURCES for reason in source(facts))
    reasons = tuple(sorted(found, key=lambda reason: not reason.grave))
    if not reasons:
        return Fitness.FIT, ()
    return (Fitness.UNFIT if reasons[0].grave else Fitness.DOUBTFUL), reasons


def near(rule: Nearness) -> bool:
    """Whether a rule came so near to acting that a person should know."""
    if rule.patience_left is not None:
        return rule.patience_left <= PATIENCE or rule.unknown_for > 0.0
    return nearest(rule) is not None


def nearest(rule: Nearness) -> Closest | None:
    """The condition of a rule that came near its limit, if one did."""
    return next((closest for closest in rule.closest if _is_near(closest)), None)


def _is_near(closest: Closest) -> bool:
    if closest.condition.tag.dimension is Dimension.TEMPERATURE:
        return closest.left < NEAR_KELVIN
    return closest.share < NEAR


def _ended(facts: Facts) -> Iterator[Reason]:
    trips = [event for event in facts.events if event.kind is Kind.TRIP]
    if facts.state not in ENDED:
        yield Reason(f"the run is not over: it is {facts.state}", grave=True)
    elif facts.state is not RunState.COMPLETE:
        where = f"after {clock_time(facts.course.length)}, broken off in {facts.course.broken_off_in}"
        yield Reason(f"the run ended {facts.state} {where}: {facts.reason}", grave=True)
    for trip in trips:
        yield Reason(f"{_at(trip, facts)}: {trip.text}", grave=True)


def _refused(facts: Facts) -> Iterator[Reason]:
    refused = [event for event in facts.events if event.kind is Kind.REFUSED]
    if refused:
        more = f"; {len(refused) - 1} more were refused" if len(refused) > 1 else ""
        yield Reason(f"{_at(refused[0], facts)}: {refused[0].text}{more}", grave=True)


def _alarms(facts: Facts) -> Iterator[Reason]:
    alarms = [event for event in facts.events if event.kind is Kind.ALARM and "area_Pa_s" not in event.data]
    for event in alarms[:MOST_ALARMS]:
        yield Reason(f"{_at(event, facts)}: {event.text}")
    if len(alarms) > MOST_ALARMS:
        yield Reason(f"{count(len(alarms) - MOST_ALARMS, 'more alarm')}; see `vapordep runs show`")


def _bypassed(facts: Facts) -> Iterator[Reason]:
    for event in facts.events:
        if event.kind is Kind.BYPASS and event.data.get("bypassed"):
            yield Reason(f"{_at(event, facts)}: {event.text}")


def _waited(facts: Facts) -> Iterator[Reason]:
    waited = facts.course.waited()
    if waited:
        total = sum(band.end - band.start for band in waited)
        first = clock_time(waited[0].start - facts.course.t0)
        yield Reason(f"it stood {waited[0].name} for {clock_time(total)} in all, first at {first}")


def _heat(facts: Facts) -> Iterator[Reason]:
    heat = facts.heat
    if math.isnan(heat.foil_at_most):
        yield Reason("the temperature of the foil was never read")
    elif heat.foil_at_most >= heat.warning:
        hottest, limit = (format_si(kelvin, Dimension.TEMPERATURE) for kelvin in (heat.foil_at_most, heat.warning))
        yield Reason(f"the foil may have reached {hottest}, at or above {heat.substrate}'s warning of {limit}")


def _rules(facts: Facts) -> Iterator[Reason]:
    tripped = {_id(event) for event in facts.events if event.kind is Kind.TRIP}
    for rule in facts.rules:
        if near(rule) and rule.rule.id not in tripped:
            yield Reason(_nearness(rule, facts.course))


def _nearness(rule: Nearness, course: Course) -> str:
    lapses = [lapse for lapse in (rule.false, rule.unknown) if lapse is not None]
    closest = nearest(rule)
    if not lapses and closest is not None:
        when = f"{course.step_at(closest.time)}, {clock_time(closest.time - course.t0)}"
        tag = closest.condition.tag
        return (
            f"{rule.rule.id} came near in {when}: {tag.name} {shown(closest.value, tag)}, "
            f"{left_shown(closest)} ({share_shown(closest.share)}) from its limit"
        )
    worst = max(lapses, key=lambda lapse: lapse.duration)
    what = "was not true" if worst is rule.false else "could not be judged"
    acts = "" if rule.rule.action is Action.WARN else f" and acts after {patience(rule)}"
    where = f"{course.step_at(worst.start)}, {clock_time(worst.start - course.t0)}"
    return f"{rule.rule.id} {what} for {format_si(worst.duration, Dimension.TIME)}{acts}, in {where}"


def patience(rule: Nearness) -> str:
    """How long an interlock may be untrue before it acts, for people."""
    if rule.rule.trip_after_time is not None:
        return format_si(rule.rule.trip_after_time, Dimension.TIME)
    return count(rule.rule.trip_after_samples or 1, "sample")


def _purges(facts: Facts) -> Iterator[Reason]:
    for purge in facts.purges:
        shortest, refused, doubted = (
            format_si(time, Dimension.TIME) for time in (purge.shortest, purge.refused, purge.doubted)
        )
        if purge.shortest < purge.refused:
            what = f"only {shortest} of purge lay between {purge.first} and {purge.second}, {refused} are the least"
            yield Reason(what, grave=True)
        elif purge.shortest < purge.doubted:
            yield Reason(
                f"{shortest} of purge after {purge.first} leave some of it on the surfaces when {purge.second} comes; "
                f"{doubted} would not"
            )


def _doses(facts: Facts) -> Iterator[Reason]:
    for dose in facts.doses:
        if dose.doubtful:
            counts = {
                "weak": dose.weak, "late": dose.late, "not seen by the gauge": dose.unseen,
                "refused, thus not given": dose.refused,
            }  # fmt: skip
            told = " and ".join(f"{number} {what}" for what, number in counts.items() if number)
            yield Reason(f"of {dose.pulses} pulses of {dose.source} {told}")
        if dose.saturation < COVERED:
            filled, wanted = 100.0 * dose.saturation, 100.0 * COVERED
            yield Reason(f"a dose of {dose.source} fills {filled:.3g} % of the sites, less than {wanted:.3g} %")
        if dose.crowding is not None and dose.crowding.value >= CROWDED:
            told = f"{dose.source} reached {dose.crowding.value:.2g} of its saturation on the coldest surface"
            yield Reason(told, grave=dose.crowding.value >= SATURATED)


def _film(facts: Facts) -> Iterator[Reason]:
    off = deviation(facts.layers)
    if facts.state is RunState.COMPLETE and abs(off) > OFF:
        yield Reason(f"the film is {abs(off):.0%} {'thicker' if off > 0 else 'thinner'} than expected")


def _bottles(facts: Facts) -> Iterator[Reason]:
    for use in facts.use:
        if use.share > MUCH:
            yield Reason(f"it takes {share_shown(use.share)} of a full bottle of {use.source}", grave=use.share > 1.0)


def _findings(facts: Facts) -> Iterator[Reason]:
    if facts.frozen.recipe is None:
        yield Reason("this vapordep cannot compile the recipe any more: what was expected of it is not known")
    warnings = [finding for finding in facts.frozen.findings if finding.severity is Severity.WARNING]
    measured = {"C2"} if facts.purges else set()
    yield from (Reason(_found(finding)) for finding in warnings if finding.code not in measured)
    for finding in facts.frozen.findings:
        if finding.refuses and facts.frozen.recipe is not None:
            yield Reason(f"the check refuses it: {_found(finding)}", grave=True)


def _found(finding: Finding) -> str:
    line = f", line {finding.line}" if finding.line else ""
    return f"{finding.code}{line}: {finding.message}"


SOURCES = (
    _ended, _refused, _heat, _purges, _doses, _rules, _film, _bottles, _findings, _alarms, _bypassed, _waited,
)  # fmt: skip


def _at(event: Event, facts: Facts) -> str:
    return f"{clock_time(event.time - facts.course.t0)}, {facts.course.step_at(event.time)}"


def _id(event: Event) -> str:
    return str(event.data.get("id", event.text.partition(":")[0]))
