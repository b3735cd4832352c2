"""Temperatures of a cell of time, and all that chemistry makes of them: saturation, residual times, rates, growth.

The gas feels temperatures that stand still for whole cells of absolute time, so that results do not depend on how time
is cut: at the start of each cell they are looked at, and taken anew when one has moved by more than `HELD`. Between
two cells of 2 s a heating of 5 K/min moves them by 0.17 K.
"""

from collections.abc import Callable, Iterable
from math import floor

import numpy as np

from vapordep.chemistry import substance
from vapordep.lazy import dataclass
from vapordep.simulation.description import PlantDescription, VapourSource
from vapordep.units import GAS_CONSTANT
from vapordep_simulators.plant.chamber.composition import Composition
from vapordep_simulators.plant.chamber.expansion import Floats
from vapordep_simulators.plant.chamber.exposure import SurfaceRates, surface_rates

CELL = 2.0
"""Seconds of one cell; a power of two, so that its ends are exact."""
HELD = 0.02
"""A climate goes on over the next cell while no temperature is further from it than this, in K: 0.1 % of a vapour
pressure, far below what the fits are good for."""


def cell_of(t: float) -> int:
    """The cell in which the instant `t` (s) lies."""
    return floor(t / CELL)


@dataclass(frozen=True, slots=True)
class Climate:
    """What holds during the cell `cell`: gas at `temperature` K, one mole of it `pascal` Pa.

    `made_of` are the temperatures of gas, stage, bottle and line zones in K; `saturation` (J,) in mol and `warmth` (J,)
    as in `GasDrive`; `distilling` (J,) in mol/s from each bottle into its colder line, below 0 back again; `lag_rates`
    (L,) in 1/s; `surface` rates on the foil.
    """

    cell: int
    made_of: tuple[float, ...]
    temperature: float
    pascal: float
    saturation: Floats
    warmth: Floats
    distilling: Floats
    lag_rates: Floats
    surface: SurfaceRates


class Weather:
    """Makes the climate of a cell from the temperatures at its start."""

    def __init__(self, description: PlantDescription, composition: Composition) -> None:
        self.description = description
        self.composition = composition
        self.pressures = [_saturation(source) for source in description.sources.values()]
        ways = [zone for source in description.sources.values() for zone in (source.zone, *source.lines) if zone]
        zones = (description.gas_zone, description.stage, *ways)
        self.zones = tuple(dict.fromkeys(zones))
        """The zones whose temperatures matter."""

    def holds(self, climate: Climate, zone_temperature: Callable[[str], float]) -> bool:
        """Whether a climate may go on over a cell that begins with these true temperatures in K."""
        # a plain loop: asked for every cell, and a generator costs as much as the comparison
        for zone, kelvin in zip(self.zones, climate.made_of, strict=True):
            if abs(zone_temperature(zone) - kelvin) > HELD:
                return False
        return True

    def climate(self, cell: int, zone_temperature: Callable[[str], float]) -> Climate:
        """The climate of a cell; `zone_temperature` gives the true temperature in K of a zone when it begins."""
        description, network = self.description, self.composition.network
        gas = zone_temperature(description.gas_zone)
        bottles = np.array(
            [
                zone_temperature(source.zone) if source.zone else source.temperature
                for source in description.sources.values()
            ]
        )
        lines = [
            min(map(zone_temperature, source.lines), default=kelvin)
            for source, kelvin in zip(description.sources.values(), bottles, strict=True)
        ]
        saturated, borne = self._saturated(bottles), self._saturated(lines)
        pascal = GAS_CONSTANT * gas / description.volume
        foil = zone_temperature(description.stage) + description.foil_offset
        surface = surface_rates(self.composition.chemistry, foil, pascal)
        return Climate(
            cell,
            tuple(zone_temperature(zone) for zone in self.zones),
            gas,
            pascal,
            np.minimum(saturated, borne) * network.headspace / (GAS_CONSTANT * bottles),
            bottles / gas,
            (saturated - borne) * network.conductance / (GAS_CONSTANT * bottles),
            np.concatenate([surface.release, self.composition.gauge_rates]),
            surface,
        )

    def _saturated(self, kelvins: Iterable[float]) -> Floats:
        """The saturated pressure of each source at its temperature (J,), Pa."""
        return np.array([pressure(kelvin) for pressure, kelvin in zip(self.pressures, kelvins, strict=True)])


def _saturation(source: VapourSource) -> Callable[[float], float]:
    """Saturated pressure in Pa against K; InputError when chemistry has no fit and the source no pressure."""
    if source.pressure is not None:
        regulated = source.pressure
        return lambda kelvin: regulated
    return substance(source.substance).fit(source.pressure_set or None).value
