"""Steady processes in the check: vapour that would condense or meet no vacuum, a filament that must not be lit yet."""

from collections.abc import Iterator

from vapordep.model.reactor import Reactor
from vapordep.model.steady_steps import Deposit, HoldPressure, LetIn, Light, Zero
from vapordep.model.steps import Dose, Step
from vapordep.recipe.case import Case, celsius, pressure_shown
from vapordep.recipe.findings import Finding, Severity
from vapordep.recipe.foretold import afterwards
from vapordep.recipe.foretold.saturation import of_saturation
from vapordep.recipe.foretold.situation import ROOM, Situation, gas_temperature
from vapordep.recipe.rules import condensation
from vapordep.recipe.rules.doses import of_empty, of_walls
from vapordep.recipe.rules.permissives import of_clearance, of_heat_of_filament, of_warmth
from vapordep.recipe.rules.rules import in_range, of_shut_throttle
from vapordep.safety.vapour import polymerises
from vapordep.units import GAS_CONSTANT, Dimension, format_si


def of_vapour(step: LetIn, situation: Situation, case: Case) -> Iterator[Finding]:
    """What is let in, one source after the other, into the pressure that stands."""
    opened = [name for name, flow in step.flows.items() if flow != 0.0]
    for name in opened:
        if flow := step.flows[name]:
            yield from _metered(name, flow, step, case)
        if not situation.pumped:
            what = f"{name} would flow into a chamber that was never pumped"
            yield Finding("P3", what, step.where, "add a `pump` step before")
        source = case.reactor.sources[name]
        yield from of_empty(source, step.where)
        yield from of_walls(name, step.where, situation, case)
        wet = list(condensation.of_line(Dose(where=step.where, source=name, width=1.0), situation, case))
        yield from wet
        if not any(finding.refuses for finding in wet):  # else the permissive says less of the same cold line
            yield from of_warmth(name, step.where, situation, case)
        if source.bubbler and source.through not in situation.flows:
            what = f"nothing carries {name}: no gas flows through {source.through}"
            remedy = f"add `- flow: {{{source.through}: 5 sccm}}` before; it goes past the chamber until {name} opens"
            yield Finding("R-SOURCE", what, step.where, remedy)
        if not source.metered and not source.proven and not source.bubbler:
            what = f"nobody has proven what the needle of {name} gives"
            yield Finding(
                "R-FLOW",
                what,
                step.where,
                f"`flow_check: {{source: {name}, for: 15 s}}`, then write the day as `proven`",
                Severity.WARNING,
            )
    if opened:
        yield from of_saturation(step, afterwards.let_in(situation, step, case.reactor), case)


def of_pressure(step: HoldPressure, situation: Situation, case: Case) -> Iterator[Finding]:
    """A pressure out of range, that condenses what flows, or that so much gas exceeds with the throttle wide open."""
    if step.pressure is not None and case.reactor.throttle is not None:
        yield from in_range(case.reactor.throttle.pressure_setpoint, step.pressure, step, case)
        least = _least(situation, case.reactor)
        if least > step.pressure:
            what = f"{pressure_shown(step.pressure)} cannot be held: what flows makes {pressure_shown(least)} by itself"
            yield Finding("R-FLOW", what, step.where, "less flow, or more pressure")
    later = afterwards.throttled(situation, step, case.reactor)
    yield from of_shut_throttle(step, later)
    yield from of_saturation(step, later, case)


def _least(situation: Situation, reactor: Reactor) -> float:
    """The pressure in Pa that all that flows has with the throttle wide open."""
    flows = sum(situation.entering(reactor).values()) + sum(situation.vapours.values())
    return flows * GAS_CONSTANT * gas_temperature(situation, reactor) / reactor.chamber.pumping_speed


def of_light(step: Light, situation: Situation, case: Case) -> Iterator[Finding]:
    """A filament without vacuum or flow, or beyond what its supply may give."""
    if step.voltage == 0.0:
        return
    if not situation.pumped:
        yield Finding("I1", "the filament would be lit without vacuum", step.where, "add a `pump` step before")
    elif not situation.entering(case.reactor) and not situation.vapours:
        yield Finding("I2", "the filament would be lit while no gas flows", step.where, "let argon or the monomer flow")
    elif situation.throttled_shut:
        what = "the filament would be lit while the throttle is shut"
        yield Finding("I2", what, step.where, "open it, or let it hold a pressure, before")
    yield from of_heat_of_filament(step, case)
    yield from of_clearance(step, situation, case)
    filament = case.reactor.filament
    if step.temperature is not None and step.temperature <= ROOM + step.tolerance:
        what = f"a filament of {celsius(step.temperature)} is no hotter than the room"
        yield Finding("R-RANGE", what, step.where, "write one that cracks the initiator, or `filament: off`")
    if filament is not None and step.voltage is not None:
        highest = case.reactor.outputs[filament.voltage_setpoint].high
        if step.voltage > highest:
            what = f"{filament.voltage_setpoint} cannot be {step.voltage:g} V"
            yield Finding("R-RANGE", what, step.where, f"set it up to {highest:g} V")
    if filament is not None and step.temperature is not None and not filament.temperature:
        yield Finding("R-DATA", "the filament has no thermocouple", step.where, "write a voltage instead")


def of_deposit(step: Deposit, situation: Situation, case: Case) -> Iterator[Finding]:
    """A deposition in which nothing would grow."""
    if not situation.lit:
        yield Finding("R-DEPOSIT", "nothing grows: the filament is out", step.where, "light it with `filament` before")
    if not any(polymerises(case.reactor.sources[name]) for name in situation.vapours):
        yield Finding("R-DEPOSIT", "nothing grows: no monomer flows", step.where, "let it in with `vapour` before")
    yield from _of_legs(step, situation, case)


def of_zero(step: Zero, situation: Situation, case: Case) -> Iterator[Finding]:
    """A crystal on which film grows just then."""
    if situation.lit:
        what = "the crystal would be zeroed while its film grows"
        yield Finding("R-DEPOSIT", what, step.where, "zero it before `filament`", Severity.WARNING)


def _of_legs(step: Deposit, situation: Situation, case: Case) -> Iterator[Finding]:
    """Flows beyond a controller, sources that are shut; vapour that condenses at an end: on the way there is less."""
    for number, leg in enumerate(step.legs, 1):
        shut = [name for name in leg.sources if name not in situation.vapours]
        if shut:
            what = f"in leg {number} the flow of {', '.join(shut)} would change, but nothing flows"
            yield Finding("R-DEPOSIT", what, step.where, "let it in with `vapour` before, from the least that it can")
            return
        situation = afterwards.after_leg(situation, leg)
        for name in leg.sources:
            yield from _metered(name, situation.vapours[name], step, case)
        yield from of_saturation(step, situation, case)


def _metered(name: str, flow: float, step: Step, case: Case) -> Iterator[Finding]:
    """A flow that a source's controller cannot hold."""
    known = case.reactor.outputs[f"{name}.flow_setpoint"]
    if not known.low <= flow <= known.high:
        most = format_si(known.high, Dimension.MOLAR_FLOW)
        what = f"{name} cannot flow so much" if flow > known.high else f"{name} cannot flow backwards"
        yield Finding("R-RANGE", what, step.where, f"set it from 0 up to {most}")
