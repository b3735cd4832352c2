"""The plumbing of a reactor, as its file says: what a mimic draws, and by which tags each thing is known."""

from collections.abc import Iterable, Mapping
from typing import Any

from vapordep.model.reactor import Reactor

SUPPLY = ("on", "voltage", "current", "voltage_setpoint", "current_setpoint")


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
