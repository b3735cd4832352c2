"""The points of the iCVD plant: how each is read from a segment, one instant fast or many at once."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from vapordep.lazy import dataclass
from vapordep.simulation.description import ROOM
from vapordep.simulation.plant import Value
from vapordep.units import GAS_CONSTANT
from vapordep_simulators.plant.chamber.expansion import Floats
from vapordep_simulators.plant.chamber.qcm import frequency
from vapordep_simulators.plant.steady.segment import IcvdSegment, Look, See
from vapordep_simulators.plant.steady.state import Snapshot

if TYPE_CHECKING:
    from vapordep_simulators.plant.steady.icvd import Icvd

MONOLAYER = 5e-6
"""mol/m2 of one monolayer on the crystal: some three molecules on a square nanometre [D]."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads one point: `one` at an instant (s), `many` at instants (P,), which gives the same bits."""

    one: Callable[[IcvdSegment, float], float]
    many: Callable[[IcvdSegment, Floats], Floats]


def readers(plant: "Icvd") -> dict[str, Reader]:
    """A reader for every point of a plant."""
    numeric = [point for point, value in plant.defaults.items() if value is not None]
    return {
        **{point: input_reader(point) for point in numeric},
        **_gas(plant),
        **_flows(plant),
        **_zones(plant),
        **_film(plant),
        **_filament(plant),
        "chiller.temperature": _seen(lambda s: s.chilled.bath),
        "chiller.flow": _each(lambda g, t: plant.description.chilled_stage.flow * _plain(g.inputs["chiller.running"])),
        "chiller.flowing": _each(lambda g, t: _plain(g.inputs["chiller.running"])),
        "throttle.position": _seen(lambda s: s.blade.position),
        "throttle.pressure": _seen(lambda s: s.gauges[0]),
        "throttle.working_setpoint": _each(
            lambda g, t: float(getattr(g.executed(t).blade.memory, "working_setpoint", float("nan")))
        ),
    }


def _gas(plant: "Icvd") -> dict[str, Reader]:
    description, march = plant.description, plant.march
    found = {"chamber.true_pressure": _looked(lambda s, k: float(s.moles.sum()) * _pascal(plant, k))}
    for row, name in enumerate(march.species):
        found[f"chamber.partial.{name}"] = _looked(lambda s, k, row=row: float(s.moles[row]) * _pascal(plant, k))  # type: ignore[misc]
    for row, point in enumerate(description.gauges):
        found[point] = _seen(lambda s, row=row: s.gauges[row])  # type: ignore[misc]
    reaction = march.reaction
    for place, surface in enumerate(reaction.places):
        found[f"{surface}.saturation"] = _looked(lambda s, k, place=place: _saturation(plant, s, k, place))  # type: ignore[misc]
        found[f"{surface}.uptake"] = _looked(lambda s, k, place=place: _uptake(plant, s, k, place))  # type: ignore[misc]
        found[f"{surface}.condensed"] = _seen(lambda s, place=place: float(s.condensed[place].sum()))  # type: ignore[misc]
    return found


def _flows(plant: "Icvd") -> dict[str, Reader]:
    description = plant.description
    found = {}
    for row, (name, feed) in enumerate(description.feeds.items()):
        found[f"{name}.flow"] = _seen(lambda s, row=row: s.feeds[row])  # type: ignore[misc]
        found[f"{name}.pressure"] = _constant(feed.supply_pressure)
        found[f"{name}.temperature"] = _constant(ROOM)
    for row, (name, source) in enumerate(description.sources.items()):
        found[f"{name}.flow"] = _seen(lambda s, row=row: s.flows[row])  # type: ignore[misc]
        if source.stroke is not None:
            found[f"{name}_needle.position"] = _seen(lambda s, row=row: s.needles[row].position)  # type: ignore[misc]
        found[f"{name}.pressure"] = _looked(
            lambda s, k, row=row, z=source.zone, fixed=source.temperature: plant.march.curves[row](  # type: ignore[misc]
                k(z) if z else fixed
            )
        )
        if not source.zone:
            found[f"{name}.temperature"] = _constant(source.temperature)
    return found


def _zones(plant: "Icvd") -> dict[str, Reader]:
    found = {}
    for name, zone in plant.zones.index.items():
        found[f"{name}.temperature"] = _sensed(zone)
        found[f"{name}.true_temperature"] = _warm(zone)
        found[f"{name}.power"] = Reader(
            lambda g, t, zone=zone: g.warming.power(zone, t),  # type: ignore[misc]
            lambda g, times, zone=zone: g.warming.power_all(zone, times),  # type: ignore[misc]
        )
        found[f"{name}.working_setpoint"] = _each(lambda g, t, zone=zone: g.warming.working_setpoint(zone, t))  # type: ignore[misc]
    stage, error = plant.description.stage, plant.description.chilled_stage.sensor_error
    found[f"{stage}.temperature"] = _seen(lambda s: s.chilled.sensor + error)
    found[f"{stage}.true_temperature"] = _seen(lambda s: s.chilled.stage)
    found["foil.temperature"] = _seen(plant.march.reaction.foil)
    return found


