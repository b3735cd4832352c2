"""What a crystal monitor makes of a quartz crystal's frequency: thickness, rate and life."""

from typing import Any, Final

import numpy as np

from vapordep.lazy import dataclass
from vapordep.simulation.display import Display
from vapordep.simulation.world import World

QUARTZ: Final = 2649.0 * 1668.0
"""Density (kg/m3) times the frequency constant of an AT cut (m/s): kg/m2 of film is this times a change of period."""
AVERAGED: Final = 1.0
"""Over how long a rate is taken, s."""


@dataclass(frozen=True, slots=True)
class Film:
    """What the monitor is told of the film: density in kg/m3, tooling as a fraction, Z-ratio."""

    name: str = "FILM1"
    density: float = 1000.0
    tooling: float = 1.0
    z_ratio: float = 1.0


@dataclass(frozen=True, slots=True)
class Crystal:
    """A crystal as it is measured: `point` of its true frequency (Hz), what is a good one, and when it was zeroed.

    By the period method (Behrndt, J. Vac. Sci. Technol. 8 (1971) 622) with a Z-ratio of one: what another one changes
    is below a thousandth for films of less than a micrometre. A failed crystal has no numbers: NaN.
    """

    world: World
    point: str
    display: Display
    lowest: float = 5.0e6
    highest: float = 6.1e6
    zero: float = 6.0e6
    """Frequency at zero thickness, Hz."""
    since: float = 0.0
    """Before this instant, s, there was nothing to take a rate from."""

    def measured(self, when: Any) -> Any:
        """Its frequency at an instant, or at instants (P,), Hz."""
        if not isinstance(when, np.ndarray):
            return self.display.measure(self.world.read(self.point, when), when)
        return self.display.measure(self.world.values((self.point,), when)[self.point], when)

    def good(self, frequency: Any) -> Any:
        """Whether such a crystal oscillates as it must; NaN does not."""
        return (frequency >= self.lowest) & (frequency <= self.highest)

    def thickness(self, frequency: Any, film: Film) -> Any:
        """Film (m) at a frequency, or at frequencies (P,)."""
        return film.tooling * QUARTZ / film.density * (1.0 / frequency - 1.0 / self.zero)

    def rate(self, frequency: Any, when: Any, film: Film) -> Any:
        """How fast the film grows at an instant, or at instants (P,), m/s, over the last second."""
        before = np.maximum(when - AVERAGED, self.since)
        earlier = self.measured(before if isinstance(when, np.ndarray) else float(before))
        grown = film.tooling * QUARTZ / film.density * (1.0 / frequency - 1.0 / earlier)
        return np.where(self.good(earlier) | np.isnan(frequency), grown / AVERAGED, 0.0)

    def life(self, frequency: Any) -> Any:
        """What is left of it between its highest and lowest frequency, from 0 to 1."""
        part = (frequency - self.lowest) / (self.highest - self.lowest)
        return np.where(self.good(frequency), np.minimum(np.maximum(part, 0.0), 1.0), 0.0)
