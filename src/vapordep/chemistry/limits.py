"""The over-temperature trip of one substrate in one reactor, worked out so that the true foil never melts."""

from collections.abc import Mapping
from math import isfinite

from vapordep.chemistry.substrates import Substrate
from vapordep.errors import ReactorError
from vapordep.lazy import dataclass

ROOM_TEMPERATURE = 293.15
"""K. A stage that may not be set above it has no working room [D]."""


@dataclass(frozen=True, slots=True)
class Trip:
    """The trip temperature in K on the foil's best estimate (stage reading + foil offset), and how it came about.

    `margin` is what it leaves to the melting point, `terms` what that margin must cover (both in K).
    `highest_setpoint` is the warmest foil setpoint that neither breaks the substrate's cap nor trips by its own
    overshoot. `remarks` are for people: what this reactor takes away from what the substrate allows.
    """

    substrate: str
    trip: float
    margin: float
    terms: Mapping[str, float]
    highest_setpoint: float
    remarks: tuple[str, ...]


def worked_out_trip(
    substrate: Substrate,
    *,
    sensor_error: float,
    foil_offset_uncertainty: float,
    overshoot: float,
    max_rate: float,
    reaction_time: float,
) -> Trip:
    """The trip: the substrate's ceiling, or the melting point less everything that can go wrong if that is lower.

    Errors, uncertainty and `overshoot` are in K, `max_rate` is the fastest heating of the foil in K/s, `reaction_time`
    in s from the true excess to the heater being off (age of the reading or the guardian's patience, whichever is
    longer, plus the way to the safe state). The terms add up; none is a root of squares. If the interlock compares an
    estimate that already contains the uncertainty of the offset, give 0 for it here. ReactorError for a term that is
    negative or not finite, and when nothing is left between room temperature and the trip less its overshoot.
    """
    terms = {
        "sensor error": sensor_error,
        "foil offset uncertainty": foil_offset_uncertainty,
        "overshoot": overshoot,
        "heating during reaction": max_rate * reaction_time,
    }
    _check({**terms, "heating rate": max_rate, "reaction time": reaction_time})
    melting_point = substrate.melting_point.value
    trip = min(substrate.trip_ceiling, melting_point - sum(terms.values()))
    highest = min(substrate.cap, trip - overshoot)
    if highest <= ROOM_TEMPERATURE:
        told = ", ".join(f"{name} {kelvin:.1f} K" for name, kelvin in terms.items())
        raise ReactorError(
            f"{substrate.name} could melt in this reactor: a trip at {trip:.1f} K leaves no working room ({told})",
            remedy="Measure the foil offset better, limit the heater's power or shorten the reaction time.",
        )
    return Trip(substrate.name, trip, melting_point - trip, terms, highest, _remarks(substrate, trip, highest))


def _check(terms: Mapping[str, float]) -> None:
    for name, value in terms.items():
        if not (isfinite(value) and value >= 0.0):
            raise ReactorError(f"the {name} is {value!r}", remedy="Give a finite number of at least 0, in K, K/s or s.")


def _remarks(substrate: Substrate, trip: float, highest: float) -> tuple[str, ...]:
    remarks = []
    if trip < substrate.trip_ceiling:
        remarks.append(
            f"this reactor lowers the trip of {substrate.name} from {substrate.trip_ceiling:.1f} to {trip:.1f} K"
        )
    if trip <= substrate.cap:
        remarks.append(f"the trip lies at or below the cap of {substrate.cap:.1f} K: a recipe at the cap would trip")
    if highest < substrate.cap:
        remarks.append(f"setpoints above {highest:.1f} K would trip by their own overshoot")
    return tuple(remarks)
