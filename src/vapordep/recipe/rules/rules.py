"""The rules: what reactor, substrate and chemistry say of each single step of a plan."""

from collections.abc import Iterator

from vapordep.chemistry import substance
from vapordep.errors import InputError
from vapordep.model.steps import Cool, Dose, Flow, Heat, Pump, PumpPurge, Ramp, Rest, Set, Step, Wait
from vapordep.recipe.case import Case, celsius, pressure_shown, rate_shown, time_shown
from vapordep.recipe.findings import Finding, Severity
from vapordep.recipe.foretold import delivered, exposure
from vapordep.recipe.foretold.outputs import set_to
from vapordep.recipe.foretold.saturation import of_saturation
from vapordep.recipe.foretold.situation import ROOM, Situation
from vapordep.recipe.rules import condensation, doses, residues, turbo
from vapordep.recipe.rules.opening import of_opened
from vapordep.safety.conditions import parse_condition
from vapordep.units import Dimension, format_si

UNUSUAL_PULSE = 10.0
"""Longer pulses, in s, are mostly a slip of ms for s."""

SEALED_LEAK, SEALED_LEAK_SOFT = 0.1, 1.0
"""Air in Pa that may leak into a shut chamber on a metal that melts low, and on anything else: 1 and 10 ppm of the
atmosphere, as in the glovebox [D]."""

FAR = 3.0
"""What a valve gives is known to a factor of two or so: a pressure so many times above that never comes."""
PRESSURE = "chamber.pressure"
D = Dimension


def of_pump(step: Pump, situation: Situation, case: Case) -> Iterator[Finding]:
    """A pressure that the pump does not reach, or a turbo pump that does not run."""
    yield from turbo.of_pumping(step, situation, case)
    yield from _reachable(step.to, step, case)


def of_pump_purge(step: PumpPurge, situation: Situation, case: Case) -> Iterator[Finding]:
    """A pressure that is not reached, or none to purge with; a turbo pump that does not run."""
    yield from turbo.of_pumping(step, situation, case)
    yield from _reachable(step.low, step, case)
    if step.high <= step.low:
        what = f"filling to {pressure_shown(step.high)} does not rise above {pressure_shown(step.low)}"
        yield Finding("R-RANGE", what, step.where, "write from a higher pressure to a lower one")


def _reachable(pressure: float, step: Step, case: Case) -> Iterator[Finding]:
    ultimate = case.reactor.chamber.ultimate_pressure
    if pressure <= ultimate:
        what = f"{pressure_shown(pressure)} cannot be reached: the pump ends at {pressure_shown(ultimate)}"
        yield Finding("R-RANGE", what, step.where, f"write more than {pressure_shown(ultimate)}")


def of_flow(step: Flow, situation: Situation, case: Case) -> Iterator[Finding]:
    """A flow out of range, or a gas that attacks."""
    for line, flow in step.flows.items():
        yield from _flow_of(line, flow, step, case)


def _flow_of(line: str, flow: float, step: Step, case: Case) -> Iterator[Finding]:
    yield from in_range(f"{line}.flow_setpoint", flow, step, case)
    if flow > 0 and line in case.harmful:
        what = f"{case.reactor.lines[line].gas} attacks {case.substrate.name}"
        yield Finding("R-GAS", what, step.where, "flow a gas that the substrate bears, such as argon")


def of_heat(step: Heat, situation: Situation, case: Case) -> Iterator[Finding]:
    """Temperatures and rates that reactor, bottles or substrate do not bear."""
    for zone, target in step.targets.items():
        yield from _temperature(zone, target, step, case)
        yield from _rate(zone, step.rate, step, case)
    yield from condensation.of_heating(step, situation, case)


def of_cool(step: Cool, situation: Situation, case: Case) -> Iterator[Finding]:
    """A zone colder than the room, or too hot all the same; a stage within walls that stay hot."""
    around = case.reactor.stage.surrounded_by
    walls = 0.0 if around in step.targets else situation.temperatures.get(around, 0.0)
    for zone, target in step.targets.items():
        yield from _foil(zone, target, step, case)
        if target <= ROOM:
            what = f"{zone} does not cool to {celsius(target)}: it gives its heat to the room"
            yield Finding(
                "R-RANGE", what, step.where, "cool to a temperature that the room lets it reach, such as 50 degC"
            )
        elif zone == case.reactor.stage.zone and target < walls:
            what = f"{zone} does not cool to {celsius(target)} while {around} around it are held at {celsius(walls)}"
            yield Finding("R-RANGE", what, step.where, f"cool {around} in the same step", Severity.WARNING)
    yield from condensation.of_heating(step, situation, case)


