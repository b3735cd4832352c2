"""Saturation: how near steady vapour comes to condensing on the coldest surface that it meets."""

from collections.abc import Iterator, Mapping
from math import inf

from vapordep.model.reactor import Reactor
from vapordep.model.steps import Step
from vapordep.recipe.case import Case, celsius, pressure_shown
from vapordep.recipe.findings import Finding, Severity
from vapordep.recipe.foretold.situation import Situation
from vapordep.safety.vapour import lowest, polymerises

WARN, HOLD = 0.8, 0.9
"""P/Psat on the coldest surface from which a step is doubted, and refused (interlock I5)."""


def of_saturation(step: Step, situation: Situation, case: Case) -> Iterator[Finding]:
    """P/Psat of all monomers at the coldest surface, with the lowest that each Psat may be."""
    if situation.held is None:
        return
    shares = _shares(situation, case.reactor)
    coldest = min(_surfaces(situation, case.reactor), default=inf)
    if coldest == inf:
        return
    parts = {
        name: share * situation.held / lowest(case.reactor.sources[name])(coldest) for name, share in shares.items()
    }
    total = sum(parts.values())
    if total < WARN:
        return
    told = ", ".join(f"{name} {part:.2g}" for name, part in parts.items())
    at = f"{pressure_shown(situation.held)} on {celsius(coldest)}"
    what = f"vapour reaches {total:.2g} of its saturation at {at} ({told})"
    doubtful = [name for name in parts if case.reactor.sources[name].vapour_pressure is None]
    remedy = "less monomer, less pressure, or a warmer stage"
    if doubtful:
        remedy += f"; or measure the vapour pressure of {', '.join(doubtful)}, of which the lowest counts"
    yield Finding("I5", what, step.where, remedy, Severity.ERROR if total >= HOLD else Severity.WARNING)


def _shares(situation: Situation, reactor: Reactor) -> Mapping[str, float]:
    """Parts of the gas, by source of a monomer; those of an initiator that is yet to come thin it, and do not count."""
    total = sum(situation.entering(reactor).values()) + sum(situation.vapours.values())
    return {name: flow / total for name, flow in situation.vapours.items() if polymerises(reactor.sources[name])}


def _surfaces(situation: Situation, reactor: Reactor) -> Iterator[float]:
    """The coldest that stage, walls and windows may be, in K."""
    yield situation.coldest(reactor.stage.zone)
    if reactor.chamber.walls:
        yield situation.coldest(reactor.chamber.walls)
    for surface in reactor.chamber.surfaces.values():
        yield situation.coldest(surface.zone) + surface.offset
