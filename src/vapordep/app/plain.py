"""Films and numbers as plain data for JSON, in SI; what is not known is null."""

import math

from vapordep.model.film import Film


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


def number(value: float | None) -> float | None:
    """A number for JSON: None, printed as null, where it is not known."""
    return value if value is not None and math.isfinite(value) else None
