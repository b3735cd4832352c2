"""The parts of a reactor file for iCVD: throttle, filament, microbalance, surfaces."""

from vapordep.model.icvd import Filament, MeasuredPressure, Microbalance, Surface, Throttle
from vapordep.model.instruments import Cell
from vapordep.model.outputs import LEAVE, SafeValue
from vapordep.reactor.assembly import Assembly
from vapordep.reactor.references import choose
from vapordep.reactor.safe_values import STATES, missing
from vapordep.reactor.schema.sources import SourcePart

THROTTLE = ("position", "pressure", "position_setpoint", "pressure_setpoint")
SUPPLY = ("voltage", "current", "voltage_setpoint", "current_setpoint")
"""Signals that the driver of a throttle valve, and of a filament's supply, must have."""


def throttle(assembly: Assembly) -> Throttle | None:
    """The throttle, of which the place is made safe; raises ReactorError for a valve that lacks a signal."""
    part, path = assembly.parts.throttle, ("throttle",)
    if part is None:
        return None
    for signal in THROTTLE:
        assembly.wire(Cell(part.valve, signal), f"throttle.{signal}", *path, "valve")
    if part.safe is None:
        raise missing("throttle.position_setpoint", assembly.where(*path), "safe: open")
    place = STATES[part.safe] if isinstance(part.safe, str) else part.safe
    position, pressure = "throttle.position_setpoint", "throttle.pressure_setpoint"
    assembly.output(position, Cell(part.valve, "position_setpoint"), SafeValue(place), *path, "safe")
    held = Cell(part.valve, "pressure_setpoint")
    assembly.output(pressure, held, LEAVE, *path, "valve", hazardous=False)
    return Throttle("throttle.position", position, pressure, assembly.where(*path))


def filament(assembly: Assembly) -> Filament | None:
    """The filament, off in the safe state; raises ReactorError for a supply that lacks a signal."""
    part, path = assembly.parts.filament, ("filament",)
    if part is None:
        return None
    if part.safe is None:
        raise missing("filament.on", assembly.where(*path), "safe: off")
    switch = Cell(part.supply, "output")
    assembly.wire(switch, "filament.on", *path, "supply")
    for signal in SUPPLY:
        assembly.wire(Cell(part.supply, signal), f"filament.{signal}", *path, "supply")
    assembly.output("filament.on", switch, SafeValue(0.0), *path, "safe")
    most = {"voltage_setpoint": part.max_voltage, "current_setpoint": part.max_current}
    volts, amperes = (Cell(part.supply, signal) for signal in most)
    assembly.output(
        "filament.voltage_setpoint", volts, SafeValue(0.0), *path, "max_voltage", most=part.max_voltage
    )  # fmt: skip
    assembly.output(
        "filament.current_setpoint", amperes, LEAVE, *path, "max_current", hazardous=False, most=part.max_current
    )
    temperature = ""
    if part.thermometer is not None:
        temperature = "filament.temperature"
        assembly.wire(Cell(part.thermometer, "temperature"), temperature, *path, "thermometer")
    return Filament(
        on="filament.on",
        voltage="filament.voltage",
        current="filament.current",
        voltage_setpoint="filament.voltage_setpoint",
        current_setpoint="filament.current_setpoint",
        resistance=part.resistance,
        coefficient=part.coefficient,
        hot=(part.hot.voltage, part.hot.temperature),
        temperature=temperature,
        where=assembly.where(*path),
    )


def microbalance(assembly: Assembly) -> Microbalance | None:
    """The crystal; raises ReactorError for an instrument that tells no thickness."""
    part, path = assembly.parts.microbalance, ("microbalance",)
    if part is None:
        return None
    thickness = f"{part.instrument}.thickness"
    assembly.wire(Cell(part.instrument, "thickness"), thickness, *path, "instrument")
    return Microbalance(thickness, part.tooling, assembly.where(*path))


def surfaces(assembly: Assembly) -> dict[str, Surface]:
    """Walls and windows, each as warm as a zone of the file."""
    found = {}
    for name, part in assembly.parts.chamber.surfaces.items():
        with assembly.gathering():
            choose(assembly, part.zone, "zone", assembly.parts.zones, "chamber", "surfaces", name, "zone")
            found[name] = Surface(name, part.zone, part.area, part.offset)
    return found


def measured(part: SourcePart) -> MeasuredPressure | None:
    """What was measured of its vapour pressure."""
    known = part.vapour_pressure
    return None if known is None else MeasuredPressure(known.factor, known.uncertainty, known.measured)
