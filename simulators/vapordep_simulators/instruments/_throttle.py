"""A throttle valve as simulated instruments have it: its points, and the blade that it gives the plant."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from vapordep.errors import SimulationError
from vapordep.simulation.instrument import Option, SimInstrument
from vapordep.simulation.plant import Floats
from vapordep.simulation.world import World
from vapordep.units import Dimension, Torr, to_si
from vapordep_simulators.instruments._blade import tuned
from vapordep_simulators.instruments._settings import quantity


class ThrottleValve(SimInstrument):
    """One blade with its pressure sensor.

    Terminals: `pressure` (Pa, its sensor) and `position` (0 to 1) are read; `<part>.controller` is driven, the part
    being what stands before the point of `position`. Options: `full_scale` of the sensor (1333.22 Pa), `time_constant`
    (36 s) of the chamber that it is tuned to, `stroke` (1 s).
    """

    def __init__(
        self, name: str, world: World, wiring: Mapping[str, str], options: Mapping[str, Option], seed: int
    ) -> None:
        super().__init__(name, world, wiring, options, seed)
        if "position" not in wiring:
            raise SimulationError("its position is not wired", where=name, remedy="wire `position` to a point")
        self.full_scale = quantity(options, "full_scale", to_si(10.0, Torr), Dimension.PRESSURE)
        self._position_point = wiring["position"]
        self._pressure_point = wiring.get("pressure")
        self._part = self._position_point.rpartition(".")[0]
        self._blade = tuned(options)

    def here(self, now: float) -> float:
        """Where the blade is, 0 to 1."""
        return self.world.read(self._position_point, now)

    def go(self, position: float, now: float) -> None:
        """Tells the blade to go to a position, 0 to 1."""
        self.world.drive(f"{self._part}.controller", replace(self._blade, position=position), now)

    def hold_pressure(self, setpoint: float, now: float) -> None:
        """Tells the blade to hold a pressure, Pa, from where it is."""
        blade = replace(self._blade, position=None, setpoint=setpoint, start=self.here(now))
        self.world.drive(f"{self._part}.controller", blade, now)

    def truth(self, times: Floats) -> Mapping[str, Floats]:
        """Positions (0 to 1) and pressures (Pa) at instants (P,), by their points."""
        points: Collection[str] = [p for p in (self._position_point, self._pressure_point) if p is not None]
        return self.world.values(points, times)
