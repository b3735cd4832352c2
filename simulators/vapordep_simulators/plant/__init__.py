"""The physics of the simulated reactors in SI units: gas, sources, heat, surface, film; solved in segments."""

from vapordep.simulation.description import PlantDescription
from vapordep.simulation.icvd_description import IcvdDescription
from vapordep_simulators.plant.ald import Ald
from vapordep_simulators.plant.forecast import Forecast, forecast
from vapordep_simulators.plant.icvd import Icvd
from vapordep_simulators.plant.two_precursor import Precursor, relative_growth, steady_growth


def build(description: PlantDescription | IcvdDescription) -> Ald | Icvd:
    """Makes the plant from its description; the name by which the house finds it."""
    return Icvd(description) if isinstance(description, IcvdDescription) else Ald(description)


__all__ = ["Ald", "Forecast", "Icvd", "Precursor", "build", "forecast", "relative_growth", "steady_growth"]
