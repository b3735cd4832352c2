"""The pressure sensor of a throttle valve: which of its readings are none. Manuals: those of the valves' drivers."""

from vapordep.devices import Reading, bad

BROKEN = -2.0
"""Below this part of full scale, %, a sensor does not measure, whatever its offset."""


def judged(pascal: float, part: float, full_scale: float) -> Reading:
    """The pressure in Pa, of which `part` is that in percent of `full_scale` (Pa), unless it is none.

    A lower bound is BAD: who asks whether the pressure is low enough must not take it for the pressure.
    """
    if part >= 100.0:
        return bad(f"at or above the sensor's full scale of {full_scale:g} Pa")
    if part < BROKEN:
        return bad(f"the sensor reads {part:.1f} % of its full scale: broken or unplugged")
    return pascal