def _film(plant: "Icvd") -> dict[str, Reader]:
    balance = plant.description.microbalance
    found = {
        "film.thickness": _seen(lambda s: s.film.height),
        "film.mass": _seen(lambda s: s.film.mass),
        "film.rate": _seen(lambda s: s.rate),
    }
    for number, monomer in enumerate(plant.march.reaction.growth.monomers):
        name = plant.march.species[monomer.row]
        found[f"film.amount.{name}"] = _seen(lambda s, number=number: s.film.amounts[number])  # type: ignore[misc]
        found[f"film.converted.{name}"] = _seen(lambda s, number=number: s.film.converted[number])  # type: ignore[misc]
    if balance is not None:
        found["qcm.mass"] = _looked(lambda s, k: _weighed(plant, s, k))
        found["qcm.frequency"] = _looked(lambda s, k: frequency(balance, _weighed(plant, s, k), s.chilled.stage))
    return found


def _filament(plant: "Icvd") -> dict[str, Reader]:
    error = plant.description.filament.sensor_error
    return {
        "filament.temperature": _seen(lambda s: s.hot.sensor + error),
        "filament.true_temperature": _seen(lambda s: s.hot.wires),
        "filament.voltage": _seen(lambda s: s.hot.voltage),
        "filament.current": _seen(lambda s: s.hot.current),
        "filament.power": _constant(0.0),
    }


def _pascal(plant: "Icvd", kelvins: Callable[[str], float]) -> float:
    return GAS_CONSTANT * kelvins(plant.description.gas_zone) / plant.description.volume


def _saturations(plant: "Icvd", snapshot: Snapshot, kelvins: Callable[[str], float], place: int) -> list[float]:
    reaction = plant.march.reaction
    pressures = (snapshot.moles * _pascal(plant, kelvins)).tolist()
    return reaction.saturations(pressures, reaction.surface_temperatures(snapshot, kelvins)[place])


def _saturation(plant: "Icvd", snapshot: Snapshot, kelvins: Callable[[str], float], place: int) -> float:
    """The sum of P/Psat of the monomers on a surface."""
    return sum(_saturations(plant, snapshot, kelvins, place))


def _uptake(plant: "Icvd", snapshot: Snapshot, kelvins: Callable[[str], float], place: int) -> float:
    """Monolayers of monomer on a surface."""
    return sum(plant.march.reaction.growth.uptakes(_saturations(plant, snapshot, kelvins, place)))


def _weighed(plant: "Icvd", snapshot: Snapshot, kelvins: Callable[[str], float]) -> float:
    """Mass in kg/m2 on the crystal, which is as warm as the stage: film, and what is adsorbed or condensed."""
    reaction, description = plant.march.reaction, plant.description
    uptakes = reaction.growth.uptakes(_saturations(plant, snapshot, kelvins, 0))
    held = sum(u * MONOLAYER * m.molar_mass for u, m in zip(uptakes, reaction.growth.monomers, strict=True))
    for vapour in reaction.condensables:
        amount = float(snapshot.condensed[0, vapour.row]) / description.stage_area
        held += amount * vapour.molar_mass
    return description.tooling * snapshot.film.mass + held


def _plain(value: Value) -> float:
    return float(value) if isinstance(value, float | int) else float("nan")


def _looked(what: Look) -> Reader:
    return Reader(lambda g, t: g.look(what, t), lambda g, times: g.look_all(what, times))


def _seen(what: See) -> Reader:
    return Reader(lambda g, t: g.see(what, t), lambda g, times: g.see_all(what, times))


def _each(one: Callable[[IcvdSegment, float], float]) -> Reader:
    return Reader(one, lambda g, times: np.array([one(g, t) for t in times.tolist()], dtype=np.float64))


def input_reader(point: str) -> Reader:
    """Reads an input as it stands."""
    return Reader(
        lambda g, t: _plain(g.inputs[point]),
        lambda g, times: np.full(len(times), _plain(g.inputs[point])),
    )


def _constant(value: float) -> Reader:
    return Reader(lambda g, t: value, lambda g, times: np.full(len(times), value))


def _warm(zone: int) -> Reader:
    return Reader(lambda g, t: g.warming.temperature(zone, t), lambda g, times: g.warming.temperature_all(zone, times))


def _sensed(zone: int) -> Reader:
    return Reader(lambda g, t: g.warming.sensed(zone, t), lambda g, times: g.warming.sensed_all(zone, times))
