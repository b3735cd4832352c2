"""Between the model's frozen data and rows of tables. NaN is NULL in a row: a number nobody knows."""

import json
import math
from collections.abc import Mapping
from typing import Any

from sqlalchemy import RowMapping

from vapordep.lazy import dataclass
from vapordep.model.events import Event, Kind
from vapordep.model.film import FilmLayer, Origin
from vapordep.model.pulses import PulseIntent, PulseRecord, Verdict
from vapordep.model.tags import Tag
from vapordep.units import Dimension, Unit

Row = Mapping[str, Any] | RowMapping


@dataclass(frozen=True, slots=True)
class PlannedPulse:
    """A pulse of which only the intent was written: the process went away before it was over."""

    intent: PulseIntent


def tag_row(tag: Tag) -> dict[str, Any]:
    """The row of `tags` for one tag."""
    unit = tag.unit
    return {
        "tag": tag.name,
        "unit": unit.symbol,
        "dimension": unit.dimension.value,
        "factor": unit.factor,
        "offset": unit.offset,
    }


def unit_from(row: Row) -> Unit:
    """The unit in which a person reads a tag, as it was when the run was recorded."""
    if not (isinstance(row["factor"], float) and row["factor"] and isinstance(row["offset"], float)):
        raise TypeError("a unit is a factor, which is not 0, and an offset")
    return Unit(row["unit"], Dimension(row["dimension"]), row["factor"], row["offset"])


def event_from(row: Row) -> Event:
    """The event in a row of `events`. Raises TypeError or ValueError for what nobody wrote so."""
    data = json.loads(row["data"])
    if not (isinstance(row["t"], float) and isinstance(row["text"], str) and isinstance(data, dict)):
        raise TypeError("an instant, a text and an object are wanted")
    return Event(row["t"], Kind(row["kind"]), row["text"], data)


def intent_row(intent: PulseIntent) -> dict[str, Any]:
    """The row of `pulses` before the pulse: what was measured is not known yet."""
    return {
        "number": intent.number,
        "source": intent.source,
        "step": intent.step,
        "cycle": intent.cycle,
        "planned_open_s": intent.planned_open,
        "planned_close_s": intent.planned_close,
        **dict.fromkeys(_MEASURED.values()),
        "width_s": None,
        "verdict": None,
    }


def pulse_row(pulse: PulseRecord) -> dict[str, Any]:
    """The row of `pulses` after the pulse."""
    measured = {column: null(getattr(pulse, name)) for name, column in _MEASURED.items()}
    return intent_row(pulse.intent) | measured | {"width_s": null(pulse.width), "verdict": str(pulse.verdict)}


_MEASURED = {
    "commanded_open": "commanded_open_s",
    "commanded_close": "commanded_close_s",
    "acknowledged_open": "acknowledged_open_s",
    "acknowledged_close": "acknowledged_close_s",
    "baseline": "baseline_pa",
    "peak": "peak_pa",
    "area": "area_pa_s",
}


def pulse_from(row: Row) -> PulseRecord | PlannedPulse:
    """The pulse in a row of `pulses`."""
    begin, end = row["planned_open_s"], row["planned_close_s"]
    if not (isinstance(begin, float) and isinstance(end, float) and isinstance(row["cycle"], int)):
        raise TypeError("instants and the number of a cycle are wanted")
    intent = PulseIntent(row["number"], row["source"], row["step"], row["cycle"], begin, end)
    if row["verdict"] is None:
        return PlannedPulse(intent)
    measured = {name: number(row[column]) for name, column in _MEASURED.items()}
    return PulseRecord(intent, **measured, verdict=Verdict(row["verdict"]))


def film_row(position: int, layer: FilmLayer) -> dict[str, Any]:
    """The row of `film_layers` for the layer at that place of the stack."""
    return {
        "position": position,
        "name": layer.name,
        "thickness_m": null(layer.thickness),
        "cycles": layer.cycles,
        "growth_per_cycle_m": null(layer.growth_per_cycle),
        "mass_kg_m2": null(layer.mass),
        "origin": str(layer.origin),
    }


def layer_from(row: Row) -> FilmLayer:
    """The layer in a row of `film_layers`."""
    return FilmLayer(
        row["name"],
        number(row["thickness_m"]),
        row["cycles"],
        number(row["growth_per_cycle_m"]),
        number(row["mass_kg_m2"]),
        Origin(row["origin"]),
    )


def null(value: float) -> float | None:
    """A number as a row takes it."""
    return None if math.isnan(value) else float(value)


def number(value: float | None) -> float:
    """A number as the model takes it."""
    return math.nan if value is None else float(value)
