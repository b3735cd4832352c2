"""The standing of one interlock over time, as a pure function: persistence, latch, acknowledgement."""

from enum import Enum, auto
from typing import NamedTuple

from vapordep.model.interlocks import Action, InterlockRule


class Occasion(Enum):
    """Why an interlock is looked at."""

    SAMPLE = auto()
    """A tag that it reads has a new sample."""
    SILENCE = auto()
    """A tag that it reads has just become stale."""
    TIME = auto()
    """Its time to trip may have run out."""


class Standing(NamedTuple):
    """Where one interlock stands. Instants in s on the clock."""

    samples: int = 0
    """Consecutive instants with samples at which it was not satisfied."""
    counted_at: float = float("-inf")
    since: float | None = None
    """When it ceased to be satisfied."""
    tripped: bool = False
    acknowledged: bool = False
    calm_since: float | None = None
    """Since when all has been true again while the cause does not yet count as gone."""


CALM = Standing()


def advance(rule: InterlockRule, standing: Standing, time: float, satisfied: bool, occasion: Occasion) -> Standing:
    """The standing after a look at the instant `time`.

    A count of samples is also complete when a sensor has fallen silent: its tag's patience is persistence enough.
    A latched trip stays; a warning goes with its cause. One that comes back must be acknowledged anew.
    """
    if satisfied:
        if standing.since is None:
            return standing
        if standing.tripped and rule.clear_after:
            calm = time if standing.calm_since is None else standing.calm_since
            if time < calm + rule.clear_after:
                return standing._replace(samples=0, calm_since=calm)
        latched = standing.tripped and rule.action is not Action.WARN
        return CALM._replace(tripped=latched, acknowledged=latched and standing.acknowledged)
    since = time if standing.since is None else standing.since
    count, counted_at = standing.samples, standing.counted_at
    if occasion is not Occasion.TIME and time > counted_at:
        count, counted_at = count + 1, time
    tripped = standing.tripped or _due(rule, count, since, time, occasion)
    acknowledged = standing.acknowledged and standing.since is not None
    return Standing(count, counted_at, since, tripped, acknowledged)


def trips_at(rule: InterlockRule, standing: Standing) -> float:
    """When it will trip, or be over, by the mere passing of time, s; infinity when it will not."""
    if standing.tripped:
        return float("inf") if standing.calm_since is None else standing.calm_since + rule.clear_after
    if rule.trip_after_time is None or standing.since is None:
        return float("inf")
    return standing.since + rule.trip_after_time


def _due(rule: InterlockRule, count: int, since: float, time: float, occasion: Occasion) -> bool:
    if rule.trip_after_time is not None:
        return time >= since + rule.trip_after_time
    return occasion is Occasion.SILENCE or count >= (rule.trip_after_samples or 1)