def _temperature(zone: str, target: float, step: Step, case: Case) -> Iterator[Finding]:
    """A setpoint within the controller's range, the bottle's limit and the substrate's."""
    yield from in_range(f"{zone}.setpoint", target, step, case)
    yield from _foil(zone, target, step, case)
    yield from _bottles(zone, target, step, case)


def _foil(zone: str, target: float, step: Step, case: Case) -> Iterator[Finding]:
    """The stage, and the walls around it, may bring the foil to this much more than they read."""
    stage = case.reactor.stage
    if zone not in (stage.zone, stage.surrounded_by):
        return
    hottest = target + stage.foil_offset + stage.uncertainty
    if hottest > case.foil_limit:
        highest = case.foil_limit - stage.foil_offset - stage.uncertainty
        what = (
            f"with {zone} at {celsius(target)} the foil may reach {celsius(hottest)}; "
            f"{case.substrate.name} is allowed {celsius(case.foil_limit)} in this reactor"
        )
        melting = case.substrate.melting_point.value
        what += f", and melts at {celsius(melting)}" if hottest >= melting else ""
        yield Finding("T1", what, step.where, f"set at most {celsius(highest)}")


def _bottles(zone: str, target: float, step: Step, case: Case) -> Iterator[Finding]:
    for source in case.reactor.sources.values():
        limit = substance(source.substance).max_source_temperature
        if source.zone == zone and limit is not None and target >= limit.value:
            what = f"{source.substance} in {source.name} must stay below {celsius(limit.value)}"
            yield Finding("T7", what, step.where, "heat this bottle less")


def _rate(zone: str, rate: float, step: Step, case: Case) -> Iterator[Finding]:
    most = case.reactor.zones[zone].max_rate
    if rate <= 0.0:
        what = f"a rate of 0 lets {zone} heat as fast as it can"
        yield Finding("R-RATE", what, step.where, f"set at most {rate_shown(most)}")
    elif rate > most * (1 + 1e-9):  # 5 K/min over 12 min may come to a hair more
        what = f"{zone} is heated at {rate_shown(rate)}; this reactor allows {rate_shown(most)}"
        yield Finding("R-RATE", what, step.where, f"heat {zone} in a step of its own, at most at {rate_shown(most)}")


def of_dose(step: Dose, situation: Situation, case: Case) -> Iterator[Finding]:
    """A pulse that the valve cannot give, or into a chamber that is not ready."""
    if case.reactor.sources[step.source].steady:
        what = f"{step.source} gives a steady flow, and no pulses"
        yield Finding("R-PULSE", what, step.where, f"write `vapour: {{{step.source}: open}}`")
        return
    shortest = case.reactor.sources[step.source].shortest_pulse
    if step.width < shortest:
        opens = f"its valve opens for {time_shown(shortest)} at least"
        what = f"{step.source} cannot pulse for {time_shown(step.width)}: {opens}"
        yield Finding("R-PULSE", what, step.where, f"dose {time_shown(shortest)} or longer")
    if step.width > UNUSUAL_PULSE:
        what = f"a pulse of {time_shown(step.width)} is unusually long"
        yield Finding("R-PULSE", what, step.where, "see that you did not mean ms", Severity.WARNING)
    yield from of_opened(step, situation, case)
    if not situation.pumped:
        what = f"{step.source} would be dosed into a chamber that was never pumped"
        yield Finding("P3", what, step.where, "add a `pump` step before the first dose")
    elif case.reactor.purge_line not in situation.flows and not situation.isolated:
        what = f"{step.source} would be dosed without the purge gas"
        carrier = case.reactor.purge_line
        remedy = f"add `- flow: {{{carrier}: 20 sccm}}` after the last pump or leak_check"
        yield Finding("F1", what, step.where, remedy)
    else:
        yield from doses.of_dose(step, situation, case)


