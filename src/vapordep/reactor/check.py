"""The check of a whole reactor: what only shows when all its parts are known."""

import re
from collections.abc import Iterator, Mapping
from itertools import combinations

from vapordep.chemistry import Substrate, substrate
from vapordep.devices.device import Device
from vapordep.devices.framing import Framing
from vapordep.devices.framings.modbus import Rtu, Tcp
from vapordep.devices.options import SERIAL
from vapordep.errors import InputError, ReactorError
from vapordep.files import KeyPath
from vapordep.model.interlocks import InterlockRule
from vapordep.model.outputs import Output
from vapordep.model.reactor import Reactor
from vapordep.model.tags import Tag, TagKind
from vapordep.reactor.assembly import Assembly
from vapordep.reactor.deliveries import wrong_deliveries
from vapordep.reactor.table import tag_table, with_derived
from vapordep.safety.conditions import parse_condition, with_deadband
from vapordep.safety.interlocks.hard import refuse_gases, refuse_reserved
from vapordep.safety.substances import foil_trip
from vapordep.units import Dimension, format_si

_LOOPBACK = re.compile(r"//(127\.0\.0\.1|localhost|\[::1\]):")
"""A line to a simulated instrument, as `vapordep simulate` writes it."""


def check(reactor: Reactor, assembly: Assembly) -> None:
    """Adds to the findings of `assembly`: gases and heaters that harm a substrate, tags that nobody knows."""
    with assembly.gathering():
        refuse_reserved(reactor.interlocks)
    tags = filled = tag_table(reactor)
    for index, name in enumerate(reactor.substrates):
        with assembly.gathering():
            tags = tags | _fit_for(reactor, substrate(name), filled, assembly.where("substrates", index))
    for rule, (text, path) in _conditions(reactor):
        with assembly.gathering():
            parse_condition(text, tags, where=assembly.where("interlocks", rule, *path))
    for number, item in enumerate(reactor.interlocks):
        with assembly.gathering():
            _deadband(item, tags, assembly.where("interlocks", number, "deadband"))
    assembly.findings.extend(_clashes_on_a_wire(reactor, assembly.devices))
    states = [*assembly.state_tags(), *(name for name, tag in tags.items() if _is_derived_state(tag))]
    assembly.findings.extend(_unknown_inputs(reactor, states))
    assembly.findings.extend(_heating_in_the_safe_state(reactor))
    assembly.findings.extend(_unwatched_zones(reactor))
    assembly.findings.extend(wrong_deliveries(reactor))
    assembly.findings.extend(_real_lines_called_simulated(reactor, assembly.where("simulated")))


def _fit_for(reactor: Reactor, coated: Substrate, filled: dict[str, Tag], where: str) -> dict[str, Tag]:
    """Every tag there is with this substrate on the stage; ReactorError when gases or heaters would harm it."""
    refuse_gases(reactor, coated)
    try:
        limit = foil_trip(reactor, coated, filled).highest_setpoint
    except ReactorError as error:
        raise ReactorError(error.what, where=where, remedy=error.remedy) from None
    for output in _heaters_of_the_foil(reactor):
        hottest = (output.safe.value or 0.0) + reactor.stage.foil_offset + reactor.stage.uncertainty
        if hottest > limit:
            raise ReactorError(
                f"in the safe state {output.tag} could bring the foil to {_shown(hottest)}; "
                f"{coated.name} bears {_shown(limit)} here",
                where=output.where,
                remedy="write `safe: off`",
            )
    return with_derived(filled, reactor, coated)


def _conditions(reactor: Reactor) -> Iterator[tuple[int, tuple[str, KeyPath]]]:
    """Each condition of each interlock, with where it stands."""
    for index, rule in enumerate(reactor.interlocks):
        yield from ((index, condition) for condition in _of(rule))


def _of(rule: InterlockRule) -> Iterator[tuple[str, KeyPath]]:
    if rule.when:
        yield rule.when, ("when",)
    yield from ((text, ("require", number)) for number, text in enumerate(rule.require))


