"""The rule of a leak check: long enough for the chamber's gauge to see a leak that the substrate does not bear (P4)."""

from collections.abc import Iterator
from math import ceil

from vapordep.errors import InputError
from vapordep.model.reactor import Reactor
from vapordep.model.steps import LeakCheck
from vapordep.recipe.case import Case, pressure_shown, time_shown
from vapordep.recipe.findings import Finding, Severity
from vapordep.recipe.foretold.situation import Situation
from vapordep.units import Dimension, parse

RESOLUTION = 1e-5
"""What a capacitance manometer tells apart, as a part of its full scale."""
SHORTEST = 15.0
"""A shorter check, in s, gives too few readings: its first seconds, in which the valves shut, do not count."""
PROPOSED = 30.0
"""Times are proposed in such steps, in s."""


def of_leak_check(step: LeakCheck, situation: Situation, case: Case) -> Iterator[Finding]:
    """Resolution x volume / time must lie below what blocks; the check itself judges by the readings it gets."""
    if step.duration < SHORTEST:
        what = f"a leak check of {time_shown(step.duration)} says nothing"
        yield Finding("P4", what, step.where, f"write `for: {time_shown(SHORTEST)}` or more, such as 5 min")
        return
    scale, bears = full_scale(case.reactor), case.substrate.leak_block
    shortest = RESOLUTION * (scale or 0.0) * case.reactor.chamber.volume / bears
    if scale is not None and step.duration < shortest:
        what = (
            f"in {time_shown(step.duration)} a gauge of {pressure_shown(scale)} full scale tells no leak below"
            f" {bears * shortest / step.duration:.2g} Pa m3/s, {case.substrate.name} bears {bears:.2g}:"
            " the run would be held"
        )
        proposed = time_shown(PROPOSED * ceil(1.2 * shortest / PROPOSED))
        yield Finding("P4", what, step.where, f"write `for: {proposed}` or more", Severity.WARNING)


def full_scale(reactor: Reactor) -> float | None:
    """The full scale in Pa of the gauge to be believed first, by its instrument's options; None where nobody told."""
    found = {tag: cell.instrument for cell, tag in reactor.wiring.items()}
    gauge = reactor.instruments.get(found.get(reactor.chamber.gauges[0], ""))
    try:
        return parse(str(gauge.options["full_scale"]), Dimension.PRESSURE) if gauge else None
    except (KeyError, InputError):
        return None
