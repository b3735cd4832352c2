"""Settings of a simulated instrument: what its options say, and how fast its wire is."""

from collections.abc import Mapping

from vapordep.errors import SimulationError
from vapordep.simulation.instrument import Option
from vapordep.units import Dimension, parse

Options = Mapping[str, Option]


def quantity(options: Options, key: str, default: float, dimension: Dimension, index: int | None = None) -> float:
    """An option in SI: a quantity with its unit ("100 sccm"), or a bare number already in SI.

    With `index`, `key[index]` counts more than `key`. Raises UnitError for a wrong unit.
    """
    value = options.get(key, default)
    if index is not None:
        value = options.get(f"{key}[{index}]", value)
    return parse(value, dimension) if isinstance(value, str) else float(value)


def whole(options: Options, key: str, default: int, low: int, high: int) -> int:
    """A whole number within [low, high]. Raises SimulationError."""
    value = options.get(key, default)
    if not isinstance(value, int | float) or value != int(value) or not low <= value <= high:
        raise SimulationError(f"{key} is {value!r}", remedy=f"give a whole number from {low} to {high}")
    return int(value)


def one_of(options: Options, key: str, default: str, allowed: tuple[str, ...]) -> str:
    """One of a few words, in any case. Raises SimulationError."""
    value = str(options.get(key, default))
    for word in allowed:
        if value.lower() == word.lower():
            return word
    raise SimulationError(f"{key} is {value!r}", remedy=f"give one of {', '.join(allowed)}")


class Wire:
    """When the bytes of an instrument are through: it thinks, then sends them one after the other.

    `baud` in bit/s with 10 bits a byte (8N1); 0 stands for a network, whose bytes take no time. `think` in s.
    A second command waits until the first is answered.
    """

    def __init__(self, baud: int, think: float) -> None:
        self._byte = 10.0 / baud if baud else 0.0
        self._think = think
        self._free = 0.0

    def delay(self, now: float, asked: int, said: int) -> float:
        """Seconds from `now` until a reply of `said` bytes to a command of `asked` bytes has arrived whole."""
        begin = max(now + asked * self._byte, self._free)
        self._free = begin + self._think + said * self._byte
        return self._free - now
