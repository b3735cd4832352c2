"""The plant of a reactor: which of the installed ones it is, and its description for the simulator."""

from typing import TYPE_CHECKING, Any

from vapordep.app.twin.ald_plant import describe_ald
from vapordep.devices.catalogue import installed
from vapordep.errors import SimulationError
from vapordep.model.reactor import Reactor
from vapordep.simulation.description import PlantDescription

if TYPE_CHECKING:
    from vapordep.simulation.hybrid_description import HybridDescription
    from vapordep.simulation.icvd_description import IcvdDescription

    Description = PlantDescription | IcvdDescription | HybridDescription

PLANT = "ald"
"""The entry point of the simulated plants; what is built there follows from the description."""


def describe(reactor: Reactor, substrate: str) -> "Description":
    """The simulated reactor with `substrate` on its stage: one with a filament makes polymers, a hybrid one all."""
    if reactor.filament is None:
        return describe_ald(reactor, substrate)
    if reactor.hybrid:
        from vapordep.app.twin.hybrid_plant import describe_hybrid

        return describe_hybrid(reactor, substrate)
    from vapordep.app.twin.icvd_plant import describe_icvd  # a reactor without a filament does not wait for it

    return describe_icvd(reactor, substrate)


def plants() -> Any:
    """The package of the installed simulated plants; SimulationError when none is installed."""
    for point in installed("vapordep.plants"):
        if point.name == PLANT:
            return point.load()
    raise SimulationError("no plant is installed", remedy="install vapordep with its simulators")
