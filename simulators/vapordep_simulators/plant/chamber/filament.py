"""The filament: what its supply drives through it, how hot it becomes, and how much it radiates onto the stage."""

from math import exp

from vapordep.simulation.description import ROOM
from vapordep.simulation.icvd_description import Filament

COOL = 308.15
"""The stage temperature in K for which the warming by radiation is stated."""


class Wires:
    """The filament of a description, made ready to be followed."""

    def __init__(self, filament: Filament) -> None:
        self.filament = filament
        span = filament.hot - filament.around
        self.radiant = filament.power * filament.radiated / (filament.hot**4 - filament.around**4)
        self.gas = filament.power * filament.conducted / span
        self.ends = filament.power * (1.0 - filament.radiated - filament.conducted) / span
        slope = 4.0 * self.radiant * filament.hot**3 + self.gas + self.ends
        self.capacity = filament.time_constant * slope
        """Heat capacity in J/K, from how fast it follows when hot."""
        self._bright = filament.hot**4 - COOL**4

    def resistance(self, kelvin: float) -> float:
        """Resistance in ohm at a temperature in K."""
        return self.filament.resistance * (1.0 + self.filament.coefficient * (kelvin - ROOM))

    def supplied(self, on: bool, voltage: float, current: float, kelvin: float, broken: bool) -> tuple[float, float]:
        """Voltage (V) and current (A) at its ends under the limits of the supply: whichever is reached first."""
        if not on or voltage <= 0.0:
            return 0.0, 0.0
        if broken:
            return voltage, 0.0
        flowing = min(max(current, 0.0), voltage / self.resistance(kelvin))
        return flowing * self.resistance(kelvin), flowing

    def after(self, kelvin: float, power: float, around: float, pressure: float, duration: float) -> float:
        """Temperature in K after `duration` s under `power` W, among walls at `around` K, in gas of `pressure` Pa.

        An exponential towards where the losses, linear about the present temperature, balance the power.
        """
        gas = (
            self.gas * (1.0 + self.filament.half_pressure / 20.0) * pressure / (pressure + self.filament.half_pressure)
        )
        conducted = gas + self.ends
        losses = self.radiant * (kelvin**4 - around**4) + conducted * (kelvin - around)
        slope = 4.0 * self.radiant * kelvin**3 + conducted
        return kelvin + (power - losses) / slope * (1.0 - exp(-duration * slope / self.capacity))

    def brightness(self, kelvin: float, stage: float) -> float:
        """Radiation onto a stage at `stage` K over that at the reference temperatures; none onto one as warm."""
        return (kelvin**4 - stage**4) / self._bright
