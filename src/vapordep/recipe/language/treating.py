"""Treatments in a recipe: plasma, light and heat; how they are read, and what the check says of them."""

from collections.abc import Iterator, Mapping

from vapordep.errors import RecipeError
from vapordep.files import KeyPath
from vapordep.model.steady_steps import HoldPressure, Treat
from vapordep.model.steps import Flow, Heat, Stabilise, Step
from vapordep.recipe import schema
from vapordep.recipe.case import Case, time_shown
from vapordep.recipe.findings import Finding, Severity
from vapordep.recipe.foretold.purges import shortest
from vapordep.recipe.foretold.situation import Situation
from vapordep.recipe.language.compiler import Compiler
from vapordep.units import Dimension, format_si


def plasma(c: Compiler, path: KeyPath, where: str) -> tuple[Step, ...]:
    """`plasma: {power: 40 W, for: 2 min, flow: {carrier: 20 sccm}}`."""
    return _treated("plasma", c, path, where)


def uv(c: Compiler, path: KeyPath, where: str) -> tuple[Step, ...]:
    """`uv: {power: 20 W, for: 10 min}`."""
    return _treated("uv", c, path, where)


def _treated(role: str, c: Compiler, path: KeyPath, where: str) -> tuple[Step, ...]:
    """Several steps: the gas first, then its pressure, then the power."""
    part = c.read(schema.TreatPart, path)
    if role not in c.reactor.treatments:
        remedy = f"add `treatments: {{{role}: ...}}` to its file, or take a reactor that has it"
        raise RecipeError(f"the reactor {c.reactor.name} has no {role}", where=where, remedy=remedy)
    steps = [*_gas(part.flow, c, path, where)]
    if part.pressure is not None:
        if c.reactor.throttle is None:
            what = f"the reactor {c.reactor.name} has no throttle that could hold a pressure"
            raise RecipeError(what, where=where, remedy="leave out `pressure`: the flow makes it")
        steps.append(HoldPressure(where=where, pressure=part.pressure))
    treat = Treat(
        where=where, role=role, power=part.power, duration=part.duration, warm_up=part.warm_up, tolerance=part.within
    )
    return (*steps, treat)


def thermal(c: Compiler, path: KeyPath, where: str) -> tuple[Step, ...]:
    """`thermal: {stage: 140 degC, for: 30 min}`: gas, heat, and steady temperatures for that time."""
    part = c.read(schema.ThermalPart, path)
    zones = c.zones(part, path)
    heat = Heat(where=where, targets=zones, rate=part.rate, tolerance=part.within, timeout=_longest(zones, part.rate))
    steady = Stabilise(where=where, duration=part.duration, tolerance=part.within)
    return (*_gas(part.flow, c, path, where), heat, steady)


def _gas(flow: Mapping[str, float] | None, c: Compiler, path: KeyPath, where: str) -> Iterator[Step]:
    for line in flow or ():
        c.known(line, c.reactor.lines, "line", (*path, "flow", line))
    if flow:
        yield Flow(where=where, flows=flow)


def _longest(targets: Mapping[str, float], rate: float) -> float:
    """Twice the ramp from the cold, and an hour, in s."""
    return 2.0 * max(targets.values()) / rate + 3600.0


def duration(step: Treat, situation: Situation, reactor: object) -> float:
    """With its warm-up."""
    return step.warm_up + step.duration


def of_treat(step: Treat, situation: Situation, case: Case) -> Iterator[Finding]:
    """A substrate that nobody has found to bear it, too much power, no vacuum or gas, or vapour that it would crack."""
    known = case.reactor.treatments[step.role]
    if case.substrate.name not in known.substrates:
        what = f"nobody has said that {case.substrate.name} bears {step.role} in this reactor"
        yield Finding("R-TREAT", what, step.where, f"it is known of {', '.join(known.substrates)}; try, then write it")
    if step.power > known.max_power:
        most, power = (format_si(value, Dimension.POWER) for value in (known.max_power, step.power))
        what = f"{step.role} cannot have {power}; this reactor allows {most}"
        yield Finding("R-RANGE", what, step.where, f"write at most {most}")
    if not situation.pumped:
        what = f"{step.role} would be on in a chamber that was never pumped"
        yield Finding("R-TREAT", what, step.where, "add a `pump` step before")
    elif step.role == "plasma" and not situation.flows:
        yield Finding(
            "R-TREAT", "a plasma burns in a gas, and none flows", step.where, "write `flow`, such as of argon"
        )
    for name in situation.vapours:
        what = f"{step.role} would crack {name} while it flows"
        yield Finding("R-TREAT", what, step.where, f"shut it before: `vapour: {{{name}: closed}}`")
    what = f"what {step.role} does to the film is not simulated: film and dry run are told as if it were not there"
    yield Finding("R-TREAT", what, step.where, "measure the film before and after it", Severity.WARNING)
    rule = shortest(case.reactor.chamber)
    for name, left in situation.residues.items():
        if left.purged < rule:
            what = f"{step.role} would crack what is left of {name}"
            yield Finding("R-TREAT", what, step.where, f"purge before, for {time_shown(rule)} or longer")
