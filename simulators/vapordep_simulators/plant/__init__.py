"""The physics of the simulated reactors in SI units: gas, sources, heat, surface, film; solved in segments."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from vapordep.simulation.description import PlantDescription
from vapordep_simulators.plant.films.two_precursor import Precursor, relative_growth, steady_growth
from vapordep_simulators.plant.pulsed.ald import Ald
from vapordep_simulators.plant.pulsed.forecast import Forecast, forecast

if TYPE_CHECKING:
    from vapordep.simulation.hybrid_description import HybridDescription
    from vapordep.simulation.icvd_description import IcvdDescription
    from vapordep_simulators.plant.hybrid.hybrid import Hybrid
    from vapordep_simulators.plant.steady.forecast import Rate
    from vapordep_simulators.plant.steady.icvd import Icvd


def build(description: "PlantDescription | IcvdDescription | HybridDescription") -> "Ald | Icvd | Hybrid":
    """Makes the plant from its description; the name by which the house finds it."""
    if isinstance(description, PlantDescription):
        return Ald(description)
    from vapordep.simulation.icvd_description import IcvdDescription  # who asks for one plant waits for no other

    if isinstance(description, IcvdDescription):
        from vapordep_simulators.plant.steady.icvd import Icvd

        return Icvd(description)
    from vapordep_simulators.plant.hybrid.hybrid import Hybrid

    return Hybrid(description)


def steady_rate(description: "IcvdDescription") -> "Callable[..., Rate]":
    """What grows at rest in an iCVD reactor, from the fields of `Conditions`; the house finds it by its name, too."""
    from vapordep_simulators.plant.steady.forecast import Conditions, SteadyGrowth

    steady = SteadyGrowth(description)
    return lambda **conditions: steady.at(Conditions(**conditions))


__all__ = ["Ald", "Forecast", "Precursor", "build", "forecast", "relative_growth", "steady_growth", "steady_rate"]
