"""Condensation: lines that are colder than the bottle behind them, while heating, cooling and dosing."""

from collections.abc import Iterator
from math import inf

from vapordep.chemistry import substance
from vapordep.model.steps import Cool, Dose, Heat
from vapordep.recipe.case import Case, celsius, pressure_shown
from vapordep.recipe.findings import Finding, Severity
from vapordep.recipe.foretold.exposure import bottle_temperature, saturated
from vapordep.recipe.foretold.situation import ROOM, Situation, ways_of

LINE_MARGIN = 10.0
"""A line should be this much warmer than the bottle behind it, in K (interlock T6)."""
WARM = ROOM + 15.0
"""A bottle above this temperature in K needs a heated line; glovebox and line share what lies below. Where a file names
a line, it must never be colder than its bottle."""


def of_line(step: Dose, situation: Situation, case: Case) -> Iterator[Finding]:
    """A dose through a line that is too cold for its bottle."""
    source = case.reactor.sources[step.source]
    bottle = bottle_temperature(source, situation, hottest=True)
    if bottle <= WARM and not source.line:
        return
    lines = ways_of(source, case.reactor)
    if not lines:
        what = f"{step.source} comes from a bottle at {celsius(bottle)}, and no zone tells how warm its line is"
        yield Finding("T6", what, step.where, "see that the line is warmer than the bottle", Severity.WARNING)
    for zone in lines:
        coldest = situation.coldest(zone)
        if coldest >= bottle + (LINE_MARGIN if bottle > WARM else 0.0):
            continue
        inside, bearable = saturated(source, bottle), saturated(source, coldest)
        shown = "" if inside is None or bearable is None else (
            f": {pressure_shown(inside)} in the bottle, {pressure_shown(bearable)} saturated in the line"
        )  # fmt: skip
        wet = coldest < bottle
        verb = "condenses" if wet else "may condense"
        what = f"{step.source} {verb} in {zone} at {celsius(coldest)}, its bottle at {celsius(bottle)}{shown}"
        remedy = f"heat {zone} to {celsius(bottle + LINE_MARGIN)} or more before the bottle"
        yield Finding("T6", what, step.where, remedy, Severity.ERROR if wet else Severity.WARNING)


def of_heating(step: Heat | Cool, situation: Situation, case: Case) -> Iterator[Finding]:
    """Lines are heated before bottles and cooled after them."""
    bottles = {source.zone: source for source in case.reactor.sources.values() if source.zone}
    for bottle, source in bottles.items():
        for zone in ways_of(source, case.reactor):
            line = min(situation.coldest(zone), step.targets.get(zone, inf))
            hot = max(situation.hottest(bottle), step.targets.get(bottle, 0.0))
            touched = {zone} if isinstance(step, Cool) else {zone, bottle}
            if isinstance(step, Heat) and bottle not in {*situation.temperatures, *step.targets}:
                continue  # it cools, and a warmer line is what its vapour needs
            if hot <= WARM or line >= hot or not touched & step.targets.keys():
                continue
            vapour = substance(source.substance).name
            what = f"{vapour} would condense in {zone}, at {celsius(line)} while {bottle} is at {celsius(hot)}"
            order = "cool the bottle first" if isinstance(step, Cool) else "heat the lines in a step before"
            yield Finding("T6", what, step.where, order, Severity.WARNING)
