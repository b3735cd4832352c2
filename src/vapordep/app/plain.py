"""Films and numbers as plain data for JSON, in SI; what is not known is null."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from vapordep.model.film import Film, Slab


def film_as_json(film: Film) -> dict[str, object]:
    """A film as plain data: thickness in m, mass in kg/m2."""
    return {
        "thickness_m": number(film.thickness),
        "mass_kg_m2": number(film.mass),
        "layers": [
            {
                "name": layer.name,
                "thickness_m": number(layer.thickness),
                "cycles": layer.cycles,
                "growth_per_cycle_m": number(layer.growth_per_cycle),
                "mass_kg_m2": number(layer.mass),
                "origin": layer.origin.value,
            }
            for layer in film.layers
        ],
    }


def slabs_as_json(slabs: Iterable[Slab]) -> list[dict[str, object]]:
    """A profile as plain data: the upper border in m, and the share of each monomer."""
    return [{"top_m": slab.top, "shares": dict(slab.shares)} for slab in slabs]


def slabs_from(plain: Iterable[Mapping[str, Any]] | None) -> tuple[Slab, ...]:
    """The same read again; nothing of a run that was recorded without one."""
    return tuple(Slab(slab["top_m"], slab["shares"]) for slab in plain or ())


def number(value: float | None) -> float | None:
    """A number for JSON: None, printed as null, where it is not known."""
    return value if value is not None and math.isfinite(value) else None
