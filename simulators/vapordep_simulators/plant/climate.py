"""Temperatures of a cell of time, and all that chemistry makes of them: saturation, residual times, rates, growth.

The gas feels temperatures that stand still for a cell of absolute time, so that results do not depend on how time is
cut; between two cells of 2 s a heating of 5 K/min moves them by 0.17 K.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import floor

import numpy as np

from vapordep.chemistry import substance
from vapordep.simulation.description import PlantDescription, VapourSource
from vapordep.units import GAS_CONSTANT
from vapordep_simulators.plant.composition import Composition
from vapordep_simulators.plant.expansion import Floats
from vapordep_simulators.plant.surface import SurfaceRates, surface_rates

CELL = 2.0
"""Seconds of one cell; a power of two, so that its ends are exact."""


def cell_of(t: float) -> int:
    """The cell in which the instant `t` (s) lies."""
    return floor(t / CELL)


@dataclass(frozen=True, slots=True)
class Climate:
    """What holds during the cell `cell`: gas at `temperature` K, one mole of it `pascal` Pa.

    `saturation` (J,) in mol and `warmth` (J,) as in `GasDrive`; `lag_rates` (L,) in 1/s; `surface` rates on the foil.
    """

    cell: int
    temperature: float
    pascal: float
    saturation: Floats
    warmth: Floats
    lag_rates: Floats
    surface: SurfaceRates


class Weather:
    """Makes the climate of a cell from the temperatures at its start."""

    def __init__(self, description: PlantDescription, composition: Composition) -> None:
        self.description = description
        self.composition = composition
        self.pressures = [_saturation(source) for source in description.sources.values()]

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
        saturated = np.array([pressure(kelvin) for pressure, kelvin in zip(self.pressures, bottles, strict=True)])
        pascal = GAS_CONSTANT * gas / description.volume
        foil = zone_temperature(description.stage) + description.foil_offset
        surface = surface_rates(self.composition.chemistry, foil, pascal)
        return Climate(
            cell,
            gas,
            pascal,
            saturated * network.headspace / (GAS_CONSTANT * bottles),
            bottles / gas,
            np.concatenate([surface.release, self.composition.gauge_rates]),
            surface,
        )


def _saturation(source: VapourSource) -> Callable[[float], float]:
    """Saturated pressure in Pa against K; InputError when chemistry has no fit and the source no pressure."""
    if source.pressure is not None:
        regulated = source.pressure
        return lambda kelvin: regulated
    return substance(source.substance).fit(source.pressure_set or None).value