def of_rest(step: Rest, situation: Situation, case: Case) -> Iterator[Finding]:
    """What may leak in while the chamber is shut, at the rate that the leak check lets pass."""
    limit = SEALED_LEAK if case.substrate.hard else SEALED_LEAK_SOFT
    leaked = case.substrate.leak_block * step.duration / case.reactor.chamber.volume
    if situation.isolated and leaked > limit:
        longest = limit * case.reactor.chamber.volume / case.substrate.leak_block
        what = (
            f"in {time_shown(step.duration)} of a shut chamber {pressure_shown(leaked)} of air may leak in, at what a "
            f"leak check lets pass; {case.substrate.name} bears {pressure_shown(limit)}"
        )
        yield Finding("R-EXPOSE", what, step.where, f"hold for {time_shown(int(longest))} at most, and more often")
    if situation.isolated:
        yield from residues.of_held(step, situation, case)


def of_set(step: Set, situation: Situation, case: Case) -> Iterator[Finding]:
    """An output beyond its range; a source is opened by its own steps."""
    sources = {source.valve: source.name for source in case.reactor.sources.values()}
    if step.output in sources and step.value != 0.0:
        name = sources[step.output]
        what = f"{step.output} opens only for a dose, which closes it again"
        remedy = f"write `dose: {{source: {name}, pulse: 50 ms}}`"
        if case.reactor.sources[name].steady:
            what, remedy = f"{step.output} is opened by the step `vapour`", f"write `vapour: {{{name}: open}}`"
        yield Finding("R-VALVE", what, step.where, remedy)
    for source in case.reactor.sources.values():
        if source.boost and step.output == source.boost.valve and step.value != 0.0:
            what = f"{step.output} opens only before a dose, and closes again"
            remedy = f"write `dose: {{source: {source.name}, pulse: 50 ms, boost: 200 ms}}`"
            yield Finding("R-VALVE", what, step.where, remedy)
    for treatment in case.reactor.treatments.values():
        if step.output == treatment.on and step.value != 0.0:
            what = f"{step.output} goes on only for a treatment, which puts it out again"
            yield Finding("R-TREAT", what, step.where, f"write `{treatment.name}: {{power: 40 W, for: 2 min}}`")
    filament = case.reactor.filament
    if filament is not None and step.output == filament.on and step.value != 0.0:
        what = f"{step.output} goes on only by the step `filament`, which the check follows"
        yield Finding("R-VALVE", what, step.where, "write `filament: {voltage: 30 V}`, or a temperature")
    for line in case.reactor.lines.values():
        flow = situation.flows.get(line.name, 0.0)
        if step.output == line.valve and step.value == 0.0 and flow > 0.0:
            what = f"{line.valve} would shut while {format_si(flow, D.MOLAR_FLOW)} are asked of its controller"
            yield Finding("R-FLOW", what, step.where, f"write `flow: {{{line.name}: 0 sccm}}`, which shuts both")
    yield from turbo.of_pumping(step, situation, case)
    yield from _output(step.output, step.value, step, case)
    yield from _behind_shut_valve(step.output, step.value, step, situation, case)
    yield from _of_steady(step.output, step.value, step, situation, case)


def of_ramp(step: Ramp, situation: Situation, case: Case) -> Iterator[Finding]:
    """The same of where a ramp ends, and its rate."""
    owner, _, quantity = step.output.partition(".")
    if case.reactor.outputs[step.output].unit.dimension is D.STATE:
        yield Finding("R-VALVE", f"{step.output} is open or closed, nothing between", step.where, "use `set`")
    yield from _output(step.output, step.to, step, case)
    yield from _behind_shut_valve(step.output, step.to, step, situation, case)
    yield from _of_steady(step.output, step.to, step, situation, case)
    if quantity == "setpoint" and owner in case.reactor.zones:
        start = situation.temperature(owner)
        yield from _foil(owner, start, step, case)
        if step.to > start:
            yield from _rate(owner, (step.to - start) / step.duration, step, case)


