"""The deliveries of a reactor file: what each kind of source must say, may not say, and is wired to."""

from collections.abc import Iterator
from math import inf
from typing import Any

from vapordep.chemistry import Substance, Supply, substance
from vapordep.errors import InputError, ReactorError
from vapordep.model.deliveries import Boost, Bubbler, Generator, Motor
from vapordep.model.instruments import Cell
from vapordep.model.outputs import SafeValue
from vapordep.model.reactor import Reactor
from vapordep.model.sources import (
    BOOSTED,
    BUBBLER,
    GAS,
    GENERATOR,
    MOTOR_NEEDLE,
    NEEDLE,
    VAPOUR_DRAW,
    VAPOUR_MFC,
    SourceLine,
)
from vapordep.reactor.assembly import Assembly
from vapordep.reactor.references import choose
from vapordep.reactor.schema.sources import SourcePart
from vapordep.safety.vapour import expected
from vapordep.units import Dimension, format_si

OZONE, OXYGEN = "ozone", "oxygen"
_NEEDS = {
    VAPOUR_DRAW: ("shortest_pulse",),
    NEEDLE: ("flow",),
    MOTOR_NEEDLE: ("motor", "flow", "at"),
    VAPOUR_MFC: ("controller",),
    BUBBLER: ("through", "pressure"),
    BOOSTED: ("shortest_pulse", "boost"),
    GAS: (),
    GENERATOR: ("shortest_pulse", "through", "fraction", "power", "warm_up"),
}
_MAY = {
    NEEDLE: ("against", "proven"),
    MOTOR_NEEDLE: ("against", "proven"),
    BUBBLER: ("shortest_pulse",),
    GAS: ("pressure", "controller", "shortest_pulse"),
}
_EXAMPLES = {
    "shortest_pulse": "15 ms",
    "flow": "1.2 sccm",
    "against": "20 Pa",
    "proven": "2026-10-01",
    "controller": "vapour_mfc",
    "through": "push, the name of a gas line",
    "pressure": "13 kPa",
    "boost": '{valve: "valves[6]", gas: argon, pressure: 5 kPa}',
    "fraction": "10 %, by weight",
    "power": '"valves[7]"',
    "warm_up": "2 min",
    "motor": "needle_valve",
    "at": "50 %",
}
"""What belongs to some deliveries alone, as it may be written."""


def delivery(assembly: Assembly, name: str, part: SourcePart, known: Substance) -> dict[str, Any]:
    """Checks what the delivery of a source needs, and wires it; the fields of its source line.

    Raises ReactorError for a key that is missing, or that belongs to another delivery.
    """
    _refuse_substance(assembly, name, part, known)
    _refuse_keys(assembly, name, part)
    path = ("sources", name)
    if part.line is not None:
        choose(assembly, part.line, "zone", assembly.parts.zones, *path, "line")
    if part.controller is not None:
        assembly.flow(name, part.controller, 0.0, *path, "controller")
    found: dict[str, Any] = {"shortest_pulse": inf if part.shortest_pulse is None else part.shortest_pulse}
    make = _MAKE.get(part.delivery)
    return found if make is None else found | make(assembly, name, part)


def _refuse_keys(assembly: Assembly, name: str, part: SourcePart) -> None:
    """Raises ReactorError for what is missing, and for what means nothing."""
    kind, path = part.delivery, ("sources", name)
    for key in _NEEDS[kind]:
        if getattr(part, key) is None:
            what = f"{name}, a source of the kind {kind}, does not say its {key}"
            raise ReactorError(what, where=assembly.where(*path), remedy=f"write `{key}: {_EXAMPLES[key]}`")
    for key in _EXAMPLES:
        owners = [other for other in _NEEDS if key in (*_NEEDS[other], *_MAY.get(other, ()))]
        if getattr(part, key) is not None and kind not in owners:
            what = f"{key} means nothing of {name}, a source of the kind {kind}"
            remedy = f"leave it out: it belongs to {' and '.join(owners)}"
            raise ReactorError(what, where=assembly.where(*path, key), remedy=remedy)


def _refuse_substance(assembly: Assembly, name: str, part: SourcePart, known: Substance) -> None:
    """Raises ReactorError for a substance that does not come that way."""
    where = assembly.where("sources", name, "delivery")
    if (part.delivery == GENERATOR) is not (known.supply is Supply.GENERATOR):
        what = f"{known.name} does not come from a {part.delivery}"
        remedy = "write `delivery: generator`" if known.supply is Supply.GENERATOR else "a generator makes ozone"
        raise ReactorError(what, where=where, remedy=remedy)
    if part.delivery == GAS and known.supply is not Supply.GAS:
        what = f"{known.name} is no gas in a cylinder"
        raise ReactorError(what, where=where, remedy="write how its vapour leaves the bottle, such as vapour_draw")


