"""The chilled stage: bath, stage and sensor, under the filament's radiation; the chiller's own loop."""

from math import exp
from typing import NamedTuple

from vapordep.simulation.icvd_description import ChilledStage

PROPORTIONAL, INTEGRAL = 2.0, 90.0
"""Of the chiller's cascade on the stage's sensor: gain, and integral time in s."""
REACH = 25.0
"""How far in K the bath may be led away from the setpoint by that cascade."""


class Chilled(NamedTuple):
    """Temperatures in K of bath, stage and sensor, and the integral of the cascade in K."""

    bath: float
    stage: float
    sensor: float
    integral: float


class Chiller(NamedTuple):
    """What it is told: setpoint in K, whether it circulates, whether it holds the sensor instead of its bath."""

    setpoint: float
    running: bool
    external: bool


class Cooling:
    """The chilled stage of a description, made ready to be followed in steps of `step` s."""

    def __init__(self, stage: ChilledStage, step: float) -> None:
        self.stage = stage
        self.step = step
        self._sensor = exp(-step / stage.sensor_lag) if stage.sensor_lag > 0.0 else 0.0

    def after(self, now: Chilled, chiller: Chiller, walls: float, room: float, brightness: float) -> Chilled:
        """One step later, with `walls` and `room` in K and the filament's `brightness` on the stage."""
        law, step = self.stage, self.step
        bath, integral = now.bath, 0.0
        if chiller.running:
            target, integral = self._target(now, chiller)
            change = (target - bath) * (1.0 - exp(-step / law.bath))
            bath += min(max(change, -law.rate * step), law.rate * step)
            bath = min(max(bath, law.coldest), law.hottest)
        else:
            bath += (room - bath) * (1.0 - exp(-step / 3600.0))
        coupled = (1.0 if chiller.running else 0.0) + law.loss
        # radiation is stated as the warming of a circulating stage; the walls' part is so small that it counts as none
        towards = ((bath if chiller.running else 0.0) + law.loss * walls + law.rise * brightness) / coupled
        stage = towards + (now.stage - towards) * exp(-step * coupled / law.time_constant)
        middle = 0.5 * (now.stage + stage)
        return Chilled(bath, stage, middle + (now.sensor - middle) * self._sensor, integral)

    def _target(self, now: Chilled, chiller: Chiller) -> tuple[float, float]:
        """What the bath is led to, and the integral; it only grows while the bath can follow."""
        if not chiller.external:
            return chiller.setpoint, 0.0
        error = chiller.setpoint - now.sensor - self.stage.sensor_error
        target = chiller.setpoint + PROPORTIONAL * error + now.integral
        integral = now.integral
        following = abs(target - now.bath) < self.stage.rate * self.stage.bath
        if following or error * integral < 0.0:
            integral = min(max(integral + PROPORTIONAL * error * self.step / INTEGRAL, -REACH), REACH)
        return target, integral
