"""Simulated instruments: bytes in, bytes out, with time only as an argument, and one plant behind them all."""

import math
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from typing import ClassVar

from vapordep.simulation.plant import Floats
from vapordep.simulation.shown import Shown
from vapordep.simulation.world import World

Option = str | float | int | bool
Replies = list[tuple[float, bytes]]
"""Pieces of what the instrument says, each with its delay in s after the call."""


class SimInstrument(ABC):
    """An instrument that speaks its manual's bytes and feels the one plant.

    `wiring` gives for each of its terminals, named as its driver's signals are (`flow`, `valve[3]`), the plant's point.
    A terminal that is not wired reads nothing and drives nothing.
    """

    manual: ClassVar[str]
    """Which manual the bytes come from."""
    next_speech: float = math.inf
    """When it will speak unasked, s on the clock; infinity means never."""
    actuations: int = 0
    """How many messages it has obeyed that move a valve; a server notes when each arrived."""
    heard: int = 0
    """How often anything reached it over a simulated line: what it will read may be something else since then."""

    def __init__(
        self, name: str, world: World, wiring: Mapping[str, str], options: Mapping[str, Option], seed: int
    ) -> None:
        self.name = name
        self.world = world
        self.wiring = wiring
        self.options = options
        self.seed = seed

    @abstractmethod
    def feed(self, data: bytes, now: float) -> Replies:
        """What it says to the bytes that arrive at the instant `now`; halves of a command are kept for later."""

    def readings(self, terminals: Collection[str], times: Floats) -> Mapping[str, Shown] | None:
        """What its driver would read at these terminals at `times` (P,), rising, s; None when only asking can tell.

        It must be the bits that asking at these instants would give, and must change nothing: what is foretold may
        never come. None stands for an instrument whose answers depend on having been asked, or that would not answer.
        """
        return None

    def power_up(self, now: float) -> None:
        """Drives its outputs to what they are after switching on; not needed where the plant begins so."""
        return

    def speak(self, now: float) -> Replies:
        """What it says unasked at `next_speech`; sets the next one."""
        return []
