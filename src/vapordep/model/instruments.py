"""Instruments of a reactor, and their signals one by one."""

from collections.abc import Mapping
from dataclasses import field

from vapordep.lazy import dataclass

Scalar = str | float | int | bool


@dataclass(frozen=True, slots=True)
class Cell:
    """One signal of one instrument: `valve[3]` of `valves`."""

    instrument: str
    signal: str
    index: int | None = None

    @property
    def key(self) -> str:
        """The signal with its index, as drivers and simulators name it: `valve[3]`."""
        return self.signal if self.index is None else f"{self.signal}[{self.index}]"


@dataclass(frozen=True, slots=True)
class Instrument:
    """One instrument: its driver's name, its line as a resource string, and the driver's own options."""

    name: str
    driver: str
    line: str
    options: Mapping[str, Scalar] = field(default_factory=dict)
    where: str = ""
    watchdog: float | None = None
    """After so many s without a word it makes its outputs safe by itself, as set at the instrument; None: never."""
