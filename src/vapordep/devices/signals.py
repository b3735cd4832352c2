"""Signals: the table of what an instrument measures and obeys, one line each, in the unit of its manual."""

from collections.abc import Callable, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

from vapordep.lazy import dataclass
from vapordep.model.tags import Quality
from vapordep.units import Unit

F = TypeVar("F", bound=Callable[..., Any])


class Channel(NamedTuple):
    """One signal of a device, with its index when it has several: `valve[3]`. It is hashed many times a reading."""

    name: str
    index: int | None = None  # type: ignore[assignment] # no method of tuples is meant

    def __str__(self) -> str:
        return self.name if self.index is None else f"{self.name}[{self.index}]"


class Signal:
    """One line of a device's table: unit and range as the manual states them, `count` when there are several alike.

    `off` is the value at which an output does nothing: 0 for a flow, closed for a valve.
    """

    writable = False

    def __init__(
        self, unit: Unit, *, low: float, high: float, count: int | None = None, off: float = 0.0, doc: str = ""
    ) -> None:
        self.unit = unit
        self.low = low
        self.high = high
        self.count = count
        self.off = off
        self.__doc__ = doc
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name
        self.channel = Channel(name)
        self._channels = tuple(Channel(name, i) for i in range(self.count or 0))

    def __getitem__(self, index: int) -> Channel:
        return self._channels[index]

    def channels(self) -> tuple[Channel, ...]:
        """All its channels: itself alone, or one an index."""
        return self._channels or (self.channel,)


class Readback(Signal):
    """Something the instrument measures or reports."""


class Setpoint(Signal):
    """Something the instrument obeys, and reports back.

    `disturbs` names other outputs of the instrument that a command to this one may change: two that move one blade.
    """

    writable = True

    def __init__(
        self, unit: Unit, *, low: float, high: float, count: int | None = None, off: float = 0.0, doc: str = "",
        disturbs: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        super().__init__(unit, low=low, high=high, count=count, off=off, doc=doc)
        self.disturbs = disturbs
        self.write: Callable[..., Any] | None = None
        self.encode: Callable[..., Any] | None = None
        self.time_pulse: Callable[..., Any] | None = None
        self.pulse_resolution: float | None = None

    def writer(self, function: F) -> F:
        """Marks `async (self, value)` or, for several alike, `async (self, index, value)` as what writes it."""
        self.write = function
        return function

    def frame(self, function: F) -> F:
        """Marks `(self, [index,] value) -> Frame`: the write as bytes made beforehand, so that an edge is one send."""
        self.encode = function
        return function

    def pulser(self, *, resolution: float) -> Callable[[F], F]:
        """Marks `async (self, [index,] width_s)`: the instrument itself times the pulse, in steps of `resolution` s."""

        def mark(function: F) -> F:
            self.time_pulse = function
            self.pulse_resolution = resolution
            return function

        return mark


readback = Readback
setpoint = Setpoint


@dataclass(frozen=True, slots=True)
class Doubt:
    """A reading that is not simply good: BAD (no value) or UNCERTAIN, and why, in the instrument's own words."""

    value: float
    quality: Quality
    why: str


def bad(why: str) -> Doubt:
    """No value, because the instrument says so: `bad("PROT_OFF")`."""
    return Doubt(float("nan"), Quality.BAD, why)


def uncertain(value: float, why: str) -> Doubt:
    """A value, in the manual's unit, that the instrument itself doubts."""
    return Doubt(value, Quality.UNCERTAIN, why)


Reading = float | Doubt
"""One value in the unit of its signal's manual."""
Readings = Mapping[Channel | Signal, Reading]
"""What one exchange gave."""


class Polled(Generic[F]):
    """A method that asks the instrument once and fills several signals; made by `@poll`."""

    def __init__(self, function: F, every: float, stale_after: float, fills: tuple[Signal, ...] = ()) -> None:
        self.function = function
        self.every = every
        self.stale_after = stale_after
        self.fills = fills
        """The signals that it declares to fill; none: all that no other exchange of its driver declares."""
        self.name = function.__name__.lstrip("_")
        self.__doc__ = function.__doc__


def poll(*, every: float, stale_after: float, fills: tuple[Signal, ...] = ()) -> Callable[[F], Polled[F]]:
    """Declares an exchange: asked each `every` s; what it fills no longer counts after `stale_after` s of silence.

    A driver with several exchanges says which signals each of them `fills`; one may be left to fill all the others.
    """
    if stale_after < 2 * every:
        raise ValueError("stale_after must allow for at least one missed poll")
    return lambda function: Polled(function, every, stale_after, fills)
