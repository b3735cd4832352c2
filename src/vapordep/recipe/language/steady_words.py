"""The words of a steady process: vapour, throttle, filament, deposit."""

from vapordep.errors import InputError, RecipeError
from vapordep.files import KeyPath
from vapordep.model.sources import SourceLine
from vapordep.model.steady_steps import Blind, Deposit, HoldPressure, Leg, LetIn, Light, Zero
from vapordep.model.steps import Step
from vapordep.recipe import schema
from vapordep.recipe.language.compiler import Compiler
from vapordep.units import Dimension, format_si, parse

PLACES = {"open": 1.0, "closed": 0.0}
OFF = "off"


def vapour(c: Compiler, path: KeyPath, where: str) -> Step:
    """Steady sources, each open, closed or with its flow."""
    written = c.read(schema.VapourPart, path).root
    steady = {name: source for name, source in c.reactor.sources.items() if source.steady}
    flows: dict[str, float | None] = {}
    places: dict[str, float] = {}
    for name, value in written.items():
        source = steady[c.known(name, steady, "steady source", (*path, name))]
        place = c.document.where((*path, name))
        if value == "closed":
            flows[name] = 0.0
        elif source.motor:
            flows[name] = None
            places[name] = source.motor.at if value == "open" else _place(value, place)
        elif source.metered == (value == "open"):
            what = f"{name} has {'a' if source.metered else 'no'} flow controller{without(source)}"
            remedy = "write a flow, such as 0.6 sccm, or closed" if source.metered else "write open or closed"
            if source.bubbler:
                remedy += f"; `flow: {{{source.through}: 5 sccm}}` sets how much"
            raise RecipeError(what, where=place, remedy=remedy)
        else:
            flows[name] = None if value == "open" else _flow(value, place)
    return LetIn(where=where, flows=flows, places=places)


def without(source: SourceLine) -> str:
    """What a source without a controller has instead, in words."""
    if source.metered:
        return ""
    return f", but the carrier {source.through}" if source.bubbler else ", but a needle"


def _place(written: str, where: str) -> float:
    """Where a motor shall bring its needle."""
    try:
        value = parse(written, Dimension.FRACTION)
    except InputError as error:
        remedy = "write a place of its motor, such as 40 %, or open for the one at which its flow was proven"
        raise RecipeError(error.what, where=where, remedy=remedy) from None
    if not 0.0 < value <= 1.0:
        raise RecipeError(
            f"{written} is no place to let vapour in at", where=where, remedy="write more than 0, up to 100 %"
        )
    return value


def _flow(written: str, where: str) -> float:
    try:
        return parse(written, Dimension.MOLAR_FLOW)
    except InputError as error:
        raise RecipeError(error.what, where=where, remedy=error.remedy) from None


def throttle(c: Compiler, path: KeyPath, where: str) -> Step:
    """A pressure or a place."""
    part = c.read(schema.ThrottlePart, path)
    _needs(c.reactor.throttle, c, "throttle", where)
    _one_of(where, pressure=part.pressure, position=part.position)
    place = PLACES[part.position] if isinstance(part.position, str) else part.position
    return HoldPressure(
        where=where,
        pressure=part.pressure,
        position=place,
        tolerance=part.within,
        steady=part.steady,
        within=part.timeout,
    )


def filament(c: Compiler, path: KeyPath, where: str) -> Step:
    """A temperature or a voltage, or off."""
    _needs(c.reactor.filament, c, "filament", where)
    if c.document.part(path) == OFF:
        return Light(where=where, voltage=0.0, ramp=0.0)
    part = c.read(schema.FilamentPart, path)
    _one_of(where, temperature=part.temperature, voltage=part.voltage)
    return Light(
        where=where,
        temperature=part.temperature,
        voltage=part.voltage,
        ramp=part.ramp,
        tolerance=part.within,
        within=part.timeout,
    )


def deposit(c: Compiler, path: KeyPath, where: str) -> Step:
    """A time, or a thickness with its time."""
    part = c.read(schema.DepositPart, path)
    _needs(c.reactor.filament, c, "filament", where)
    if part.until is not None:
        _needs(c.reactor.microbalance, c, "microbalance", where)
    legs = tuple(_leg(leg, c, (*path, "legs", index)) for index, leg in enumerate(part.legs))
    duration = _duration(part, where)
    return Deposit(where=where, duration=duration, thickness=part.until, blind=Blind(part.blind), legs=legs)


def zero(c: Compiler, path: KeyPath, where: str) -> Step:
    """The crystal."""
    c.read(schema.ZeroPart, path)
    _needs(c.reactor.microbalance, c, "microbalance", where)
    return Zero(where=where)


def _duration(part: schema.DepositPart, where: str) -> float:
    """How long a deposition may take, s: at least as long as its legs."""
    whole = sum(leg.duration for leg in part.legs)
    if part.duration is None and not part.legs:
        raise RecipeError("the deposition has no time", where=where, remedy="write `for: 20 min`, or `legs`")
    if part.duration is not None and part.duration < whole * (1.0 - 1e-9):
        what = f"its legs take {format_si(whole, Dimension.TIME)}, longer than its `for`"
        raise RecipeError(what, where=where, remedy="leave `for` out, or let it be longer")
    return whole if part.duration is None else part.duration


def _leg(part: schema.LegPart, c: Compiler, path: KeyPath) -> Leg:
    where = c.document.where(path)
    steady = {name: source for name, source in c.reactor.sources.items() if source.steady}
    for key, names in (("flows", part.flows), ("shares", part.shares)):
        for name in names:
            c.known(name, steady, "steady source", (*path, key, name))
            if not steady[name].metered:
                what = f"{name} has no flow controller{without(steady[name])}, which cannot change its flow"
                remedy = "write a block for each mix, with a `vapour` step and a `filament` step before its `deposit`"
                raise RecipeError(what, where=c.document.where((*path, key, name)), remedy=remedy)
    if part.flows.keys() & part.shares.keys():
        what = f"{', '.join(part.flows.keys() & part.shares.keys())} has a flow and a share"
        raise RecipeError(what, where=where, remedy="write one of them")
    if part.shares and abs(sum(part.shares.values()) - 1.0) > 1e-3:
        what = f"the shares make {100 * sum(part.shares.values()):.4g} % together"
        raise RecipeError(what, where=where, remedy="let them make 100 %")
    return Leg(part.duration, part.flows, part.shares, part.shape == "s_curve")


def _needs(part: object, c: Compiler, what: str, where: str) -> None:
    if part is None:
        raise RecipeError(f"the reactor {c.reactor.name} has no {what}", where=where, remedy="take one that has")


def _one_of(where: str, **written: object) -> None:
    if sum(value is not None for value in written.values()) != 1:
        names = " or ".join(written)
        raise RecipeError(f"{names}: one of them must be there", where=where, remedy=f"write either {names}")
