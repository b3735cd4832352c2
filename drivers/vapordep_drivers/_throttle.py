"""Throttle valves with a pressure sensor and a controller of their own. Manuals: those of their drivers.

Two outputs move one blade. A position written to `position_setpoint` ends pressure control, 0 closes and 100 opens. A
pressure written to `pressure_setpoint` starts pressure control, and 0 ends it where the blade is. In a reactor file the
safe position belongs to `position_setpoint`; `pressure_setpoint` has the safe value `leave`.
"""

from abc import abstractmethod

from vapordep.devices import Channel, Device, Options, Reading, bad, readback
from vapordep.devices import setpoint as output
from vapordep.errors import InstrumentRefused
from vapordep.units import Dimension, Pa, Torr, percent, to_si

BROKEN = -2.0
"""Below this part of full scale, %, a sensor does not measure, whatever its offset."""


class Throttle(Device):
    """A blade that is moved to a position, or so that the sensor reads a pressure."""

    pressure = readback(Pa, low=-1e4, high=2e5)
    position = readback(percent, low=0.0, high=100.0)
    position_setpoint = output(percent, low=0.0, high=100.0, disturbs=("pressure_setpoint",))
    pressure_setpoint = output(
        Pa, low=0.0, high=2e5, doc="0: no pressure control, the blade stays where it is",
        disturbs=("position_setpoint",),
    )  # fmt: skip

    full_scale: float
    """Of the sensor, Pa; a driver sets it from its option, by `full_scale_of`."""

    @staticmethod
    def full_scale_of(options: Options) -> float:
        """The option `full_scale`, 10 Torr where it is not given, in Pa."""
        return options.size("full_scale", Dimension.PRESSURE, to_si(10.0, Torr))

    def range(self, channel: Channel) -> tuple[float, float]:
        """A pressure beyond its sensor cannot be held."""
        return (0.0, self.full_scale) if channel.name == "pressure_setpoint" else super().range(channel)

    @abstractmethod
    async def move(self, position: float) -> None:
        """Moves the blade to a position, %, and stops pressure control."""

    @abstractmethod
    async def control(self, pressure: float) -> None:
        """Holds a pressure, Pa, never 0; raises `finer` for one below its smallest step."""

    @abstractmethod
    async def leave_pressure_control(self) -> None:
        """Stops only where it must: a blade that is on its way to a position must not stop before it."""

    @position_setpoint.writer
    async def _write_position(self, value: float) -> None:
        await self.move(value)

    @pressure_setpoint.writer
    async def _write_pressure(self, value: float) -> None:
        if value == 0.0:
            await self.leave_pressure_control()
        else:
            await self.control(value)

    def finer(self, pressure: float, step: float) -> InstrumentRefused:
        """The refusal of a pressure that would be rounded to 0, which means something else; both in Pa."""
        what = f"{pressure:g} Pa is finer than its steps of {step:g} Pa, and 0 is no control"
        return InstrumentRefused(what, where=self.name, remedy="ask for more")

    def judged(self, pascal: float, part: float) -> Reading:
        """The pressure in Pa, of which `part` is that in percent of full scale, unless it is none.

        A lower bound is BAD: who asks whether the pressure is low enough must not take it for the pressure.
        """
        if part >= 100.0:
            return bad(f"at or above the sensor's full scale of {self.full_scale:g} Pa")
        if part < BROKEN:
            return bad(f"the sensor reads {part:.1f} % of its full scale: broken or unplugged")
        return pascal
