"""The loop of a temperature controller: a frozen PID with working setpoint, executed by the plant on its grid."""

import math
from typing import NamedTuple

import numpy as np

from vapordep.lazy import dataclass
from vapordep.simulation.plant import Floats

REMOTE_HOLDS = 5.0
"""A remote setpoint that is not renewed for so long, in s, no longer counts, where the instrument watches it."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """Gain in power (0..1) a kelvin, integral and derivative time in s (0: none), power a K/s of ramp ahead."""

    gain: float
    integral: float
    derivative: float
    ramp_power: float = 0.0


def simc(gain: float, time_constant: float, dead_time: float) -> Tuning:
    """Tuning of a zone that ends `gain` K higher at full power, with time constant and dead time in s.

    Skogestad, J. Process Control 13 (2003) 291: Kc = tau/(K (lambda + theta)), Ti = min(tau, 4 (lambda + theta)), here
    with lambda = 2 theta. While the setpoint ramps, the power that the ramp itself takes, tau/K a K/s, is given ahead:
    an integral that had to find it would overshoot by what it found.
    """
    closed = 2.0 * dead_time
    integral = min(time_constant, 4.0 * (closed + dead_time))
    return Tuning(time_constant / (gain * (closed + dead_time)), integral, 0.0, time_constant / gain)


@dataclass(frozen=True, slots=True)
class Ramp:
    """A working setpoint that goes from `start` K at `since` s to `target` K at `rate` K/s (0: at once)."""

    target: float
    start: float = 0.0
    since: float = 0.0
    rate: float = 0.0

    def course(self, t: float) -> tuple[float, float]:
        """The working setpoint at `t` in K, and how fast it goes in K/s."""
        way = self.target - self.start
        done = self.rate * (t - self.since) if t > self.since else 0.0
        if self.rate <= 0.0 or done >= abs(way):
            return self.target, 0.0
        return (self.start + done, self.rate) if way > 0.0 else (self.start - done, -self.rate)

    def at(self, t: float) -> float:
        """The working setpoint at `t`, K."""
        return self.course(t)[0]

    def at_all(self, times: Floats) -> Floats:
        """`at` for instants (P,), to the last bit."""
        way = self.target - self.start
        if self.rate <= 0.0:
            return np.full(len(times), self.target)
        done = self.rate * np.maximum(times - self.since, 0.0)
        under_way = self.start + done if way > 0.0 else self.start - done
        return np.where(done >= abs(way), self.target, under_way)

    def over(self, t: float) -> bool:
        """Whether the working setpoint has reached its target at `t`, and stays there."""
        return self.course(t) == (self.target, 0.0)

    def slope(self, t: float) -> float:
        """How fast the working setpoint goes at `t`, K/s."""
        return self.course(t)[1]


class Memory(NamedTuple):
    """What the loop remembers: integral (power), temperature (K) and power of the last step, working setpoint (K)."""

    integral: float
    measured: float
    power: float
    working_setpoint: float


@dataclass(frozen=True, slots=True)
class Loop:
    """The controller of one zone. Frozen: a write to the instrument makes another, which takes over the memory.

    `low` and `high` limit the power (0..1), `slew` how fast it may change (1/s; infinite without a limit). `manual` is
    a fixed power; `oscillating` the on-off control of a tuning run. A measured NaN, a broken sensor, gives no power.
    With `expires` (s) the target counts only until then, `fallback` (K) afterwards. `first_power` (0..1) is what the
    zone had when no loop had run on it yet.
    """

    tuning: Tuning
    ramp: Ramp
    period: float = 0.25
    low: float = 0.0
    high: float = 1.0
    slew: float = math.inf
    manual: float | None = None
    oscillating: bool = False
    expires: float = math.inf
    fallback: float = 0.0
    first_power: float = 0.0

    def working_setpoint(self, t: float) -> float:
        """The setpoint that the loop follows at `t`, K."""
        return self.ramp.at(t) if t < self.expires else self.fallback

    def initial(self, measured: float) -> Memory:
        """Memory of a loop that is switched on at `measured` K: it goes on from the power there is."""
        return Memory(self.first_power, measured, self.first_power, measured)

    def step(self, memory: Memory, measured: float, t: float) -> tuple[Memory, float]:
        """One step at `t`: the next memory, and the power until the next step."""
        setpoint, slope = self.ramp.course(t)
        if t >= self.expires:
            setpoint = self.fallback
        if measured != measured:
            return Memory(0.0, memory.measured, 0.0, setpoint), 0.0
        error = setpoint - measured
        if self.manual is not None:
            # The integral follows, so that the way back to automatic is bumpless.
            integral, power = self.manual - self.tuning.gain * error, self.manual
        elif self.oscillating:
            integral, power = memory.integral, self.high if error > 0.0 else self.low
        else:
            integral, power = self._pid(memory, measured, error, slope)
        if self.slew < math.inf:
            most = self.slew * self.period
            power = _limited(power, memory.power - most, memory.power + most)
        power = _limited(power, self.low, self.high)
        return Memory(integral, measured, power, setpoint), power

    def timeless(self, since: float, until: float) -> bool:
        """Whether the setpoint stands still from the instant `since` to `until` (s)."""
        if self.expires < math.inf and since < self.expires <= until:
            return False
        return self.ramp.over(since)

    def _pid(self, memory: Memory, measured: float, error: float, slope: float) -> tuple[float, float]:
        tuning = self.tuning
        proportional = tuning.gain * error
        rest = proportional + tuning.ramp_power * slope
        if tuning.derivative and memory.measured == memory.measured:
            rest -= tuning.gain * tuning.derivative * (measured - memory.measured) / self.period
        integral = grown = memory.integral
        if tuning.integral > 0.0:
            grown += proportional * self.period / tuning.integral
        # At a limit the integral only goes back from it, and is never more than all the power there is.
        wanted = grown + rest
        if (wanted > self.high and error > 0.0) or (wanted < self.low and error < 0.0):
            grown = integral
        grown = _limited(grown, self.low, self.high)
        return grown, grown + rest


def _limited(value: float, low: float, high: float) -> float:
    """As `min(max(value, low), high)`, which takes five times as long on the plant's fastest path."""
    return low if value < low else high if value > high else value
