"""What a drift of each quantity of a pulse most likely comes from, and how large it must be to matter."""

from collections.abc import Mapping

LEAST_CHANGE = 0.02
"""A drift by less than this part is no more than what a bottle's temperature does."""
LEAST_DELAY = 0.1
"""Nor can one of the delay by less than this, in s, be told from when the gauge happened to be asked."""
CAUSES: Mapping[tuple[str, bool], str] = {
    ("area", False): "the bottle gives less: it runs empty, is colder, or its valve or line clogs",
    ("area", True): "the bottle gives more: it is warmer, or its valve closes late",
    ("delay", True): "the pulse shows later: the valve sticks, or its air is low",
    ("delay", False): "the pulse shows sooner: the valve moves more freely than at first, or the gauge lags less",
    ("decay", True): "the chamber clears more slowly: vapour condenses in a line or on walls, or the pump is weaker",
    ("decay", False): "the chamber clears faster: the pump is stronger, or less vapour condenses than at first",
    ("baseline", True): "more gas before the pulse: the carrier flows more, a leak, a valve that seeps, a weaker pump; "
    "or the chamber is hotter",
    (
        "baseline",
        False,
    ): "less gas before the pulse: the carrier flows less, or the pump is stronger; or the chamber is colder",
}
"""By quantity, and whether it rises."""
QUANTITIES = tuple(dict.fromkeys(name for name, _ in CAUSES))


def matters(quantity: str, change: float, centre: float) -> bool:
    """Whether a drift away from `centre` (SI), by `change` as a part of it, says anything of the reactor."""
    if quantity == "delay":
        return abs(change * centre) >= LEAST_DELAY
    return abs(change) >= LEAST_CHANGE
