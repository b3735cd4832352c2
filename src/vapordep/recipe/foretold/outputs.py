"""Outputs: what one output that is set or ramped by itself makes of the situation."""

from dataclasses import replace

from vapordep.model.reactor import Reactor
from vapordep.recipe.foretold.gases import flow_to, line_set, unmetered
from vapordep.recipe.foretold.situation import TURBO_OFF, Situation


def set_to(situation: Situation, output: str, value: float, reactor: Reactor) -> Situation:
    """The situation once an output is at a value, in SI units."""
    owner, _, quantity = output.partition(".")
    if quantity == "setpoint" and owner in reactor.zones:
        span = min(situation.coldest(owner), value), max(situation.hottest(owner), value)
        temperatures = {**situation.temperatures, owner: value}
        return replace(situation, temperatures=temperatures, spans={**situation.spans, owner: span})
    if quantity == "flow_setpoint" and owner in reactor.lines:
        return line_set(situation, owner, reactor, setpoint=value)
    for line in reactor.lines.values():
        if output == line.valve:
            return line_set(situation, line.name, reactor, is_open=value != 0.0)
    if quantity == "power" and owner in reactor.sources:
        on = situation.switched_on
        return replace(situation, switched_on=on | {owner} if value != 0.0 else on - {owner})
    turbo = reactor.pump.turbo
    if turbo is not None and output == turbo.power:
        since = 0.0 if situation.turbo in (None, TURBO_OFF) else situation.turbo
        return replace(situation, turbo=TURBO_OFF if value == 0.0 else since)
    if output == reactor.pump.valve:
        return flow_to(replace(situation, pumping=value != 0.0), {}, reactor)
    return _steady(_vapours(situation, output, value, reactor), output, value, reactor)


def _vapours(situation: Situation, output: str, value: float, reactor: Reactor) -> Situation:
    """A steady source that is open flows as its controller or its motor says, until its valve is shut."""
    for name, flow in situation.vapours.items():
        source = reactor.sources[name]
        if output == source.valve:
            flow = flow if value != 0.0 else 0.0
        elif output == f"{name}.flow_setpoint":
            flow = value
        elif source.motor and output == source.motor.setpoint:
            flow = unmetered(source, value, situation)
        else:
            continue
        others = {other: flows for other, flows in situation.vapours.items() if other != name}
        return replace(situation, vapours={**others, name: flow} if flow > 0.0 else others)
    return situation


def _steady(situation: Situation, output: str, value: float, reactor: Reactor) -> Situation:
    """Throttle and filament, as their own steps leave them; a pressure of 0 ends its control."""
    throttle, filament = reactor.throttle, reactor.filament
    if throttle is not None and output == throttle.position_setpoint:
        return replace(situation, held=None, throttled_shut=value == 0.0)
    if throttle is not None and output == throttle.pressure_setpoint:
        if value == 0.0:
            return replace(situation, held=None)
        return replace(situation, held=value, pressure=value, throttled_shut=False)
    if filament is not None and output in (filament.on, filament.voltage_setpoint) and value == 0.0:
        return replace(situation, lit=False)
    return situation