def _behind_shut_valve(output: str, value: float, step: Step, situation: Situation, case: Case) -> Iterator[Finding]:
    """A flow that is asked of a controller whose gas cannot get out: it opens wide, and F2 or its like would trip."""
    owner, _, quantity = output.partition(".")
    if quantity != "flow_setpoint" or owner not in case.reactor.lines or value == 0.0:
        return
    valve = case.reactor.lines[owner].valve
    if valve and not situation.stands_open(owner):
        what = f"{output} would be {format_si(value, D.MOLAR_FLOW)} while {valve} is shut"
        yield Finding("R-FLOW", what, step.where, f"write `flow: {{{owner}: 20 sccm}}`, which opens both")


def _of_steady(output: str, value: float, step: Step, situation: Situation, case: Case) -> Iterator[Finding]:
    """What the words `vapour` and `throttle` would be refused for, where one of their outputs is moved by itself."""
    owner, _, quantity = output.partition(".")
    source = case.reactor.sources.get(owner)
    if source and source.metered and quantity == "flow_setpoint" and value > 0.0 and owner not in situation.vapours:
        what = f"{output} would be {format_si(value, D.MOLAR_FLOW)} while {source.valve} is shut"
        yield Finding("R-FLOW", what, step.where, f"write `vapour: {{{owner}: 0.6 sccm}}`, which opens both")
    later = set_to(situation, output, value, case.reactor)
    if later != situation:
        yield from of_shut_throttle(step, later)
        yield from of_saturation(step, later, case)


def of_shut_throttle(step: Step, later: Situation) -> Iterator[Finding]:
    """A throttle that would shut over a filament that is lit."""
    if later.lit and later.throttled_shut:
        what = "the throttle would shut while the filament is lit"
        yield Finding("I2", what, step.where, "put the filament out before")


def _output(output: str, value: float, step: Step, case: Case) -> Iterator[Finding]:
    """A value for one output: a temperature, a rate, a flow, or anything else within its range."""
    owner, _, quantity = output.partition(".")
    if quantity == "setpoint" and owner in case.reactor.zones:
        yield from _temperature(owner, value, step, case)
    elif quantity == "rate" and owner in case.reactor.zones:
        yield from _rate(owner, value, step, case)
    elif quantity == "flow_setpoint" and owner in case.reactor.lines:
        yield from _flow_of(owner, value, step, case)
    else:
        yield from in_range(output, value, step, case)


def in_range(output: str, value: float, step: Step, case: Case) -> Iterator[Finding]:
    """A value that an output cannot have."""
    known = case.reactor.outputs[output]
    if not known.low <= value <= known.high:
        low, value_shown, high = (format_si(x, known.unit.dimension) for x in (known.low, value, known.high))
        what = f"{output} cannot be {value_shown}"
        yield Finding("R-RANGE", what, step.where, f"set it from {low} to {high}")


def of_wait(step: Wait, situation: Situation, case: Case) -> Iterator[Finding]:
    """A condition that cannot be read, a generator that is off, a pressure that no dose brings into a shut chamber."""
    try:
        condition = parse_condition(step.until, case.tags, where=step.where)
    except InputError as error:
        yield Finding("R-WAIT", error.what, step.where, error.remedy)
        return
    yield from delivered.of_readiness(step, situation, case)
    yield from turbo.of_waiting(step, situation, case)
    if situation.isolated and condition.tag.name == PRESSURE and condition.symbol.startswith(">"):
        yield from _unreached(condition.limit, step, situation, case)


def _unreached(pressure: float, step: Wait, situation: Situation, case: Case) -> Iterator[Finding]:
    """More than the doses just given bring into a chamber that is shut."""
    fresh = [left.dose for left in situation.residues.values() if left.purged == 0.0]
    given = [exposure.of_dose(dose, situation, case.reactor) for dose in fresh]
    reached = situation.pressure + sum(one.peak for one in given if one is not None)
    if fresh and None not in given and pressure > reached:
        what = f"the shut chamber gets to some {pressure_shown(reached)}, not above {pressure_shown(pressure)}"
        remedy = "write less, or dose longer or more often: a run is held there"
        far = Severity.ERROR if pressure > FAR * reached else Severity.WARNING
        yield Finding("R-EXPOSE", what, step.where, remedy, far)
