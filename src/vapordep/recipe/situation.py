"""The situation: what a plan has made of the reactor between two of its steps, as far as the plan alone can tell."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from vapordep.model.plan import Cool, Flow, Heat, LeakCheck, Pump, PumpPurge, Ramp, Set, Step
from vapordep.model.reactor import Reactor
from vapordep.units import GAS_CONSTANT

ATMOSPHERE = 101325.0
"""What the chamber is filled to when a run begins, in Pa."""
ROOM = 293.15
"""What a zone has before it is heated, in K."""


@dataclass(frozen=True, slots=True)
class Situation:
    """Pressure in Pa, flows in mol/s by line (only those that flow), temperatures in K by zone (only those set)."""

    pumped: bool = False
    pressure: float = ATMOSPHERE
    flows: Mapping[str, float] = field(default_factory=dict)
    temperatures: Mapping[str, float] = field(default_factory=dict)

    def temperature(self, zone: str) -> float:
        """The temperature of a zone in K."""
        return self.temperatures.get(zone, ROOM)


BEGINNING = Situation()


def after(situation: Situation, step: Step, reactor: Reactor) -> Situation:
    """The situation once `step`, which is no block, is done."""
    match step:
        case Pump(to=low) | PumpPurge(low=low):
            return replace(situation, pumped=True, pressure=low, flows={})
        case LeakCheck():
            return replace(situation, flows={})
        case Flow(flows=flows):
            return _flowing(situation, flows, reactor)
        case Heat(targets=targets) | Cool(targets=targets):
            return replace(situation, temperatures={**situation.temperatures, **targets})
        case Set(output=output, value=value) | Ramp(output=output, to=value):
            return _output_set(situation, output, value, reactor)
    return situation


def _output_set(situation: Situation, output: str, value: float, reactor: Reactor) -> Situation:
    owner, _, quantity = output.partition(".")
    if quantity == "setpoint" and owner in reactor.zones:
        return replace(situation, temperatures={**situation.temperatures, owner: value})
    if quantity == "flow_setpoint" and owner in reactor.lines:
        return _flowing(situation, {owner: value}, reactor)
    return situation


def _flowing(situation: Situation, changed: Mapping[str, float], reactor: Reactor) -> Situation:
    flows = {line: flow for line, flow in {**situation.flows, **changed}.items() if flow > 0}
    if not situation.pumped:
        return replace(situation, flows=flows)
    chamber = reactor.chamber
    throughput = sum(flows.values()) * GAS_CONSTANT * gas_temperature(situation, reactor)
    return replace(situation, flows=flows, pressure=chamber.ultimate_pressure + throughput / chamber.pumping_speed)


def gas_temperature(situation: Situation, reactor: Reactor) -> float:
    """The temperature of the gas in the chamber in K: that of the hot walls, else of the stage."""
    return situation.temperature(reactor.stage.surrounded_by or reactor.stage.zone)
