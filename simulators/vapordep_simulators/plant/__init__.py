"""The physics of the simulated reactor in SI units: gas, sources, heat, surface, film; solved in segments."""

from vapordep_simulators.plant.ald import Ald
from vapordep_simulators.plant.forecast import Forecast, forecast
from vapordep_simulators.plant.two_precursor import Precursor, relative_growth, steady_growth

build = Ald
"""Makes the plant from its description; the name by which the house finds it."""

__all__ = ["Ald", "Forecast", "Precursor", "build", "forecast", "relative_growth", "steady_growth"]
