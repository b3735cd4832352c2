"""Doses that take more than a valve: carried by a gas, made of one, pushed by one; what they give and need."""

from collections.abc import Iterator
from math import expm1

from vapordep.model.deliveries import Generator
from vapordep.model.reactor import Reactor
from vapordep.model.sources import SourceLine
from vapordep.model.steps import Dose, Step, Wait
from vapordep.recipe.case import Case, celsius, pressure_shown, time_shown
from vapordep.recipe.findings import Finding, Severity
from vapordep.recipe.foretold.situation import Situation, gas_temperature
from vapordep.safety.vapour import vapour_ratio
from vapordep.units import GAS_CONSTANT


def carried_rate(source: SourceLine, kelvin: float, situation: Situation) -> float:
    """What the gas that flows through a source brings of its vapour, mol/s; `kelvin` that of its bottle."""
    return situation.flows.get(source.through, 0.0) * vapour_ratio(source, kelvin)


def carried(rate: float, width: float, situation: Situation, reactor: Reactor) -> tuple[float, float, float]:
    """A pulse of `width` s in which `rate` mol/s come: amount in mol, exposure in Pa s, and peak in Pa."""
    chamber, kelvin = reactor.chamber, gas_temperature(situation, reactor)
    amount, driving = rate * width, rate * GAS_CONSTANT * kelvin
    if situation.isolated:
        peak = driving * width / chamber.volume
        return amount, peak * chamber.residence_time, peak
    peak = driving / chamber.pumping_speed * -expm1(-width / chamber.residence_time)
    return amount, driving * width / chamber.pumping_speed, peak


def of_delivery(step: Dose, situation: Situation, kelvin: float, case: Case) -> Iterator[Finding]:
    """What a source needs beside its valve, from the coldest that its bottle may be, in K."""
    source = case.reactor.sources[step.source]
    yield from _boosting(step, source, case)
    if not source.through:
        return
    if source.through not in situation.flows:
        yield _unfed(source, step)
    elif source.bubbler and vapour_ratio(source, kelvin) == float("inf"):
        what = (
            f"{step.source} at {celsius(kelvin)} boils at the {pressure_shown(source.bubbler.pressure)} of its bottle"
        )
        yield Finding("R-SOURCE", what, step.where, "heat the bottle less, or raise its pressure")
    elif source.generator:
        yield from _warming(source.name, source.generator, step, situation)


def _boosting(step: Dose, source: SourceLine, case: Case) -> Iterator[Finding]:
    if step.boost and source.boost is None:
        what = f"no gas pushes the vapour of {step.source}"
        remedy = "leave out `boost`, or describe it as `delivery: boosted`"
        yield Finding("R-BOOST", what, step.where, remedy)
    elif source.boost and not step.boost:
        what = f"{step.source} would be dosed without the gas that pushes its vapour"
        yield Finding("R-BOOST", what, step.where, "write how long, such as `boost: 200 ms`", Severity.WARNING)


def generators(step: Wait, reactor: Reactor) -> Iterator[tuple[str, Generator]]:
    """The generator that a step waits for, with its source's name."""
    made = ((name, source.generator) for name, source in reactor.sources.items())
    return ((name, one) for name, one in made if one is not None and step.until.strip() == one.ready)


def of_readiness(step: Wait, situation: Situation, case: Case) -> Iterator[Finding]:
    """A generator that is waited for, and that is off, without its gas, or will not be warm by then."""
    for name, generator in generators(step, case.reactor):
        source, left = case.reactor.sources[name], generator.warm_up - situation.fed.get(name, 0.0)
        if name not in situation.switched_on:
            yield _off(name, generator, step)
        elif source.through not in situation.flows:
            yield _unfed(source, step)
        elif step.within < left:
            what = f"{generator.ready} may take {time_shown(left)} to come true; {time_shown(step.within)} are given"
            yield Finding("R-WAIT", what, step.where, "wait longer: a run is held there", Severity.WARNING)


def _warming(name: str, generator: Generator, step: Dose, situation: Situation) -> Iterator[Finding]:
    """A generator that is off, or has not been on for long enough, as far as the plan tells."""
    if name not in situation.switched_on:
        yield _off(name, generator, step)
    elif situation.fed.get(name, 0.0) < generator.warm_up:
        what = f"the generator of {name} takes {time_shown(generator.warm_up)} to warm up, on and with its gas"
        remedy = f"add `- wait: {{until: {generator.ready}, within: 10 min}}` before, after the last pump or leak_check"
        yield Finding("R-SOURCE", what, step.where, remedy)


def _off(name: str, generator: Generator, step: Step) -> Finding:
    remedy = f'add `- set: {{output: {generator.power}, value: "on"}}` and a `wait` until {generator.ready}'
    return Finding("R-SOURCE", f"the generator of {name} is off", step.where, remedy)


def _unfed(source: SourceLine, step: Step) -> Finding:
    what = f"nothing carries {source.name}: no gas flows through {source.through}"
    remedy = f"add `- flow: {{{source.through}: 50 sccm}}` after the last pump or leak_check"
    return Finding("R-SOURCE", what, step.where, remedy)