def _through(assembly: Assembly, name: str, part: SourcePart) -> str:
    """The line that carries a source; raises ReactorError when there is none, or when it is the purge gas."""
    line = part.through or ""
    choose(assembly, line, "line", assembly.parts.lines, "sources", name, "through")
    others = [other for other, source in assembly.parts.sources.items() if source.through == line and other != name]
    if line == assembly.parts.purge or others:
        taken = others[0] if others else "the purge"
        what = f"the gas of {line} cannot go through {name}: it belongs to {taken}"
        where = assembly.where("sources", name, "through")
        raise ReactorError(what, where=where, remedy="give it a flow controller of its own, under `lines`")
    return line


def _bubbler(assembly: Assembly, name: str, part: SourcePart) -> dict[str, Any]:
    line = _through(assembly, name, part)
    return {"bubbler": Bubbler(line, part.pressure or 0.0)}


def _boosted(assembly: Assembly, name: str, part: SourcePart) -> dict[str, Any]:
    boost, path = part.boost, ("sources", name, "boost")
    assert boost is not None  # noqa: S101 - for the type checker: it is needed
    try:
        gas = substance(boost.gas).name
    except InputError as error:
        raise ReactorError(error.what, where=assembly.where(*path, "gas"), remedy=error.remedy) from None
    tag = f"{name}.boost_valve"
    cell = assembly.channel(boost.valve, "valve", tag, *path, "valve")
    assembly.output(tag, cell, SafeValue(0.0), *path, "valve")
    return {"boost": Boost(tag, gas, boost.pressure)}


def _generator(assembly: Assembly, name: str, part: SourcePart) -> dict[str, Any]:
    path, line = ("sources", name), _through(assembly, name, part)
    gas = substance(assembly.parts.lines[line].gas).name
    if gas != OXYGEN:
        what = f"{name} would make {OZONE} of {gas}"
        raise ReactorError(what, where=assembly.where(*path, "through"), remedy=f"feed it with {OXYGEN}")
    tag = f"{name}.power"
    cell = assembly.channel(part.power or "", "valve", tag, *path, "power")
    assembly.output(tag, cell, SafeValue(0.0), *path, "power")
    made = Generator(line, part.fraction or 0.0, tag, part.warm_up or 0.0, f"{name}.ready")
    return {"generator": made}


def _gas(assembly: Assembly, name: str, part: SourcePart) -> dict[str, Any]:
    path = ("sources", name)
    if (part.controller is None) is (part.pressure is None):
        what = f"{name}, a gas, must say either its `pressure` behind the regulator or its flow `controller`"
        raise ReactorError(what, where=assembly.where(*path), remedy="write `pressure: 20 kPa` for pulses")
    if (part.controller is None) is (part.shortest_pulse is None):
        what = f"{name} gives pulses where it has a `pressure`, and a steady flow where it has a `controller`"
        remedy = "write `shortest_pulse: 15 ms`" if part.controller is None else "leave out `shortest_pulse`"
        raise ReactorError(what, where=assembly.where(*path), remedy=remedy)
    return {"pressure": part.pressure}


def _motor(assembly: Assembly, name: str, part: SourcePart) -> dict[str, Any]:
    path, motor = ("sources", name, "motor"), part.motor or ""
    position, setpoint = f"{name}_needle.position", f"{name}_needle.position_setpoint"
    assembly.wire(Cell(motor, "position"), position, *path)
    assembly.output(setpoint, Cell(motor, "position_setpoint"), SafeValue(0.0), *path)
    assembly.wire(Cell(motor, "position_setpoint"), setpoint, *path)
    return {"motor": Motor(position, setpoint, part.at or 1.0)}


_MAKE = {BUBBLER: _bubbler, BOOSTED: _boosted, GENERATOR: _generator, GAS: _gas, MOTOR_NEEDLE: _motor}


def wrong_deliveries(reactor: Reactor) -> Iterator[InputError]:
    """Pressures at which a bottle would boil, or push back; sources that no interlock keeps from opening in vain."""
    for source in reactor.sources.values():
        yield from _pressures(source)
        yield from _unguarded(source, reactor)


def _pressures(source: SourceLine) -> Iterator[InputError]:
    around = source.bubbler or source.boost
    if around is None:
        return
    inside = expected(source)(source.temperature)
    if inside >= around.pressure:
        bottle, told = (format_si(pressure, Dimension.PRESSURE) for pressure in (inside, around.pressure))
        what = f"{source.name} has {bottle} by itself, and {told} of gas around its vapour"
        yield ReactorError(what, where=source.where, remedy="keep the bottle colder, or write a higher `pressure`")


def _unguarded(source: SourceLine, reactor: Reactor) -> Iterator[InputError]:
    """A carrier that does not flow, or a generator that is not ready."""
    if source.through:
        needs = {f"{source.through}.flow", f"{source.through}.flow_ratio"}
        told = [f"{source.through}.flow_ratio > 80 %"]
        if source.generator:
            needs, told = {source.generator.ready}, [source.generator.ready]
        rules = [rule for rule in reactor.interlocks if source.valve in rule.guards]
        required = {text.split(" ")[0] for rule in rules for text in rule.require}
        if not needs & required:
            what = f"no interlock keeps {source.valve} shut while {' or '.join(sorted(needs))} is not as it must be"
            remedy = f"add one with `guards: [{source.valve}]` and `require: [{', '.join(told)}]`"
            yield ReactorError(what, where=source.where, remedy=remedy)
