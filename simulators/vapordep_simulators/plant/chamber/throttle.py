"""The throttle valve between chamber and pump: what a blade lets through, and how it moves."""

from math import cos, pi

from vapordep.simulation.icvd_description import Throttle


def conductance(throttle: Throttle, position: float) -> float:
    """Conductance in m3/s at a `position` from 0 (closed, which does not seal) to 1."""
    return throttle.least + (throttle.most - throttle.least) * (1.0 - cos(position * pi / 2.0))


def pumping(throttle: Throttle, position: float, speed: float) -> float:
    """Pumping speed in m3/s at the chamber: 1/S = 1/S_pump + 1/C."""
    if speed <= 0.0:
        return 0.0
    through = conductance(throttle, position)
    return speed * through / (speed + through)


def moved(throttle: Throttle, position: float, wanted: float, duration: float) -> float:
    """Where the blade is after `duration` s on its way from `position` to `wanted`."""
    most = duration / throttle.stroke
    return position + min(max(min(max(wanted, 0.0), 1.0) - position, -most), most)
