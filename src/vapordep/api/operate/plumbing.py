"""The plumbing of a reactor, as its file says: what a mimic draws, and by which tags each thing is known."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import Field

from vapordep.api.answers.answer import Answer
from vapordep.model.reactor import Reactor

SUPPLY = ("on", "voltage", "current", "voltage_setpoint", "current_setpoint")


Tags = Annotated[dict[str, str], Field(description="Tags by quantity; only those that the reactor has.")]


class Line(Answer):
    """A gas line into the chamber."""

    name: str
    gas: str
    purge: bool
    valve: str | None
    tags: Tags


class Bottle(Answer):
    """A source: a bottle with its delivery."""

    name: str
    substance: str
    delivery: str
    valve: str
    zone: str | None
    line: str | None
    content_mol: float | None
    temperature_K: float | None  # noqa: N815 - a unit
    tags: Tags


class Zone(Answer):
    """A heated or cooled zone, and the lines that it carries."""

    name: str
    carries: list[str]
    chiller: bool
    stage: bool
    around_stage: bool
    tags: Tags


class ChamberShown(Answer):
    """The chamber and its gauges."""

    volume_m3: float
    gauges: list[str]
    tags: Tags


class PumpShown(Answer):
    """The way to the pump."""

    valve: str
    soft_valve: str | None
    tags: Tags


class Throttle(Answer):
    """Tags of the throttle valve."""

    position: str | None
    position_setpoint: str | None
    pressure_setpoint: str | None


class Supply(Answer):
    """Tags of a power supply."""

    on: str | None
    voltage: str | None
    current: str | None
    voltage_setpoint: str | None
    current_setpoint: str | None


class FilamentShown(Supply):
    """Tags of the filament."""

    temperature: str | None


class Crystal(Answer):
    """Tags of the microbalance."""

    thickness: str | None


class TreatmentShown(Supply):
    """Tags of a plasma, a lamp or a heater."""

    name: str


class Plumbing(Answer):
    """What a mimic draws, SI; null where the reactor has no such thing."""

    lines: list[Line]
    sources: list[Bottle]
    zones: list[Zone]
    chamber: ChamberShown
    pump: PumpShown
    throttle: Throttle | None
    filament: FilamentShown | None
    microbalance: Crystal | None
    treatments: list[TreatmentShown]


def plumbing(reactor: Reactor) -> dict[str, Any]:
    """Plain data: gases and sources into the chamber, heated zones, and the way to the pump; SI, null where nothing.

    `tags` hold only those that the reactor has, `<thing>.<quantity>` by quantity.
    """
    known = _by_thing(reactor)
    return {
        "lines": [
            {"name": line.name, "gas": line.gas, "purge": line.name == reactor.purge_line, "valve": line.valve or None,
             "tags": known.get(line.name, {})}
            for line in reactor.lines.values()
        ],
        "sources": [
            {"name": source.name, "substance": source.substance, "delivery": source.delivery, "valve": source.valve,
             "zone": source.zone or None, "line": source.line or None, "content_mol": source.content,
             "temperature_K": source.temperature, "tags": known.get(source.name, {})}
            for source in reactor.sources.values()
        ],
        "zones": [
            {"name": zone.name, "carries": list(zone.carries), "chiller": bool(zone.running),
             "stage": zone.name == reactor.stage.zone, "around_stage": zone.name == reactor.stage.surrounded_by,
             "tags": known.get(zone.name, {})}
            for zone in reactor.zones.values()
        ],
        "chamber": {
            "volume_m3": reactor.chamber.volume, "gauges": list(reactor.chamber.gauges),
            "tags": known.get("chamber", {}),
        },
        "pump": {
            "valve": reactor.pump.valve, "soft_valve": reactor.pump.soft_valve or None, "tags": known.get("pump", {}),
        },
        "throttle": _if_there(reactor.throttle, ("position", "position_setpoint", "pressure_setpoint")),
        "filament": _if_there(reactor.filament, (*SUPPLY, "temperature")),
        "microbalance": _if_there(reactor.microbalance, ("thickness",)),
        "treatments": [
            {"name": name, **(_if_there(each, SUPPLY) or {})} for name, each in reactor.treatments.items()
        ],
    }  # fmt: skip


def _by_thing(reactor: Reactor) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for tag in (*reactor.wiring.values(), *reactor.outputs):
        thing, _, quantity = tag.partition(".")
        found.setdefault(thing, {})[quantity] = tag
    return found


def _if_there(part: object | None, names: Iterable[str]) -> Mapping[str, str | None] | None:
    return None if part is None else {name: getattr(part, name) or None for name in names}
