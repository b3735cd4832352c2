"""What a film was thicker, or thinner, in the end than the crystal said when its deposition was ended."""

from collections.abc import Mapping

from vapordep.lazy import dataclass

PRESSURE_ALIKE, FILAMENT_ALIKE, STAGE_ALIKE = 0.1, 10.0, 3.0
"""Conditions are alike within this part of the pressure, and so many K of filament and stage."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """Under what a film grows: pressure wanted in Pa, filament and stage in K; NaN where nobody reads them."""

    pressure: float
    filament: float
    stage: float

    def alike(self, other: "Conditions") -> bool:
        """Whether what was seen under these may be expected under the others; what both do not know is alike."""
        return (
            _near(self.pressure, other.pressure, PRESSURE_ALIKE * max(self.pressure, other.pressure))
            and _near(self.filament, other.filament, FILAMENT_ALIKE)
            and _near(self.stage, other.stage, STAGE_ALIKE)
        )


@dataclass(frozen=True, slots=True)
class Overshoot:
    """`grown` m more than the crystal said at the end of the deposition at `place`, a recipe file's name and line."""

    place: str
    grown: float
    conditions: Conditions

    def told(self) -> Mapping[str, str | float]:
        """As an event keeps it."""
        return {
            "overshoot_m": self.grown,
            "overshoot_at": self.place,
            "pressure_Pa": self.conditions.pressure,
            "filament_K": self.conditions.filament,
            "stage_K": self.conditions.stage,
        }

    @classmethod
    def heard(cls, told: Mapping[str, object]) -> "Overshoot | None":
        """From an event's data; None where it tells none."""
        grown, place = told.get("overshoot_m"), told.get("overshoot_at")
        if not isinstance(grown, float) or not isinstance(place, str):
            return None
        return cls(
            place, grown, Conditions(*(_number(told.get(key)) for key in ("pressure_Pa", "filament_K", "stage_K")))
        )


def _near(one: float, other: float, within: float) -> bool:
    return abs(one - other) <= within or (one != one and other != other)


def _number(value: object) -> float:
    return float(value) if isinstance(value, float | int) else float("nan")
