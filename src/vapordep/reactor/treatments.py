"""The part of a reactor file for treatments: plasma and light, off in the safe state, and behind an interlock."""

from functools import partial

from vapordep.chemistry import substrate
from vapordep.errors import ReactorError
from vapordep.model.instruments import Cell
from vapordep.model.outputs import LEAVE, SafeValue
from vapordep.model.treatments import Treatment
from vapordep.reactor.assembly import Assembly
from vapordep.reactor.icvd_parts import SUPPLY
from vapordep.reactor.references import located
from vapordep.reactor.safe_values import missing


def treatment(assembly: Assembly, name: str) -> Treatment:
    """One of them; raises ReactorError for a supply that lacks a signal, and for one that nothing guards."""
    part, path = assembly.parts.treatments[name], ("treatments", name)  # type: ignore[index]
    on, where = f"{name}.on", assembly.where("treatments", name)
    if part.safe is None:
        raise missing(on, where, "safe: off")
    if not any(on in rule.guards for rule in assembly.parts.interlocks):
        raise ReactorError(
            f"no interlock says what must be true before {on}", where=where,
            remedy=f"add one with `guards: [{on}]` that requires vacuum, and a light path or shield that is shut",
        )  # fmt: skip
    switch = Cell(part.supply, "output")
    assembly.wire(switch, on, *path, "supply")
    for signal in SUPPLY:
        assembly.wire(Cell(part.supply, signal), f"{name}.{signal}", *path, "supply")
    assembly.output(on, switch, SafeValue(0.0), *path, "safe")
    volts, amperes = (Cell(part.supply, f"{limit}_setpoint") for limit in ("voltage", "current"))
    assembly.output(f"{name}.voltage_setpoint", volts, SafeValue(0.0), *path, "supply")
    assembly.output(f"{name}.current_setpoint", amperes, LEAVE, *path, "supply", hazardous=False)
    made = Treatment(
        name, on, f"{name}.voltage", f"{name}.current", f"{name}.voltage_setpoint", f"{name}.current_setpoint",
        (part.full.voltage, part.full.power), part.max_power, _substrates(assembly, name),
    )  # fmt: skip
    most = assembly.outputs[made.voltage_setpoint].high
    if made.voltage_for(part.max_power) > most:
        what = f"{part.max_power:g} W would take {made.voltage_for(part.max_power):.3g} V; the supply gives {most:g} V"
        raise ReactorError(what, where=assembly.where(*path, "max_power"), remedy="allow less power")
    return made


def _substrates(assembly: Assembly, name: str) -> tuple[str, ...]:
    found = []
    for index, written in enumerate(assembly.parts.treatments[name].substrates):  # type: ignore[index]
        where = assembly.where("treatments", name, "substrates", index)
        found.append(located(partial(substrate, written), where).name)
    return tuple(found)
