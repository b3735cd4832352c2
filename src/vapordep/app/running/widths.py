"""How far the valves of the plant kept to the planned widths of the pulses."""

from collections.abc import Iterable, Mapping, Sequence

from vapordep.model.pulses import PulseIntent
from vapordep.model.reactor import Reactor

Moves = Sequence[tuple[float, float]]
"""When a valve of the plant moved, in s on the clock, and whether it opened (1) or closed (0)."""


def largest_width_error(reactor: Reactor, intents: Iterable[PulseIntent], valves: Mapping[str, Moves]) -> float:
    """The largest difference in s between planned width and the time the plant's valve was open.

    NaN without pulses, or when a valve did not move as often as it was pulsed.
    """
    widths = {tag: _widths(moves) for tag, moves in valves.items()}
    errors = []
    taken: dict[str, int] = {}
    for intent in intents:
        valve = reactor.sources[intent.source].valve
        number = taken.get(valve, 0)
        taken[valve] = number + 1
        if number >= len(widths.get(valve, ())):
            return float("nan")
        errors.append(abs(widths[valve][number] - (intent.planned_close - intent.planned_open)))
    return max(errors, default=float("nan"))


def _widths(moves: Moves) -> list[float]:
    """How long the valve was open each time."""
    opened = [time for time, state in moves if state > 0.5]
    closed = [time for time, state in moves if state <= 0.5]
    closed = [time for time in closed if opened and time > opened[0]]
    return [close - open_ for open_, close in zip(opened, closed, strict=False)]