def _deadband(rule: InterlockRule, tags: Mapping[str, Tag], where: str) -> None:
    """Raises ReactorError unless the deadband fits the conditions; what is wrong with those is told elsewhere."""
    if rule.deadband:
        try:
            conditions = [parse_condition(text, tags) for text in rule.require]
        except ReactorError:
            return
        with_deadband(conditions, rule.deadband, where=where)


def _clashes_on_a_wire(reactor: Reactor, devices: Mapping[str, Device]) -> Iterator[InputError]:
    """Instruments may share a wire when they can be told apart, and speak alike and at one speed."""
    for first, second in combinations(reactor.instruments.values(), 2):
        if first.line != second.line:
            continue
        one, other = devices[first.name].framing, devices[second.name].framing
        if one.text != other.text:
            what = f"on {first.line} are {first.name} and {second.name}, which speak differently"
            yield ReactorError(what, where=second.where, remedy="give each its own line")
        if first.driver == second.driver and (first.options == second.options or _same_unit(one, other)):
            what, remedy = f"{first.name} and {second.name} are the same instrument", "give each its own address"
            yield ReactorError(what, where=second.where, remedy=remedy)
        if any(first.options.get(key) != second.options.get(key) for key in SERIAL):
            what, remedy = f"{first.name} and {second.name} share a wire but not its settings", "give both the same"
            yield ReactorError(what, where=second.where, remedy=f"{remedy} {', '.join(sorted(SERIAL))}")


def _same_unit(one: Framing, other: Framing) -> bool:
    """Whether both ask the same Modbus unit, also where one of them names it and the other takes the usual one."""
    return isinstance(one, Rtu | Tcp) and isinstance(other, Rtu | Tcp) and one.unit == other.unit


def _unknown_inputs(reactor: Reactor, states: list[str]) -> Iterator[InputError]:
    """A safe value may depend only on something that is open or closed, on or off."""
    for output in reactor.outputs.values():
        for unknown in (tag for tag in output.safe.depends_on if tag not in states):
            yield ReactorError(
                f"the safe value of {output.tag} depends on {unknown!r}, which is no state",
                where=output.where,
                remedy=f"name something that is open or closed, on or off: {', '.join(states)}",
            )


def _unwatched_zones(reactor: Reactor) -> Iterator[InputError]:
    """A heater whose sensor may fall silent unnoticed is refused."""
    for name, zone in reactor.zones.items():
        reads = f"{name}.temperature"
        watched = (text for rule in reactor.interlocks if rule.trips for text in rule.require)
        if not any(text.startswith(f"{reads} ") for text in watched):
            yield ReactorError(
                f"no interlock trips when {reads} is wrong or silent",
                where=zone.where,
                remedy=f"add one with `require: [{reads} > -20 degC, {reads} < 450 degC]` and `trip_after: 2 samples`",
            )


def _real_lines_called_simulated(reactor: Reactor, where: str) -> Iterator[InputError]:
    """Only instruments on this computer can be simulated; gas from others would be recorded as a dry run for ever."""
    for instrument in reactor.instruments.values():
        if reactor.simulated and not _LOOPBACK.search(instrument.line):
            yield ReactorError(
                f"{instrument.name} is on {instrument.line}, which is not this computer: it is not simulated",
                where=where,
                remedy="take `simulated` out of the file of a real reactor",
            )


def _is_derived_state(tag: Tag) -> bool:
    return tag.kind is TagKind.DERIVED and tag.dimension is Dimension.STATE


def _heating_in_the_safe_state(reactor: Reactor) -> Iterator[InputError]:
    """The safe state must end an over-temperature of the foil."""
    for output in _heaters_of_the_foil(reactor):
        if output.safe.value is None:
            yield ReactorError(
                f"the safe state leaves {output.tag} as it is and could not end an over-temperature",
                where=output.where,
                remedy="write `safe: off`",
            )


def _heaters_of_the_foil(reactor: Reactor) -> Iterator[Output]:
    """Setpoints of the heaters that decide how hot the substrate becomes."""
    for zone in (reactor.stage.zone, reactor.stage.surrounded_by):
        if zone:
            yield reactor.outputs[f"{zone}.setpoint"]


def _shown(temperature: float) -> str:
    return format_si(temperature, Dimension.TEMPERATURE)
