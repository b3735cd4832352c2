"""The loop of a throttle valve's controller: a frozen PI on pressure, or a fixed position, executed by the plant."""

import math
from typing import NamedTuple

from vapordep.lazy import dataclass
from vapordep.units import Dimension
from vapordep_simulators.instruments._settings import Options, quantity

LEAST = 0.03
"""The position, of the stroke, below which pressure control does not go: from there on a blade closes."""
FARTHEST = 0.5
"""Greatest error that the loop acts on, as a natural logarithm of pressure over setpoint."""


class BladeMemory(NamedTuple):
    """What the loop remembers: its last error, the position (0 closed, 1 open) to which it goes, and how far it is."""

    error: float
    aim: float
    position: float


@dataclass(frozen=True, slots=True)
class Blade:
    """Who moves the blade. Frozen: another command makes another, which takes over the memory.

    With a `position` (0 to 1) it is told to go there; without one it holds `setpoint` Pa: the error is the logarithm of
    pressure over setpoint, and the logarithm of the position follows it with `gain` and the integral time `integral` s,
    so that the loop is as fast at any flow. It does not move within `dead_band`, and never faster than the whole
    `stroke` in so many s. `start` is the position where it was when no loop had run yet.
    """

    position: float | None = None
    setpoint: float = 0.0
    gain: float = 2.0
    integral: float = 20.0
    dead_band: float = 0.002
    stroke: float = 1.0
    start: float = 0.0
    period: float = 0.25

    def initial(self, measured: float) -> BladeMemory:
        """Memory of a blade that is switched on: it begins where it is."""
        return BladeMemory(0.0, self.start, self.start)

    def step(self, memory: BladeMemory, measured: float, t: float) -> tuple[BladeMemory, float]:
        """One step at `t` with `measured` Pa: the next memory, and the position wanted until the next step."""
        if self.position is not None:
            return BladeMemory(0.0, self.position, self.position), self.position
        if not measured > 0.0 or self.setpoint <= 0.0:  # a broken sensor (NaN) moves nothing
            return memory, memory.position
        error = min(max(math.log(measured / self.setpoint), -FARTHEST), FARTHEST)
        aim = memory.aim
        if abs(error) >= self.dead_band:
            change = self.gain * (error - memory.error + error * self.period / self.integral)
            aim = min(max(max(aim, LEAST) * math.exp(change), LEAST), 1.0)
        most = self.period / self.stroke
        position = min(max(aim, memory.position - most), memory.position + most)
        return BladeMemory(error, aim, position), position

    def timeless(self, since: float, until: float) -> bool:
        """No step hangs on its instant."""
        return True


def tuned(options: Options) -> Blade:
    """A blade at rest, with a stroke of `stroke` (1 s), tuned on a chamber of `time_constant` (36 s).

    Skogestad, J. Process Control 13 (2003) 291, with the closed loop in 3 s: gain tau/lambda, halved since conductance
    goes as the square of a small position, and the integral time 4 lambda.
    """
    closed = 3.0
    chamber = quantity(options, "time_constant", 36.0, Dimension.TIME)
    stroke = quantity(options, "stroke", 1.0, Dimension.TIME)
    return Blade(position=0.0, gain=0.5 * chamber / closed, integral=min(chamber, 4.0 * closed), stroke=stroke)
